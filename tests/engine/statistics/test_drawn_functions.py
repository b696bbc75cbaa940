"""Functions drawn from a fitted process agree with the process wherever they are asked."""

import numpy as np

from engine.statistics.drawn_functions import draw_functions
from engine.statistics.surrogate import fit_surrogate


def test_drawn_functions_have_the_mean_and_spread_of_the_process_at_any_point():
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(40, 3))
    x[:, 2] = rng.choice([0.25, 0.75], 40)
    y = -np.abs(x[:, 0] - 0.3) + 0.5 * (x[:, 2] > 0.5) + 0.05 * rng.normal(size=40)
    process = fit_surrogate(x, y, np.array([False, False, True]))
    points = rng.uniform(size=(60, 3))
    points[:, 2] = rng.choice([0.25, 0.75], 60)
    drawn = draw_functions(process, 1000, rng).at(points)
    spread = process.draws(points, 1000, rng).std(axis=0)
    # A mean of 1000 draws is off by a thirtieth of their spread, some points of sixty by three times that.
    assert np.abs((drawn.mean(axis=0) - process.mean(points)) / spread).max() < 0.2
    # 512 cosines put about 5 % on a standard deviation.
    assert np.abs(drawn.std(axis=0) / spread - 1).mean() < 0.15
