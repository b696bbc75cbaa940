"""The command as a real process: exit status, no traceback, pipes that close."""

import subprocess
import sys
import time
from pathlib import Path

from engine import api
from engine.store.workspace import Workspace

ENGINE = [sys.executable, "-m", "engine"]


def test_a_mistake_is_one_line_on_standard_error_and_status_two(tmp_path: Path) -> None:
    done = subprocess.run([*ENGINE, "sprint", "list"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("trimtab: a workspace must hold store.db")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_leaves_early_is_no_error(ws: Workspace) -> None:
    command = f"{sys.executable} -m engine space log Hartmann --json --workspace {ws.path} | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_sprint_started_detached_goes_on_without_its_starter(ws: Workspace) -> None:
    where = ["--workspace", str(ws.path)]
    for words in (["sprint", "new", "Hartmann", "--stage", "baseline", "--trials", "3"], ["sprint", "start", "1"]):
        done = subprocess.run([*ENGINE, *words, *where], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    deadline = time.monotonic() + 60
    while (view := api.get_sprint(ws, 1)).state != "done" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert (view.state, view.n_complete) == ("done", 3)


def test_what_is_queued_behind_a_foreground_run_starts_at_its_end(ws: Workspace) -> None:
    where = ["--workspace", str(ws.path)]
    for stage in ("baseline", "1E"):
        words = ["sprint", "new", "Hartmann", "--stage", stage, "--trials", "3"]
        subprocess.run([*ENGINE, *words, *where], capture_output=True, check=True)
    subprocess.run([*ENGINE, "sprint", "start", "2", "--queue", *where], capture_output=True, check=True)
    done = subprocess.run(
        [*ENGINE, "sprint", "run", "1", "--quiet", *where], capture_output=True, text=True, check=True
    )
    assert "sprint 2 was queued and now runs detached" in done.stderr
    deadline = time.monotonic() + 60
    while (view := api.get_sprint(ws, 2)).state != "done" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert (view.state, view.n_complete) == ("done", 3)
