"""Which earlier trials may enter a sprint (paper §3, A.2)."""

from dataclasses import replace

import pytest

from engine.errors import EngineError
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.sprint.priming import Regime, check_manual, prime, refusals
from engine.trials.fidelity import Fidelity
from engine.trials.trial import TrialRecord
from engine.values import Value

LR = Dimension(name="lr", kind="float", low=1e-6, high=1e-3, log=True)
W = Dimension(name="w", kind="float", low=0.1, high=2.0)
PCT = Dimension(name="pct_start", kind="float", low=0.24, high=0.32, active_when={"scheduler": True})
SPACE = Space(dimensions=(LR, W, PCT))
ON, OFF = {"scheduler": True}, {"scheduler": False}


def trial(number: int, score: float, **params: Value) -> TrialRecord:
    return TrialRecord(number=number, state="complete", source="model", params=params, score=score)


TRIALS = [
    trial(0, 10.0, lr=1e-5, w=1.0),
    trial(1, 40.0, lr=9e-4, w=1.5),
    trial(2, 30.0, lr=1e-4, w=0.5),
    trial(3, 20.0, lr=1e-4, w=1.9),
]


def test_the_best_that_fit_enter_and_the_rest_are_listed_with_reasons() -> None:
    narrowed = SPACE.with_dimension(replace(LR, high=5e-4))
    found = prime(TRIALS, narrowed, OFF, top_n=2)
    assert [t.number for t in found.fitting] == [2, 3]
    assert found.dropped == ((1, "lr = 9e-4 is outside 1e-6 … 5e-4 log"),)


def test_a_dropped_trial_is_replaced_by_the_next_best_until_none_is_left() -> None:
    found = prime(TRIALS, SPACE.with_dimension(replace(W, high=0.6)), OFF, top_n=3)
    assert [t.number for t in found.fitting] == [2]
    assert [number for number, _ in found.dropped] == [1, 3, 0]


def test_cold_priming_takes_frozen_values_and_says_so() -> None:
    found = prime(TRIALS, SPACE.with_dimension(replace(W, frozen=1.0)), OFF, top_n=2)
    assert [t.params["w"] for t in found.fitting] == [1.0, 1.0]
    assert found.adjusted == ("#1, #2: w becomes 1, where it is frozen now",)


def test_warm_priming_never_changes_a_value() -> None:
    found = prime(TRIALS, SPACE.with_dimension(replace(W, frozen=1.0)), OFF, how="warm")
    assert [t.number for t in found.fitting] == [0]


def test_a_newly_active_dimension_starts_in_the_middle_when_scores_are_computed_anew() -> None:
    found = prime(TRIALS, SPACE, ON, top_n=2)
    assert [t.params["pct_start"] for t in found.fitting] == pytest.approx([0.28, 0.28])
    (said,) = found.adjusted
    assert said == "#1, #2: pct_start becomes 0.28, the middle of its range; it was not active before"


def test_a_newly_active_dimension_bars_scores_from_being_taken_over() -> None:
    found = prime(TRIALS, SPACE, ON, how="warm")
    assert found.fitting == ()
    assert found.dropped[0] == (1, "pct_start is missing")


def test_dimensions_that_are_inactive_now_are_left_out() -> None:
    found = prime([trial(0, 1.0, lr=1e-5, w=1.0, pct_start=0.3)], SPACE, OFF)
    assert found.fitting[0].params == {"lr": 1e-5, "w": 1.0}


def test_cold_priming_runs_no_configuration_twice() -> None:
    found = prime([trial(0, 1.0, lr=1e-5, w=1.0), trial(1, 2.0, lr=1e-5, w=1.0)], SPACE, OFF)
    assert [t.number for t in found.fitting] == [1]
    assert found.dropped == ((0, "the same configuration as #1"),)


def test_a_broken_constraint_does_not_fit() -> None:
    other = Dimension(name="v", kind="float", low=0.0, high=2.0)
    space = Space(dimensions=(W, other), constraints=("w < v",))
    found = prime([trial(0, 1.0, w=1.0, v=0.5)], space, {})
    assert "w < v does not hold" in found.dropped[0][1]


REGIME = Regime(
    objective="m:C",
    model={"encoder": "minilm", "dtl": True},
    data={"train": "a.json"},
    checkpoint=None,
    metric="f1",
    fidelity=Fidelity(train_parts=6, val_parts=3),
    space=SPACE,
)


def test_warm_priming_into_the_same_regime_is_allowed() -> None:
    assert refusals(REGIME, REGIME) == ()


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"model": {"encoder": "tiny", "dtl": True}}, "model.encoder differs: 'minilm' there, 'tiny' here"),
        ({"model": {"encoder": "minilm"}}, "model.dtl differs: True there, None here"),
        ({"data": {"train": "b.json"}}, "data.train differs"),
        ({"checkpoint": "/c/E7_S1"}, "checkpoint differs"),
        ({"metric": "loss"}, "metric differs"),
        ({"objective": "m:D"}, "objective differs"),
        ({"fidelity": Fidelity(train_parts=1, val_parts=3)}, "fidelity.train_parts differs: 6 there, 1 here"),
        ({"fidelity": Fidelity(train_parts=6, val_parts=3, scheduler=False)}, "fidelity.scheduler differs"),
        ({"space": SPACE.with_dimension(replace(LR, high=1e-2))}, "the space differs (lr)"),
    ],
)
def test_a_refusal_names_the_field_that_differs(changed: dict[str, object], named: str) -> None:
    (reason,) = refusals(REGIME, replace(REGIME, **changed))
    assert named in reason


def test_a_changed_space_may_be_confirmed_but_never_a_changed_fidelity() -> None:
    space = SPACE.with_dimension(replace(LR, high=1e-2))
    assert refusals(REGIME, replace(REGIME, space=space), allow_changed_space=True) == ()
    both = replace(REGIME, space=space, fidelity=Fidelity(train_parts=2, val_parts=3))
    assert len(refusals(REGIME, both, allow_changed_space=True)) == 1


def test_a_hand_typed_trial_is_completed_by_frozen_values() -> None:
    space = SPACE.with_dimension(replace(W, frozen=1.0))
    assert check_manual({"lr": 1e-4}, space, OFF) == {"lr": 1e-4, "w": 1.0}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"lr": 1.0, "w": 1.0}, "outside"),
        ({"lr": 1e-4}, "w is missing"),
        ({"lrr": 1e-4, "w": 1.0}, "did you mean lr"),
    ],
)
def test_a_hand_typed_trial_outside_the_space_is_refused(params: dict[str, float], message: str) -> None:
    with pytest.raises(EngineError, match=message):
        check_manual(params, SPACE, OFF)
