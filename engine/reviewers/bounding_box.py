"""The bare range of the top trials: what trimming would be without its margin."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.review.findings import Finding
from engine.review.trimming import propose_trims
from engine.space.proposal import Proposal
from engine.space.space import Space
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord
from engine.values import Value


def bounding_box(
    space: Space,
    trials: Sequence[TrialRecord],
    findings: Sequence[Finding],  # noqa: ARG001 – every reviewer takes them
    *,
    settings: Mapping[str, Value],
    direction: Direction = Direction.MAXIMIZE,
    top_k: int = 10,
) -> tuple[Proposal, ...]:
    """Lowest to highest value of the top trials; the categories among them."""
    trims = propose_trims(space, trials, settings, direction, top_k=top_k, log_factor=1.0, linear_margin=0.0)
    return tuple(replace(p, reason=p.reason.split(",")[0] + ", no margin") for p in trims)
