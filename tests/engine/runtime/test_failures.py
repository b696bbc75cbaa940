"""Every way a trial or a sprint can fail: errors, memory, scores that are no numbers, dead workers."""

import errno
import math
from typing import Any

import pytest

from engine import api
from engine.errors import EngineError
from engine.launchers import local
from engine.store import commands, queries
from engine.store.database import reading, writing
from engine.trials.states import SprintState
from engine.worker.failures import describe_failure
from tests.engine.runtime.tasks import TASKS, task


def test_an_error_is_a_recorded_state_with_its_traceback(lab: Any) -> None:
    sprint_id = task(lab, "raise", n_trials=2)
    assert lab.work(sprint_id) == "failed"
    trial = lab.trials(sprint_id)[0]
    assert (trial.state, trial.error_kind, trial.score) == ("failed", "objective", None)
    assert trial.reason.startswith("ValueError: bad luck")
    assert 'raise ValueError("bad luck' in trial.error_text
    assert "bad luck" in lab.ws.trial_log(sprint_id, 0).read_text()


def test_an_error_is_tried_again_as_often_as_the_limits_say(lab: Any) -> None:
    sprint_id = task(lab, "raise once", n_trials=1, limits={"max_errors": 1})
    lab.work(sprint_id)
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.attempt, trial.n_failures) == ("complete", 2, 1)


def test_out_of_memory_is_recognized_and_named(lab: Any) -> None:
    sprint_id = task(lab, "oom", n_trials=1)
    lab.work(sprint_id)
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.error_kind) == ("failed", "oom")
    assert trial.reason.startswith("out of memory")
    assert (trial.attempt, trial.n_failures) == (3, 3), "tried again as often as max_deaths says"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), "oom"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "oom"),
        (type("OutOfMemoryError", (RuntimeError,), {})("x"), "oom"),
        (EngineError("Command exited with code 1: MemoryError"), "oom"),
        (OSError(errno.ENOSPC, "No space left on device", "checkpoint"), "disk"),
        (OSError(errno.ENOENT, "No such file"), "objective"),
        (KeyError("lr"), "objective"),
        (EngineError("it ended with exit code 3"), "objective"),
    ],
)
def test_memory_errors_of_many_kinds_are_told_from_others(error: Exception, kind: str) -> None:
    assert describe_failure(error).kind == kind
    assert "EngineError" not in describe_failure(error).reason


@pytest.mark.parametrize(
    ("words", "max_deaths"),
    [("python -c 'import os; os.kill(os.getpid(), 9)'", 1), ("sh -c 'kill -9 $$; true'", 0), ("sh -c 'exit 137'", 2)],
)
def test_a_command_killed_for_memory_is_oom_and_tried_again_as_often_as_max_deaths_says(
    lab: Any, words: str, max_deaths: int
) -> None:
    sprint_id = lab.sprint(
        objective="engine.objectives.command:CommandObjective", options={"model": {"command": words}}, n_trials=1,
        limits={"max_deaths": max_deaths},
    )  # fmt: skip
    lab.work(sprint_id)
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.error_kind) == ("failed", "oom"), trial.reason
    assert (trial.attempt, trial.n_failures) == (max_deaths + 1, max_deaths + 1)


def test_a_score_that_is_not_a_number_fails_the_trial_and_is_stored_as_null(lab: Any) -> None:
    sprint_id = task(lab, "nan", n_trials=1)
    lab.work(sprint_id)
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.error_kind, trial.score) == ("failed", "nan", None)
    with reading(lab.ws) as session:
        [report] = queries.epochs(session, trial)
    assert math.isnan(report.score)
    assert math.isnan(report.metrics["loss"])


def test_a_trial_that_ends_with_no_number_fails_whatever_it_reported_before(lab: Any) -> None:
    sprint_id = task(lab, "nan in the end", n_trials=1)
    lab.work(sprint_id)
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.error_kind, trial.score, trial.last_score) == ("failed", "nan", None, 1.0)


def test_an_objective_that_counts_epochs_from_0_is_told(lab: Any) -> None:
    sprint_id = task(lab, "counts from 0", n_trials=1)
    lab.work(sprint_id)
    [trial] = lab.trials(sprint_id)
    assert trial.state == "failed"
    assert "an epoch's number must be 1 or more, got 0 – count epochs from 1" in trial.reason


def test_scores_that_are_no_numbers_raise_an_alarm_while_the_sprint_runs(lab: Any) -> None:
    sprint_id = task(lab, "nan", n_trials=4, limits={"give_up_after": 0})
    lab.work(sprint_id)
    with writing(lab.ws) as session:
        commands.set_sprint_state(session, sprint_id, SprintState.RUNNING)
    alarms = api.get_sprint(lab.ws, sprint_id).alarms
    assert any("4 of 4 trials reported a score that is not a number" in alarm for alarm in alarms)
    assert any(alarm.startswith("all trials failing") for alarm in alarms)
    assert {"failing", "not-a-number"} <= {one.kind for one in api.review(lab.ws, sprint_id).findings}


def test_a_sprint_whose_first_trials_all_fail_gives_up(lab: Any) -> None:
    sprint_id = task(lab, "raise", n_trials=50, limits={"give_up_after": 3})
    assert lab.work(sprint_id) == "failed"
    assert len(lab.trials(sprint_id)) == 3
    assert "first 3 trials have all failed" in lab.row(sprint_id).failure


def test_a_sprint_all_of_whose_trials_failed_has_failed_whatever_their_number(lab: Any) -> None:
    sprint_id = task(lab, "raise", n_trials=2)
    assert lab.work(sprint_id) == "failed"
    failure = lab.row(sprint_id).failure
    assert failure.startswith("all 2 trials have failed. All with the same reason: ValueError: bad luck with")


def test_a_run_of_failures_pauses_the_sprint_and_says_what_they_share(lab: Any) -> None:
    sprint_id = task(lab, "raise late", n_trials=20, limits={"pause_after": 4})
    assert local.run_foreground(lab.ws, sprint_id) == "paused"
    view = api.get_sprint(lab.ws, sprint_id)
    assert (view.state, view.n_complete, view.n_failed) == ("paused", 2, 4)
    assert view.failure.startswith(
        "paused: the last 4 trials have failed. All with the same reason: ValueError: bad luck"
    )
    assert local.living_run(lab.ws, sprint_id) is None, "nobody waits for a person"
    assert local.run_foreground(lab.ws, sprint_id) == "paused", "resumed, it tries as many again"
    assert api.get_sprint(lab.ws, sprint_id).n_failed == 8
    lab.ws.path.joinpath("the_task.py").write_text(TASKS.replace('== "raise late"', '== "never"'))
    assert local.run_foreground(lab.ws, sprint_id) == "done"


def test_resuming_a_sprint_that_gave_up_tries_its_failed_trials_again(lab: Any) -> None:
    sprint_id = task(lab, "raise", n_trials=3, limits={"give_up_after": 3})
    lab.work(sprint_id)
    before = [t.params for t in lab.trials(sprint_id)]
    lab.ws.path.joinpath("the_task.py").write_text(TASKS.replace('== "raise"', '== "never"'))
    assert local.run_foreground(lab.ws, sprint_id) == "done"
    assert [(t.state, t.params) for t in lab.trials(sprint_id)] == [("complete", params) for params in before]


def test_an_objective_that_cannot_be_prepared_fails_the_sprint_not_its_trials(lab: Any) -> None:
    sprint_id = task(lab, "cannot prepare", n_trials=3)
    assert lab.work(sprint_id) == "failed"
    assert "no such corpus" in lab.row(sprint_id).failure
    assert [t.state for t in lab.trials(sprint_id)] == ["queued"]


def test_a_trial_that_kills_its_worker_is_tried_again_then_failed(lab: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("engine.launchers.slots.BACKOFF_SECONDS", 0.01)
    sprint_id = task(lab, "die", n_trials=1, limits={"max_deaths": 1, "max_crashes": 9})
    assert local.run_foreground(lab.ws, sprint_id) == "failed"
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.error_kind, trial.n_failures) == ("failed", "lost", 2)
    assert "SIGKILL" in trial.reason


@pytest.mark.parametrize("do", ["deaf", "stuck"])
def test_a_trial_over_its_time_that_does_not_listen_fails_once_and_the_next_one_runs(
    lab: Any, monkeypatch: Any, do: str
) -> None:
    """The worker aborts a deaf one; one that not even a signal reaches dies with its worker, and is not tried again."""
    monkeypatch.setattr("engine.launchers.watch.ABORT_SECONDS", 0.5)
    limits = {"trial_seconds": 0.5, "grace_seconds": 1.0, "max_crashes": 1, "give_up_after": 0}
    sprint_id = task(lab, do, n_trials=2, limits=limits)
    assert local.run_foreground(lab.ws, sprint_id) == "failed"
    trials = lab.trials(sprint_id)
    assert [(t.state, t.error_kind, t.attempt) for t in trials] == [("failed", "timeout", 1)] * 2
    assert all(t.reason.startswith("it took longer than its time limit") for t in trials)
    assert (len(lab.workers(sprint_id, living=False)) == 1) == (do == "deaf")
