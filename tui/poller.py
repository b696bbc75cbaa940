"""Looks at the store's event cursor from a background thread and reports changes."""

import threading
from collections.abc import Callable

from engine import api
from tui.messages import StoreChanged, StoreLost
from tui.terminal import run_in_background


class Poller:
    """Posts `StoreChanged` when the cursor moved, never more than once an interval.

    Attributes:
        interval: Seconds between two looks.
    """

    def __init__(self, ws: api.Workspace, interval: float, post: Callable[[StoreChanged | StoreLost], object]) -> None:
        self.interval = interval
        self._ws = ws
        self._post = post
        self._stopped = threading.Event()
        self._cursor = -1

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
        except Exception as problem:
            self._post(StoreLost(str(problem) or type(problem).__name__))
            return
        if cursor != self._cursor:
            self._cursor = cursor
            self._post(StoreChanged(cursor))

    def _run(self) -> None:
        while not self._stopped.wait(self.interval):
            self.look()
