"""Irrelevant dimensions: no sign that the score depends on them, while it does on others (B:43, B:100)."""

from engine.diagnostics.importance import importances
from engine.diagnostics.sample import Sample
from engine.review.findings import Finding, Proposal
from engine.values import UNSET

TRIALS_PER_DIMENSION = 10
"""With fewer trials a dimension, absence of evidence is only that."""

MAX_FANOVA = 0.05
"""Share of variance that a dimension may explain and still count as irrelevant."""

MIN_P = 0.3
"""A dimension whose departure is this likely under chance has shown nothing."""


def irrelevant(sample: Sample) -> tuple[Finding, ...]:
    """One finding for each dimension that seems not to matter, proposing to freeze it at the best trial's value."""
    measured = importances(sample)
    if measured is None or not measured.proven or len(sample.trials) < TRIALS_PER_DIMENSION * len(sample.dimensions):
        return ()
    found = []
    for one in measured.dimensions:
        best = sample.trials[0].params.get(one.name, UNSET)
        if one.p < MIN_P or one.fanova > MAX_FANOVA or best is UNSET:
            continue
        text = f"the score shows no dependence on {one.name} in {len(sample.trials)} trials"
        found.append(
            Finding(
                kind="irrelevant",
                severity="info",
                text=text,
                dimension=one.name,
                evidence={"p": one.p, "fanova": one.fanova, "pedanova": one.pedanova, "n": len(sample.trials)},
                proposal=Proposal(action="freeze", dimension=one.name, value=best, reason=text),
                meaning="It costs the sampler attention; at a higher fidelity it may still matter.",
                advice=f"Freeze {one.name} at the best trial's value; unfreeze it for a last check.",
            )
        )
    return tuple(found)
