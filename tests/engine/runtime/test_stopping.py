"""Stopping and pausing: a sprint now, after the epoch or the trial; one trial; a store that is deleted."""

import time
from pathlib import Path
from typing import Any

from engine import api
from engine.launchers import local
from engine.store import commands
from engine.store.database import writing
from tests.engine.runtime.tasks import gated, open_gate, task


def test_stop_now_interrupts_and_gives_the_trial_back(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=9, data={"sleep": 90.0}, trials=1)
    local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: [t for t in lab.trials(sprint_id) if t.fraction > 0])
    started = time.monotonic()
    local.stop(lab.ws, sprint_id, "now")
    assert lab.until_ended(sprint_id).state == "done"
    assert time.monotonic() - started < 80.0, "well before the objective's epoch ends"
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.number, trial.n_failures) == ("queued", 0, 0)


def test_stop_after_the_trial_lets_it_finish_and_starts_no_other(lab: Any) -> None:
    sprint_id = gated(lab, 0, n_trials=9)
    local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: lab.trials(sprint_id))
    local.stop(lab.ws, sprint_id, "trial")
    open_gate(lab)
    lab.until_ended(sprint_id)
    assert [t.state for t in lab.trials(sprint_id)] == ["complete"]


def test_stop_after_the_epoch_gives_the_trial_back_and_resume_repeats_it_alone(lab: Any) -> None:
    sprint_id = gated(lab, 1, n_trials=2)
    local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: [t for t in lab.trials(sprint_id) if t.n_reports >= 1])
    params = lab.trials(sprint_id)[0].params
    local.stop(lab.ws, sprint_id, "epoch")
    open_gate(lab)
    lab.until_ended(sprint_id)
    assert [(t.state, t.params) for t in lab.trials(sprint_id)] == [("queued", params)]
    local.start_launcher(lab.ws, sprint_id)
    lab.until_ended(sprint_id)
    trials = lab.trials(sprint_id)
    assert [(t.state, t.attempt) for t in trials] == [("complete", 2), ("complete", 1)]
    assert trials[0].params == params


def test_a_deaf_trial_is_aborted_after_the_grace_time_and_its_worker_lives_on(lab: Any) -> None:
    sprint_id = task(lab, "deaf", n_trials=1, trials=1, limits={"grace_seconds": 0.3})
    local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: [t for t in lab.trials(sprint_id) if t.message == "training"])
    with writing(lab.ws) as session:
        commands.request_trial_stop(session, sprint_id, 0)
    lab.until(lambda: lab.trials(sprint_id)[0].state == "cancelled")
    assert lab.trials(sprint_id)[0].reason == "stopped by a person"
    assert len(lab.workers(sprint_id)) == 1


def test_a_paused_sprint_holds_after_the_epoch_and_goes_on_where_it_was(lab: Any) -> None:
    sprint_id = gated(lab, 0, n_trials=2)
    local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: lab.trials(sprint_id))
    with writing(lab.ws) as session:
        commands.request_pause(session, sprint_id, "epoch")
    open_gate(lab)
    lab.until(lambda: [t for t in lab.trials(sprint_id) if t.n_reports])
    time.sleep(0.5)
    before = [(t.number, t.state, t.n_reports) for t in lab.trials(sprint_id)]
    time.sleep(0.6)
    assert [(t.number, t.state, t.n_reports) for t in lab.trials(sprint_id)] == before
    assert before[-1][1] == "running"
    local.start_launcher(lab.ws, sprint_id)
    lab.until_ended(sprint_id)
    assert [t.attempt for t in lab.trials(sprint_id)] == [1, 1], "nothing was trained twice"


def test_a_pause_longer_than_the_limits_on_silence_and_time_costs_no_trial(lab: Any) -> None:
    limits = {"silence_seconds": 6.0, "trial_seconds": 6.0, "grace_seconds": 0.1, "max_deaths": 0}
    sprint_id = gated(lab, 0, n_trials=1, limits=limits, max_seconds=1000.0)
    local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: lab.trials(sprint_id))
    with writing(lab.ws) as session:
        commands.request_pause(session, sprint_id, "epoch")
    open_gate(lab)
    lab.until(lambda: lab.trials(sprint_id)[0].n_reports)
    time.sleep(8.0)
    local.start_launcher(lab.ws, sprint_id)
    lab.until_ended(sprint_id)
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.attempt, trial.reason) == ("complete", 1, "")
    took = (trial.finished_at - trial.started_at).total_seconds()
    assert trial.seconds < took - 7.5, "forecasts rest on it"
    assert api.get_sprint(lab.ws, sprint_id).used_seconds < took - 7.5, "nor does a pause use the budget"


def test_stopping_one_trial_leaves_the_sprint_running_and_its_budget_whole(lab: Any) -> None:
    sprint_id = gated(lab, 0, n_trials=2, trials=2)
    local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: lab.trials(sprint_id)[0].state == "running")
    with writing(lab.ws) as session:
        commands.request_trial_stop(session, sprint_id, 0)
    open_gate(lab)
    lab.until_ended(sprint_id)
    assert [t.state for t in lab.trials(sprint_id)] == ["cancelled", "complete", "complete"]


def test_a_worker_stops_writing_when_the_store_is_deleted_under_it(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=1, data={"sleep": 30.0})
    local.start_launcher(lab.ws, sprint_id)
    [worker] = lab.until(lambda: lab.workers(sprint_id))
    lab.until(lambda: lab.trials(sprint_id))
    store = lab.ws.store_path
    moved = store.rename(store.with_name("moved.db"))
    try:
        lab.until(lambda: not Path(f"/proc/{worker.pid}").exists())
    finally:
        moved.rename(store)
