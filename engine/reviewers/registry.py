"""The reviewers by name; `propose` asks one of them.

A package adds one with an entry point in the group ``trimtab.reviewers`` that names a `ReviewerInfo`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.registries.registry import Registry, record_of
from engine.review.findings import Finding
from engine.reviewers.bounding_box import bounding_box
from engine.reviewers.guarded import guarded
from engine.reviewers.paper import paper
from engine.reviewers.policy import Reviewer
from engine.space.proposal import Proposal
from engine.space.space import Space
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord, all_alike, ranked
from engine.values import Value


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewerInfo:
    """A reviewer as it is listed.

    Attributes:
        name: As it is written after ``--reviewer``.
        summary: What it does, in one sentence.
        review: The policy.
    """

    name: str
    summary: str
    review: Reviewer


_BUILT_IN: Mapping[str, ReviewerInfo] = {
    info.name: info
    for info in (
        ReviewerInfo(
            name="paper",
            summary="the paper's rule: the range of the top ten with its margin, categories seen among them",
            review=paper,
        ),
        ReviewerInfo(
            name="bounding-box",
            summary="the bare range of the top ten, without a margin",
            review=bounding_box,
        ),
        ReviewerInfo(
            name="guarded",
            summary="widens where top trials concentrate at a bound, cuts only beyond chance, keeps modes",
            review=guarded,
        ),
    )
}

REVIEWERS = Registry(
    kind="reviewer", group="trimtab.reviewers", built_in=_BUILT_IN, adapt=record_of("reviewer", ReviewerInfo)
)
"""Every reviewer, the paper's first."""


def propose(
    reviewer: str,
    space: Space,
    trials: Sequence[TrialRecord],
    findings: Sequence[Finding],
    *,
    settings: Mapping[str, Value],
    direction: Direction = Direction.MAXIMIZE,
    top_k: int = 10,
) -> tuple[Proposal, ...]:
    """What a reviewer would do to the space after a sprint; nothing where all its trials have the same score.

    Args:
        reviewer: Name in the register.
        space: The space the sprint searched.
        trials: Its trials.
        findings: What `engine.diagnostics.diagnose` says of them.
        settings: What ``active_when`` is judged by.
        direction: Which way the score is better.
        top_k: How many of the best trials count as top.

    Raises:
        EngineError: For a name nobody has, with the nearest.
    """
    review = REVIEWERS.named(reviewer).review
    if all_alike(ranked(trials, direction)):
        return ()
    return review(space, trials, findings, settings=settings, direction=direction, top_k=top_k)
