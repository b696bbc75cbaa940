"""The local launcher: starts a detached supervisor process, or runs one in the foreground.

``python -m engine.launchers.local`` is the detached process itself. It leads its own session and holds the sprint's
lock file; closing the terminal, or killing whoever started it, does not touch it.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.environment import person_umask
from engine.errors import EngineError
from engine.launchers.environment import gpus, launcher_environment, worker_environment
from engine.launchers.handover import close_stopped, next_queued
from engine.launchers.launcher import Launched
from engine.launchers.slots import shared_out
from engine.launchers.supervisor import AlreadyRunningError, Supervisor
from engine.launchers.torch_check import try_torch
from engine.processes import identify, this_process
from engine.start import own_command
from engine.store import commands, queries
from engine.store.clock import store_clock
from engine.store.database import reading, write_nothing, writing
from engine.store.liveness import lives
from engine.store.log_file import forgive_full_disk
from engine.store.summaries import sprint_summary, used_budget
from engine.store.tables import EventRow, RunRow, SprintRow, ThreadRow, now
from engine.store.workspace import Workspace, named_store
from engine.trials.states import SprintState, TrialState

STARTING = "starting"
"""Kind of the launcher of a run whose process is not there yet."""

OF_TORCH = "model."
"""How the names of objectives begin that train with torch in the worker itself."""

START_SECONDS = 30.0
"""How long somebody else may take to start a launcher."""

_CHILDREN: list[subprocess.Popen[bytes]] = []
"""Launchers this process started; polled so that a dead one does not stay a zombie."""


def start(ws: Workspace, sprint_id: int, slots: int, options: Mapping[str, Any]) -> Launched:
    """Start a sprint on this machine, see `start_launcher`; the option is ``gpus_per_slot``."""
    per_slot = int(options["gpus_per_slot"])
    _refuse_useless_gpus(ws, sprint_id)
    return start_launcher(ws, sprint_id, slots, gpus_per_slot=per_slot)


def _refuse_useless_gpus(ws: Workspace, sprint_id: int) -> None:
    """Refuse to train with torch on the CPU of a machine whose GPUs torch cannot use: it would take days unnoticed.

    Raises:
        EngineError: With the line that mends it.
    """
    with reading(ws) as session:
        thread = session.get(ThreadRow, queries.sprint(session, sprint_id).thread_id)
    if thread is None or not thread.objective.startswith(OF_TORCH) or not gpus():
        return
    found = try_torch()
    if found is not None and not found.is_usable:
        raise EngineError(
            f"Training must be able to use this machine's GPU: {found.text}",
            f"{found.hint}; to train on the CPU, set CUDA_VISIBLE_DEVICES= (empty)",
        )


def start_launcher(ws: Workspace, sprint_id: int, slots: int = 1, *, gpus_per_slot: int = 1) -> Launched:
    """Start a sprint, or take it up again, in a detached launcher; returns at once.

    Also resumes: a sprint that was paused, stopped, failed, orphaned or extended goes on with what is left of its
    budget, and workers that still live are adopted. A running one that a launcher keeps is left as it is.

    Args:
        ws: The workspace.
        sprint_id: The sprint.
        slots: Workers at the same time.
        gpus_per_slot: GPUs that each worker sees, where this machine has any.

    Raises:
        EngineError: When there is nothing left to do, or slots make no sense.
    """
    shared_out(gpus(), 0, gpus_per_slot)  # too few are heard of now
    ws.make_folder(ws.logs)
    living = living_run(ws, sprint_id)
    if living is not None and _state(ws, sprint_id) == SprintState.RUNNING:
        return replace(_info(_launched(ws, living)), already=True)
    begin(ws, sprint_id, slots)
    log_path = ws.launcher_log(sprint_id)
    deadline = time.monotonic() + START_SECONDS
    while (run_id := _reserve(ws, sprint_id, slots)) is None:
        other = living_run(ws, sprint_id)
        if other is not None:
            return replace(_info(_launched(ws, other)), already=living is None)
        if time.monotonic() > deadline:
            raise AlreadyRunningError(f"sprint {sprint_id} is being started by others", "try again")
    command = [
        *own_command("engine.launchers.local", unbuffered=True), "--workspace", str(ws.path),
        "--sprint", str(sprint_id), "--slots", str(slots), "--run", str(run_id),
        "--gpus-per-slot", str(gpus_per_slot),
    ]  # fmt: skip
    with ws.appending(log_path) as log:
        child = subprocess.Popen(
            command,
            env=launcher_environment(ws),
            umask=person_umask(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    for old in list(_CHILDREN):
        if old.poll() is not None:
            _CHILDREN.remove(old)
    _CHILDREN.append(child)
    me = identify(child.pid)
    with writing(ws) as session:
        found = session.get(RunRow, run_id)
        assert found is not None
        if me is not None and found.pid == os.getpid():
            found.pid, found.start_time, found.beat_at = me.pid, me.start_time, store_clock(session)
            found.launcher = "local"
            session.add(found)
        if found.pid == os.getpid():  # it has ended already; its log says why
            found.pid, found.state, found.ended_at, found.reason = child.pid, "ended", now(), "ended at once"
            session.add(found)
        return _info(found)


def _reserve(ws: Workspace, sprint_id: int, slots: int) -> int | None:
    """The row of a launcher to come, in the name of this process until it is there; None when another one has it.

    In one transaction: of a hundred that start a sprint at the same moment one starts a launcher, and the others know.
    """
    me = this_process()
    with writing(ws) as session:
        # Locked where several connections could look at the same moment.
        session.get(SprintRow, sprint_id, populate_existing=True, with_for_update=True)
        runs = queries.runs(session, sprint_id, open_only=True)
        if any(run.pid and lives(run, lease_seconds=60.0) for run in runs):
            write_nothing(session)
            return None
        row = RunRow(
            sprint_id=sprint_id, host=me.host, boot_id=me.boot_id, pid=me.pid, start_time=me.start_time, slots=slots,
            log_path=str(ws.launcher_log(sprint_id)), state="running", launcher=STARTING,
        )  # fmt: skip
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def _launched(ws: Workspace, run: RunRow) -> RunRow:
    """A run once its launcher is there: until then it stands in the name of whoever starts it."""
    deadline = time.monotonic() + START_SECONDS
    while run.launcher == STARTING and time.monotonic() < deadline:
        time.sleep(0.05)
        with reading(ws) as session:
            found = session.get(RunRow, run.id)
        if found is None or found.ended_at is not None:
            return run
        run = found
    return run


def run_foreground(
    ws: Workspace, sprint_id: int, on_event: Callable[[EventRow | None], None] | None = None, slots: int = 1
) -> str:
    """Run a sprint in this process, workers as its children; returns the sprint's state at the end.

    Args:
        ws: The workspace.
        sprint_id: The sprint.
        on_event: Called with each new event, and with None about once a second so that progress can be drawn.
        slots: Workers at the same time.

    Raises:
        EngineError: When the sprint already has a launcher.
    """
    ws.make_folder(ws.logs)
    living = living_run(ws, sprint_id)
    if living is not None:
        message = f"sprint {sprint_id} already has a launcher, process {living.pid}"
        raise AlreadyRunningError(message, "watch it in the interface, or stop it first")
    begin(ws, sprint_id, slots)
    with reading(ws) as session:
        seen = [queries.last_event_id(session)]

    def tell() -> None:
        if on_event is None:
            return
        with reading(ws) as session:
            fresh = queries.events(session, after=seen[0], sprint_id=sprint_id)
        for event in fresh:
            seen[0] = event.id or seen[0]
            on_event(event)
        on_event(None)

    supervisor = Supervisor(ws, sprint_id, slots=slots, on_tick=tell)
    with supervisor.hearing_signals():
        state = supervisor.run()
    tell()
    return state


def begin(ws: Workspace, sprint_id: int, slots: int) -> None:
    """Set a sprint running, from whatever state it may run from.

    Raises:
        EngineError: When there is nothing left to do, or slots make no sense.
    """
    if slots < 1:
        raise EngineError(f"a sprint needs at least one worker, got {slots}")
    worker_environment(slots)  # what is wrong with it is heard now, while the sprint is as it was
    with writing(ws) as session:
        sprint = queries.sprint(session, sprint_id)
        summary = sprint_summary(session, sprint_id)
        n_used = sum(n for state, n in summary.counts.items() if state.is_tried)
        if sprint.state == SprintState.DONE and n_used >= sprint.n_trials:
            raise EngineError(
                f"sprint {sprint.label} has used its budget of {sprint.n_trials} trials",
                "extend it, or plan the next one",
            )
        if sprint.state == SprintState.DONE and (used := used_budget(session, sprint)):
            raise EngineError(f"sprint {sprint.label} is done: {used}", "extend it, or plan the next one")
        # Trials that a person has just brought back are run alone; the others stay as they are.
        if (
            sprint.state == SprintState.FAILED
            and not summary.counts[TrialState.COMPLETE]
            and not summary.counts[TrialState.QUEUED]
        ):
            commands.requeue_failed(session, sprint_id)
        commands.set_sprint_state(session, sprint_id, SprintState.RUNNING)
        sprint.slots = slots
        session.add(sprint)


def stop(ws: Workspace, sprint_id: int, mode: str = "epoch") -> None:
    """Ask a sprint to stop, see `commands.request_stop`; one that nobody works on is finished here and now.

    Raises:
        EngineError: For an unknown mode, or when the sprint does not run.
    """
    with writing(ws) as session:
        commands.request_stop(session, sprint_id, mode)
    with reading(ws) as session:
        workers = queries.workers(session, sprint_id, open_only=True)
    if not any(lives(worker, lease_seconds=60.0) for worker in workers) and living_run(ws, sprint_id) is None:
        close_stopped(ws, sprint_id)


def living_run(ws: Workspace, sprint_id: int) -> RunRow | None:
    """The launcher that keeps a sprint now, or None; another host's counts while its heartbeat is fresh."""
    for child in _CHILDREN:
        child.poll()
    asked: set[tuple[int | None, int]] = set()
    while True:
        with reading(ws) as session:
            runs = queries.runs(session, sprint_id, open_only=True)
        for run in reversed(runs):
            if run.pid and lives(run, lease_seconds=60.0):
                return run
        # A starter hands its row over to its launcher and ends: who was asked after may have been the starter still.
        names = {(run.id, run.pid) for run in runs}
        if names <= asked:
            return None
        asked |= names


def main() -> None:
    """The detached process: keep the sprint, then those queued after it."""
    parser = argparse.ArgumentParser(prog="python -m engine.launchers.local", description=main.__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--store", default=named_store(), help="SQLAlchemy URL [TRIMTAB_STORE]")
    parser.add_argument("--sprint", type=int, required=True)
    parser.add_argument("--slots", type=int, default=1)
    parser.add_argument("--gpus-per-slot", type=int, default=1)
    parser.add_argument("--run", type=int, default=None)
    given = parser.parse_args()
    forgive_full_disk()
    ws = Workspace(given.workspace.resolve(), given.store)
    sprint_id: int | None = given.sprint
    run_id: int | None = given.run
    while sprint_id is not None:
        try:
            supervisor = Supervisor(ws, sprint_id, slots=given.slots, run_id=run_id, gpus_per_slot=given.gpus_per_slot)
        except AlreadyRunningError as error:
            sys.stderr.write(f"{error}\n")
            return
        _say(f"Launcher started (pid {os.getpid()}, sprint {sprint_id}, slots {given.slots})")
        with supervisor.hearing_signals():
            state = supervisor.run()
        _say(f"sprint {sprint_id} is {state}")
        if state.is_open:
            return
        sprint_id, run_id = next_queued(ws), None


def _state(ws: Workspace, sprint_id: int) -> SprintState:
    with reading(ws) as session:
        return queries.sprint(session, sprint_id).state


def _info(row: RunRow) -> Launched:
    return Launched(
        sprint_id=row.sprint_id,
        pid=row.pid,
        host=row.host,
        log_path=row.log_path,
        started_at=row.started_at.timestamp(),
        place=f"launcher {row.pid} on {row.host}",
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")


if __name__ == "__main__":
    main()
