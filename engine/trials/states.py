"""What state a trial and a sprint can be in, which way a score is better, and the questions asked of them.

They are texts: the store, JSON and messages hold the same words.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from engine.errors import EngineError


class TrialState(StrEnum):
    """What state a trial is in.

    ``cancelled``: a queued trial that will not run, or a running one a person stopped.
    """

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_finished(self) -> bool:
        """Whether a trial never leaves the state."""
        return self not in (TrialState.QUEUED, TrialState.RUNNING)

    @property
    def is_tried(self) -> bool:
        """Whether the objective ran to its own end, a pruner's or an error: what a person cancelled does not count."""
        return self.is_finished and self is not TrialState.CANCELLED

    @property
    def is_cut_short(self) -> bool:
        """Whether it ended, and not at the end of its training."""
        return self.is_finished and self is not TrialState.COMPLETE

    @property
    def is_scored(self) -> bool:
        """Whether a trial ended with a score: of its last epoch, or of the one after which it was pruned."""
        return self in (TrialState.COMPLETE, TrialState.PRUNED)


class SprintState(StrEnum):
    """What state a sprint is in.

    ``orphaned`` is never stored: a sprint at work whose launcher and workers are gone is shown so.
    """

    DRAFT = "draft"
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    DONE = "done"
    FAILED = "failed"
    ORPHANED = "orphaned"

    @property
    def is_started(self) -> bool:
        """Whether somebody has ever worked on it."""
        return self not in (SprintState.DRAFT, SprintState.READY)

    @property
    def is_finished(self) -> bool:
        """Whether nobody works on it again unless a person asks for it."""
        return self in (SprintState.DONE, SprintState.FAILED)

    @property
    def is_open(self) -> bool:
        """Whether it was started and is not finished: somebody should work on it, or hold it."""
        return self.is_started and not self.is_finished

    @property
    def is_attended(self) -> bool:
        """Whether it is open and a launcher looks after it, at work or holding."""
        return self.is_open and self is not SprintState.ORPHANED

    @property
    def is_at_work(self) -> bool:
        """Whether trials run, or end one after another on the way to a stop."""
        return self in (SprintState.RUNNING, SprintState.STOPPING)

    @property
    def is_at_rest(self) -> bool:
        """Whether it was started and goes on only when a person says so."""
        return self.is_started and not self.is_at_work

    @property
    def is_unwell(self) -> bool:
        """Whether it broke down: a person should look what happened."""
        return self in (SprintState.FAILED, SprintState.ORPHANED)


class Direction(StrEnum):
    """Which way a score is better."""

    MAXIMIZE = "maximize"
    MINIMIZE = "minimize"

    @classmethod
    def read(cls, text: object) -> Self:
        """The direction that a person or a file names.

        Raises:
            EngineError: When it is neither.
        """
        if text not in tuple(cls):
            raise EngineError(f"direction must be maximize or minimize, got {text!r}")
        return cls(str(text))

    @property
    def sign(self) -> float:
        """What a score is multiplied with to be better when higher."""
        return 1.0 if self is Direction.MAXIMIZE else -1.0

    @property
    def meaning(self) -> str:
        """In words: ``higher is better`` or ``lower is better``."""
        return "higher is better" if self is Direction.MAXIMIZE else "lower is better"

    @property
    def opposite(self) -> "Direction":
        """The direction of a score's negative."""
        return Direction.MINIMIZE if self is Direction.MAXIMIZE else Direction.MAXIMIZE

    def cost(self, score: float) -> float:
        """The score as a cost, better when lower: what samplers minimize and what sorts the best first."""
        return -self.sign * score

    def gain(self, score: float, reference: float) -> float:
        """By how much a score is better than another; negative where it is worse."""
        return self.sign * (score - reference)

    def best(self, scores: Iterable[float]) -> float:
        """The best of some scores, of which there must be one at least."""
        return min(scores, key=self.cost)
