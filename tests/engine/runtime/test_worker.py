"""A worker's sprint: its order, its budgets, its constraints."""

from datetime import timedelta
from typing import Any

import pytest

from engine import api
from engine.space.space import Space
from engine.store import commands, queries
from engine.store.database import writing
from engine.store.tables import now
from tests.engine.runtime.conftest import SPACE
from tests.engine.runtime.tasks import task


def test_a_trial_over_its_time_limit_is_failed(lab: Any) -> None:
    sprint_id = task(lab, "slow", n_trials=1, limits={"trial_seconds": 0.4})
    lab.work(sprint_id)
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.error_kind) == ("failed", "timeout")


def test_budgets_in_seconds_and_in_epochs_end_a_sprint_before_its_trials_do(lab: Any) -> None:
    by_time = task(lab, "slow", n_trials=50, max_seconds=1.0)
    by_epochs = lab.sprint(n_trials=50, max_epoch_equivalents=5.0)
    for sprint_id in (by_time, by_epochs):
        assert lab.work(sprint_id) == "done"
    assert len(lab.trials(by_time)) in (1, 2)  # one on a machine that is slow besides
    assert len(lab.trials(by_epochs)) == 2, "3 epochs each"


def test_cold_primed_trials_run_first_in_order_with_their_own_fold(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=5, trials=3, fidelity={"train_parts": 2, "val_parts": 3, "max_epochs": 2})
    lab.work(sprint_id)
    trials = lab.trials(sprint_id)
    assert [t.source for t in trials] == ["primed-cold"] * 3 + ["random"] * 2
    assert [(t.train_fold, t.val_fold) for t in trials] == [(0, 0), (1, 1), (0, 2), (1, 0), (0, 1)]
    assert [t.started_at for t in trials] == sorted(t.started_at for t in trials)


def test_points_that_break_a_constraint_are_counted(lab: Any) -> None:
    ordered = Space(dimensions=SPACE.dimensions, constraints=("x0 < x1",))
    sprint_id = lab.sprint(n_trials=30)
    with writing(lab.ws) as session:
        row = queries.sprint(session, sprint_id)
        row.space_id = commands.create_space(session, row.thread_id, ordered).id
        session.add(row)
    lab.work(sprint_id)
    view = api.get_sprint(lab.ws, sprint_id)
    assert all(t.params["x0"] < t.params["x1"] for t in lab.trials(sprint_id))
    assert view.n_rejected == sum(t.n_rejected for t in lab.trials(sprint_id))
    # Half of the square breaks it: 30 kept points take 60 draws; 0.25 is four standard deviations below a half.
    assert view.rejection_rate is not None
    assert 0.25 < view.rejection_rate < 0.75


def test_slots_side_by_side_use_the_wall_clock_once_and_gaps_not_at_all(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=9, trials=4, max_seconds=100.0)
    at = now()
    with writing(lab.ws) as session:
        for trial, (start, end) in zip(queries.trials(session, sprint_id), ((0, 10), (2, 12), (20, 25), (24, 24)),
                                       strict=True):  # fmt: skip
            trial.state, trial.seconds = "complete", float(end - start)
            trial.started_at, trial.finished_at = at + timedelta(seconds=start), at + timedelta(seconds=end)
            session.add(trial)
    assert api.get_sprint(lab.ws, sprint_id).used_seconds == pytest.approx(17.0)
