"""The plot of one dimension: histogram, score against value, running best, entropy, concentration."""

from collections.abc import Sequence
from typing import Any

from engine import api
from tui.plots.curve import Series, draw_curves, running_best
from tui.plots.histogram import draw_histogram, legend
from tui.plots.scatter import draw_score_scatter
from tui.plots.spread import concentration_curve, entropy_curve
from tui.ranges import Scale
from tui.review_rows import proposed
from tui.text import Line, line
from tui.widgets.painting import Painting

VIEWS = ("histogram", "score against value", "running best", "entropy", "concentration")
"""Plots of a dimension, in the order of the key that switches them."""


class DimensionPlot(Painting):
    """One dimension of a review, drawn in the chosen view."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.view = VIEWS[0]
        self._one: api.DimensionReview | None = None
        self._top_k = 10
        self._n_trials = 0
        self._direction = "maximize"

    def show(self, one: api.DimensionReview | None, review: api.Review) -> None:
        """Draw this dimension from now on."""
        self._one = one
        self._top_k, self._n_trials = review.n_top, review.n_trials
        self._direction = review.sprint.direction
        self.repaint()

    def next_view(self) -> None:
        """The next plot."""
        self.view = VIEWS[(VIEWS.index(self.view) + 1) % len(VIEWS)]
        self.repaint()

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Title with legend, then the plot."""
        one = self._one
        if one is None:
            return []
        title = line((f" {one.dimension.name}", "bold:text"), (f"  {self.view}  ", "muted"))
        if self.view in VIEWS[:2]:
            title = (*title, *legend(self._n_trials, self._top_k))
        return [title, *self._plot(one, width, height - 1)]

    def _plot(self, one: api.DimensionReview, width: int, height: int) -> list[Line]:
        if self.view == "histogram":
            return draw_histogram(
                one.dimension,
                one.edges,
                one.all_counts,
                one.top_counts,
                width=width,
                height=height,
                current=one.current,
                proposed=proposed(one.proposal, one.current) if one.proposal is not None else None,
            )
        if self.view == "score against value":
            return draw_score_scatter(
                one.dimension, one.points, width=width, height=height, n_top=self._top_k, direction=self._direction
            )
        if self.view == "running best":
            scores = [(float(n), score) for n, (_, score) in enumerate(one.points)]
            points = Series(points=tuple(scores), name="score")
            best = Series(points=running_best(scores, self._direction), mark="", ink="top", stepped=True, name="best")
            return draw_curves([points, best], width=width, height=height, x_label="trial")
        if self.view == "entropy":
            curve = entropy_curve(one.dimension, one.points)
        else:
            curve = concentration_curve(one.dimension, one.points, self._top_k, self._direction)
        series = Series(points=curve, ink="top" if self.view == "concentration" else "all", stepped=True, mark="")
        return draw_curves([series], width=width, height=height, x_label="trials so far", y_scale=Scale(0.0, 1.0))
