"""What an attack needs: trimtab installed as a user installs it, and a hostile folder."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from shutil import copytree

import pytest

ROOT = Path(__file__).resolve().parents[3]

PACKAGES = tuple(name for name in ("engine", "model", "tui") if (ROOT / name).is_dir())

HOSTILE = (
    "boundary", "engine", "model", "tui", "trimtab", "click", "json", "yaml", "sqlite3", "numpy", "rich", "textual",
    "torch", "random", "logging", "sitecustomize",
    "textual_serve", "aiohttp", "sqlalchemy", "sqlmodel", "optuna", "pickle",
)  # fmt: skip
"""Modules that lie in a folder by chance or by malice, named as ours and as what ours import."""

TRAP = """
import os
with open(os.path.join({folder!r}, "RAN"), "a") as told:
    told.write({name!r} + "\\n")
print("TRAP", {name!r})
"""


@pytest.fixture(scope="session")
def trimtab(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The command of an installation that is not editable, in an environment that sees the dependencies of this one."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(folder / "venv")], check=True)
    site = next((folder / "venv" / "lib").glob("python3*")) / "site-packages"
    if not _unpacked_wheel(folder, site):
        for package in PACKAGES:
            copytree(ROOT / package, site / package)
    # A path file's folders are searched after the environment's own, and their own path files are not read.
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    script = folder / "venv" / "bin" / "trimtab"
    python = folder / "venv" / "bin" / "python"
    script.write_text(
        f"#!{python}\nimport sys\nfrom tui.cli import main\nif __name__ == '__main__':\n    sys.exit(main())\n",
        encoding="utf-8",
    )
    script.chmod(0o755)
    return str(script)


def _unpacked_wheel(folder: Path, site: Path) -> bool:
    """Build the wheel and lay it out as an installer does; False where setuptools is not there or too old."""
    source, built = folder / "source", folder / "wheel"
    source.mkdir()
    built.mkdir()
    for name in PACKAGES:
        copytree(ROOT / name, source / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (source / name).write_bytes((ROOT / name).read_bytes())
    for path in ROOT.glob("trimtab.py"):
        (source / path.name).write_bytes(path.read_bytes())
    code = f"from setuptools.build_meta import build_wheel; build_wheel({str(built)!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True, check=False)
    wheels = list(built.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        return False
    with zipfile.ZipFile(wheels[0]) as wheel:
        wheel.extractall(site)
    return True


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder with modules that write down that they were run."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    for name in HOSTILE:
        (folder / f"{name}.py").write_text(TRAP.format(folder=str(folder), name=name), encoding="utf-8")
    return folder
