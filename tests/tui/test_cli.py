import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.api import Workspace
from tui.arguments import ENGINE_VERBS, MODEL_VERBS, globals_first
from tui.cli import fresh_folder

ROOT = Path(__file__).resolve().parents[2]


def trimtab(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip


def test_help_lists_every_verb_also_of_the_other_packages(tmp_path: Path) -> None:
    done = trimtab("--help", cwd=tmp_path)
    assert done.returncode == 0
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    assert {"demo", "ui", "serve", *ENGINE_VERBS, *MODEL_VERBS} <= listed


def test_an_unknown_verb_is_one_readable_line_with_the_nearest(tmp_path: Path) -> None:
    done = trimtab("sprnt", "list", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["trimtab: No such command: sprnt – did you mean sprint?"]


@pytest.mark.parametrize("arguments", [("--interval", "0.1"), ("--theme", "pink"), ("demo", "--trials", "1")])
def test_bad_options_exit_with_two_and_no_traceback(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = trimtab(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("given", "ordered"),
    [
        ("demo --recorded --theme light --ascii", "--theme light --ascii demo --recorded"),
        ("serve --readonly --port 1 --interval=2", "--readonly --interval=2 serve --port 1"),
        ("trial list --workspace demo --ascii", "--workspace demo --ascii trial list"),
        ("--workspace demo thread list --readonly", "--workspace demo --readonly thread list"),
    ],
)
def test_options_of_the_interface_may_stand_behind_its_verbs(given: str, ordered: str) -> None:
    assert globals_first(given.split()) == ordered.split()


def test_without_a_terminal_the_interface_says_what_to_use(tmp_path: Path) -> None:
    done = trimtab(cwd=tmp_path)
    assert done.returncode == 1
    assert "trimtab --once" in done.stderr


def test_once_prints_the_threads_and_tells_their_health_by_its_status(ws: Workspace) -> None:
    done = trimtab("--workspace", str(ws.path), "--once", cwd=ws.path)
    assert done.returncode == 0, done.stderr
    for word in ("alpha", "1E_v1", "24/24", "done"):
        assert word in done.stdout


def test_once_is_ascii_where_asked(ws: Workspace) -> None:
    plain, letters = (
        trimtab("--workspace", str(ws.path), "--once", *more, cwd=ws.path).stdout for more in ((), ("--ascii",))
    )
    assert not plain.isascii()
    assert letters.isascii()
    assert "v done" in letters


def test_once_without_a_workspace_is_bad_input(tmp_path: Path) -> None:
    done = trimtab("--workspace", str(tmp_path / "none"), "--once", cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_verbs_of_the_engine_are_handed_on_with_the_workspace(ws: Workspace) -> None:
    pytest.importorskip("engine.cli.main")
    done = trimtab("--workspace", str(ws.path), "--interval", "2", "sprint", "list", "--json", cwd=ws.path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sprints"][0]["n_complete"] == 24


def test_a_headless_demo_never_writes_into_an_older_one(tmp_path: Path) -> None:
    assert fresh_folder(tmp_path / "demo") == tmp_path / "demo"
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "store.db").touch()
    assert fresh_folder(tmp_path / "demo") == tmp_path / "demo-2"


def test_the_headless_demo_trims_and_runs_a_second_sprint_inside_the_trimmed_space(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "valley.py").write_text(VALLEY, encoding="utf-8")
    arguments = (
        "--workspace",
        str(folder),
        "demo",
        "--headless",
        "--json",
        "--trials",
        "5",
        "--objective",
        "valley:Valley",
    )
    done = trimtab(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert [sprint["n_complete"] for sprint in outcome["sprints"]] == [5, 5]
    assert outcome["inside"]
    assert outcome["edits"]
    assert outcome["sprints"][1]["priming"].startswith("cold")


VALLEY = '''
"""Scores fall with the distance of lr from 1e-4; trains nothing."""

import math


class Valley:
    metric = "score"
    direction = "maximize"

    def __init__(self, model, data, base_dir):
        pass

    def prepare(self):
        return {"n_train": 120, "n_val": 30}

    def run(self, trial):
        score = 50 - 10 * abs(math.log10(trial.params["lr"]) + 4)
        trial.report(1, score, {})
        return score
'''
