"""How far a sprint's budgets are used, and which one ends it."""

from pathlib import Path

import pytest

from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.store import commands
from engine.store.database import writing
from engine.store.summaries import used_budget
from engine.store.tables import SprintRow, ThreadRow, TrialRow
from engine.store.workspace import open_workspace
from engine.trials.budgets import budget_uses, first_to_end

GIVEN = {
    "n_ended": 40, "n_trials": 90, "used_seconds": 400.0, "max_seconds": 3600.0, "used_epochs": 5.0, "max_epochs": 10.0,
    "trial_seconds": 20.0, "slots": 2,
}  # fmt: skip


def test_each_budget_is_counted_in_its_own_unit() -> None:
    trials, seconds, epochs = budget_uses(**GIVEN)  # type: ignore[arg-type]
    assert (trials.used, trials.limit, trials.share) == (40, 90, pytest.approx(40 / 90))
    assert trials.seconds_left == pytest.approx(50 * 20 / 2), "two slots side by side"
    assert seconds.seconds_left == pytest.approx(3200)
    assert epochs.seconds_left == pytest.approx(400), "5 epochs took 40 trials, the next 5 take 40 more"


def test_whichever_budget_is_used_up_first_ends_the_sprint() -> None:
    def first(**changes: float) -> str:
        found = first_to_end(budget_uses(**{**GIVEN, **changes}))  # type: ignore[arg-type]
        assert found is not None
        return found.name

    assert first() == "epochs"
    assert first(max_epochs=100.0) == "trials"
    assert first(max_epochs=100.0, max_seconds=500.0) == "seconds"


def test_without_a_finished_trial_nothing_is_foretold() -> None:
    uses = budget_uses(**{**GIVEN, "n_ended": 0, "used_epochs": 0.0, "trial_seconds": None})  # type: ignore[arg-type]
    assert first_to_end(uses) is None
    assert [use.seconds_left for use in uses] == [None, 3600.0 - 400.0, None]


def test_a_sprint_without_other_budgets_has_trials_alone_and_never_more_than_all() -> None:
    [trials] = budget_uses(**{**GIVEN, "n_ended": 95, "max_seconds": None, "max_epochs": None})  # type: ignore[arg-type]
    assert (trials.share, trials.seconds_left) == (1.0, 0.0)


@pytest.mark.parametrize(("n_reports", "said"), [(11, ""), (12, "epoch budget used"), (13, "epoch budget used")])
def test_the_epoch_budget_is_used_up_at_its_last_epoch(n_reports: int, said: str, tmp_path: Path) -> None:
    ws = open_workspace(tmp_path, create=True)
    with writing(ws) as session:
        dimension = Dimension(name="x", kind="float", low=0.0, high=1.0)
        thread = commands.create_thread(session, ThreadRow(name="t", objective="m:C"), Space(dimensions=(dimension,)))
        sprint = SprintRow(
            thread_id=thread.id, space_id=thread.head_space_id, stage="1E", label="L", max_epoch_equivalents=2.0,
            fidelity={"train_parts": 6},
        )  # fmt: skip
        commands.create_sprint(session, sprint, [TrialRow(sprint_id=0, number=0, n_reports=n_reports)])
        session.flush()
        assert used_budget(session, sprint) == said
