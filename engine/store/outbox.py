"""Reports and outcomes of one attempt that the store has not taken yet: in memory, and in a file of the trial's folder.

While the store is out of reach training goes on and its reports wait here. They arrive in order and once: a report is
known by attempt and epoch, and every write names the claim's token. What a process that died has left in its file is
delivered by whoever takes the trial from it.
"""

import json
import math
import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlmodel import Session

from engine.processes import end_left_behind
from engine.store import claims, reports
from engine.store.claims import Claim
from engine.store.database import writing
from engine.store.driver_connection import Raw, raw
from engine.store.reclaim import Lost
from engine.store.reports import Signal
from engine.store.workspace import Workspace
from engine.trials.states import TrialState
from engine.trials.trial import EpochReport

FILE = "unsent.jsonl"
"""Name of the file in a trial's folder; it is there only while something waits."""


class Outbox:
    """What one attempt of a trial has to say and could not yet.

    Args:
        run_dir: The trial's folder.
        claim: The attempt; what an earlier one left is dropped.
    """

    def __init__(self, run_dir: Path, claim: Claim) -> None:
        self._file = run_dir / FILE
        self._claim = claim
        self._lock = threading.Lock()
        self._reports: list[EpochReport] = []
        self._outcome: dict[str, Any] | None = None
        with suppress(OSError):
            self._file.unlink(missing_ok=True)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._reports

    def add(self, report: EpochReport) -> None:
        """Let a report wait, in memory."""
        with self._lock:
            self._reports.append(report)

    def save(self, outcome: Mapping[str, Any] | None = None) -> None:
        """Write what waits to the file, whole or not at all; a disk that refuses keeps nobody from training on.

        Args:
            outcome: How the attempt ended (``state``, ``seconds``, facts), once it has.
        """
        with self._lock:
            self._outcome = dict(outcome) if outcome is not None else self._outcome
            lines = [_claim_line(self._claim), *map(_report_line, self._reports)]
            lines += [] if self._outcome is None else [{"outcome": self._outcome}]
        part = self._file.with_suffix(".part")
        with suppress(OSError):
            with part.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(line, allow_nan=False) + "\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._file)

    def deliver(self, store: Raw) -> tuple[int, Signal | None]:
        """Write every waiting report inside a transaction; how many, and what the last one was told."""
        with self._lock:
            waiting = tuple(self._reports)
        signal = None
        for report in waiting:
            signal = reports.report_epoch(store, self._claim, report)
            if signal.lost:
                break
        return len(waiting), signal

    def delivered(self, n_reports: int) -> None:
        """Forget so many reports once the transaction is over."""
        with self._lock:
            del self._reports[:n_reports]
            is_empty = not self._reports
        if is_empty:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)


def settle(ws: Workspace, sprint_id: int, lost: Lost) -> None:
    """End what a dead worker left running, and deliver what it could not: reports, perhaps a finished trial.

    Before its trial is given to another worker, which would share the GPU, or train again what is trained already.
    """
    end_left_behind(lost.process)
    if lost.trial_id is None:
        return
    file = ws.run_dir(sprint_id, lost.number) / FILE
    left = _read(file) if file.exists() else None
    if left is not None:
        with writing(ws) as session:
            _deliver(session, *left)
    with suppress(OSError):
        file.unlink(missing_ok=True)


def _deliver(session: Session, claim: Claim, waiting: Sequence[EpochReport], outcome: Mapping[str, Any] | None) -> None:
    """Write what somebody left, in the claim's own name; nothing, when the trial was given to another one since."""
    store = raw(session)
    for report in waiting:
        if reports.report_epoch(store, claim, report).lost:
            return
    if outcome is None:
        return
    facts = dict(outcome)
    state, seconds = TrialState(facts.pop("state")), facts.pop("seconds", 0.0)
    if state == TrialState.QUEUED:
        claims.release_trial(session, claim, str(facts.pop("reason", "")), **facts)
    else:
        claims.finish_trial(session, claim, state, seconds=seconds, **facts)


def _read(file: Path) -> tuple[Claim, list[EpochReport], Mapping[str, Any] | None] | None:
    """What a file of ours holds; None where there is none, or it is damaged."""
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        first, *rest = lines
        claim = Claim(params={}, source="", seed=0, fold=(0, 0), **first["claim"])
        waiting = [
            EpochReport(
                step=one["step"], phase=one["phase"], score=_number(one["score"]), at=one["at"],
                metrics={name: _number(value) for name, value in one["metrics"].items()},
            )
            for one in rest
            if "step" in one
        ]  # fmt: skip
        outcome = next((one["outcome"] for one in rest if "outcome" in one), None)
    except (OSError, ArithmeticError, RecursionError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return claim, waiting, outcome


def _claim_line(claim: Claim) -> Mapping[str, Any]:
    names = ("trial_id", "sprint_id", "worker_id", "token", "attempt", "number", "lease_seconds")
    return {"claim": {name: getattr(claim, name) for name in names}}


def _report_line(report: EpochReport) -> Mapping[str, Any]:
    return {
        "step": report.step,
        "phase": report.phase,
        "score": _finite(report.score),
        "metrics": {name: _finite(float(value)) for name, value in report.metrics.items()},
        "at": report.at,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _number(value: float | None) -> float:
    return math.nan if value is None else value
