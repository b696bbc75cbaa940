"""The register of diagnostics, and `diagnose`, which runs them all over one sprint."""

from collections.abc import Callable, Iterable, Mapping

from engine.diagnostics.alarms import alarms
from engine.diagnostics.best import best
from engine.diagnostics.boundary import boundary
from engine.diagnostics.budget import budget
from engine.diagnostics.concentration import concentration
from engine.diagnostics.correlation import correlation
from engine.diagnostics.entropy import entropy
from engine.diagnostics.failing_region import failing_region
from engine.diagnostics.folds import folds
from engine.diagnostics.importance import importance
from engine.diagnostics.irrelevant import irrelevant
from engine.diagnostics.modality import modality
from engine.diagnostics.plateau import marginal_gain, plateau
from engine.diagnostics.sample import Sample, take_sample
from engine.diagnostics.scale import scale
from engine.progress import step
from engine.review.findings import Finding, Severity
from engine.space.space import Space
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord
from engine.values import Value

Diagnostic = Callable[[Sample], tuple[Finding, ...]]
"""A pure function from a sprint's trials to what it finds in them."""

DIAGNOSTICS: Mapping[str, Diagnostic] = {
    "alarms": alarms,
    "failing-region": failing_region,
    "boundary": boundary,
    "modality": modality,
    "correlation": correlation,
    "concentration": concentration,
    "best": best,
    "importance": importance,
    "irrelevant": irrelevant,
    "entropy": entropy,
    "folds": folds,
    "scale": scale,
    "under-budget": budget,
    "plateau": plateau,
    "gain": marginal_gain,
}
"""Every diagnostic of a single sprint by the kind of its findings, in the order they are shown."""

_GRAVITY: Mapping[Severity, int] = {"warning": 0, "info": 1, "ok": 2}


def diagnose(
    space: Space,
    trials: Iterable[TrialRecord],
    *,
    settings: Mapping[str, Value],
    direction: Direction = Direction.MAXIMIZE,
    top_k: int = 10,
) -> tuple[Finding, ...]:
    """All findings about one sprint, warnings first.

    Args:
        space: The sprint's own space, in which its trials were proposed.
        trials: Its trials in any state and order.
        settings: What is fixed for the whole sprint (scheduler, model options); decides which dimensions are active.
        direction: Which way the score is better.
        top_k: How many of the best trials count as top.
    """
    return diagnose_sample(take_sample(space, trials, settings=settings, direction=direction, top_k=top_k))


def diagnose_sample(sample: Sample) -> tuple[Finding, ...]:
    """`diagnose` of trials that are ranked and placed already."""
    found: list[Finding] = []
    for done, (kind, diagnostic) in enumerate(DIAGNOSTICS.items()):
        step(f"Analysing ({kind})", done, len(DIAGNOSTICS))
        found.extend(diagnostic(sample))
    return by_gravity(found)


def by_gravity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Warnings first, then information, then what is well; within each as given."""
    return tuple(sorted(findings, key=lambda finding: _GRAVITY[finding.severity]))
