"""How long a slot's trial has been at work and silent, as its launcher has seen it.

Clocks are set, machines sleep, launchers are stopped and sprints paused: time counts from one look to the next, and not
while a sprint is held. What the store says in wall-clock time is only compared with itself.
"""

from dataclasses import dataclass
from datetime import datetime

from engine.store.tables import TrialRow
from engine.trials.limits import Limits

LONGEST_STEP = 5.0
"""Seconds that one step between two looks counts at most: a launcher that was stopped itself saw nothing meanwhile."""

ABORT_SECONDS = 10.0
"""What a worker gets, beyond two grace times, to end a trial that is over its time by itself, its command included."""


@dataclass(slots=True)
class Watch:
    """What a launcher knows of the trial in a slot.

    Attributes:
        attempt: Trial and token: another attempt begins at 0.
        beat_at: When the training said something last.
        taken: Seconds that it has been seen at work.
        silent: Seconds since it was seen to say something.
    """

    attempt: tuple[int | None, int] = (None, 0)
    beat_at: datetime | None = None
    taken: float = 0.0
    silent: float = 0.0

    def look(self, trial: TrialRow, seconds: float) -> None:
        """Take in a trial's row, so many seconds after the last one."""
        if self.attempt != (trial.id, trial.token):
            self.attempt, self.beat_at, self.taken, self.silent = (trial.id, trial.token), trial.beat_at, 0.0, 0.0
            return
        step = min(seconds, LONGEST_STEP)
        self.taken += step
        self.silent = self.silent + step if trial.beat_at == self.beat_at else 0.0
        self.beat_at = trial.beat_at

    def is_silent(self, limits: Limits) -> bool:
        """Whether its training has said nothing for too long."""
        return limits.silence_seconds is not None and self.silent > limits.silence_seconds

    def is_late(self, limits: Limits) -> bool:
        """Whether it is over its time and its worker has not been able to end it."""
        if limits.trial_seconds is None:
            return False
        return self.taken > limits.trial_seconds + 2 * limits.grace_seconds + ABORT_SECONDS
