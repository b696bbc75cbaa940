"""The supervisor: keeps a sprint's slots filled until the sprint needs no more; loads neither torch nor samplers.

A store that is out of reach is waited for: nothing is started meanwhile, what ends is noted when the store is back.
"""

import errno
import fcntl
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import IO, Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from engine.errors import EngineError
from engine.launchers.environment import gpus
from engine.launchers.handover import close_stopped, last_lines
from engine.launchers.hooks import SprintHooks
from engine.launchers.slots import Slot, shared_out
from engine.processes import end_left_behind, exit_reason, is_alive, this_process
from engine.store import commands, queries
from engine.store.clock import after, store_clock
from engine.store.copying import back_up_daily, write_back, write_back_when_quiet
from engine.store.database import reading, write_nothing, writing
from engine.store.lease_watch import lease_watch
from engine.store.liveness import is_held, needs_workers, process_of
from engine.store.log_file import bound_log
from engine.store.outages import StoreOutageError, disk_outages
from engine.store.outbox import settle
from engine.store.patience import GAVE_UP, Outages, notice_file
from engine.store.reclaim import GAVE_UP_WAITING, Lost, fail_late, find_lost, take_lost
from engine.store.tables import RunRow, SprintRow, TrialRow, WorkerRow, now
from engine.store.workspace import Workspace
from engine.trials.limits import Limits
from engine.trials.states import SprintState, TrialState

TICK_SECONDS = 0.2
"""How often the supervisor looks at its workers."""

LOOK_SECONDS = 1.0
"""How often it looks at the store."""

BEAT_SECONDS = 10.0
"""How often it writes that it lives."""

LOCK_SECONDS = 3.0
"""How long it waits for a launcher that is about to end to let go of the sprint."""

OUTAGE_SECONDS = 1.0
"""How often it tries a store that is out of reach."""


NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL})
"""What a file system without locks answers; one on which another process holds the lock answers otherwise."""

HELD = "paused after failures"
"""State of a sprint that paused by itself: its launcher ends, and a resume starts another."""


class AlreadyRunningError(EngineError):
    """Another launcher already keeps this sprint."""


class Supervisor:
    """Keeps one sprint's workers alive.

    Args:
        ws: The workspace.
        sprint_id: The sprint; it must be running, paused or stopping.
        slots: Workers at the same time.
        first_slot: Number of the first slot, where several supervisors share a sprint, each with its own slots.
        launcher: Name of the kind of launcher, for the run's row.
        gpus_per_slot: GPUs that each worker sees; None shares out all that this process sees, 0 hides them.
        run_id: Row that the starter inserted for this launcher, or None to insert one.
        on_tick: Called at every look at the store, for a foreground run's display.
        say: Takes a sentence when the store is out of reach or back; standard error where None.
    """

    def __init__(
        self,
        ws: Workspace,
        sprint_id: int,
        *,
        slots: int = 1,
        first_slot: int = 0,
        launcher: str = "local",
        gpus_per_slot: int | None = 1,
        run_id: int | None = None,
        on_tick: Callable[[], None] | None = None,
        say: Callable[[str], object] | None = None,
    ) -> None:
        self._ws = ws
        self._sprint_id = sprint_id
        found = gpus() if gpus_per_slot != 0 else []
        n_each = gpus_per_slot if gpus_per_slot is not None else max(1, len(found) // slots)
        self._slots = [
            Slot(index=first_slot + index, gpu=shared_out(found, index, max(1, n_each))) for index in range(slots)
        ]
        self._launcher = launcher
        self._host = this_process().host
        self._on_tick = on_tick
        self._ending = False
        self._looked_at = time.monotonic()
        self._outages = Outages(
            ws, say or _say, notice=notice_file(ws, sprint_id, f"launcher{first_slot}"), ending=lambda: self._ending
        )
        self._lock = self._outages.wait_out(lambda: self._take_lock(first_slot))
        try:
            self._run_id = self._outages.wait_out(lambda: self._sign_on(run_id, slots))
        except BaseException:
            self._lock.close()
            raise
        self._limits = Limits()
        self._state = SprintState.READY
        self._is_held = False
        self._hooks = SprintHooks(sprint_id, say or _say) if first_slot == 0 else None
        self._look_due = self._beat_due = self._dead_due = 0.0

    @contextmanager
    def hearing_signals(self) -> Iterator[None]:
        """Inside, SIGTERM and SIGINT end the workers in good order, and a hang-up of the terminal ends nothing."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        wanted: dict[signal.Signals, Any] = {
            signal.SIGHUP: signal.SIG_IGN,
            signal.SIGTERM: self._hear,
            signal.SIGINT: self._hear,
        }
        before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def run(self) -> SprintState:
        """Keep the slots filled; returns the sprint's state at the end."""
        self._outages.wait_out(self._adopt)
        try:
            while True:
                try:
                    ended = self._step()
                except StoreOutageError as error:
                    self._sit_out(error)
                    continue
                if ended:
                    self._tell_end()
                    return self._state
        except BaseException as error:
            self._ending = True
            try:
                self._sign_off(f"{type(error).__name__}: {error}")
            except StoreOutageError:
                _say("The end of this launcher could not be recorded.")
            raise
        finally:
            self._lock.close()
            write_back(self._ws)

    def _step(self) -> bool:
        """One look at store and workers, and what follows from it; True when this launcher is no longer needed."""
        if time.monotonic() >= self._beat_due or self._outages.lasting:
            self._beat()
            self._outages.over()
            self._beat_due = time.monotonic() + BEAT_SECONDS
        if time.monotonic() >= self._look_due:
            self._look_due = time.monotonic() + LOOK_SECONDS
            self._state = self._look()
            if self._on_tick is not None:
                self._on_tick()
        if self._sweep():
            self._look_due = 0.0
            return False  # a worker ended: the sprint may have, too
        active = self._state.is_open and not self._is_held and not self._ending
        if not active and all(slot.is_free for slot in self._slots):
            # False when somebody has resumed the sprint meanwhile.
            return self._sign_off(
                "asked to end" if self._ending else f"the sprint is {HELD if self._is_held else self._state}"
            )
        if active and self._state != SprintState.STOPPING:
            self._fill()
        elif self._ending or self._state == SprintState.FAILED:
            for slot in self._slots:
                slot.end(grace_seconds=self._limits.grace_seconds)
        time.sleep(TICK_SECONDS)
        return False

    def _sit_out(self, error: StoreOutageError) -> None:
        """Wait a moment for the store; with living workers for as long as they live, who deliver what they have.

        Raises:
            StoreOutageError: When nobody works here and the outage has lasted too long, or this launcher shall end.
        """
        self._outages.began(error)
        living = [slot for slot in self._slots if not slot.is_free and slot.poll() is None]
        if not living and (self._outages.is_too_long or self._ending):
            raise error
        if self._ending:
            for slot in living:
                slot.end(grace_seconds=self._limits.grace_seconds)
        time.sleep((TICK_SECONDS if self._ending else OUTAGE_SECONDS) * random.uniform(0.5, 1.5))

    def _look(self) -> SprintState:
        """Read the sprint; kill what is silent or over its time; close a stopping sprint nobody works on."""
        seconds, self._looked_at = time.monotonic() - self._looked_at, time.monotonic()
        with reading(self._ws) as session:
            sprint = session.get(SprintRow, self._sprint_id)
            if sprint is None:
                return SprintState.FAILED
            self._limits = Limits.from_dict(sprint.limits)
            held = sprint.state == SprintState.PAUSED and sprint.pause_mode == "epoch"
            is_due = time.monotonic() >= self._dead_due
            lost = find_lost(session, self._sprint_id, self._limits) if is_due else []
            if is_due:
                self._dead_due = time.monotonic() + lease_watch(session, self._sprint_id).pause
            overdue = self._overdue(session, 0.0 if held else seconds)
            if self._hooks is not None:
                self._hooks.look(session, sprint, is_held=is_held(sprint))
        for slot, trial, why in overdue:
            if slot.watch.is_late(self._limits):
                with writing(self._ws) as session:
                    fail_late(session, trial, slot.watch.taken)
            slot.killed_for = slot.killed_for or why
            slot.send(signal.SIGKILL)
        for slot in self._slots:  # a training that prints without end must not take the disk
            bound_log(self._ws.worker_log(self._sprint_id, slot.index))
        mine = {slot.process for slot in self._slots if not slot.is_free}
        if lost := [
            one for one in lost if one.process not in mine
        ]:  # its own are noted by `_sweep`, with their exit code
            self._reclaim(lost)
        if sprint.state == SprintState.STOPPING and all(slot.is_free for slot in self._slots):
            return close_stopped(self._ws, self._sprint_id)
        self._is_held = is_held(sprint)
        return sprint.state

    def _overdue(self, session: Session, seconds: float) -> list[tuple[Slot, TrialRow, str]]:
        """Workers whose training is silent for too long, or over its time and deaf to being told."""
        found = []
        query = select(TrialRow, WorkerRow).join(WorkerRow, col(WorkerRow.id) == TrialRow.worker_id)
        query = query.where(
            TrialRow.sprint_id == self._sprint_id,
            TrialRow.state == TrialState.RUNNING,
            WorkerRow.host == self._host,
            col(WorkerRow.slot).in_([slot.index for slot in self._slots]),
        )
        for trial, worker in session.exec(query).all():
            slot = next((one for one in self._slots if one.process == process_of(worker)), None)
            if slot is None:
                continue
            slot.watch.look(trial, seconds)
            if slot.watch.is_silent(self._limits):
                why = f"was killed: trial #{trial.number} said nothing for {slot.watch.silent:.0f} s"
            elif slot.watch.is_late(self._limits):
                why = f"was killed: trial #{trial.number} took {slot.watch.taken:.0f} s and did not listen"
            else:
                continue
            found.append((slot, trial, why))
        return found

    def _sweep(self) -> bool:
        """Take ended workers out of their slots; True when there was one."""
        swept = False
        for slot in self._slots:
            code = None if slot.is_free else slot.poll()
            if code is None or slot.process is None:
                continue
            swept = True
            if code == GAVE_UP:
                self._note_death(slot, GAVE_UP_WAITING)
            elif code != 0:
                self._note_death(slot, slot.killed_for or exit_reason(code))
            is_crash = slot.told_to_end is None and not slot.killed_for and code != GAVE_UP
            slot.clear(code if is_crash else 0, self._limits)
            if slot.n_crashes >= self._limits.max_crashes:
                self._give_up(slot, code)
        return swept

    def _note_death(self, slot: Slot, reason: str) -> None:
        """Write what a worker died of and free its trial at once."""
        assert slot.process is not None
        with writing(self._ws) as session:
            session.connection().execute(
                update(WorkerRow)
                .where(
                    col(WorkerRow.sprint_id) == self._sprint_id,
                    col(WorkerRow.pid) == slot.process.pid,
                    col(WorkerRow.start_time) == slot.process.start_time,
                    col(WorkerRow.ended_at).is_(None),
                )
                .values(state="ended", ended_at=now(), reason=reason)
            )
            commands.record_event(session, "worker.died", sprint_id=self._sprint_id, slot=slot.index, reason=reason)
        with reading(self._ws) as session:
            lost = find_lost(session, self._sprint_id, self._limits)
        self._reclaim([one for one in lost if one.process == slot.process])

    def _reclaim(self, lost: Sequence[Lost]) -> None:
        """Settle what dead workers left behind and free their trials."""
        for one in lost:
            settle(self._ws, self._sprint_id, one)
        with writing(self._ws) as session:
            if not take_lost(session, queries.sprint(session, self._sprint_id), self._limits, lost):
                write_nothing(session)

    def _give_up(self, slot: Slot, code: int) -> None:
        """Fail a sprint whose workers die as soon as they start."""
        tail = last_lines(self._ws.worker_log(self._sprint_id, slot.index), 5)
        failure = f"its worker {exit_reason(code)} {slot.n_crashes} times in a row; last words: {' / '.join(tail)}"
        with writing(self._ws) as session:
            if queries.sprint(session, self._sprint_id).state.is_open:
                commands.set_sprint_state(session, self._sprint_id, SprintState.FAILED, failure=failure)
            else:
                write_nothing(session)

    def _fill(self) -> None:
        for slot in self._slots:
            if slot.is_free and time.monotonic() >= slot.not_before:
                with disk_outages():
                    slot.start(self._ws, self._sprint_id, run_id=self._run_id, n_slots=len(self._slots))

    def _adopt(self) -> None:
        """Take over workers that live on from a launcher that died, and end what dead ones left running."""
        with reading(self._ws) as session:
            open_workers = queries.workers(session, self._sprint_id, open_only=True)
        living = [row for row in open_workers if is_alive(process_of(row))]
        for row in open_workers:
            end_left_behind(process_of(row))
        for row in living:
            for slot in self._slots:
                if slot.is_free and slot.index == row.slot:
                    slot.adopt(row)

    def _take_lock(self, first_slot: int) -> IO[str]:
        path = self._ws.launcher_lock(self._sprint_id, first_slot)
        with disk_outages():
            self._ws.make_folder(path.parent)
            lock = os.fdopen(self._ws.open_private(path, os.O_APPEND), "a")
        until = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            except OSError as error:
                if error.errno in NO_LOCKS:
                    lock.close()
                    raise EngineError(
                        f"The workspace must lie on a file system with locks, got {path.parent}: {error.strerror}",
                        "Mount it with locks (NFS: lockd, without nolock), or choose another --workspace",
                    ) from error
                if time.monotonic() > until:
                    lock.close()
                    message = f"sprint {self._sprint_id} already has a launcher"
                    raise AlreadyRunningError(message, "stop it first, or wait") from None
                time.sleep(TICK_SECONDS)

    def _sign_on(self, run_id: int | None, slots: int) -> int:
        me = this_process()
        with writing(self._ws) as session:
            row = session.get(RunRow, run_id) if run_id is not None else None
            row = row or RunRow(sprint_id=self._sprint_id, log_path=str(self._ws.launcher_log(self._sprint_id)))
            row.launcher = self._launcher
            row.host, row.boot_id, row.pid, row.start_time = me.host, me.boot_id, me.pid, me.start_time
            row.slots, row.beat_at = slots, store_clock(session)
            session.add(row)
            session.flush()
            assert row.id is not None
            commands.record_event(session, "run.started", sprint_id=self._sprint_id, pid=me.pid, slots=slots)
            return row.id

    def _beat(self) -> None:
        with writing(self._ws) as session:
            alive = update(RunRow).where(col(RunRow.id) == self._run_id).values(beat_at=after(0.0))
            session.connection().execute(alive)
        write_back_when_quiet(self._ws)
        back_up_daily(self._ws)

    def _sign_off(self, reason: str) -> bool:
        """Write that this launcher ends; False, and nothing is written, when the sprint needs it again."""
        with writing(self._ws) as session:
            sprint = session.get(SprintRow, self._sprint_id)
            if not self._ending and sprint is not None and needs_workers(sprint):
                write_nothing(session)
                return False
            done = update(RunRow).where(col(RunRow.id) == self._run_id)
            session.connection().execute(done.values(state="ended", ended_at=now(), reason=reason))
            commands.record_event(session, "run.ended", sprint_id=self._sprint_id, reason=reason)
        return True

    def _tell_end(self) -> None:
        """Call the hooks of the person, if the sprint has ended."""
        if self._hooks is None:
            return
        with reading(self._ws) as session:
            sprint = session.get(SprintRow, self._sprint_id)
            if sprint is not None:
                self._hooks.end(session, sprint)

    def _hear(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signal module's signature
        self._ending = True


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
