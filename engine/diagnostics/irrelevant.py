"""Irrelevant dimensions: no sign that the score depends on them, while it does on others (paper, section 3)."""

import numpy as np

from engine.diagnostics.importance import importances
from engine.diagnostics.sample import Sample
from engine.diagnostics.score_model import NO_SIGN, ScoreModel, score_model
from engine.review.findings import Finding
from engine.space.dimension import Dimension
from engine.space.proposal import Proposal
from engine.values import Value

TRIALS_PER_DIMENSION = 10
"""With fewer trials a dimension, absence of evidence is only that."""

MAX_FANOVA = 0.05
"""Share of variance that a dimension may explain and still count as irrelevant."""

GRID = np.linspace(0.0, 1.0, 21)
"""Positions among which a value to freeze at is chosen."""

HARMLESS = 0.5
"""Expected loss, in standard deviations of the noise of one trial, that counts as none."""


def irrelevant(sample: Sample) -> tuple[Finding, ...]:
    """One finding for each dimension that seems not to matter, proposing to freeze it at the model's value.

    The best trial's value would do as well if the dimension did not matter, but it may sit in a corner by chance.
    """
    model, measured = score_model(sample), importances(sample)
    n = len(sample.trials)
    if model is None or measured is None or not model.relevant or n < TRIALS_PER_DIMENSION * len(sample.dimensions):
        return ()
    fanova = {i.name: i.fanova for i in measured.dimensions}
    found = []
    for dimension in sample.dimensions:
        name = dimension.name
        if model.relevance[name] >= NO_SIGN or fanova[name] > MAX_FANOVA:
            continue
        value = safe_value(model, dimension)
        text = f"The score shows no dependence on {name} in {n} trials"
        found.append(
            Finding(
                kind="irrelevant",
                severity="info",
                text=text,
                dimension=name,
                evidence={"relevance": model.relevance[name], "fanova": fanova[name], "n": n},
                proposal=Proposal(action="freeze", dimension=name, value=value, reason=text),
                meaning="It dilutes the search; at a higher fidelity it may still matter.",
                advice=f"Freeze {name} at {dimension.text(value)}, which the model expects to cost nothing; "
                "unfreeze it for a last check.",
            )
        )
    return tuple(found)


def safe_value(model: ScoreModel, dimension: Dimension) -> Value:
    """A value that the model expects to cost nothing: of those the nearest to the middle, for categories the best."""
    if not dimension.is_ordered:
        grid = np.array([dimension.to_unit(choice) for choice in dimension.choices])
        return dimension.choices[int(model.partial_dependence(dimension.name, grid).argmax())]
    expected = model.partial_dependence(dimension.name, GRID)
    harmless = GRID[expected >= expected.max() - HARMLESS * np.sqrt(model.surrogate.noise)]
    return dimension.from_unit(float(harmless[np.abs(harmless - 0.5).argmin()]))
