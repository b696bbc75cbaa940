"""What pruning is expected to leave, against simulated sprints and against counted histories."""

import random

import pytest

from engine.pruners.brackets import bracket_of, make_brackets
from engine.pruners.registry import load_pruner
from engine.sprint.cost_forecast import Measured
from engine.sprint.pruning_savings import Ladder, expected_savings, passes
from engine.trials.fidelity import Fidelity
from engine.trials.trial import TrialRecord

FULL = Fidelity(calibration_epochs=7)


def ladders(n_trials: int, key: str = "k") -> list[Ladder]:
    brackets = make_brackets(1, 32, 3)
    found = [bracket_of(brackets, key, number).index for number in range(n_trials)]
    return [Ladder(rungs=one.rungs, n_trials=found.count(one.index)) for one in brackets]


def simulated(pruner: str, n_trials: int, seed: int) -> tuple[float, float]:
    """Shares of the epochs and of the ended trials when trials run one after another, their scores without order."""
    judge = load_pruner(pruner, {}, study_key="k", sign=1.0)
    assert judge is not None
    rng, gains, ran, ended = random.Random(seed), {}, 0, 0
    for number in range(n_trials):
        gains[number] = {}
        for step in range(1, 26):
            ran += 1
            gains[number][step] = rng.random()
            if step < 25 and judge.reason_to_prune(gains, number, step):
                break
        else:
            ended += 1
    return ran / (25 * n_trials), ended / n_trials


@pytest.mark.parametrize("n_trials", [9, 90])
def test_the_rungs_predict_what_hyperband_leaves_of_trials_without_order(n_trials: int) -> None:
    expected = expected_savings("hyperband", FULL, ladders(n_trials), 3, [])
    runs = [simulated("hyperband", n_trials, seed) for seed in range(60)]
    # The mean of 60 sprints strays from its expectation by about 0.01 to 0.02.
    assert expected.epochs == pytest.approx(sum(epochs for epochs, _ in runs) / 60, abs=0.05)
    assert expected.ended == pytest.approx(sum(ended for _, ended in runs) / 60, abs=0.05)
    assert expected.words.startswith("counts savings by hyperband: about ")
    assert expected.words.endswith("from the brackets")


def test_one_ladder_of_halving_is_told_from_its_rungs() -> None:
    expected = expected_savings("halving", FULL, [Ladder(rungs=(1, 3, 9), n_trials=30)], 3, [])
    runs = [simulated("halving", 30, seed) for seed in range(60)]
    assert expected.epochs == pytest.approx(sum(epochs for epochs, _ in runs) / 60, abs=0.05)
    assert expected.words.endswith("from the rungs")


def test_the_first_at_a_rung_always_pass_and_later_a_third() -> None:
    assert passes(1, 3) == 1.0
    assert passes(2, 3) == 1.5
    assert passes(2.5, 3) == pytest.approx((passes(2, 3) + passes(3, 3)) / 2)
    assert passes(3000, 3) == pytest.approx(1000, rel=0.01)


def sprint(n_complete: int, n_pruned: int, source: str = "model") -> Measured:
    whole = [TrialRecord(number=i, state="complete", source=source, params={}, n_epochs=32) for i in range(n_complete)]
    cut = [TrialRecord(number=i, state="pruned", source=source, params={}, n_epochs=3) for i in range(n_pruned)]
    return Measured(label="Full_v1", fidelity=FULL, trials=(*whole, *cut))


def test_the_threads_own_pruned_trials_say_more_than_the_rungs() -> None:
    found = expected_savings("hyperband", FULL, ladders(9), 3, [sprint(4, 12)])
    assert found.epochs == pytest.approx((4 * 25 + 12 * 3) / (16 * 25))
    assert found.ended == 0.25
    assert found.words == "counts savings by hyperband: about 66% of the epochs, from 16 trials of Full_v1"


def test_few_or_warm_primed_trials_are_no_history() -> None:
    for thin in (sprint(2, 3), sprint(20, 0, source="primed-warm")):
        assert "from the brackets" in expected_savings("hyperband", FULL, ladders(9), 3, [thin]).words


def test_without_pruning_nothing_is_left_out_and_without_rungs_it_is_said_that_nothing_is_counted() -> None:
    none = expected_savings("none", FULL, [], 0, [])
    assert (none.epochs, none.ended, none.words) == (1.0, 1.0, "")
    median = expected_savings("median", FULL, [], 0, [])
    assert median.epochs == 1.0
    assert "are not counted" in median.words
    assert "from 16 trials" in expected_savings("median", FULL, [], 0, [sprint(4, 12)]).words
