"""The records of a trial and its epoch reports, as every pure function of the engine takes them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from engine.trials.states import Direction, TrialState
from engine.values import Value

TrialSource = Literal["random", "model", "primed-cold", "primed-warm", "manual"]
"""Where a trial's parameters came from; an extended sprint's further trials come from its sampler."""

PHASES = ("train", "calibration")
"""What an epoch can be part of."""

NOT_FINITE = "the final score must be a finite number"
"""How the reason of a trial begins that failed because its score was none."""

FAILURE_WORDS = {
    "oom": "out of memory",
    "nan": "diverged",
    "timeout": "time limit",
    "silence": "no sign of life",
    "lost": "worker died",
    "objective": "error",
}
"""Kinds of failure in a word or two."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EpochReport:
    """What a trial reported at the end of one epoch.

    Attributes:
        step: Epoch, from 1; calibration epochs continue the count.
        phase: ``train`` or ``calibration``.
        score: The objective's score; NaN where it had none.
        metrics: Every other metric by name (losses, F1, learning rates, thresholds, speed).
        at: Unix time, seconds.
    """

    step: int
    phase: str
    score: float
    metrics: Mapping[str, float] = field(default_factory=dict)
    at: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialRecord:
    """One evaluated configuration.

    Attributes:
        number: 0-based within the sprint.
        state: See `TrialState`.
        source: See `TrialSource`.
        params: Active dimensions, frozen ones included.
        score: Final score; None unless complete or pruned with a finite last score.
        seed: Seed the trial trained with.
        fold: (train subset, validation subset) indexes.
        seconds: Wall-clock duration of the finished attempt, None before.
        n_epochs: Epochs reported.
        reason: Why it was pruned, failed or cancelled, in one sentence; empty otherwise.
        failure: Kind of failure, where it failed and that is known: ``oom``, ``nan``, ``timeout``, ``silence``,
            ``lost`` or ``objective`` (it raised).
        reports: Epoch reports in order of step; may be left empty where a caller needs none.
        started_at: Unix time at which its last attempt began; None where it never did, or a caller needs none.
        finished_at: Unix time at which it ended; None likewise.
    """

    number: int
    state: TrialState
    source: TrialSource
    params: Mapping[str, Value]
    score: float | None = None
    seed: int = 0
    fold: tuple[int, int] = (0, 0)
    seconds: float | None = None
    n_epochs: int = 0
    reason: str = ""
    failure: str = ""
    reports: tuple[EpochReport, ...] = ()
    started_at: float | None = None
    finished_at: float | None = None

    def __post_init__(self) -> None:
        # An exchange format or a sampler of another package may name it by its word.
        if type(self.state) is not TrialState:
            object.__setattr__(self, "state", TrialState(self.state))


def ranked(trials: Iterable[TrialRecord], direction: Direction = Direction.MAXIMIZE) -> list[TrialRecord]:
    """Complete trials with a finite score, best first; ties in order of number."""
    scored = [t for t in trials if t.state == TrialState.COMPLETE and t.score is not None and math.isfinite(t.score)]
    return sorted(scored, key=lambda t: (direction.cost(t.score or 0.0), t.number))


def count_top(scores: Sequence[float], k: int) -> int:
    """How many of the best scores count as the top k: those that tie with the k-th belong to it as well.

    Args:
        scores: Best first.
        k: How many are wanted.
    """
    n = min(k, len(scores))
    while 0 < n < len(scores) and scores[n] == scores[n - 1]:
        n += 1
    return n


def all_alike(best_first: Sequence[TrialRecord]) -> bool:
    """Whether `ranked` trials have one and the same score, so that none is better than another."""
    return len(best_first) > 1 and best_first[0].score == best_first[-1].score
