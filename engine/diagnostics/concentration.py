"""Concentration: do the top trials keep to a part of the range that all trials spread over? (paper, section 5).

For numbers: the shortest stretch, in ranks among all trials, that holds four fifths of the top, against what it would
be for trials picked by lot. For categories: whether a choice is commoner among the top than a draw without replacement
allows. Both tests hold for uniform draws only, so a dimension is named only where the model of the score calls it
relevant as well: a sampler that learns concentrates its trials on noise, too.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from engine.diagnostics.cells import show
from engine.diagnostics.sample import Sample
from engine.diagnostics.score_model import score_model
from engine.review.findings import Finding
from engine.space.dimension import Dimension
from engine.statistics.chance import Floats, hypergeometric_tail

HELD = 0.8
"""Share of the top that the stretch must hold; a fifth may lie astray by luck."""

ALPHA = 0.05
"""Over all dimensions: below this the concentration counts as real."""

DRAWS = 4000
"""Draws behind the null distribution; p-values resolve to 1/4000."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Concentration:
    """How the top trials lie in one dimension.

    Attributes:
        p: Chance of so narrow a stretch for trials picked by lot.
        width: Length of the stretch in ranks among all trials, in [0, 1].
        low: Lowest position u of the top.
        high: Highest position u of the top.
    """

    p: float
    width: float
    low: float
    high: float


def concentration(sample: Sample) -> tuple[Finding, ...]:
    """One finding for each relevant dimension where the top concentrates; one where no dimension is relevant."""
    model = score_model(sample)
    if not sample.can_compare or model is None:
        return ()
    measured = {d.name: c for d in sample.dimensions if (c := concentration_of(sample, d)) is not None}
    alpha = ALPHA / max(len(measured), 1)
    found = [
        _finding(sample, d, measured[d.name])
        for d in sample.dimensions
        if d.name in measured and model.is_relevant(d.name) and measured[d.name].p < alpha
    ]
    if found or not measured or model.relevant:
        return tuple(found)
    return (
        Finding(
            kind="concentration",
            severity="info",
            text=f"The top {sample.n_top} look like the other {len(sample.trials) - sample.n_top} trials "
            "in every dimension",
            evidence={
                "p": {name: c.p for name, c in measured.items()},
                "relevance": dict(model.relevance),
                "r2": model.r2,
            },
            meaning="Top trials look like the rest; narrowing now would fit noise.",
            advice="Extend the sprint or raise the fidelity before narrowing.",
        ),
    )


def concentration_of(sample: Sample, dimension: Dimension) -> Concentration | None:
    """How the top lies in one dimension; None with fewer than four usable top trials."""
    top, everyone = sample.top(dimension.name), sample.all(dimension.name)
    k, total = len(top), len(everyone)
    if k < 4 or total < 2 * k:
        return None
    if dimension.kind == "categorical":
        choices, seen = np.unique(everyone, return_counts=True)
        often = [int((top == c).sum()) for c in choices]
        p = [hypergeometric_tail(o, k, int(m), total) for o, m in zip(often, seen, strict=True)]
        return Concentration(
            p=min(1.0, min(p) * len(p)), width=float(max(often)) / k, low=float(top.min()), high=float(top.max())
        )
    # Ties (whole numbers) are broken by lot, else many equal values would look like an infinitely narrow stretch.
    lot = np.random.default_rng(0).permutation(total)
    order = np.empty(total)
    order[np.lexsort((lot, everyone))] = (np.arange(total) + 0.5) / total
    width = shortest_stretch(order[None, :k])[0]
    null = _null(k)
    p_value = (1 + int((null <= width).sum())) / (len(null) + 1)
    return Concentration(p=p_value, width=float(width), low=float(top.min()), high=float(top.max()))


def shortest_stretch(v: Floats) -> Floats:
    """Length of the shortest interval that holds `HELD` of the points of each row; v of shape (rows, k)."""
    k = v.shape[1]
    held = max(2, round(HELD * k))
    ordered = np.sort(v, axis=1)
    result: Floats = (ordered[:, held - 1 :] - ordered[:, : k - held + 1]).min(axis=1)
    return result


@lru_cache(maxsize=32)
def _null(k: int) -> Floats:
    return shortest_stretch(np.random.default_rng(k).uniform(size=(DRAWS, k)))


def _finding(sample: Sample, dimension: Dimension, c: Concentration) -> Finding:
    top = sample.top(dimension.name)
    if dimension.kind == "categorical":
        values, often = np.unique(top, return_counts=True)
        favourite = dimension.from_unit(float(values[often.argmax()]))
        text = f"{int(often.max())} of the top {len(top)} have {dimension.name} = {dimension.text(favourite)}"
        extra: dict[str, object] = {"favourite": favourite}
    else:
        text = f"The top {len(top)} keep to {show(dimension, top)} of {dimension.name}"
        extra = {"low": dimension.from_unit(c.low), "high": dimension.from_unit(c.high)}
    return Finding(
        kind="concentration",
        severity="info",
        text=text,
        dimension=dimension.name,
        evidence={"p": c.p, "width": c.width, "n": len(top), "n_all": len(sample.all(dimension.name))} | extra,
        meaning="The score depends on this dimension by more than chance.",
        advice="Narrow towards this part, with a margin.",
    )
