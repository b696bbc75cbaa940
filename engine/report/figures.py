"""The figures of a report, drawn as SVG: every sprint's scores, and one hyperparameter's trials."""

import math
from collections.abc import Iterable, Sequence
from html import escape

from engine.api.review_views import DimensionReview
from engine.api.views import SprintView
from engine.trials.states import Direction
from engine.values import Value
from engine.wording import short

TEXT, FAINT, ACCENT, WARM = "#73777f", "#c3c6cc", "#2f7de1", "#d9822b"
"""Colours that can be read on a light page and on a dark one."""

FONT = "12px system-ui, sans-serif"

N_TICKS = 4


def scores_figure(sprints: Sequence[SprintView]) -> str:
    """A column of dots for each sprint, the best one marked and named.

    Args:
        sprints: With at least one score among them.
    """
    width, height, left, top, bottom = max(360, 120 * len(sprints) + 80), 240, 64, 16, 40
    scores = [score for sprint in sprints for score in sprint.scores]
    low, high = min(scores), max(scores)
    margin = (high - low) * 0.06 or abs(high) * 0.06 or 1.0
    low, high = low - margin, high + margin

    def y(score: float) -> float:
        return top + (high - score) / (high - low) * (height - top - bottom)

    parts = [
        f'<path d="M{left} {y(tick):.1f}H{width - 12}" stroke="{FAINT}" stroke-opacity=".5"/>'
        + _text(left - 8, y(tick) + 4, short(tick), anchor="end")
        for tick in ticks(low, high)
    ]
    column = (width - left - 12) / len(sprints)
    for place, sprint in enumerate(sprints):
        x = left + column * (place + 0.5)
        for index, score in enumerate(sprint.scores):
            aside = ((index * 0.618034) % 1 - 0.5) * column * 0.5  # spread evenly, the same each time
            parts.append(f'<circle cx="{x + aside:.1f}" cy="{y(score):.1f}" r="2.5" fill="{FAINT}"/>')
        if sprint.best_score is not None and math.isfinite(sprint.best_score):
            best = y(sprint.best_score)
            reach = column * 0.32
            parts.append(f'<path d="M{x - reach:.1f} {best:.1f}h{2 * reach:.1f}" stroke="{ACCENT}" stroke-width="2"/>')
            parts.append(_text(x, best - 6, short(sprint.best_score), fill=ACCENT))
        parts.append(_text(x, height - 18, sprint.short_label))
    return _drawing(width, height, parts)


def hyperparameter_figure(shown: DimensionReview, direction: Direction) -> str:
    """A histogram of all trials with the top ones in it, the scores as dots above, the range that is kept as a bracket.

    Args:
        shown: A hyperparameter that was active, with its bins.
        direction: Which way the score is better.
    """
    width, height, left, right, top, base = 420, 220, 12, 12, 12, 168
    edges = shown.edges
    n_bins = len(edges) - 1
    step = (width - left - right) / n_bins
    most = max(*shown.all_counts, 1)
    parts = []
    for index in range(n_bins):
        for counts, colour in ((shown.all_counts, FAINT), (shown.top_counts, ACCENT)):
            tall = counts[index] / most * (base - top - 60)
            if tall:
                parts.append(
                    f'<rect x="{left + step * index + 1:.1f}" y="{base - tall:.1f}" width="{step - 2:.1f}" '
                    f'height="{tall:.1f}" fill="{colour}"/>'
                )
    scores = sorted(score for _, score in shown.points)
    if scores and scores[0] < scores[-1]:
        for value, score in shown.points:
            behind = direction.gain(direction.best(scores), score) / (scores[-1] - scores[0])
            y = top + 44 * behind
            parts.append(f'<circle cx="{_place(shown, value, left, step):.1f}" cy="{y:.1f}" r="2" fill="{TEXT}"/>')
    parts.append(f'<path d="M{left} {base}H{width - right}" stroke="{TEXT}"/>')
    parts += _bracket(shown, left, step, base)
    parts += _labels(shown, left, step, base)
    return _drawing(width, height, parts)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers between two ends, about `N_TICKS` of them."""
    wanted = (high - low) / N_TICKS
    power = 10.0 ** math.floor(math.log10(wanted))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= wanted * 0.999)
    return [float(f"{place * step:.12g}") for place in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _place(shown: DimensionReview, value: Value, left: float, step: float) -> float:
    """Where a value is drawn, in pixels: within its bin, on the histogram's own scale."""
    edges, dimension = shown.edges, shown.dimension
    if dimension.kind == "categorical":
        return left + step * (max(dimension.index(value), 0) + 0.5)
    assert isinstance(value, int | float)
    number = min(max(float(value), edges[0]), edges[-1])
    index = max(i for i in range(len(edges) - 1) if i == 0 or edges[i] <= number)
    return left + step * (index + (number - edges[index]) / (edges[index + 1] - edges[index]))


def _bracket(shown: DimensionReview, left: float, step: float, base: float) -> Iterable[str]:
    """What the working space keeps of the range, where that is less."""
    now = shown.current
    if now.kind == "categorical":
        kept = [now.frozen] if now.is_frozen else list(now.choices)
        if len(kept) == len(shown.dimension.choices):
            return
        for choice in kept:
            x = _place(shown, choice, left, step)  # type: ignore[arg-type]
            yield f'<path d="M{x - step * 0.4:.1f} {base + 5}h{step * 0.8:.1f}" stroke="{WARM}" stroke-width="3"/>'
        return
    if now.is_frozen:
        x = _place(shown, now.frozen, left, step)  # type: ignore[arg-type]
        yield f'<path d="M{x:.1f} {base - 4}v12" stroke="{WARM}" stroke-width="3"/>'
    elif now.bounds != shown.dimension.bounds:
        low, high = (_place(shown, bound, left, step) for bound in now.bounds)
        yield (f'<path d="M{low:.1f} {base - 3}v9H{high:.1f}v-9" fill="none" stroke="{WARM}" stroke-width="2"/>')


def _labels(shown: DimensionReview, left: float, step: float, base: float) -> Iterable[str]:
    dimension = shown.dimension
    if dimension.kind == "categorical":
        for index, choice in enumerate(dimension.choices):
            yield _text(left + step * (index + 0.5), base + 24, _cut(dimension.text(choice), int(step / 7)))
    else:
        low, high = dimension.bounds
        yield _text(left, base + 24, dimension.text(low), anchor="start")
        yield _text(left + step * (len(shown.edges) - 1), base + 24, dimension.text(high), anchor="end")
    yield _text(
        left + step * (len(shown.edges) - 1) / 2, base + 44, dimension.name + (" (log scale)" if dimension.log else "")
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: max(most - 1, 1)] + "…"


def _text(x: float, y: float, text: str, *, anchor: str = "middle", fill: str = TEXT) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" style="font:{FONT}">{escape(text)}</text>'
    )


def _drawing(width: int, height: int, parts: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"{''.join(parts)}</svg>"
    )
