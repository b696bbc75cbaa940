"""What the score model says of one hyperparameter and of two, in the score's own unit."""

from dataclasses import replace

import numpy as np
import pytest

from engine.api.score_shapes import trust
from engine.diagnostics.dependence import band, surface
from engine.diagnostics.sample import take_sample
from engine.diagnostics.score_model import score_model
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord

SPACE = Space(dimensions=(
    Dimension(name="a", kind="float", low=0.0, high=1.0),
    Dimension(name="b", kind="float", low=0.0, high=1.0),
))  # fmt: skip


def trials(n: int = 40, noise: float = 0.02) -> list[TrialRecord]:
    rng = np.random.default_rng(4)
    found = []
    for number in range(n):
        a, b = rng.uniform(size=2)
        score = 60 + 20 * a - 30 * (b - 0.3) ** 2 + noise * rng.standard_normal()
        found.append(
            TrialRecord(number=number, params={"a": a, "b": b}, state="complete", source="random", score=score)
        )
    return found


@pytest.mark.parametrize("direction", Direction)
def test_the_map_and_the_curve_follow_what_was_planted(direction: Direction) -> None:
    made = [replace(t, score=direction.sign * (t.score or 0.0)) for t in trials()]
    model = score_model(take_sample(SPACE, made, settings={}, direction=direction))
    assert model is not None
    grid = np.linspace(0, 1, 9)
    curve = band(model, "a", grid)
    assert np.all(np.diff(curve.mean) > 0)
    assert np.all(curve.low <= curve.mean)
    assert np.all(curve.mean <= curve.high)
    means = model.centre + model.scale * surface(model, "a", "b", grid, grid)
    truth = 60 + 20 * grid[None, :] - 30 * (grid[:, None] - 0.3) ** 2
    seen = truth > np.quantile(truth, 0.4)  # the worst tenth of the trials counts as equally bad
    assert np.abs(means - truth)[seen].max() < 3.0, "goodness: larger is better whatever the direction"
    assert np.corrcoef(means.ravel(), truth.ravel())[0, 1] > 0.9


def test_the_share_of_unseen_scores_that_is_explained_is_said_in_words() -> None:
    assert trust(0.91) == "The model explains 91% of unseen scores."
    assert trust(0.34) == "The model explains 34% of unseen scores; trust the trend, not details."
    assert trust(-0.2) == "The model explains 0% of unseen scores; do not trust shapes."
