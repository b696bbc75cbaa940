"""The installed command in a folder of its own, as an attacker would call it: by its words and nothing else."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Shell:
    """Runs the command.

    Attributes:
        folder: The working directory, empty at first.
        environment: Of every command.
        template: A workspace with one sprint.
    """

    folder: Path
    environment: dict[str, str]
    template: Path

    def run(self, *words: str, within: Sequence[str] = (), **extra: str) -> subprocess.CompletedProcess[str]:
        """``trimtab WORDS``, with more environment, after the words of a command that runs it."""
        return subprocess.run(
            [*within, sys.executable, "-m", "tui", *words], cwd=self.folder, env={**self.environment, **extra},
            capture_output=True, text=True, errors="surrogateescape", check=False, timeout=120,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def workspace_with_a_sprint(self, folder: str = "ws") -> Path:
        """A workspace whose sprint 1 came from a table: 20 trials, made without a training."""
        path = self.folder / folder
        shutil.copytree(self.template, path)
        return path


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    rows = [f"{n},{n / 20},{1 - n / 20},{n * n % 17}" for n in range(20)]
    (folder / "trials.csv").write_text("number,param_x0,param_x1,score\n" + "\n".join(rows) + "\n")
    done = Shell(folder, environment(folder), folder).run(
        "--workspace", "ws", "import", "trials.csv", "--thread", "Imported"
    )
    assert done.returncode == 0, done.stderr
    (folder / "ws" / "runs").mkdir(exist_ok=True)
    return folder / "ws"


@pytest.fixture
def shell(tmp_path: Path, template: Path) -> Shell:
    folder = tmp_path / "folder"
    folder.mkdir()
    return Shell(folder, environment(tmp_path), template)


def environment(home: Path) -> dict[str, str]:
    """Nothing of trimtab's own, and a home without settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TRIMTAB")}
    return kept | {"PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(home / "state"), "HOME": str(home)}
