"""Launchers and workers that die at the worst moment are taken over from, or ended; starters are told the truth."""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine import api
from engine.errors import EngineError
from engine.launchers import local
from engine.processes import identify, this_process
from engine.store import queries
from engine.store.database import reading, writing
from engine.store.tables import RunRow
from tests.engine.runtime.tasks import gated, open_gate
from tests.engine.runtime.test_launcher import kill, run_of

SCRIPT = """
import os, subprocess, sys, time
here = sys.argv[1]
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
open(os.path.join(here, "pids"), "w").write(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""


def training_script(lab: Any) -> int:
    """A sprint whose trial is a script that has started a process of its own session, and sits on the GPU."""
    (lab.ws.path / "script.py").write_text(SCRIPT)
    words = f"{sys.executable} script.py {{run_dir}}"
    return int(
        lab.sprint(objective="engine.objectives.command:CommandObjective", options={"model": {"command": words}})
    )


def pids(lab: Any, sprint_id: int) -> list[int]:
    file: Path = lab.ws.run_dir(sprint_id, 0) / "pids"
    lab.until(lambda: file.exists() and len(file.read_text().split()) == 2)
    return [int(word) for word in file.read_text().split()]


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_stop_ends_the_commands_of_a_killed_worker_whose_launcher_was_killed_too(lab: Any) -> None:
    sprint_id = training_script(lab)
    info = local.start_launcher(lab.ws, sprint_id)
    left = pids(lab, sprint_id)
    [worker] = lab.workers(sprint_id)
    kill(info.pid)
    kill(worker.pid)
    assert all(lives(pid) for pid in left), "the script outlives its worker"
    api.stop_sprint(lab.ws, sprint_id)
    lab.until(lambda: not any(lives(pid) for pid in left))
    assert lab.row(sprint_id).state == "done"
    assert [(t.state, t.n_failures) for t in lab.trials(sprint_id)] == [("queued", 1)]


def test_a_worker_that_takes_a_dead_ones_trial_ends_its_command_first(lab: Any) -> None:
    """No launcher is left to do it; the second attempt would share the GPU with the first one's script."""
    sprint_id = training_script(lab)
    info = local.start_launcher(lab.ws, sprint_id)
    left = pids(lab, sprint_id)
    kill(info.pid)
    kill(lab.workers(sprint_id)[0].pid)
    (lab.ws.path / "script.py").write_text('print(\'{"epoch": 1, "score": 0.5}\')')
    assert lab.work(sprint_id) == "done"
    assert not any(lives(pid) for pid in left)
    assert [t.state for t in lab.trials(sprint_id)] == ["complete"] * 4


def test_resume_takes_over_from_a_dead_launcher_whose_worker_lives(lab: Any) -> None:
    sprint_id = gated(lab, 0, n_trials=3)
    local.start_launcher(lab.ws, sprint_id)
    [worker] = lab.until(lambda: lab.workers(sprint_id))
    lab.until(lambda: lab.trials(sprint_id))
    with pytest.raises(EngineError, match="is running already: launcher"):
        api.resume_sprint(lab.ws, sprint_id)
    kill(run_of(lab, sprint_id).pid)
    assert api.get_sprint(lab.ws, sprint_id).state == "running"
    run = api.resume_sprint(lab.ws, sprint_id)
    assert not run.already
    assert [w.pid for w in lab.workers(sprint_id)] == [worker.pid]
    open_gate(lab)
    assert lab.until_ended(sprint_id).state == "done"
    assert [t.attempt for t in lab.trials(sprint_id)] == [1, 1, 1]
    assert len(lab.workers(sprint_id, living=False)) == 1, "adopted, not doubled"


def starts(lab: Any, sprint_id: int, n_starts: int) -> Counter[str]:
    """What so many simultaneous starts are told, the launcher's pid in it."""
    gate = lab.ws.path / "go"
    code = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from engine.store.workspace import Workspace\n"
        "from engine.launchers import local\n"
        f"ws = Workspace(Path({str(lab.ws.path)!r}))\n"
        "children = []\n"
        f"for n in range({n_starts}):\n"
        "    if (pid := os.fork()) == 0:\n"
        f"        while not os.path.exists({str(gate)!r}): time.sleep(0.001)\n"
        f"        info = local.start_launcher(ws, {sprint_id})\n"
        '        os.write(1, f\'{"already" if info.already else "started"} {info.pid}\\n\'.encode())\n'
        "        os._exit(0)\n"
        "    children.append(pid)\n"
        f"open({str(gate)!r}, 'w').close()\n"
        "codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]\n"
        "sys.exit(max(codes))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    return Counter(done.stdout.splitlines())


@pytest.mark.parametrize("n_starts", [12, pytest.param(100, marks=pytest.mark.slow)])
def test_of_many_simultaneous_starts_one_starts_and_the_others_are_told_so(lab: Any, n_starts: int) -> None:
    sprint_id = gated(lab, 0, n_trials=2, state="ready")
    told = starts(lab, sprint_id, n_starts)
    launcher = run_of(lab, sprint_id)
    assert told == {f"started {launcher.pid}": 1, f"already {launcher.pid}": n_starts - 1}
    time.sleep(1.0)
    with reading(lab.ws) as session:
        assert len(queries.runs(session, sprint_id)) == 1
    assert [run.pid for run in lab.runs(sprint_id)] == [launcher.pid]
    open_gate(lab)
    assert lab.until_ended(sprint_id).state == "done"


def test_a_starter_that_dies_before_its_launcher_is_there_blocks_nobody(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=1, state="ready")
    code = (
        "import os; from pathlib import Path; from engine.store.workspace import Workspace;"
        "from engine.launchers import local;"
        f"ws = Workspace(Path({str(lab.ws.path)!r})); local.begin(ws, {sprint_id}, 1);"
        f"assert local._reserve(ws, {sprint_id}, 1); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert not api.start_sprint(lab.ws, sprint_id).already
    assert lab.until_ended(sprint_id).state == "done"
    assert os.getpid() not in {run.pid for run in lab.runs(sprint_id)}


def test_a_starter_that_hands_over_while_it_is_asked_after_hides_no_launcher(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row is read in its name, then its launcher has the row and it is gone: the launcher is found all the same."""
    sprint_id = lab.sprint(n_trials=1, state="ready")
    starter = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    me, its = this_process(), identify(starter.pid)
    assert its is not None
    with writing(lab.ws) as session:
        row = RunRow(
            sprint_id=sprint_id, host=its.host, boot_id=its.boot_id, pid=its.pid, start_time=its.start_time, slots=1,
            log_path="", state="running", launcher=local.STARTING,
        )  # fmt: skip
        session.add(row)
        session.flush()
        run_id = row.id
    asked = local.lives

    def lives_after_the_hand_over(row: RunRow, **how: Any) -> bool:
        if row.pid == starter.pid:
            starter.communicate(b"\n")
            with writing(lab.ws) as session:
                found = session.get(RunRow, run_id)
                assert found is not None
                found.pid, found.start_time, found.launcher = me.pid, me.start_time, "local"
        return asked(row, **how)

    monkeypatch.setattr(local, "lives", lives_after_the_hand_over)
    living = local.living_run(lab.ws, sprint_id)
    assert living is not None
    assert living.pid == me.pid
