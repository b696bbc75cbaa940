"""Scale lint: ranges explored on a scale that hides part of them."""

import numpy as np

from engine.diagnostics.sample import Sample
from engine.review.findings import Finding
from engine.space.dimension import Dimension

DECADE = 10.0
"""A linear range over more than this gives its lowest decade under a tenth of the trials."""

TWO_DECADES = 100.0
"""From here on a linear scale is nearly always a slip."""


def scale(sample: Sample) -> tuple[Finding, ...]:
    """Linear ranges that span more than a decade; a warning from two decades on, or when the best trials lie low."""
    return tuple(f for d in sample.numeric if (f := scale_of(sample, d)) is not None)


def scale_of(sample: Sample, dimension: Dimension) -> Finding | None:
    """The finding on one dimension, or None where its scale is sensible."""
    low, high = dimension.bounds
    if dimension.log or low <= 0 or high / low <= DECADE or dimension.kind == "int":
        return None
    top = sample.top(dimension.name)
    lowest_decade = dimension.to_unit(low * DECADE)
    n_low = int((top <= lowest_decade).sum())
    crowded = len(top) >= 4 and n_low > len(top) / 2 and lowest_decade < 0.2
    return Finding(
        kind="scale",
        severity="warning" if high / low >= TWO_DECADES or crowded else "info",
        text=f"{dimension.name} is explored linearly over {np.log10(high / low):.1f} decades "
        f"({dimension.text(low)} … {dimension.text(high)})",
        dimension=dimension.name,
        evidence={"ratio": high / low, "n_top_in_lowest_decade": n_low, "share_of_lowest_decade": lowest_decade},
        meaning=f"Its lowest decade gets only {lowest_decade:.0%} of the trials.",
        advice="Explore it on a log scale in the next space, or raise the lower bound.",
    )
