"""Finding a worker's next piece of work with as few questions to the store as it can.

A worker that has taken a queued trial and trained it to a good end takes the next one in one transaction, without a
look. After a failure, and at first, everything is looked at: whether the sprint is to be given up or paused is decided
by whoever has just failed.
"""

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from engine.store import claims
from engine.store.database import reading, write_nothing, writing
from engine.store.driver_connection import raw
from engine.store.lease_watch import lease_watch
from engine.store.outbox import settle
from engine.store.workspace import Workspace
from engine.worker.assignment import Assignment, Look, Wait, look_for_work, next_assignment

FIRST_WAIT = 0.1
"""How long a worker without work waits before it looks again, in seconds; longer each time, to `LONGEST_WAIT`."""

LONGEST_WAIT = 0.5
"""Seconds; where many workers wait, all of them together look `MOST_LOOKS` times a second at most."""

MOST_LOOKS = 100.0
"""Looks for work a second of all idle workers together."""

SOON_WAIT = 0.02
"""How long it waits when another worker decides at this moment; twice as long each time in a row."""


class WorkFinder:
    """Finds one worker's work.

    Args:
        ws: The workspace.
        sprint_id: The sprint.
        worker_id: Whose work.
        lease_seconds: How long a claim holds without a sign of life.
        held_back: Within it, what is written is not interrupted.

    Attributes:
        is_sure: The last trial came to a good end: the next one may be claimed without a look at failures.
    """

    def __init__(
        self,
        ws: Workspace,
        sprint_id: int,
        worker_id: int,
        *,
        lease_seconds: float,
        held_back: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._ws = ws
        self._sprint_id = sprint_id
        self._worker_id = worker_id
        self._lease_seconds = lease_seconds
        self._held_back = held_back
        self._dead_due = 0.0
        self._from_queue = False
        self._wait = FIRST_WAIT
        self._soon = SOON_WAIT
        self._longest_wait = LONGEST_WAIT
        self.is_sure = False

    def find(self) -> Assignment:
        """Claim at once where the queue is likely to hold a trial, else look without a lock and decide in one."""
        is_sure, self.is_sure = self.is_sure, False
        if is_sure and self._from_queue and time.monotonic() < self._dead_due and (claim := self._claim()):
            return claim
        self._from_queue = False
        look = self._look()
        if not look.has_work:
            self.is_sure = is_sure
            return Wait()
        if is_sure and look.may_claim and (claim := self._claim()):
            return claim
        for lost in look.lost:
            settle(self._ws, self._sprint_id, lost)
        with self._held_back(), writing(self._ws) as session:
            found = next_assignment(session, self._sprint_id, self._worker_id, look.lost)
        if isinstance(found, Wait):
            self.is_sure = is_sure
        self._from_queue = isinstance(found, claims.Claim) and look.may_claim
        return found

    def pause(self, wait: Wait) -> float:
        """Seconds to wait after a look that found nothing; longer each time in a row."""
        if wait.soon:
            pause, self._soon = self._soon, min(2 * self._soon, FIRST_WAIT)
        else:
            pause, self._wait = self._wait, min(1.3 * self._wait, self._longest_wait)
        return pause * random.uniform(0.5, 1.5)

    def found_some(self) -> None:
        """Begin with the shortest waits again."""
        self._wait, self._soon = FIRST_WAIT, SOON_WAIT

    def _look(self) -> Look:
        for_dead = time.monotonic() >= self._dead_due
        with reading(self._ws) as session:
            look = look_for_work(session, self._sprint_id, self._worker_id, for_dead=for_dead)
            if for_dead:
                self._dead_due = time.monotonic() + lease_watch(session, self._sprint_id).pause
        self._longest_wait = max(LONGEST_WAIT, look.n_workers / MOST_LOOKS)
        return look

    def _claim(self) -> claims.Claim | None:
        """Claim a queued trial of a sprint that runs; takes no lock but the trial's."""
        with self._held_back(), writing(self._ws) as session:
            store, lease = raw(session), self._lease_seconds
            claim = claims.claim_queued(store, self._sprint_id, self._worker_id, lease, if_free=True)
            if claim is None:
                write_nothing(session)
        self._from_queue = claim is not None
        return claim
