"""Exploration: how evenly all trials of the sprint lie over each range (paper §3, hypothesis 3).

Entropy of the cell counts over its largest possible value, with Miller and Madow's correction for few trials: 1 is an
even spread, 0 one single cell.
"""

import numpy as np
from numpy.typing import NDArray

from engine.diagnostics.cells import counts
from engine.diagnostics.sample import Sample, positions
from engine.review.findings import Finding
from engine.values import UNSET

MIN_TRIALS = 20
"""Below two trials a cell the entropy says more about the count than about the search."""

CONCENTRATED = 0.7
"""An evenness below this is mentioned: about half the cells hold nearly all trials."""

POOR_COVERAGE = 0.5
"""A dimension with half its cells empty after `MIN_TRIALS` trials has not been searched; chance alone never does it."""


def entropy(sample: Sample) -> tuple[Finding, ...]:
    """One finding for each dimension that was searched unevenly, and one sentence about the sprint as a whole."""
    if len(sample.trials) < MIN_TRIALS or not sample.dimensions:
        return ()
    attempted = [t for t in sample.everything if t.state.is_tried]
    evenness: dict[str, float] = {}
    found = []
    for dimension in sample.dimensions:
        # A trial that failed or was pruned has tried its values as well.
        tried = positions(dimension, [t.params.get(dimension.name, UNSET) for t in attempted])
        seen = counts(dimension, tried[~np.isnan(tried)])
        if not seen.sum():
            continue
        evenness[dimension.name] = h = normalized_entropy(seen)
        coverage = float(np.mean(seen > 0))
        if h >= CONCENTRATED and coverage > POOR_COVERAGE:
            continue
        poor = coverage <= POOR_COVERAGE and len(seen) > 3
        empty = int((seen == 0).sum())
        found.append(
            Finding(
                kind="entropy",
                severity="warning" if poor else "info",
                text=f"{empty} of {len(seen)} equal parts of the range of {dimension.name} were never tried"
                if poor
                else f"Sampling of {dimension.name} is concentrated (normalized entropy {h:.2f})",
                dimension=dimension.name,
                evidence={"evenness": h, "coverage": coverage, "counts": seen.tolist()},
                meaning="An optimum in the untried part would have gone unnoticed."
                if poor
                else "The sampler has converged here, possibly too early.",
                advice="Add random trials before narrowing."
                if poor
                else "Compare with where the random trials did best.",
            )
        )
    mean = float(np.mean(list(evenness.values()))) if evenness else 0.0
    if not found and evenness:
        found.append(
            Finding(
                kind="entropy",
                severity="ok",
                text=f"All {len(evenness)} ranges were sampled evenly (normalized entropy {mean:.2f})",
                evidence={"evenness": evenness},
                meaning="Every part of every range was tried; combinations of values may still be unexplored.",
            )
        )
    return tuple(found)


def normalized_entropy(seen: NDArray[np.intp]) -> float:
    """Entropy of cell counts over log(cells), Miller–Madow corrected, in [0, 1]; counts of shape (cells,)."""
    total = int(seen.sum())
    if len(seen) < 2 or total == 0:
        return 0.0
    p = seen[seen > 0] / total
    h = float(-(p * np.log(p)).sum()) + (len(p) - 1) / (2.0 * total)
    return min(1.0, h / float(np.log(len(seen))))
