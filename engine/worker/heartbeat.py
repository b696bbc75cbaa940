"""A thread beside the training: it says that the worker lives, and ends a training that should end and does not."""

import os
import signal
import sqlite3
import threading
import time

from sqlalchemy.exc import SQLAlchemyError

from engine.errors import EngineError
from engine.store import reports
from engine.store.database import reading, writing_raw
from engine.store.driver_connection import raw
from engine.store.outages import StoreOutageError
from engine.store.patience import FIRST_PAUSE, LONGEST_PAUSE, Outages
from engine.store.reports import Signal
from engine.store.workspace import Workspace
from engine.trials.states import SprintState
from engine.worker.context import TrialContext

LOOK_SECONDS = 0.5
"""How often the store is asked whether the trial should stop; one read of a row."""

LOCK_SECONDS = 2.0
"""How long a heartbeat waits for whoever writes to the store."""

BEAT_SECONDS = 5.0
"""How often the heartbeat and the lease are written, at most; a sixth of a shorter lease."""


class Heartbeat(threading.Thread):
    """Renews the worker's heartbeat and its trial's lease until it is closed.

    Attributes:
        store_gone: The store's file was deleted or replaced: nobody will read what this worker writes.
    """

    def __init__(
        self, ws: Workspace, worker_id: int, *, lease_seconds: float, grace_seconds: float, outages: Outages
    ) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._ws = ws
        self._worker_id = worker_id
        self._outages = outages
        self._beat_seconds = min(BEAT_SECONDS, lease_seconds / 6)
        self._grace_seconds = grace_seconds
        self._lock = threading.Lock()
        self._trial: TrialContext | None = None
        self._closed = threading.Event()
        self._inode: int | None = None
        self._inode = self._find_inode()
        self._told_at: float | None = None
        self.store_gone = False

    def watch(self, trial: TrialContext | None) -> None:
        """Take up a trial, or let go of it; after letting go, no abort is sent for it any more."""
        with self._lock:
            self._trial, self._told_at = trial, None

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self.join(timeout=5)

    def run(self) -> None:
        """Look often, write seldom; a store that is out of reach is tried again, and gets what waits for it."""
        due, pause = 0.0, min(LOOK_SECONDS, self._beat_seconds)
        while not self._closed.wait(pause):
            with self._lock:
                trial = self._trial
            heard = None
            try:
                if self._find_inode() != self._inode:
                    self.store_gone = True
                heard = self._look(trial)
                if time.monotonic() >= due or self._outages.lasting:
                    heard = self._beat(trial) or heard
                    due = time.monotonic() + self._beat_seconds
                    self._outages.over()
                if trial is not None and not trial.outbox.is_empty:
                    heard = trial.send() or heard
                pause = min(LOOK_SECONDS, self._beat_seconds)
            except StoreOutageError as error:
                self._outages.began(error)
                pause = min(max(pause, FIRST_PAUSE) * 1.5, LONGEST_PAUSE)
            except (SQLAlchemyError, sqlite3.Error, EngineError):
                heard = None  # a store that is gone is none to wait for
            self._insist(trial, heard)

    def _beat(self, trial: TrialContext | None) -> Signal | None:
        values = {"id": self._worker_id, "now": 0.0, "state": "idle" if trial is None else "training"}
        with writing_raw(self._ws, LOCK_SECONDS) as store:
            store.run("UPDATE worker SET beat_at = AFTER(:now), state = :state WHERE id = :id", values)
            return None if trial is None else reports.renew_lease(store, trial.claim)

    def _look(self, trial: TrialContext | None) -> Signal | None:
        if trial is None:
            return None
        with reading(self._ws) as session:
            return reports.read_signal(raw(session), trial.claim)

    def _insist(self, trial: TrialContext | None, heard: Signal | None) -> None:
        """Tell the training to stop; one that has not listened after the grace time is aborted."""
        if trial is None:
            return
        is_late = trial.stopping() and trial.ending == "timeout"
        must_stop = is_late or self.store_gone or (heard is not None and _must_stop_now(heard))
        if heard is not None and must_stop and not trial.ending:
            trial.heed(heard, at_epoch=False)
        if self.store_gone and not trial.ending:
            trial.ending, trial.reason = "lost", "the store was deleted"
        with self._lock:
            if self._trial is not trial or not must_stop:
                return
            self._told_at = self._told_at or time.monotonic()
            if time.monotonic() - self._told_at > self._grace_seconds:
                self._told_at = time.monotonic()
                os.kill(os.getpid(), signal.SIGUSR2)

    def _find_inode(self) -> int | None:
        store = self._ws.store_path
        if store is None:
            return None
        try:
            return store.stat().st_ino
        except FileNotFoundError:
            return -1
        except OSError:  # the disk does not answer for the moment
            return self._inode


def _must_stop_now(heard: Signal) -> bool:
    stopping = heard.state == SprintState.STOPPING and heard.stop_mode == "now"
    return heard.lost or heard.stop_trial or stopping or heard.state.is_finished
