"""How long leases and heartbeats have stood still, as this process has seen it with its own monotonic clock.

Clocks are set and machines sleep: a time in the store that seems long past proves nothing. What the store says is only
compared with what it said before, and time counts from one look to the next: not while this process was stopped, its
machine asleep or the store out of reach, when nobody could renew anything.
"""

import random
import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from sqlmodel import Session

LONGEST_STEP = 5.0
"""Seconds that one step between two looks counts at most."""

LEAST_PAUSE = 2.0
"""Seconds between two looks of one process for dead owners, on average."""

MOST_LOOKS = 25.0
"""Looks a second of all workers together, each of which reads a row for every worker."""


@dataclass(slots=True)
class LeaseWatch:
    """What this process has seen of one sprint's leases and heartbeats.

    Attributes:
        seen: Last value of each, and for how many seconds it has been seen unchanged.
        looked_at: Monotonic time of the last look; None before the first one.
        n_workers: Workers that had not ended at the last look.
    """

    seen: dict[Hashable, tuple[Any, float]] = field(default_factory=dict)
    looked_at: float | None = None
    n_workers: int = 0

    @property
    def pause(self) -> float:
        """Seconds until this process looks again: with all workers together about 25 looks a second at most.

        A worker whose process ends on this machine is noticed by its launcher at once.
        """
        return max(LEAST_PAUSE, self.n_workers / MOST_LOOKS) * random.uniform(0.75, 1.25)

    def look(self, values: Mapping[Hashable, Any], at: float | None = None) -> Mapping[Hashable, float]:
        """Take in what the store holds now; seconds that each value has been seen unchanged.

        Args:
            values: Leases and heartbeats by a name of their own; what is not among them is forgotten.
            at: Monotonic time of the look; now where None.
        """
        at = time.monotonic() if at is None else at
        step = 0.0 if self.looked_at is None else min(max(at - self.looked_at, 0.0), LONGEST_STEP)
        before, self.looked_at = self.seen, at
        self.seen = {}
        for name, value in values.items():
            known, silent = before.get(name, (value, -step))
            self.seen[name] = (value, silent + step if known == value else 0.0)
        return {name: silent for name, (_, silent) in self.seen.items()}


_WATCHES: WeakKeyDictionary[Any, dict[int, LeaseWatch]] = WeakKeyDictionary()


def lease_watch(session: Session, sprint_id: int) -> LeaseWatch:
    """This process's watch over a sprint of a store."""
    return _WATCHES.setdefault(session.get_bind(), {}).setdefault(sprint_id, LeaseWatch())
