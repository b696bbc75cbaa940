"""Boundary clustering: the best trials are at a bound, and the optimum may lie beyond it (paper, sections 3 and 5).

A warning rests on the model of the score (`engine.diagnostics.score_model`): the dimension is relevant, and many of the
likely optima lie in the outer zone. A count of the top trials there is shown beside it, and is information only where
the model does not bear it out: model-guided samplers try corners and good regions more often for reasons of their own.
"""

import math

from engine.diagnostics.sample import Sample, count_values
from engine.diagnostics.score_model import ScoreModel, score_model
from engine.review.findings import Finding, Severity
from engine.space.dimension import Dimension
from engine.space.proposal import Proposal
from engine.statistics.chance import binomial_tail

EDGE = 0.05
"""Width of the outer zone, as a share of the scaled range."""

LOG_FACTOR = 3.0
"""A log bound moves by half a decade: far enough to see whether the score still rises, near enough to stay cheap."""

LINEAR_SHARE = 0.25
"""A linear bound moves by a quarter of the range."""

AT_BOUND = 0.4
"""Share of the likely optima in the outer zone from which a bound is warned of."""

CROWDED_ALPHA = 0.2
"""Chance of one mere remark over all bounds: once in five sprints of noise is seldom enough not to tire the reader."""

MIN_TOP = 4
"""Fewer top trials cannot show clustering: three of three at a bound happen too easily."""


def boundary(sample: Sample) -> tuple[Finding, ...]:
    """One finding for every bound that is warned of or crowded, or one that says there is none."""
    if sample.n_top < MIN_TOP or not sample.numeric:
        return ()
    model = score_model(sample)
    found = [f for d in sample.numeric for side in ("low", "high") if (f := _side(sample, model, d, side)) is not None]
    if found:
        return tuple(found)
    return (
        Finding(
            kind="boundary",
            severity="ok",
            text=f"The top {sample.n_top} are at no bound of the {len(sample.numeric)} numeric dimensions",
            evidence={"n_top": sample.n_top, "n_dimensions": len(sample.numeric)},
            meaning="The best region seems to lie inside the range.",
        ),
    )


def _side(sample: Sample, model: ScoreModel | None, dimension: Dimension, side: str) -> Finding | None:
    name = dimension.name
    top, everyone = sample.top(name), sample.all(name)
    width, chance = edge_zone(dimension, side)
    k, m = (int((u <= width if side == "low" else u >= 1 - width).sum()) for u in (top, everyone))
    n, total = len(top), len(everyone)
    share = 0.0
    if model is not None:
        optima = model.optima_of(name)
        share = float((optima <= width if side == "low" else optima >= 1 - width).mean())
    beyond = model is not None and model.is_relevant(name) and share >= max(AT_BOUND, 2 * chance)
    p_uniform = binomial_tail(k, n, chance)
    crowded = n >= MIN_TOP and k >= 2 and p_uniform < CROWDED_ALPHA / (2 * len(sample.numeric))
    if not beyond and not crowded:
        return None
    bound = dimension.bounds[0 if side == "low" else 1]
    new = widened_bound(dimension, side)
    word = "lower" if side == "low" else "upper"
    at = dimension.text(bound)
    text = f"{k} of the top {n} are at the {word} bound of {name} ({at})"
    if beyond:
        text += f"; {share:.0%} of the likely optima lie there"
    severity: Severity = "warning" if beyond and new is not None else "info"
    return Finding(
        kind="boundary",
        severity=severity,
        text=text,
        dimension=name,
        evidence={
            "side": side,
            "k": k,
            "n": n,
            "bound": bound,
            "share_all": m / total,
            "expected_share": chance,
            "p_uniform": p_uniform,
            "share_optima": share,
            "relevance": 0.0 if model is None else model.relevance[name],
        },
        proposal=_widening(dimension, side, new, text) if beyond else None,
        meaning=_meaning(model, name, beyond=beyond),
        advice=_advice(dimension, side, new, beyond=beyond),
    )


def _meaning(model: ScoreModel | None, name: str, *, beyond: bool) -> str:
    if beyond:
        return "The optimum may lie outside the range."
    if model is None:
        return "Too few trials to tell whether scores or the sampler drew them there."
    if model.is_relevant(name):
        return "The score model places the optimum inside the range."
    return "The sampler sampled this bound heavily regardless of score."


def _advice(dimension: Dimension, side: str, new: float | None, *, beyond: bool) -> str:
    word = "lower" if side == "low" else "upper"
    at = dimension.text(dimension.bounds[0 if side == "low" else 1])
    if not beyond:
        return "Add random trials before reading anything into this bound."
    if new is not None:
        return f"Widen the {word} bound from {at} to {dimension.text(new)} before narrowing anything."
    if _at_domain(dimension, side):
        return f"{at} is the hard limit of the domain and cannot be widened. Consider freezing {dimension.name} there."
    return f"{at} looks like a natural limit. Declare a domain for {dimension.name} if values beyond are possible."


def _widening(dimension: Dimension, side: str, new: float | None, reason: str) -> Proposal | None:
    if new is None:
        return None
    low, high = dimension.bounds
    return Proposal(
        action="widen",
        dimension=dimension.name,
        low=new if side == "low" else low,
        high=new if side == "high" else high,
        reason=reason,
    )


def edge_zone(dimension: Dimension, side: str) -> tuple[float, float]:
    """Width of the outer zone in u, and the chance that a uniformly drawn value falls into it.

    For whole numbers and steps the zone holds at least the outermost value, so its chance may be far above 5 %.
    """
    if dimension.spacing is None or dimension.n_values > 1000:
        return EDGE, EDGE
    inside = [dimension.value_at(place) for place in range(int(dimension.n_values))]
    if side == "low":
        n_inside = sum(dimension.to_unit(v) <= EDGE for v in inside)
        last = inside[max(n_inside, 1) - 1]
        width = dimension.to_unit(last)
    else:
        n_inside = sum(dimension.to_unit(v) >= 1 - EDGE for v in inside)
        last = inside[-max(n_inside, 1)]
        width = 1 - dimension.to_unit(last)
    if dimension.log:
        first, final = dimension.edges
        half = dimension.spacing / 2
        cut = (first, last + half) if side == "low" else (last - half, final)
        chance = (math.log(cut[1]) - math.log(cut[0])) / (math.log(final) - math.log(first))
    else:
        chance = max(n_inside, 1) / count_values(dimension)
    return width + 1e-9, max(chance, EDGE)


def widened_bound(dimension: Dimension, side: str) -> float | None:
    """The proposed bound on one side, never beyond the domain; None where the bound cannot move.

    Without a domain, 0 and 1 count as natural limits of a range that lies between them (rates, shares, betas): they are
    approached by two thirds of the way, never reached, and a bound that is already there stays.
    """
    low, high = dimension.bounds
    old = low if side == "low" else high
    sign = -1.0 if side == "low" else 1.0
    new = old * LOG_FACTOR**sign if dimension.log else old + sign * LINEAR_SHARE * (high - low)
    if dimension.domain is not None:
        new = max(new, dimension.domain[0]) if side == "low" else min(new, dimension.domain[1])
    elif side == "low" and old >= 0.0 and new <= 0.0:
        new = old / LOG_FACTOR
    elif side == "high" and low >= 0.0 and old <= 1.0 < new and dimension.kind == "float":
        new = 1.0 - (1.0 - old) / LOG_FACTOR
    if dimension.kind == "int":
        new = float(math.floor(new) if side == "low" else math.ceil(new))
        new = old + sign if new == old else new
        if dimension.domain is not None:
            new = min(max(new, math.ceil(dimension.domain[0])), math.floor(dimension.domain[1]))
        if dimension.log and new < 1.0:
            new = 1.0
        if side == "low" and old >= 0.0 > new:
            new = 0.0
        if dimension.step is not None:
            moved = dimension.on_grid(min(new, low), max(new, high), outwards=True)
            new = moved[0] if side == "low" else moved[1]
    else:
        if dimension.step is not None:
            moved = dimension.on_grid(min(new, low), max(new, high), outwards=True)
            new = moved[0] if side == "low" else moved[1]
            return new if sign * (new - old) > 0 else None
        rounded = float(f"{new:.3g}")
        inside = dimension.domain is None or dimension.domain[0] <= rounded <= dimension.domain[1]
        new = rounded if inside else new
    return new if sign * (new - old) > 1e-12 * max(abs(old), 1.0e-300) else None


def _at_domain(dimension: Dimension, side: str) -> bool:
    if dimension.domain is None:
        return False
    return dimension.bounds[0] <= dimension.domain[0] if side == "low" else dimension.bounds[1] >= dimension.domain[1]
