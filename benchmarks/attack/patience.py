"""Patience with a slow machine: stores that are away are asked again, sprints are waited for while they change."""

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from engine.errors import EngineError
from engine.store import queries
from engine.store.database import reading
from engine.store.outages import StoreOutageError
from engine.store.workspace import Workspace
from engine.trials.states import TrialState
from tests.engine.postgres import PostgresServer

STILL_SECONDS = 300.0
"""A sprint whose store has not changed for this long is stuck."""


ROUND_SECONDS = 3600.0
"""A sprint that still changes after this long never ends."""


SERVER_SECONDS = 900.0
"""How long the server may take to recover from a crash."""


class UnplayedError(Exception):
    """The machine kept a round from being played: it says nothing about what is attacked."""


def crash(server: PostgresServer, seconds: float) -> None:
    """Crash the server and start it again, however long it takes to recover."""
    deadline = time.monotonic() + SERVER_SECONDS
    with suppress(subprocess.SubprocessError):
        server.stop("immediate")
    time.sleep(seconds)
    while True:
        try:
            return server.start()
        except subprocess.SubprocessError as error:
            if server.is_running():
                return None
            if time.monotonic() > deadline:
                raise UnplayedError(f"the server did not start: {error}") from error
            time.sleep(1.0)


class Deadline:
    """Moves on for as long as a sprint's records change."""

    def __init__(self, ws: Workspace, sprint_id: int) -> None:
        self._look = lambda: again(lambda: records(ws, sprint_id))
        self._began = self._changed = time.monotonic()
        self._last = self._look()

    def is_over(self) -> bool:
        fresh = self._look()
        if fresh != self._last:
            self._last, self._changed = fresh, time.monotonic()
        return time.monotonic() > min(self._changed + STILL_SECONDS, self._began + ROUND_SECONDS)

    def told(self) -> str:
        return f"not done {time.monotonic() - self._began:.0f} s after the start"


def records(ws: Workspace, sprint_id: int) -> tuple[object, ...]:
    """What changes while a sprint gets on: its trials' states and attempts, its epochs, its events."""
    with reading(ws) as session:
        trials = [(trial.number, trial.state, trial.attempt) for trial in queries.trials(session, sprint_id)]
        n_epochs = sum(len(curve) for curve in queries.sprint_epochs(session, sprint_id).values())
        events = queries.events(session, sprint_id=sprint_id, limit=100_000)
    return trials, n_epochs, len(events)


def running(ws: Workspace, sprint_id: int) -> bool:
    with reading(ws) as session:
        return bool(queries.trials(session, sprint_id, states=(TrialState.RUNNING,)))


def state(ws: Workspace, sprint_id: int) -> str:
    def look() -> str:
        with reading(ws) as session:
            return queries.sprint(session, sprint_id).state

    return again(look)


def unfinished(ws: Workspace, sprint_id: int) -> bool:
    def look() -> bool:
        with reading(ws) as session:
            row = queries.sprint(session, sprint_id)
            return sum(t.state == "complete" for t in queries.trials(session, sprint_id)) < row.n_trials

    return again(look)


def again(act: Callable[[], Any]) -> Any:
    """Do something with a store that may be away for a moment."""
    deadline = time.monotonic() + SERVER_SECONDS
    while True:
        try:
            return act()
        except EngineError as error:  # who opens a workspace is told at once, in another sentence
            is_away = isinstance(error, StoreOutageError) or "must be reachable" in error.message
            if not is_away:
                raise
            if time.monotonic() > deadline:
                raise UnplayedError(error.message) from error
            time.sleep(0.1)
