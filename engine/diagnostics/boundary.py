"""Boundary clustering: the best trials crowd an end of the range (B:43, B:78, B:100).

The share of the top trials within the outer 5 % of the *scaled* range is tested twice: against a uniform spread (could
chance put that many there?) and against the share of all trials there (a sampler crowds a region for its own reasons,
and the corners of a box for none).
"""

import math

from engine.diagnostics.sample import Sample, count_values
from engine.review.findings import Finding, Proposal, Severity
from engine.space.dimension import Dimension
from engine.statistics.chance import binomial_tail, hypergeometric_tail

EDGE = 0.05
"""Width of the outer zone, as a share of the scaled range (design §3)."""

LOG_FACTOR = 3.0
"""A log bound moves by half a decade: far enough to see whether the score still rises, near enough to stay cheap."""

LINEAR_SHARE = 0.25
"""A linear bound moves by a quarter of the range."""

ALPHA = 0.02
"""Chance of one false warning over all bounds: four of the top ten at a bound are a warning in up to ten dimensions."""

INFO_ALPHA = 0.2
"""The same for a mere mention: once in five sprints of noise is seldom enough not to tire the reader."""

SAMPLER_ALPHA = 0.05
"""Below this chance, given how many of all trials lie at the bound, the top are there for their scores."""

MIN_TOP = 4
"""Fewer top trials cannot show clustering: three of three at a bound happen too easily."""


def boundary(sample: Sample) -> tuple[Finding, ...]:
    """One finding for every bound that the top trials crowd, or one that says none is crowded."""
    if sample.n_top < MIN_TOP or not sample.numeric:
        return ()
    n_tests = 2 * len(sample.numeric)
    found = [
        f for d in sample.numeric for side in ("low", "high") if (f := _side(sample, d, side, n_tests)) is not None
    ]
    if found:
        return tuple(found)
    return (
        Finding(
            kind="boundary",
            severity="ok",
            text=f"the top {sample.n_top} crowd no bound of the {len(sample.numeric)} numeric dimensions",
            evidence={"n_top": sample.n_top, "n_dimensions": len(sample.numeric)},
            meaning="The best region seems to lie inside the range.",
        ),
    )


def _side(sample: Sample, dimension: Dimension, side: str, n_tests: int) -> Finding | None:
    top, everyone = sample.top(dimension.name), sample.all(dimension.name)
    width, chance = edge_zone(dimension, side)
    at_edge = (top <= width, everyone <= width) if side == "low" else (top >= 1 - width, everyone >= 1 - width)
    k, n, m, total = int(at_edge[0].sum()), len(top), int(at_edge[1].sum()), len(everyone)
    if n < MIN_TOP or k < 2:
        return None
    p_uniform, p_all = binomial_tail(k, n, chance), hypergeometric_tail(k, n, m, total)
    if p_uniform >= INFO_ALPHA / n_tests:
        return None
    # Where the sampler itself sits at the bound nearly everyone is there; the top need only be there even more often.
    beats_sampler = p_all < SAMPLER_ALPHA or (k / n >= 0.5 and k / n >= m / total)
    severity: Severity = "warning" if p_uniform < ALPHA / n_tests and beats_sampler else "info"
    bound = dimension.bounds[0 if side == "low" else 1]
    new = widened_bound(dimension, side)
    word = "lower" if side == "low" else "upper"
    at = dimension.text(bound)
    text = f"{k} of the top {n} lie at the {word} bound of {dimension.name} ({at})"
    proposal = None
    if new is None:
        severity = "info"
        advice = (
            f"{at} is the physical limit, so nothing can be widened; consider freezing {dimension.name} there."
            if _at_domain(dimension, side)
            else f"{at} looks like a natural limit; declare a domain for {dimension.name} if it may go beyond."
        )
    else:
        advice = f"Widen the {word} bound from {at} to {dimension.text(new)} and look again before narrowing anything."
        low, high = dimension.bounds
        proposal = Proposal(
            action="widen",
            dimension=dimension.name,
            low=new if side == "low" else low,
            high=new if side == "high" else high,
            reason=text,
        )
    meaning = (
        "The optimum may lie outside the range." if beats_sampler else "The sampler crowds this bound, good or not."
    )
    return Finding(
        kind="boundary",
        severity=severity,
        text=text,
        dimension=dimension.name,
        evidence={
            "side": side,
            "k": k,
            "n": n,
            "bound": bound,
            "share_all": m / total,
            "expected_share": chance,
            "p_uniform": p_uniform,
            "p_against_all": p_all,
        },
        proposal=proposal,
        meaning=meaning,
        advice=advice,
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
