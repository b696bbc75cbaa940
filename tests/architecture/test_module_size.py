"""Modules stay small enough to be read at a sitting."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 450
"""Lines of a module at most; most stay under 200. A smell detector, not a saw."""


def sizes() -> dict[str, int]:
    """Lines of every module of the packages, by path from the root."""
    return {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for package in ("engine", "model", "tui")
        for path in (ROOT / package).rglob("*.py")
    }


def test_no_module_passes_the_limit() -> None:
    long = {path: n for path, n in sizes().items() if n > LIMIT}
    assert not long, f"split these modules: {long}"


def test_folders_are_at_most_two_deep() -> None:
    assert all(len(Path(path).parts) <= 3 for path in sizes())
