"""A running trial as its objective sees it; the other side of `engine.objectives.protocol.Trial`."""

import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal

from engine.errors import EngineError
from engine.store import claims, reports
from engine.store.claims import Claim
from engine.store.database import reading, writing, writing_raw
from engine.store.driver_connection import raw
from engine.store.log_file import LogFile
from engine.store.outages import StoreOutageError, disk_outages, store_failures
from engine.store.outbox import Outbox
from engine.store.patience import Outages
from engine.store.reports import Signal
from engine.store.workspace import Workspace
from engine.trials.fidelity import Fidelity, expected_epochs
from engine.trials.states import SprintState
from engine.trials.trial import PHASES, EpochReport
from engine.values import Value
from engine.worker.interrupts import Interrupts

PROGRESS_SECONDS = 0.5
"""Progress is written at most twice a second, however often an objective calls (a batch may take milliseconds)."""

LONGEST_MESSAGE = 500
"""Characters of a progress message that are kept."""

MOST_EPOCHS = 1_000_000
"""Epochs that one trial may report: a script that counts without end must not fill the store."""

PAUSE_POLL_SECONDS = 0.2

LOCK_SECONDS = 2.0
"""How long a report waits for whoever writes to the store; then it waits in the outbox, and training goes on."""

Ending = Literal["", "lost", "interrupted", "cancelled", "pruned", "timeout"]
"""Why a trial was told to stop; empty while it may go on."""

LATE: tuple[Ending, str] = ("timeout", "it took longer than its time limit")
"""How a trial ends that its time limit ends."""

Judge = Callable[[int], str]
"""Why the trial is pruned at a step, from the store's rows; empty lets it go on."""


class TrialContext:
    """What one attempt of a trial knows and writes; attributes as in `engine.objectives.protocol.Trial`."""

    def __init__(
        self,
        ws: Workspace,
        claim: Claim,
        *,
        fidelity: Fidelity,
        checkpoint: str | None,
        keep_checkpoint_at: tuple[int, ...],
        names: Iterable[str],
        open_test: bool,
        device: str,
        trial_seconds: float | None,
        judge: Judge | None,
        interrupts: Interrupts,
        outages: Outages | None = None,
    ) -> None:
        self.claim = claim
        self.number = claim.number
        self.params: Mapping[str, Value] = dict(claim.params)
        self.inactive = tuple(name for name in sorted(names) if name not in claim.params)
        self.seed = claim.seed
        self.train_subset = (claim.fold[0], fidelity.train_parts)
        self.val_subset = (claim.fold[1], fidelity.val_parts)
        self.max_epochs = fidelity.max_epochs
        self.run_to: str = fidelity.run_to
        self.epochs = fidelity.epochs
        self.scheduler = fidelity.scheduler
        self.calibration_epochs = fidelity.calibration_epochs
        self.checkpoint = checkpoint
        self.keep_checkpoint_at = keep_checkpoint_at
        self.open_test = open_test
        self.device = device
        self.run_dir: Path = ws.run_dir(claim.sprint_id, claim.number)
        with disk_outages():
            ws.make_folder(self.run_dir)
            self._log = LogFile(ws.trial_log(claim.sprint_id, claim.number))
        self.outbox = Outbox(self.run_dir, claim)
        self.sending = threading.Lock()
        self.ending: Ending = ""
        self.reason = ""
        self.last_score = math.nan
        self.held_seconds = 0.0
        self.best: tuple[float, int] | None = None
        self.findings: list[str] = []
        self._n_epochs = expected_epochs(fidelity, claim.params)
        self._ws = ws
        self._judge = judge
        self._interrupts = interrupts
        self._deadline = None if trial_seconds is None else time.monotonic() + trial_seconds
        self._progress_due = 0.0
        self._outages = outages or Outages(ws, self.log)
        self._unjudged: list[int] = []
        self._n_openings = 0

    def report(self, step: int, score: float, metrics: Mapping[str, float], phase: str = "train") -> bool:
        """Record one epoch; False means stop now and return.

        Raises:
            EngineError: For an epoch below 1 or an unknown phase.
        """
        if step < 1:
            raise EngineError(f"an epoch's number must be 1 or more, got {step}", "count epochs from 1")
        if step > MOST_EPOCHS:
            raise EngineError(
                f"an epoch's number must be at most {MOST_EPOCHS}, got {step}", "report epochs, not batches"
            )
        if phase not in PHASES:
            raise EngineError(f"an epoch's phase must be {' or '.join(PHASES)}, got {phase!r}")
        score = float(score)
        report = EpochReport(step=int(step), phase=phase, score=score, metrics=metrics, at=time.time())
        with self._interrupts.held_back():
            self.outbox.add(report)
            signal = self.send()
            self.last_score = score
            self.log(f"epoch {step}/{self._n_epochs} {phase}: score {score:.6g}")
            if phase == "train" and step < self._n_train:
                self._unjudged.append(step)
            if signal is None:
                self.outbox.save()
            # A trial that has just done its last epoch is complete, whatever was asked meanwhile.
            elif step < self._n_epochs or signal.lost:
                self.heed(signal, at_epoch=True)
                self._prune()
        return not self.ending

    def send(self) -> Signal | None:
        """Write the waiting reports; None where the store did not take them now. The heartbeat tries again.

        A store that is known to be out of reach is not tried by the training itself, which would wait for it.
        """
        is_training = threading.current_thread() is threading.main_thread()
        if (is_training and self._outages.lasting) or not self.sending.acquire(blocking=False):
            return None
        try:
            with store_failures(), writing_raw(self._ws, LOCK_SECONDS) as store:
                n_reports, signal = self.outbox.deliver(store)
            self.outbox.delivered(n_reports)
        except StoreOutageError as error:
            self._outages.began(error)
            return None
        finally:
            self.sending.release()
        return signal

    def _prune(self) -> None:
        """Ask the pruner about every epoch it has not judged yet: some were reported while the store was away."""
        while self._judge is not None and self._unjudged and not self.ending:
            try:
                with store_failures():
                    self.reason = self._judge(self._unjudged[0])
            except StoreOutageError as error:
                self._outages.began(error)
                return
            del self._unjudged[0]
            self.ending = "pruned" if self.reason else ""

    def progress(self, epoch: int, fraction: float, message: str = "") -> bool:
        """Say how far the running epoch is (0 … 1); False means stop now."""
        if time.monotonic() < self._progress_due or self.ending:
            return not self.ending
        self.announce(epoch, fraction, message)
        return not self.ending

    def stopping(self) -> bool:
        """Whether to stop now; the heartbeat has heard of everything but the trial's own time limit."""
        if not self.ending and self._is_late():
            self.ending, self.reason = LATE
        return bool(self.ending)

    def announce(self, epoch: int, fraction: float, message: str) -> None:
        """Write how far the training is, at once."""
        self._progress_due = time.monotonic() + PROGRESS_SECONDS
        message = message[:LONGEST_MESSAGE]
        if self._outages.lasting:
            return
        with self._interrupts.held_back():
            try:
                with store_failures(), writing_raw(self._ws, LOCK_SECONDS) as store:
                    signal = reports.write_progress(store, self.claim, int(epoch), float(fraction), message)
            except StoreOutageError as error:
                self._outages.began(error)
                return
            self.heed(signal, at_epoch=False)

    def opened_test(self, metrics: Mapping[str, float]) -> None:
        """Count an opening of the test split, those of earlier attempts and of lost ones included."""
        self._n_openings += 1

        def record() -> None:
            with store_failures(), writing(self._ws) as session:
                claims.record_test_opening(session, self.claim, metrics, self._n_openings)

        with self._interrupts.held_back():
            self._outages.wait_out(record)

    def finding(self, text: str) -> None:
        """Keep what a person must know to trust the trial's score."""
        self.findings.append(text)
        self.log(f"finding: {text}")

    def log(self, text: str) -> None:
        """Write one line to the trial's log."""
        self._log.write(f"{time.strftime('%H:%M:%S')} {text}")

    def close(self) -> None:
        """Close the log."""
        self._log.close()

    def heed(self, signal: Signal, *, at_epoch: bool) -> None:
        """Take in what the store said; holds inside while the sprint is paused at an epoch's end."""
        while True:
            self.ending, self.reason = self._ending(signal, at_epoch=at_epoch)
            hold = at_epoch and not self.ending and signal.state == SprintState.PAUSED and signal.pause_mode == "epoch"
            if not hold or self._interrupts.ending or self._interrupts.leaving:
                return
            began, deadline = time.monotonic(), self._deadline
            self._deadline = None  # while it is held no trial is late; the heartbeat looks, too
            time.sleep(PAUSE_POLL_SECONDS)
            try:
                with store_failures(), reading(self._ws) as session:  # the heartbeat renews the lease
                    signal = reports.read_signal(raw(session), self.claim)
            except StoreOutageError as error:
                self._outages.began(error)
            held = time.monotonic() - began
            self.held_seconds += held
            self._deadline = None if deadline is None else deadline + held

    @property
    def _n_train(self) -> int:
        return self._n_epochs - self.calibration_epochs

    def _ending(self, signal: Signal, *, at_epoch: bool) -> tuple[Ending, str]:
        if signal.lost:
            return "lost", "another worker has it"
        if signal.stop_trial:
            return "cancelled", "stopped by a person"
        if signal.state.is_finished:
            return "interrupted", f"the sprint is {signal.state}"
        if signal.state == SprintState.STOPPING and (
            signal.stop_mode == "now" or (signal.stop_mode == "epoch" and at_epoch)
        ):
            return "interrupted", "the sprint was stopped"
        if at_epoch and self._interrupts.leaving:
            return "interrupted", "the job of its worker is about to end"
        return LATE if self._is_late() else ("", "")

    def _is_late(self) -> bool:
        return self._deadline is not None and time.monotonic() > self._deadline
