"""The paper's rule without a person (paper §3): it looks at no finding."""

from collections.abc import Mapping, Sequence

from engine.review.findings import Finding
from engine.review.trimming import propose_trims
from engine.space.proposal import Proposal
from engine.space.space import Space
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord
from engine.values import Value


def paper(
    space: Space,
    trials: Sequence[TrialRecord],
    findings: Sequence[Finding],  # noqa: ARG001 – every reviewer takes them
    *,
    settings: Mapping[str, Value],
    direction: Direction = Direction.MAXIMIZE,
    top_k: int = 10,
) -> tuple[Proposal, ...]:
    """Range of the top trials plus margin."""
    return propose_trims(space, trials, settings, direction, top_k=top_k)
