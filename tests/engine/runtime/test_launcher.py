"""The local launcher: real processes, real signals, a fast objective."""

import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from engine import api
from engine.cli.main import main
from engine.errors import EngineError
from engine.launchers import local
from engine.processes import identify, is_alive
from engine.store import commands, queries
from engine.store.database import reading, writing
from engine.store.liveness import liveness, process_of
from engine.store.tables import RunRow
from engine.trials.states import SprintState, TrialState
from tests.engine.runtime.tasks import gated, open_gate


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal; after SIGKILL, wait until the kernel has ended the process: it does so a moment later."""
    os.kill(pid, number)
    deadline = time.monotonic() + 120
    while number == signal.SIGKILL and identify(pid) is not None:
        assert time.monotonic() < deadline, f"process {pid} outlived SIGKILL by 120 s"
        time.sleep(0.01)


def run_of(lab: Any, sprint_id: int) -> RunRow:
    with reading(lab.ws) as session:
        return queries.runs(session, sprint_id)[-1]


def test_a_detached_launcher_runs_a_sprint_to_its_end(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=5, data={"sleep": 0.01})
    info = local.start_launcher(lab.ws, sprint_id, slots=2)
    assert os.getsid(info.pid) == info.pid, "it leads its own session"
    row = lab.until_ended(sprint_id)
    assert row.state == "done"
    assert [t.state for t in lab.trials(sprint_id)] == ["complete"] * 5
    assert row.manifest["n_train"] == 600
    assert row.metric == "negated_value"
    lab.until(lambda: run_of(lab, sprint_id).state == "ended")


def test_killed_worker_then_killed_launcher_lose_and_repeat_nothing(lab: Any) -> None:
    """Issue 2: the worker dies and is replaced; the launcher dies and its worker goes on; resume adopts it."""
    sprint_id = lab.sprint(n_trials=12, data={"sleep": 0.15}, limits={"max_deaths": 9})
    local.start_launcher(lab.ws, sprint_id)
    first = lab.until(lambda: lab.workers(sprint_id))[0]
    lab.until(lambda: sum(t.state == "complete" for t in lab.trials(sprint_id)) >= 2)
    done_before = {t.number: (t.score, t.finished_at) for t in lab.trials(sprint_id) if t.state == "complete"}
    kill(first.pid)
    second = lab.until(lambda: [w for w in lab.workers(sprint_id) if w.id != first.id])[0]
    lab.until(lambda: any(t.worker_id == second.id for t in lab.trials(sprint_id)))

    kill(run_of(lab, sprint_id).pid)
    with reading(lab.ws) as session:
        assert liveness(session, queries.sprint(session, sprint_id)) == "running", "its worker lives on"
    n_seen = len(lab.trials(sprint_id))
    lab.until(lambda: len(lab.trials(sprint_id)) > n_seen)

    local.start_launcher(lab.ws, sprint_id)
    row = lab.until_ended(sprint_id)
    trials = lab.trials(sprint_id)
    assert row.state == "done"
    assert [t.number for t in trials] == list(range(12))
    assert {t.state for t in trials} == {"complete"}
    assert {n: (t.score, t.finished_at) for n, t in enumerate(trials) if n in done_before} == done_before
    assert len(lab.workers(sprint_id, living=False)) == 2, "the living worker was adopted, not doubled"
    n_attempts = sum(t.attempt for t in trials)
    assert n_attempts in (12, 13), "only the killed worker's trial ran twice, if it had one"


def test_everything_killed_is_orphaned_and_starts_nothing_until_resumed(lab: Any) -> None:
    sprint_id = gated(lab, 0, n_trials=3)
    info = local.start_launcher(lab.ws, sprint_id)
    worker = lab.until(lambda: lab.workers(sprint_id))[0]
    lab.until(lambda: lab.trials(sprint_id))
    kill(info.pid)
    kill(worker.pid)
    lab.until(lambda: not lab.workers(sprint_id))
    with reading(lab.ws) as session:
        assert liveness(session, queries.sprint(session, sprint_id)) == "orphaned"
    before = [(t.number, t.state, t.attempt) for t in lab.trials(sprint_id)]
    time.sleep(0.5)
    assert [(t.number, t.state, t.attempt) for t in lab.trials(sprint_id)] == before
    open_gate(lab)
    local.start_launcher(lab.ws, sprint_id)
    assert lab.until_ended(sprint_id).state == "done"
    assert [t.number for t in lab.trials(sprint_id)] == [0, 1, 2]


def test_closing_the_terminal_and_killing_the_starter_touch_nothing(lab: Any) -> None:
    sprint_id = gated(lab, 0, n_trials=4)
    code = (
        "import signal, time, pathlib; from engine.launchers import local; "
        "from engine.store.workspace import Workspace;"
        "signal.signal(signal.SIGHUP, signal.SIG_DFL);"  # under nohup the test itself ignores it
        f"local.start_launcher(Workspace(pathlib.Path({str(lab.ws.path)!r})), {sprint_id}); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    worker = lab.until(lambda: lab.workers(sprint_id))[0]
    os.killpg(starter.pid, signal.SIGHUP)
    starter.wait(120)
    kill(worker.pid, signal.SIGHUP)
    kill(run_of(lab, sprint_id).pid, signal.SIGHUP)
    open_gate(lab)
    assert lab.until_ended(sprint_id).state == "done"
    assert [t.attempt for t in lab.trials(sprint_id)] == [1, 1, 1, 1]


def test_only_one_launcher_keeps_a_sprint(lab: Any) -> None:
    sprint_id = gated(lab, 0, n_trials=2)
    first = local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: lab.workers(sprint_id))
    assert local.start_launcher(lab.ws, sprint_id).pid == first.pid
    with pytest.raises(EngineError, match="already has a launcher"):
        local.run_foreground(lab.ws, sprint_id)
    open_gate(lab)
    lab.until_ended(sprint_id)


def test_terminating_the_launcher_gives_its_trials_back_quickly(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=6, data={"sleep": 90.0}, trials=2)
    info = local.start_launcher(lab.ws, sprint_id, slots=2)
    lab.until(lambda: sum(t.state == "running" for t in lab.trials(sprint_id)) == 2)
    started = time.monotonic()
    kill(info.pid, signal.SIGTERM)
    lab.until(lambda: not lab.workers(sprint_id))
    assert time.monotonic() - started < 80.0, "well before the objective's epoch ends"
    assert [(t.number, t.state, t.n_failures) for t in lab.trials(sprint_id)] == [(0, "queued", 0), (1, "queued", 0)]


def test_an_environment_that_cannot_be_leaves_the_sprint_as_it_was(lab: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("TRIMTAB_WORKER_ENV", "OMP_NUM_THREADS")
    sprint_id = lab.sprint(state="ready")
    for start in (local.start_launcher, local.run_foreground):
        with pytest.raises(EngineError, match="NAME=value pairs"):
            start(lab.ws, sprint_id)
    assert lab.row(sprint_id).state == "ready"


def test_workers_that_die_at_once_fail_the_sprint_with_their_last_words(lab: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("TRIMTAB_WORKER_ENV", "PYTHONHOME=/nowhere")
    monkeypatch.setattr("engine.launchers.slots.BACKOFF_SECONDS", 0.01)
    sprint_id = lab.sprint(limits={"max_crashes": 2})
    assert local.run_foreground(lab.ws, sprint_id) == "failed"
    assert "2 times in a row" in lab.row(sprint_id).failure
    assert "encodings" in lab.row(sprint_id).failure, "the interpreter's own message"


def test_a_silent_training_is_killed_and_named(lab: Any) -> None:
    lab.ws.path.joinpath("silent_task.py").write_text(SILENT)
    sprint_id = lab.sprint(
        objective="silent_task:Silent", options={}, n_trials=1, limits={"silence_seconds": 0.5, "max_deaths": 0}
    )
    local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: [t for t in lab.trials(sprint_id) if t.state == "failed"])
    [trial] = lab.trials(sprint_id)
    assert "said nothing" in trial.reason
    assert trial.error_kind == "lost"


SILENT = """
import time
class Silent:
    metric, direction = "score", "maximize"
    def __init__(self, *, model, data, base_dir): pass
    def prepare(self): return {}
    def run(self, trial):
        time.sleep(60)
        return 1.0
"""


def test_foreground_runs_tell_every_event(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=2)
    seen: list[Any] = []
    assert local.run_foreground(lab.ws, sprint_id, seen.append) == "done"
    kinds = [event.kind for event in seen if event is not None]
    assert kinds.count("trial.complete") == 2
    assert kinds[-1] == "run.ended"
    assert None in seen


def test_a_queued_sprint_starts_after_the_running_one(lab: Any) -> None:
    first = lab.sprint(n_trials=2, data={"sleep": 0.05})
    second = lab.sprint(n_trials=2, state="draft")
    local.start_launcher(lab.ws, first)
    with writing(lab.ws) as session:
        commands.queue_sprint(session, second)
    assert lab.until_ended(second).state == "done"
    assert lab.row(first).state == "done"


def test_a_used_budget_cannot_be_resumed_until_it_is_extended(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=1)
    local.run_foreground(lab.ws, sprint_id)
    with pytest.raises(EngineError, match="used its budget"):
        local.start_launcher(lab.ws, sprint_id)
    with writing(lab.ws) as session:
        commands.extend(session, sprint_id, 2)
    local.run_foreground(lab.ws, sprint_id)
    assert len(lab.trials(sprint_id)) == 3


def test_starting_a_running_sprint_again_says_so_and_starts_nothing(
    lab: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    sprint_id = lab.sprint(n_trials=50, data={"sleep": 0.2}, state="ready")
    words = ["sprint", "start", str(sprint_id), "--workspace", str(lab.ws.path)]
    assert main(words) == 0
    assert capsys.readouterr().out.startswith(f"started sprint {sprint_id}: launcher ")
    assert main(words) == 0
    assert capsys.readouterr().out.startswith(f"sprint {sprint_id} is running already: launcher ")
    assert api.start_sprint(lab.ws, sprint_id).already
    with reading(lab.ws) as session:
        assert len(queries.runs(session, sprint_id)) == 1
    local.stop(lab.ws, sprint_id, "now")
    assert lab.until_ended(sprint_id).state == "done"
    view = api.get_sprint(lab.ws, sprint_id)
    assert view.stopped
    assert view.standing == f"done (stopped, {view.n_complete} of 50)"


def test_a_recycled_pid_is_not_taken_for_the_worker(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=1)
    local.run_foreground(lab.ws, sprint_id)
    [worker] = lab.workers(sprint_id, living=False)
    stranger = worker.model_copy(update={"pid": os.getpid(), "ended_at": None})
    assert is_alive(process_of(stranger)) is False


def test_a_sprint_whose_budget_is_just_used_is_not_resumed_and_one_trial_more_lets_it_run(lab: Any) -> None:
    sprint_id = lab.sprint(trials=2, n_trials=2)
    with writing(lab.ws) as session:
        for trial in queries.trials(session, sprint_id):
            trial.state, trial.score = TrialState.COMPLETE, 1.0
            session.add(trial)
        commands.set_sprint_state(session, sprint_id, SprintState.DONE)
    with pytest.raises(EngineError, match="has used its budget of 2 trials"):
        local.begin(lab.ws, sprint_id, 1)
    with writing(lab.ws) as session:
        commands.extend(session, sprint_id, 1)
    local.begin(lab.ws, sprint_id, 1)
    assert lab.row(sprint_id).state == SprintState.RUNNING
