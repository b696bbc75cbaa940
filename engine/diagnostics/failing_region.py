"""Where trials fail: a bound beyond which most failures of a kind lie, and few of the trials that came through.

For each kind of failure, each free dimension and each side the cut is sought that tells failures best from successes.
The chance that so many of those beyond it failed, had failures fallen by lot, is corrected for the cuts, sides and
dimensions that were looked at. Reference: Fisher's exact test, one-sided.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from engine.diagnostics.sample import Sample, positions
from engine.review.findings import Finding
from engine.space.dimension import Dimension
from engine.space.proposal import Proposal
from engine.statistics.chance import Floats, hypergeometric_tail
from engine.trials.states import TrialState
from engine.trials.trial import FAILURE_WORDS, TrialRecord
from engine.values import UNSET, Value, as_number

ALPHA = 0.01
"""Corrected chance of a false alarm for a kind of failure."""

MIN_FAILURES = 4
"""Fewer failures of a kind show no region."""

MIN_SHARE = 0.5
"""Share of a kind's failures that a region must hold to be worth a cut."""

N_NAMED = 10
"""Losing one of the best ten complete trials is worth a word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """Part of a dimension in which trials fail.

    Attributes:
        dimension: The dimension.
        side: The end it reaches to; ``choice`` for one category.
        edge: Its inner end, the failure that is furthest in; the category.
        k: Failures of the kind inside.
        lost: Complete trials inside, best first.
        p: Corrected chance.
    """

    dimension: Dimension
    side: Literal["low", "high", "choice"]
    edge: Value
    k: int
    lost: tuple[TrialRecord, ...]
    p: float


def failing_region(sample: Sample) -> tuple[Finding, ...]:
    """One finding for each kind of failure that keeps to a part of the space, with the cut that leaves it out."""
    by_kind: dict[str, list[TrialRecord]] = {}
    for trial in sample.everything:
        if trial.state == TrialState.FAILED:
            by_kind.setdefault(trial.failure, []).append(trial)
    found = []
    for kind, failed in by_kind.items():
        if len(failed) < MIN_FAILURES or not sample.trials:
            continue
        regions = [one for d in sample.dimensions if (one := _region(sample, d, failed)) is not None and one.p < ALPHA]
        if regions:
            surest = min(regions, key=lambda region: (region.p, len(region.lost)))
            found.append(_finding(sample, kind, len(failed), surest))
    return tuple(found)


def _region(sample: Sample, dimension: Dimension, failed: Sequence[TrialRecord]) -> Region | None:
    """The part of a dimension that tells its failures best from the complete trials."""
    name = dimension.name
    at_failures = positions(dimension, [trial.params.get(name, UNSET) for trial in failed])
    at_successes = sample.units[name]
    cuts = np.unique(at_failures[~np.isnan(at_failures)])
    if not len(cuts):
        return None
    sides: tuple[Literal["low", "high", "choice"], ...] = ("low", "high") if dimension.is_ordered else ("choice",)
    n_tests = len(cuts) * len(sides) * len(sample.dimensions)
    total = len(failed) + len(at_successes)
    best: Region | None = None
    for side in sides:
        for cut in cuts:
            k = int(_beyond(at_failures, cut, side).sum())
            inside = _beyond(at_successes, cut, side)
            n = k + int(inside.sum())
            p = min(1.0, n_tests * hypergeometric_tail(k, n, len(failed), total))
            if k < MIN_SHARE * len(failed) or (best is not None and p >= best.p):
                continue
            lost = tuple(trial for trial, is_inside in zip(sample.trials, inside, strict=True) if is_inside)
            edge = failed[int(np.flatnonzero(at_failures == cut)[0])].params[name]
            best = Region(dimension=dimension, side=side, edge=edge, k=k, lost=lost, p=p)
    return best


def _beyond(u: Floats, cut: float, side: str) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which positions lie in the region; NaN lies nowhere."""
    with np.errstate(invalid="ignore"):
        return u <= cut if side == "low" else u >= cut if side == "high" else u == cut


def _finding(sample: Sample, kind: str, n_failures: int, region: Region) -> Finding:
    name = region.dimension.name
    shown = region.dimension.text(region.edge)
    sign = {"low": "≤", "high": "≥", "choice": "="}[region.side]
    text = f"{region.k} of {n_failures} failures have {name} {sign} {shown} ({FAILURE_WORDS.get(kind, 'failed')})."
    proposal = _proposal(sample, region)
    losing = _losing(sample, region)
    if proposal is not None:
        text = f"{text} {_advice(region.dimension, proposal)}: {losing}."
        proposal = replace(proposal, reason=text)
    share = n_failures / (n_failures + len(sample.trials))
    return Finding(
        kind="failing-region",
        severity="warning" if share >= 0.1 else "info",
        text=text,
        dimension=name,
        evidence={
            "failure": kind,
            "k": region.k,
            "n_failures": n_failures,
            "n_complete_lost": len(region.lost),
            "side": region.side,
            "edge": region.edge,
            "p": region.p,
        },
        proposal=proposal,
        meaning="Trials in this region only cost time.",
        advice="Narrow the range, or change what fails there: memory, clipping, a time limit.",
    )


def _advice(dimension: Dimension, proposal: Proposal) -> str:
    if proposal.action == "choices":
        kept = proposal.choices or ()
        gone = [dimension.text(choice) for choice in dimension.choices if all(choice != other for other in kept)]
        return f"Drop {', '.join(gone)}"
    low, high = dimension.bounds
    bound = proposal.high if proposal.low == low else proposal.low
    return f"Narrow to {dimension.text(bound if bound is not None else high)}"


def _losing(sample: Sample, region: Region) -> str:
    if not region.lost:
        return "loses none of the complete trials"
    leaders = {trial.number: place for place, trial in enumerate(sample.trials[:N_NAMED], start=1)}
    named = [f"#{trial.number} (rank {leaders[trial.number]})" for trial in region.lost if trial.number in leaders]
    which = f", {named[0]} among them" if named else f", none of the best {min(N_NAMED, len(sample.trials))}"
    return f"loses {len(region.lost)} of {len(sample.trials)} complete trials{which}"


def _proposal(sample: Sample, region: Region) -> Proposal | None:
    """The cut that leaves the region out, at the last complete trial before it; None where none is left."""
    dimension, name = region.dimension, region.dimension.name
    gone = {trial.number for trial in region.lost}
    kept = [trial.params[name] for trial in sample.trials if name in trial.params and trial.number not in gone]
    if not kept:
        return None
    if dimension.kind == "categorical":
        places = sorted({dimension.index(value) for value in kept} - {-1})
        if region.side != "choice":
            places = list(range(places[0], places[-1] + 1))
        dropped = {dimension.index(region.edge)} if region.side == "choice" else set()
        choices = tuple(c for place, c in enumerate(dimension.choices)
                        if (place not in dropped if region.side == "choice" else place in places))  # fmt: skip
        return Proposal(action="choices", dimension=name, choices=choices) if choices else None
    low, high = dimension.bounds
    numbers = [as_number(value) for value in kept]
    if region.side == "high":
        high = max(number for number in numbers)
    else:
        low = min(number for number in numbers)
    low, high = dimension.on_grid(low, high, outwards=False)
    return Proposal(action="narrow", dimension=name, low=low, high=high) if low < high else None
