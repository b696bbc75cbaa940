"""Plateau: has the best score stopped rising?. And what an hour of trials still brings."""

import math

import numpy as np

from engine.diagnostics.sample import Sample
from engine.review.findings import Finding
from engine.statistics.chance import Floats

WINDOW = (20, 50)
"""Trials over which a gain is expected, fewest and most."""

GAIN = 0.02
"""Gain of the best score that still counts, as a share of the middle half of the scores: what a score is worth depends
on how the others differ, not on its distance from 0."""

UNITS = (("h", "an hour", 1.0), ("min", "a minute", 1 / 60), ("s", "a second", 1 / 3600))
"""Units of time as they are written, and hours of each; the first that is not longer than the time is taken."""


def plateau(sample: Sample) -> tuple[Finding, ...]:
    """Advice to stop when the best hardly rose over the last trials; never more than information."""
    best = best_so_far(sample)
    n = len(best)
    window = min(WINDOW[1], n // 2)
    if window < WINDOW[0]:
        return ()
    before, now = float(best[n - window - 1]), float(best[-1])
    spread = float(np.ptp(np.quantile(sample.goodness, [0.25, 0.75]))) or float(np.ptp(sample.goodness)) or 1.0
    gain = (now - before) / spread
    text = f"The best score rose by {now - before:.3g} over the last {window} trials, {gain:.0%} of the middle half of "
    text += "all scores"
    evidence = {"gain": gain, "rise": now - before, "window": window, "n": n, "by_lot": (n - window) / n}
    if gain >= GAIN:
        return (
            Finding(
                kind="plateau",
                severity="ok",
                text=text,
                evidence=evidence,
                meaning="The sprint is still finding better trials.",
            ),
        )
    return (
        Finding(
            kind="plateau",
            severity="info",
            text=text,
            evidence=evidence,
            meaning=f"Trials in random order would show no rise for that long {(n - window) / n:.0%} of the time: "
            "a hint, not proof.",
            advice="Stop here and review; extend only if the dimensions are still poorly explored.",
        ),
    )


def marginal_gain(sample: Sample) -> tuple[Finding, ...]:
    """What the last third of the trials brought an hour, beside the cost of as many again."""
    best = best_so_far(sample)
    n = len(best)
    seconds = [t.seconds for t in sorted(sample.runs, key=lambda t: t.number)]
    if n < 9 or any(s is None or not math.isfinite(s) or s <= 0 for s in seconds):
        return ()
    last = n // 3
    hours = float(sum(s for s in seconds[-last:] if s is not None)) / 3600
    gain = float(best[-1] - best[n - last - 1])
    early = float(best[n - last - 1] - best[0])
    early_hours = float(sum(s for s in seconds[1 : n - last] if s is not None)) / 3600
    short, long, unit = next((one for one in UNITS if hours >= one[2]), UNITS[-1])
    return (
        Finding(
            kind="gain",
            severity="info",
            text=f"The last {last} trials raised the best by {gain:.3g} in {hours / unit:.2g} {short} of trial time "
            f"({gain / hours * unit:.2g} {long}; before, {early / early_hours * unit:.2g})",
            evidence={
                "gain": gain,
                "hours": hours,
                "gain_per_hour": gain / hours,
                "gain_per_hour_before": early / early_hours,
                "next_batch_hours": hours,
            },
            meaning=f"Another {last} trials would cost about {hours / unit:.2g} {short}.",
            advice="Extend while the time is worth that gain; else move on to the next stage.",
        ),
    )


def best_so_far(sample: Sample) -> Floats:
    """Best goodness after each complete trial, in order of number; shape (n,)."""
    scores = np.array([t.score for t in sorted(sample.runs, key=lambda t: t.number)], dtype=np.float64)
    in_order = sample.direction.sign * scores
    result: Floats = np.maximum.accumulate(in_order) if len(in_order) else in_order
    return result
