"""Command objectives under a real worker: silence, death, time limits."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from engine import api
from engine.launchers import local
from engine.processes import identify

HANGING = """
import json, os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
with pathlib.Path("pids").open("a") as file:
    file.write(f"{os.getpid()} {child.pid}\\n")
print(json.dumps({"epoch": 1, "score": 1.0}), flush=True)
time.sleep(600)
"""

STUBBORN = """
import json, os, pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(json.dumps({"epoch": 1, "score": 1.0}), flush=True)
pathlib.Path("part").write_text(f"{os.getpid()} {child.pid}")
pathlib.Path("part").rename("pids")
time.sleep(600)
"""


def hanging(lab: Any, **facts: Any) -> int:
    (lab.ws.path / "hanging.py").write_text(HANGING)
    options = {"model": {"command": "python hanging.py"}}
    objective = "engine.objectives.command:CommandObjective"
    return int(lab.sprint(objective=objective, options=options, n_trials=1, **facts))


def attempts(folder: Path) -> list[list[int]]:
    """Processes of each attempt so far."""
    file = folder / "pids"
    return [[int(pid) for pid in line.split()] for line in file.read_text().splitlines()] if file.exists() else []


def test_a_command_that_says_nothing_is_noticed_and_ended_with_what_it_started(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.launchers.slots.BACKOFF_SECONDS", 0.01)
    sprint_id = hanging(lab, limits={"silence_seconds": 4.0, "max_deaths": 0, "max_crashes": 9})
    assert local.run_foreground(lab.ws, sprint_id) == "failed"
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.error_kind) == ("failed", "lost")
    assert "said nothing for" in trial.reason
    [pids] = attempts(lab.ws.path)
    assert [identify(pid) for pid in pids] == [None, None]


def test_what_a_killed_worker_was_running_ends_before_the_trial_is_tried_again(lab: Any) -> None:
    sprint_id = hanging(lab)
    local.start_launcher(lab.ws, sprint_id)
    [first] = lab.until(lambda: attempts(lab.ws.path))
    [worker] = lab.workers(sprint_id)
    os.kill(worker.pid, signal.SIGKILL)
    lab.until(lambda: len(attempts(lab.ws.path)) == 2)
    assert [identify(pid) for pid in first] == [None, None]
    again = attempts(lab.ws.path)[1]
    [worker], [run] = lab.workers(sprint_id), lab.runs(sprint_id)
    os.kill(run.pid, signal.SIGKILL)  # nobody is left to see the worker die
    os.kill(worker.pid, signal.SIGKILL)
    lab.until(lambda: not lab.workers(sprint_id) and identify(run.pid) is None)
    assert None not in [identify(pid) for pid in again]
    local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: len(attempts(lab.ws.path)) == 3)
    assert [identify(pid) for pid in again] == [None, None]
    local.stop(lab.ws, sprint_id, "now")
    lab.until_ended(sprint_id)
    assert identify(attempts(lab.ws.path)[2][0]) is None
    os.kill(attempts(lab.ws.path)[2][1], signal.SIGKILL)  # it left the command's group, and its worker ended in order


def test_a_silent_command_is_ended_by_its_time_limit(lab: Any) -> None:
    sprint_id = hanging(lab, limits={"trial_seconds": 4.0})
    lab.work(sprint_id)
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.error_kind) == ("failed", "timeout")
    [[command, child]] = attempts(lab.ws.path)
    assert identify(command) is None
    os.kill(child, signal.SIGKILL)


def test_a_command_that_ignores_being_told_to_end_is_killed_and_its_worker_lives_on(lab: Any) -> None:
    """The worker is told a second time while it waits for the command: that must not leave the command running."""
    (lab.ws.path / "stubborn.py").write_text(STUBBORN)
    options = {"model": {"command": "python stubborn.py"}}
    objective = "engine.objectives.command:CommandObjective"
    sprint_id = lab.sprint(objective=objective, options=options, n_trials=1, trials=1, limits={"grace_seconds": 0.5})
    local.start_launcher(lab.ws, sprint_id)
    [[command, child]] = lab.until(lambda: attempts(lab.ws.path))
    api.stop_trial(lab.ws, sprint_id, 0)
    lab.until(lambda: lab.trials(sprint_id)[0].state == "cancelled")
    assert [identify(pid) for pid in (command, child)] == [None, None]
    assert len(lab.workers(sprint_id, living=False)) == 1


def test_a_script_that_changed_under_its_sprint_is_noted_and_said(lab: Any) -> None:
    """Paper §3: extended trials are of the same configuration, and where they are not a person must hear of it."""
    script = lab.ws.path / "script.py"
    script.write_text('print(\'{"epoch": 1, "score": 1}\')')
    options = {"model": {"command": "python script.py"}}
    sprint_id = lab.sprint(objective="engine.objectives.command:CommandObjective", options=options, n_trials=2)
    lab.work(sprint_id)
    for n_more in (1, 2):
        api.extend_sprint(lab.ws, sprint_id, n_more)
        local.begin(lab.ws, sprint_id, 1)
        lab.work(sprint_id)
        assert api.get_sprint(lab.ws, sprint_id).alarms == (), "the same script"
    script.write_text('print(\'{"epoch": 1, "score": 2}\')')
    for _ in range(2):
        api.extend_sprint(lab.ws, sprint_id, 1)
        local.begin(lab.ws, sprint_id, 1)
        lab.work(sprint_id)
    [alarm] = api.get_sprint(lab.ws, sprint_id).alarms
    assert alarm.startswith("files changed before trial #5, from script.py ")
    assert lab.kinds(sprint_id).count("sprint.changed") == 1
