"""What a reviewer is."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from engine.review.findings import Finding
from engine.space.proposal import Proposal
from engine.space.space import Space
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord
from engine.values import Value


class Reviewer(Protocol):
    """A pure function from what a sprint showed to what should be done; at most one proposal a dimension."""

    def __call__(
        self,
        space: Space,
        trials: Sequence[TrialRecord],
        findings: Sequence[Finding],
        *,
        settings: Mapping[str, Value],
        direction: Direction = Direction.MAXIMIZE,
        top_k: int = 10,
    ) -> tuple[Proposal, ...]:
        """Proposals in the space's order, each with its reason."""
        ...
