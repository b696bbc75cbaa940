"""A trial may score, and a range may end, where the difference of two numbers is none any more."""

import math
from itertools import cycle, product

import pytest

from engine.api import Dimension
from engine.review.histogram import bin_counts, bin_edges
from tui.dialogs.trim import bound_stepper, widened
from tui.drawing.scale import Scale, scale_of
from tui.drawing.styled_lines import plain
from tui.plots.curve import Series, draw_curves
from tui.plots.histogram import draw_histogram
from tui.plots.parallel import ParallelTrial, draw_parallel
from tui.plots.scatter import draw_pair_scatter, draw_score_scatter
from tui.plots.sparkline import trend
from tui.plots.spread import concentration_curve, entropy_curve

BIG = 1.7e308
VALUES = (BIG, -BIG, 0.0, 1.0, math.inf, math.nan, -math.inf, 5e-324)
SCORES = ((-BIG, BIG), (BIG,), (-BIG, -BIG), (math.inf, 1.0, -math.inf), (math.inf,), (1.0, BIG, math.nan, -BIG, 0.0))
DIMENSIONS = (
    Dimension(name="a", kind="float", low=0.0, high=BIG),
    Dimension(name="b", kind="float", low=-BIG, high=0.0),
    Dimension(name="c", kind="float", low=1e-300, high=BIG, log=True),
    Dimension(name="d", kind="float", low=-8e307, high=8e307),
    Dimension(name="i", kind="int", low=1, high=2**53, log=True),
)


@pytest.mark.parametrize("scores", SCORES)
def test_curves_and_trends_of_the_largest_scores_are_drawn(scores: tuple[float, ...]) -> None:
    points = tuple((float(n), y) for n, y in enumerate(scores))
    for series in (Series(points=points), Series(points=points, joined=True), Series(points=points, stepped=True)):
        assert len(plain(draw_curves([series], width=60, height=9)[0])) == 60
    assert len(draw_curves([Series(points=tuple((y, 1.0) for y in scores))], width=60, height=9)) == 9
    assert len(trend(scores, 8)) == len(scores)


def test_the_largest_scores_lie_at_the_ends_of_the_axis() -> None:
    rows = [plain(row) for row in draw_curves([Series(points=((0.0, -BIG), (1.0, BIG)))], width=60, height=10)]
    assert [row.split("┤")[0].strip() for row in rows if "┤" in row] == ["1.7e308", "-1.7e308"]
    assert rows[0].rstrip().endswith("•")
    assert rows[8].split("┤")[1].startswith("•")
    assert trend((-BIG, 0.0, BIG), 3) == "▁▅█"


@pytest.mark.parametrize("dimension", DIMENSIONS, ids=lambda one: one.name)
def test_the_widest_dimensions_are_drawn_trimmed_and_followed(dimension: Dimension) -> None:
    edges = bin_edges(dimension)
    assert all(map(math.isfinite, edges))
    counts = bin_counts(dimension, edges, (0.0, 1.0, BIG, -BIG))
    for current, proposed in product(DIMENSIONS, DIMENSIONS):
        rows = draw_histogram(dimension, edges, counts, counts, width=60, height=10, current=current, proposed=proposed)
        assert len(rows) == 10
    for scores in SCORES:
        points = list(zip(VALUES, cycle(scores)))
        assert len(draw_score_scatter(dimension, points, width=60, height=9, n_top=2)) == 9
        assert len(entropy_curve(dimension, points)) == len(concentration_curve(dimension, points, 3)) == len(VALUES)
        trials = [
            ParallelTrial(number=at, params={one.name: value for one in DIMENSIONS}, score=y, is_top=y == BIG)
            for at, (value, y) in enumerate(points)
        ]
        assert len(draw_parallel(DIMENSIONS, trials, width=70, height=12)) == 12
    pairs = [(value, value, True) for value in VALUES]
    assert len(draw_pair_scatter(dimension, DIMENSIONS[3], pairs, width=60, height=9)) == 9
    assert all(map(math.isfinite, widened(dimension)))
    for text in ("1.7e308", "-1.7e308", "inf", "nan", "0"):
        assert bound_stepper(dimension)(text, 1)


def test_positions_between_the_largest_numbers_are_those_of_smaller_ones() -> None:
    scale = Scale(-BIG, BIG)
    assert [scale.position(value) for value in (-BIG, 0.0, BIG)] == [0.0, 0.5, 1.0]
    assert [scale.value(position) for position in (0.0, 0.5, 1.0)] == [-BIG, 0.0, BIG]
    assert scale_of(DIMENSIONS[0]).column(math.inf, 10) == 9
    assert scale_of(DIMENSIONS[0]).column(math.nan, 10) == 0
