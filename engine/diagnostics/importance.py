"""Importance: which hyperparameters the score depends on, by PED-ANOVA and by fANOVA, both named."""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.diagnostics.fanova import fanova
from engine.diagnostics.pedanova import pedanova
from engine.diagnostics.sample import Sample
from engine.diagnostics.score_model import NO_SIGN, ScoreModel, score_model
from engine.review.findings import Finding
from engine.statistics.forest import Forest, grow_forest

DRIVER = re.compile(r"(max_|base_)?(lr|learning_rate)(_\w+)?")
"""Names of dimensions that are expected to matter in any training."""

MIN_TRIALS = 20
"""Fewer trials make importance a lottery."""

MAX_ROWS = 2000
"""Trials that the forest considers at most, the best and a seeded choice of the others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Importance:
    """What one dimension matters.

    Attributes:
        name: The dimension.
        pedanova: Share of all divergence between the best and all trials, in [0, 1].
        fanova: Share of the score's variance it explains alone, in [0, 1].
    """

    name: str
    pedanova: float
    fanova: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Importances:
    """Every dimension's importance, and how far the forest behind fANOVA can be trusted.

    Attributes:
        dimensions: Most important first (by fANOVA).
        r2: Share of the variance explained on trials the trees did not see.
    """

    dimensions: tuple[Importance, ...]
    r2: float


# Three diagnostics read these; the sample is compared by identity.
@lru_cache(maxsize=2)
def forest_of(sample: Sample) -> tuple[Forest, NDArray[np.intp]] | None:
    """The forest over a sprint's trials and the rows of ``sample.trials`` it was judged on; None for too few trials."""
    n = len(sample.trials)
    if n < MIN_TRIALS or not sample.dimensions:
        return None
    rows = np.arange(n) if n <= MAX_ROWS else np.sort(np.random.default_rng(0).choice(n, MAX_ROWS, replace=False))
    x = np.stack([np.nan_to_num(sample.units[d.name][rows], nan=0.5) for d in sample.dimensions], axis=1)
    # Diverged runs would own all the variance: everything below the tenth percentile counts as equally bad.
    y = np.maximum(sample.goodness[rows], np.quantile(sample.goodness, 0.1))
    return grow_forest(x, y), rows


@lru_cache(maxsize=2)
def importances(sample: Sample) -> Importances | None:
    """Both measures of every free dimension; None with fewer than `MIN_TRIALS` trials or equal scores."""
    grown = forest_of(sample)
    if grown is None or float(np.ptp(sample.goodness)) == 0.0:
        return None
    forest, _ = grown
    departures = pedanova(sample)
    total = sum(d.divergence for d in departures.values()) or 1.0
    shares = fanova(forest, len(sample.dimensions))
    found = [
        Importance(name=d.name, pedanova=departures[d.name].divergence / total, fanova=float(share))
        for d, share in zip(sample.dimensions, shares, strict=True)
    ]
    return Importances(dimensions=tuple(sorted(found, key=lambda i: -i.fanova)), r2=forest.r2)


def importance(sample: Sample) -> tuple[Finding, ...]:
    """What matters most, in one sentence; and an alarm when the learning rate does not while something else does.

    Which dimensions matter is decided by the model of the score; PED-ANOVA and fANOVA say how much.
    """
    measured, model = importances(sample), score_model(sample)
    if measured is None or model is None or len(measured.dimensions) < 2:
        return ()
    evidence = {
        "pedanova": {i.name: i.pedanova for i in measured.dimensions},
        "fanova": {i.name: i.fanova for i in measured.dimensions},
        "relevance": dict(model.relevance),
        "relevant": list(model.relevant),
        "r2": measured.r2,
        "model_r2": model.r2,
    }
    if not model.relevant:
        return (
            Finding(
                kind="importance",
                severity="info",
                text="No hyperparameter moves the score by more than noise",
                evidence=evidence,
                meaning="The scores vary by noise, or by hyperparameters that act only together.",
                advice="Add trials or raise the fidelity before trimming.",
            ),
        )
    share = {i.name: i for i in measured.dimensions}
    named = "; ".join(f"{name} {share[name].pedanova:.0%} / {share[name].fanova:.0%}" for name in model.relevant[:3])
    summary = Finding(
        kind="importance",
        severity="info",
        text=f"Most important (PED-ANOVA / fANOVA): {named}",
        dimension=model.relevant[0],
        dimensions=model.relevant,
        evidence=evidence,
        meaning="PED-ANOVA: where the best trials differ from all. fANOVA: what the score varies with over the space.",
        advice="Look at these first; trimming the others gains little.",
    )
    return (summary, *_idle_drivers(measured, model))


def _idle_drivers(measured: Importances, model: ScoreModel) -> tuple[Finding, ...]:
    drivers = [i for i in measured.dimensions if DRIVER.fullmatch(i.name)]
    strongest = model.relevant[0]
    if not drivers or measured.r2 <= 0.1 or any(model.relevance[i.name] >= NO_SIGN or i.fanova > 0.1 for i in drivers):
        return ()
    name = drivers[0].name
    return (
        Finding(
            kind="importance",
            severity="warning",
            text=f"{name} shows no effect on the score, though {strongest} does",
            dimension=name,
            dimensions=tuple(i.name for i in drivers),
            evidence={
                "relevance": model.relevance[name],
                "fanova": drivers[0].fanova,
                "strongest": strongest,
            },
            meaning="A learning rate nearly always matters: its range may miss the useful values, or nothing reads it.",
            advice="Check that the objective reads it, and widen its range.",
        ),
    )
