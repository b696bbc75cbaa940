"""Looks at the store's event cursor from a background thread and reports changes, also those that nobody writes."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from engine import api
from tui.shell.messages import StoreChanged, StoreLost
from tui.terminal.escapes import run_in_background

QUIET = 2.0
"""Seconds without a change after which it is asked whether somebody still works: what is killed writes nothing."""

KEEP_WHOLE = 10.0
"""Seconds between two looks at whether the store's file holds everything."""


class Poller:
    """Posts `StoreChanged` when the cursor moved, a sprint lost all who worked on it, or they wait for the store.

    At most once an interval.

    Attributes:
        interval: Seconds between two looks.
    """

    def __init__(self, ws: api.Workspace, interval: float, post: Callable[[StoreChanged | StoreLost], object]) -> None:
        self.interval = interval
        self._ws = ws
        self._post = post
        self._stopped = threading.Event()
        self._cursor = -1
        self._waiting: tuple[str, ...] = ()
        self._at_work: frozenset[int] | None = None
        self._look_at_work = 0.0

    def start(self) -> None:
        """Begin looking."""
        run_in_background("store-poller", self._run)

    def stop(self) -> None:
        """Stop looking; returns at once."""
        self._stopped.set()

    def look(self) -> None:
        """One look."""
        try:
            cursor = api.latest_event(self._ws)
            waiting, before = api.store_waits(self._ws), self._waiting
            self._waiting = waiting
            changed = cursor != self._cursor or waiting != before or self._lost()
        except Exception as problem:
            self._post(StoreLost(str(problem) or type(problem).__name__))
            return
        if cursor != self._cursor:
            self._cursor, self._at_work, self._look_at_work = cursor, None, time.monotonic() + QUIET
        if changed:
            self._post(StoreChanged(cursor))

    def _lost(self) -> bool:
        """Whether a sprint that was at work is no longer; asked of a quiet store, and only while one is at work."""
        now = time.monotonic()
        if now < self._look_at_work or self._at_work == frozenset():
            return False
        self._look_at_work = now + QUIET
        before, states = self._at_work, {one.id: one.state for one in api.list_sprints(self._ws)}
        self._at_work = frozenset(number for number, state in states.items() if state.is_attended)
        return (before is None and api.SprintState.ORPHANED in states.values()) or bool(
            (before or frozenset()) - self._at_work
        )

    def _run(self) -> None:
        kept = time.monotonic()
        while not self._stopped.wait(self.interval):
            self.look()
            if time.monotonic() - kept > KEEP_WHOLE:
                kept = time.monotonic()
                with suppress(Exception):  # another look follows
                    api.keep_store_whole(self._ws)
