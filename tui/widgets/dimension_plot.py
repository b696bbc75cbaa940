"""The review's plot: one dimension in several views, or all of them: importance, parallel coordinates, slices."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from engine import api
from tui.drawing.scale import Scale
from tui.drawing.styled_lines import Line, line, width_of
from tui.plots.curve import Series, draw_curves, running_best
from tui.plots.histogram import draw_histogram, legend
from tui.plots.importance import draw_importance, importance_evidence
from tui.plots.parallel import draw_parallel
from tui.plots.scatter import draw_score_scatter
from tui.plots.slices import draw_slices
from tui.plots.spread import concentration_curve, entropy_curve
from tui.review.rows import proposed
from tui.widgets.painting import Painting

WHOLE = ("importance", "parallel coordinates", "slices")
"""Plots of all dimensions at once."""

VIEWS = ("histogram", "score against value", "running best", "entropy", "concentration", *WHOLE)
"""All plots, in the order of the key that switches them."""


class DimensionPlot(Painting):
    """One dimension of a review, drawn in the chosen view."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.view = VIEWS[0]
        self._one: api.DimensionReview | None = None
        self._top_k = 10
        self._n_trials = 0
        self._direction = "maximize"
        self._review: api.Review | None = None

    def show(self, one: api.DimensionReview | None, review: api.Review) -> None:
        """Draw this dimension from now on."""
        self._one, self._review = one, review
        self._top_k, self._n_trials = review.n_top, review.n_trials
        self._direction = review.sprint.direction
        self.repaint()

    def next_view(self, step: int = 1) -> None:
        """The next plot, or the one before."""
        self.view = VIEWS[(VIEWS.index(self.view) + step) % len(VIEWS)]
        self.repaint()

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Title with legend, then the plot."""
        one = self._one
        if one is None:
            return []
        title = line((f" {one.dimension.name}", "bold:text"), (f"  {self.view}  ", "muted"))
        if self.view in WHOLE:
            title = line((f" {self.view}  ", "bold:text"))
        if self.view in (VIEWS[1], *WHOLE[1:]):
            top, other = ("•", "·") if self.view == "parallel coordinates" else ("◆", "•")
            title = (*title, (f"{top} top {self._top_k}", "top"), (f"  {other} others", "all"))
        if self.view == VIEWS[0]:
            title = (*title, *legend(self._n_trials, self._top_k))
        plot = self._whole if self.view in WHOLE else self._plot
        return [self._with_key(title, width), *plot(one, width, height - 1)]

    def _with_key(self, title: Line, width: int) -> Line:
        """The title with the key that shows the next view, where it fits."""
        key = next((key for key, b in self.screen.active_bindings.items() if b.binding.id == "review.view"), "")
        said = line((key, "bold:accent"), (" next", "muted")) if key else ()
        room = width - width_of(title) - width_of(said) - 1
        return (*title, (" " * room, ""), *said) if room > 0 else title

    def _whole(self, one: api.DimensionReview, width: int, height: int) -> list[Line]:
        review, name = self._review, one.dimension.name
        assert review is not None
        if self.view == "importance":
            findings = [*review.findings, *(f for other in review.dimensions for f in other.findings)]
            evidence = importance_evidence(findings)
            return draw_importance(evidence, width=width, height=height, selected=name, n_trials=self._n_trials)
        if self.view == "slices":
            return draw_slices(
                review.dimensions,
                width=width,
                height=height,
                n_top=self._top_k,
                direction=self._direction,
                selected=name,
                failed=failures(review),
            )
        dimensions = [other.dimension for other in review.dimensions if other.active]
        top = set(review.top)
        trials = [
            (t.params, t.score, t.number in top) for t in review.trials if t.state == "complete" and t.score is not None
        ]
        return draw_parallel(dimensions, trials, width=width, height=height, selected=name)

    def _plot(self, one: api.DimensionReview, width: int, height: int) -> list[Line]:
        assert self._review is not None
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
                one.dimension, one.points, width=width, height=height, n_top=self._top_k, direction=self._direction,
                failed=[params[name] for params in failures(self._review) if (name := one.dimension.name) in params],
            )  # fmt: skip
        if self.view == "running best":
            scores = [(float(number), score) for number, _, score in history(self._review, one.dimension.name)]
            points = Series(points=tuple(scores), name="score")
            best = Series(points=running_best(scores, self._direction), mark="", ink="top", stepped=True, name="best")
            return draw_curves([points, best], width=width, height=height, x_label="trial")
        tried = [(value, score) for _, value, score in history(self._review, one.dimension.name)]
        if self.view == "entropy":
            curve = entropy_curve(one.dimension, tried)
        else:
            curve = concentration_curve(one.dimension, tried, self._top_k, self._direction)
        series = Series(points=curve, ink="top" if self.view == "concentration" else "all", stepped=True, mark="")
        return draw_curves([series], width=width, height=height, x_label="trials so far", y_scale=Scale(0.0, 1.0))


def failures(review: api.Review) -> list[Mapping[str, api.Value]]:
    """Parameters of the trials that failed."""
    return [trial.params for trial in review.trials if trial.state == "failed"]


def history(review: api.Review, name: str) -> list[tuple[int, api.Value, float]]:
    """(number, value, score) of the complete trials that have a dimension, in the order they were tried.

    The points of a review are its trials best first: over these every running best would be flat from the start.
    """
    return [
        (trial.number, trial.params[name], trial.score)
        for trial in sorted(review.trials, key=lambda trial: trial.number)
        if trial.state == "complete" and trial.score is not None and math.isfinite(trial.score) and name in trial.params
    ]
