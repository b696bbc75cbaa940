"""How far a sprint's budgets are used, and which one ends it."""

import pytest

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
