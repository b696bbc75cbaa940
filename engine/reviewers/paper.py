"""The paper's rule without a person (B:41): it looks at no finding."""

from collections.abc import Mapping, Sequence

from engine.findings import Finding, Proposal
from engine.records import Value
from engine.space import Space
from engine.trial import Direction, TrialRecord
from engine.trimming import propose_trims


def paper(
    space: Space,
    trials: Sequence[TrialRecord],
    findings: Sequence[Finding],  # noqa: ARG001 – every reviewer takes them
    *,
    settings: Mapping[str, Value],
    direction: Direction = "maximize",
    top_k: int = 10,
) -> tuple[Proposal, ...]:
    """Range of the top trials plus margin."""
    return propose_trims(space, trials, settings, direction, top_k=top_k)
