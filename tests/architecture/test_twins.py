"""Modules that engine and model both need, and that neither may import from the other, are one text.

Run as a script it writes the model's from the engine's.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINES, MODELS = ROOT / "engine" / "boundary", ROOT / "model" / "boundary"


def twin_of(module: str) -> str:
    """The model's module as it has to be."""
    return (ENGINES / module).read_text(encoding="utf-8").replace("engine.boundary", "model.boundary")


def twins() -> list[str]:
    return sorted(path.name for path in MODELS.glob("*.py") if path.name != "__init__.py")


def test_the_twins_are_one_text() -> None:
    assert {"output.py", "own_files.py", "text.py"} <= set(twins())
    different = [name for name in twins() if (MODELS / name).read_text(encoding="utf-8") != twin_of(name)]
    assert not different, f"run: python tests/architecture/test_twins.py, they differ: {different}"


if __name__ == "__main__":
    for name in twins():
        (MODELS / name).write_text(twin_of(name), encoding="utf-8")
