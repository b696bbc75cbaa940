"""What a cut costs: more the surer it excludes the best, nothing where nothing is cut."""

from dataclasses import replace

import numpy as np
import pytest

from engine.diagnostics.sample import take_sample
from engine.diagnostics.score_model import score_model
from engine.reviewers.cut_model import CutModel, box_of, calibrated
from engine.space.cut_cost import CutCost, percent
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.trials.trial import TrialRecord

SPACE = Space(
    dimensions=(
        Dimension(name="lr", kind="float", low=1e-5, high=1e-1, log=True),
        Dimension(name="width", kind="int", low=1, high=8),
        Dimension(name="norm", kind="categorical", choices=("batch", "layer", "none")),
    )
)


@pytest.fixture(scope="module")
def asked() -> CutModel:
    """80 random trials: best near lr = 1e-3 and with layer norm; the width does not matter."""
    rng = np.random.default_rng(0)
    trials = []
    for number in range(80):
        u, width, norm = rng.uniform(), int(rng.integers(1, 9)), str(rng.choice(["batch", "layer", "none"]))
        score = 70.0 - 20.0 * abs(u - 0.5) + (3.0 if norm == "layer" else 0.0) + 0.2 * rng.normal()
        params = {"lr": 10 ** (-5 + 4 * u), "width": width, "norm": norm}
        trials.append(TrialRecord(number=number, state="complete", source="random", params=params, score=score))
    sample = take_sample(SPACE, trials, settings={})
    model = score_model(sample)
    assert model is not None
    return CutModel(sample, model, SPACE)


def cut(asked: CutModel, name: str, **changes: object) -> CutCost:
    """The cost of one changed dimension."""
    cost = asked.cost(SPACE.with_dimension(replace(SPACE[name], **changes)))
    assert cost is not None
    return cost


def test_a_cut_around_the_best_is_safe_and_one_beside_the_best_is_not(asked: CutModel):
    around, beside = cut(asked, "lr", low=1e-4, high=1e-2), cut(asked, "lr", low=1e-2, high=1e-1)
    assert around.share < 0.05
    assert around.chance < 0.1
    assert beside.share > 0.95
    assert beside.chance > 0.4
    assert around.volume == pytest.approx(0.5)


def test_trials_inside_a_good_cut_gain_more_and_inside_a_bad_one_less(asked: CutModel):
    around, beside = cut(asked, "lr", low=1e-4, high=1e-2), cut(asked, "lr", low=1e-2, high=1e-1)
    assert around.gain_inside > around.gain_before > beside.gain_inside
    assert around.gain_before == beside.gain_before


def test_dropping_a_choice_costs_what_it_excludes(asked: CutModel):
    assert cut(asked, "norm", choices=("batch", "none")).share > 0.9
    assert cut(asked, "norm", choices=("layer",)).share < 0.1


def test_where_nothing_is_cut_nothing_is_told(asked: CutModel):
    assert asked.cost(SPACE) is None
    assert asked.cost(SPACE.with_dimension(replace(SPACE["lr"], low=1e-6))) is None
    assert asked.cost(SPACE.with_dimension(replace(SPACE["width"], frozen=3))) is None
    assert asked.cost(SPACE.with_dimension(replace(SPACE["norm"], frozen="layer"))) is None


def test_clipped_points_lie_in_the_box():
    after = SPACE.with_dimension(replace(SPACE["lr"], low=1e-4, high=1e-3))
    after = after.with_dimension(replace(after["norm"], choices=("none",)))
    box = box_of(SPACE.dimensions, after)
    points = np.random.default_rng(0).uniform(size=(50, 3))
    assert box.holds(box.clip(points)).all()
    assert box.holds(box.spread(points)).all()
    assert not box.holds(points).all()


def test_the_chance_rises_with_the_share_and_with_what_is_cut_away():
    assert calibrated(0.0, 0.5) < calibrated(0.2, 0.5) < calibrated(1.0, 0.5) < 1
    assert calibrated(0.1, 0.5) < calibrated(0.1, 0.01)
    assert calibrated(0.1, 0.0) == calibrated(0.1, 1e-5)


def test_a_cost_reads_as_one_sentence():
    cost = CutCost(chance=0.064, share=0.02, gain_inside=0.41, gain_before=0.1, volume=0.3)
    assert cost.words == "6% chance that the best lies outside; expected gain +0.41 a random trial (now +0.1)"
    assert (percent(0.012), percent(0.29), percent(0.3), percent(0.6)) == ("1%", "29%", "over 30%", "over 30%")
