"""Under-budget: too few trials for the sampler or the dimensions to mean anything (decisions: Startup trials)."""

from engine.diagnostics.sample import Sample
from engine.review.findings import Finding

TRIALS_PER_DIMENSION = 5
"""Trials a free dimension needs at the very least; below this every range is guesswork."""


def budget(sample: Sample) -> tuple[Finding, ...]:
    """What the trials so far were too few for."""
    n = sum(t.state.is_scored for t in sample.everything)
    if n == 0:
        return ()
    n_guided = sum(t.source == "model" for t in sample.everything)
    return under_budget(n_trials=n, n_unguided=len(sample.everything) - n_guided, n_dimensions=len(sample.dimensions))


def under_budget(
    *, n_trials: int, n_unguided: int, n_dimensions: int, n_brackets: int | None = None
) -> tuple[Finding, ...]:
    """Warnings about a budget, for a plan or for trials that ran.

    Args:
        n_trials: Trials planned or run.
        n_unguided: Trials drawn before the sampler's model takes over: random, primed and startup trials.
        n_dimensions: Free dimensions.
        n_brackets: Hyperband's brackets, where there are any.
    """
    found = []
    if n_trials < TRIALS_PER_DIMENSION * n_dimensions:
        found.append(
            Finding(
                kind="under-budget",
                severity="warning",
                text=f"{n_trials} trials for {n_dimensions} free dimensions are fewer than "
                f"{TRIALS_PER_DIMENSION} a dimension",
                evidence={"n_trials": n_trials, "n_dimensions": n_dimensions},
                meaning="An under-budgeted search is often worse than none: the best trial is mostly chance.",
                advice="Add trials, freeze dimensions, or treat the sprint as a check of primed points only.",
            )
        )
    if n_trials <= n_unguided:
        found.append(
            Finding(
                kind="under-budget",
                severity="info",
                text=f"none of the {n_trials} trials is guided by the sampler's model",
                evidence={"n_trials": n_trials, "n_unguided": n_unguided},
                meaning="The sprint is a random search.",
                advice="Lower the number of random or startup trials, or add trials, unless you want a baseline.",
            )
        )
    if n_brackets is not None and n_trials < n_brackets:
        found.append(
            Finding(
                kind="under-budget",
                severity="warning",
                text=f"{n_trials} trials cannot fill {n_brackets} Hyperband brackets",
                evidence={"n_trials": n_trials, "n_brackets": n_brackets},
                meaning="Some brackets get no trial, so pruning has nothing to compare.",
                advice="Add trials or use fewer brackets.",
            )
        )
    return tuple(found)
