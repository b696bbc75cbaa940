"""The review's plot: one dimension in several views, or all of them: importance, parallel coordinates, slices."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual import events
from textual.message import Message

from engine import api
from tui.drawing.format import score
from tui.drawing.proposals import failed_params, failed_values, proposed
from tui.drawing.scale import Scale
from tui.drawing.styled_lines import Line, fit_line, flowing, line, width_of, wrap
from tui.plots.curve import Series, draw_curves, running_best
from tui.plots.histogram import draw_histogram, legend
from tui.plots.histogram_layout import Layout, lay_out
from tui.plots.importance import draw_importance, importance_evidence
from tui.plots.parallel import ParallelTrial, draw_parallel, nearest_trial, parallel_axes
from tui.plots.scatter import draw_score_scatter
from tui.plots.slices import draw_slices
from tui.plots.spread import concentration_curve, entropy_curve
from tui.widgets.bound_dragging import BoundDragging

DEPENDENCE = "partial dependence"
WHOLE = ("importance", "parallel coordinates", "slices")
"""Plots of all dimensions at once."""

VIEWS = ("histogram", "score against value", DEPENDENCE, "running best", "entropy", "concentration", *WHOLE)
"""All plots, in the order of the key that switches them."""

ROOM_FOR_METRIC = 64
"""From this width on the title names the metric beside the view."""


class DimensionPlot(BoundDragging):
    """One dimension of a review, drawn in the chosen view; one trial may stand in front of the others.

    Attributes:
        view: One of `VIEWS`.
        front: Number of the trial before all others; None for none.
    """

    @dataclass
    class Switched(Message):
        """Another view is shown: what it needs may have to be read."""

        plot: "DimensionPlot"

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.view = VIEWS[0]
        self.front: int | None = None
        self._one: api.DimensionReview | None = None
        self._review: api.Review | None = None
        self._shape: tuple[str, api.Dependence | None] | None = None

    def show(self, one: api.DimensionReview | None, review: api.Review) -> None:
        """Draw this dimension from now on."""
        if self._review is None or review.sprint.id != self._review.sprint.id:
            self.front = None
        self._one, self._review = one, review
        self.dragged = None
        self.repaint()

    def next_view(self, step: int = 1) -> None:
        """The next plot, or the one before."""
        self.view = VIEWS[(VIEWS.index(self.view) + step) % len(VIEWS)]
        self.repaint()
        self.post_message(self.Switched(self))

    def bring_to_front(self, step: int) -> None:
        """The next better or worse trial in front of the others; beyond either end none."""
        if self._review is None:
            return
        order = [number for number, _, _ in scored_trials(self._review)]
        at = order.index(self.front) + step if self.front in order else 0 if step > 0 else len(order) - 1
        self.front = order[at] if 0 <= at < len(order) else None
        self.repaint()

    def wants_shape(self) -> str:
        """Name of the dimension whose partial dependence is to be shown and is not known yet; empty for none."""
        name = self._one.dimension.name if self._one is not None and self._one.active else ""
        known = self._shape is not None and self._shape[0] == name
        return "" if self.view != DEPENDENCE or known or self._one is None or self._one.dimension.is_frozen else name

    def show_shape(self, name: str, shape: api.Dependence | None) -> None:
        """Show a dimension's partial dependence; None where too few trials allow none."""
        self._shape = (name, shape)
        self.repaint()

    def forget_shape(self) -> None:
        """The trials are others now."""
        self._shape = None

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Title with legend, then the plot."""
        one, review = self._one, self._review
        if one is None or review is None:
            return []
        plot = self._whole if self.view in WHOLE else self._plot
        return [
            self._with_key(fit_title(self._title(one, review, width), width), width),
            *plot(one, review, width, height - 1),
        ]

    def brackets(self) -> dict[str, api.Dimension | None]:
        """The range now, and the one proposed or dragged."""
        one = self._one
        if one is None:
            return {}
        made = proposed(one.proposal, one.current) if one.proposal is not None else None
        return {"now": one.current, "new": self.dragged or made}

    def histogram_layout(self) -> tuple[Layout, int] | None:
        """The widget below its title, in the view that is a histogram."""
        one, review = self._one, self._review
        if self.view != VIEWS[0] or one is None or review is None:
            return None
        brackets = self.brackets()
        layout = lay_out(
            one.dimension, one.edges, width=self.size.width, height=self.size.height - 1, current=brackets["now"],
            proposed=brackets["new"], has_top=bool(one.top_values) and one.dimension.kind != "categorical",
            has_failed=bool(failed_values(review, one.dimension.name)),
        )  # fmt: skip
        return layout, 1

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag a bound; over parallel coordinates bring the trial under the pointer to the front."""
        super().on_mouse_move(event)
        if self.view == "parallel coordinates" and self._review is not None:
            trials = self._trials(self._review)
            axes = parallel_axes(
                self._dimensions(self._review), trials, width=self.size.width, height=self.size.height - 1,
                selected=self._one.dimension.name if self._one is not None else "",
            )  # fmt: skip
            x, y = self.place_of(event)
            found = nearest_trial(axes, trials, x, y - 1) if axes is not None else None
            if found is not None and found != self.front:
                self.front = found
                self.repaint()

    def _title(self, one: api.DimensionReview, review: api.Review, width: int) -> Line:
        scored = self.view in ("score against value", DEPENDENCE, "running best")
        view = (
            f"{self.view} · {review.sprint.metric}"
            if scored and review.sprint.metric and width >= ROOM_FOR_METRIC
            else self.view
        )
        title = line((f" {one.dimension.name}", "bold:text"), (f"  {view}  ", "muted"))
        if self.view in WHOLE:
            title = line((f" {self.view}  ", "bold:text"))
        front = next((trial for trial in scored_trials(review) if trial[0] == self.front), None)
        if front is not None and self.view in ("score against value", DEPENDENCE, *WHOLE[1:]):
            value = front[1].get(one.dimension.name)
            said = f"  {one.dimension.name} {one.dimension.text(value, 3)}" if value is not None else ""
            return (*title, ("● ", "bold:accent"), (f"#{front[0]}  {score(front[2])}{said}", "accent"))
        if self.view in ("score against value", DEPENDENCE, *WHOLE[1:]):
            top, other = ("⠤", "·") if self.view == "parallel coordinates" else ("◆", "•")
            title = (*title, (f"{top} top {review.n_top}", "top"), (f"  {other} others", "all"))
        if self.view == VIEWS[0]:
            title = (*title, *legend(review.n_trials, review.n_top, len(failed_params(review))))
        return title

    def _with_key(self, title: Line, width: int) -> Line:
        """The title with the key that shows the next view, where it fits."""
        key = next((key for key, b in self.screen.active_bindings.items() if b.binding.id == "review.view"), "")
        said = line((key, "bold:accent"), (" next", "muted")) if key else ()
        room = width - width_of(title) - width_of(said) - 1
        return (*title, (" " * room, ""), *said) if room > 0 else title

    def _dimensions(self, review: api.Review) -> list[api.Dimension]:
        return [other.dimension for other in review.dimensions if other.active]

    def _trials(self, review: api.Review) -> list[ParallelTrial]:
        top = set(review.top)
        return [
            ParallelTrial(number=number, params=params, score=value, is_top=number in top)
            for number, params, value in scored_trials(review)
        ]

    def _whole(self, one: api.DimensionReview, review: api.Review, width: int, height: int) -> list[Line]:
        name = one.dimension.name
        if self.view == "importance":
            findings = [*review.findings, *(f for other in review.dimensions for f in other.findings)]
            evidence = importance_evidence(findings)
            return draw_importance(evidence, width=width, height=height, selected=name, n_trials=review.n_trials)
        if self.view == "slices":
            return draw_slices(
                review.dimensions,
                width=width,
                height=height,
                n_top=review.n_top,
                direction=review.sprint.direction,
                selected=name,
                failed=failed_params(review),
                front=self._front(review),
            )
        return draw_parallel(
            self._dimensions(review), self._trials(review), width=width, height=height, selected=name, front=self.front
        )

    def _front(self, review: api.Review) -> api.TrialRecord | None:
        return next((t for t in review.trials if t.number == self.front and t.score is not None), None)

    def _plot(self, one: api.DimensionReview, review: api.Review, width: int, height: int) -> list[Line]:
        name, failed = one.dimension.name, failed_values(review, one.dimension.name)
        if self.view == "histogram":
            brackets = self.brackets()
            return draw_histogram(
                one.dimension,
                one.edges,
                one.all_counts,
                one.top_counts,
                width=width,
                height=height,
                current=brackets["now"],
                proposed=brackets["new"],
                top_values=one.top_values,
                failed=failed,
            )
        if self.view in ("score against value", DEPENDENCE):
            return self._scatter(one, review, width, height)
        if self.view == "running best":
            scores = [(float(number), value) for number, _, value in history(review, name)]
            points = Series(points=tuple(scores), name="score")
            best = running_best(scores, review.sprint.direction)
            stepped = Series(points=best, mark="", ink="top", stepped=True, name="best")
            return draw_curves([points, stepped], width=width, height=height, x_label="trial")
        tried = [(value, score) for _, value, score in history(review, name)]
        if self.view == "entropy":
            curve = entropy_curve(one.dimension, tried)
        else:
            curve = concentration_curve(one.dimension, tried, review.n_top, review.sprint.direction)
        series = Series(points=curve, ink="top" if self.view == "concentration" else "all", stepped=True, mark="")
        return draw_curves([series], width=width, height=height, x_label="trials so far", y_scale=Scale(0.0, 1.0))

    def _scatter(self, one: api.DimensionReview, review: api.Review, width: int, height: int) -> list[Line]:
        name, front = one.dimension.name, self._front(review)
        foot: list[Line] = []
        shape = None
        if self.view == DEPENDENCE:
            told = self._shape if self._shape is not None and self._shape[0] == name else None
            shape = told[1] if told is not None else None
            few = "The score model needs 15 trials with different scores."
            frozen = one.dimension.is_frozen or not one.active
            words = shape.verdict if shape is not None else "Not free in this sprint." if frozen else (
                few if told is not None else "Reading the score model …")  # fmt: skip
            foot = flowing(
                [line(("  ⠒ mean", "info")), line(("  ░ 80% band", "edge")), *wrap(f"  {words}", width - 1, "muted")],
                width,
            )
        plot = draw_score_scatter(
            one.dimension, one.points, width=width, height=height - len(foot), n_top=review.n_top,
            direction=review.sprint.direction, failed=failed_values(review, name),
            front=(front.params[name], front.score) if front is not None and front.score is not None
            and name in front.params else None,
            shape=shape,
        )  # fmt: skip
        return [*plot, *foot]


def fit_title(title: Line, width: int) -> Line:
    """The title, cut where it is wider than the plot."""
    return title if width_of(title) <= width else fit_line(title, width)


def scored_trials(review: api.Review) -> list[tuple[int, dict[str, api.Value], float]]:
    """(number, parameters, score) of the complete trials, best first."""
    found = [
        (trial.number, dict(trial.params), trial.score)
        for trial in review.trials
        if trial.state == api.TrialState.COMPLETE and trial.score is not None and math.isfinite(trial.score)
    ]
    return sorted(found, key=lambda trial: review.sprint.direction.cost(trial[2]))


def history(review: api.Review, name: str) -> list[tuple[int, api.Value, float]]:
    """(number, value, score) of the complete trials that have a dimension, in the order they were tried.

    The points of a review are its trials best first: over these every running best would be flat from the start.
    """
    tried = [(number, params[name], value) for number, params, value in scored_trials(review) if name in params]
    return sorted(tried, key=lambda trial: trial[0])
