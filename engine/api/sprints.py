"""Sprints: list, start, stop, pause, resume, extend."""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, cast

from engine.api.views import RunView, SprintView, TrialView
from engine.errors import EngineError
from engine.space.space import Space
from engine.store.workspace import Workspace
from engine.trials.states import SprintState, TrialState
from engine.values import Value

if TYPE_CHECKING:
    from engine.launchers.launcher import Launched


def list_sprints(ws: Workspace, thread: str | None = None) -> list[SprintView]:
    """Sprints of a thread, or of all threads that are not archived, oldest first."""
    from engine.api.listing import sprint_views
    from engine.api.lookup import thread_row
    from engine.store.database import reading

    with reading(ws) as session:
        if thread is None:
            return sprint_views(session, archived=False)
        return sprint_views(session, thread_id=thread_row(session, thread).id)


def get_sprint(ws: Workspace, ref: int | str) -> SprintView:
    """One sprint by id, label, short label or ``thread/short label``, with its alarms.

    Those about trials while it is at work; those about what changed under it always.

    Raises:
        EngineError: Naming the nearest sprint there is, or those that are meant.
    """
    from dataclasses import replace

    from engine.api.lookup import sprint_row
    from engine.api.view_builders import sprint_view
    from engine.launchers.placements import jobs_of, notices
    from engine.store import queries
    from engine.store.database import reading
    from engine.store.liveness import stopped_notices
    from engine.store.patience import outage_notices
    from engine.store.summaries import sprint_summary
    from engine.worker.checkpoints import disk_use

    with reading(ws) as session:
        row = sprint_row(session, ref)
        sprint_id = cast(int, row.id)
        view = sprint_view(session, sprint_summary(session, sprint_id))
        view = replace(view, disk_bytes=disk_use(ws.sprint_dir(sprint_id)))
        is_active = view.state.is_open
        if is_active:
            held_up = (*outage_notices(ws, sprint_id), *stopped_notices(session, sprint_id))
            view = replace(view, alarms=(*held_up, *notices(jobs_of(session, sprint_id))))
        at_work = is_active and view.n_complete + view.n_failed
        if not at_work and not view.manifest.get("changes"):
            return view
        trials = queries.trial_endings(session, sprint_id) if at_work else []
    from engine.diagnostics.alarms import alarms_among, changes_among

    found = (one.text for one in alarms_among(trials) if one.severity == "warning")
    return replace(view, alarms=(*view.alarms, *changes_among(view.manifest), *found))


def start_sprint(
    ws: Workspace,
    ref: int | str,
    slots: int = 1,
    *,
    launcher: str = "local",
    options: Mapping[str, Any] | None = None,
) -> RunView:
    """Start a sprint in a detached launcher and return at once; closing the terminal does not end it.

    One that is running already is left as it is; the view says so.

    Args:
        ws: The workspace.
        ref: The sprint.
        slots: Workers at the same time.
        launcher: Name in the registry `engine.launchers.registry.LAUNCHERS`.
        options: Of the launcher; missing ones take their defaults.

    Raises:
        EngineError: For an unknown launcher or option, when the launcher cannot run here, or the sprint's budget is
            used.
    """
    from engine.launchers.placements import Placement, record_placement
    from engine.launchers.registry import LAUNCHERS

    info = LAUNCHERS.named(launcher)
    complete = info.complete(options or {})
    sprint_id = _id(ws, ref)
    view = _run_view(info.load()(ws, sprint_id, slots, complete), launcher)
    if not view.already and not info.jobs:  # one with jobs has written them down itself
        record_placement(ws, sprint_id, Placement(launcher=launcher, options=dict(options or {})))
    return view


def run_sprint(
    ws: Workspace, ref: int | str, on_event: Callable[[Any], None] | None = None, slots: int = 1
) -> SprintView:
    """Run a sprint in this process to its end.

    Args:
        ws: The workspace.
        ref: The sprint.
        on_event: Called with every event of the sprint (``kind``, ``number``, ``payload``), and with None about once a
            second.
        slots: Workers at the same time.
    """
    from engine.launchers.local import run_foreground

    sprint_id = _id(ws, ref)
    run_foreground(ws, sprint_id, on_event, slots)
    return get_sprint(ws, sprint_id)


def stop_sprint(ws: Workspace, ref: int | str, now: bool = False, after: str = "epoch") -> SprintView:
    """Stop a sprint after its running epochs, after its running trials (``after="trial"``), or at once (``now``).

    Interrupted trials keep their number and parameters and run again when the sprint is resumed.
    """
    from engine.launchers.local import stop
    from engine.launchers.placements import withdraw_jobs

    sprint_id = _id(ws, ref)
    stop(ws, sprint_id, "now" if now else after)
    withdraw_jobs(ws, sprint_id)
    return get_sprint(ws, sprint_id)


def pause_sprint(ws: Workspace, ref: int | str, after: str = "epoch") -> SprintView:
    """Hold a running sprint after its current epoch or trial; its workers stay warm."""
    from engine.store import commands
    from engine.store.database import writing

    sprint_id = _id(ws, ref)
    with writing(ws) as session:
        commands.request_pause(session, sprint_id, after)
    return get_sprint(ws, sprint_id)


def resume_sprint(
    ws: Workspace,
    ref: int | str,
    slots: int | None = None,
    *,
    launcher: str = "",
    options: Mapping[str, Any] | None = None,
) -> RunView:
    """Take a paused, stopped, failed, orphaned or extended sprint up again; nothing finished is repeated.

    One whose launcher has died while its workers live gets a new launcher, which takes them over.

    Args:
        ws: The workspace.
        ref: The sprint.
        slots: Workers at the same time; as before where None.
        launcher: Name in the registry; the one that it had, with its options, where empty.
        options: Of the launcher; they go over those that it had.
    """
    from engine.launchers.local import living_run
    from engine.launchers.placements import last_placement
    from engine.launchers.registry import LAUNCHERS
    from engine.store.database import reading

    view = get_sprint(ws, ref)
    if not view.state.is_started:
        raise EngineError(f"{view.label} was never started", "start it")
    with reading(ws) as session:
        placed = last_placement(session, view.id)
    if placed is not None and launcher in ("", placed.launcher) and placed.launcher in LAUNCHERS:
        launcher, options = placed.launcher, {**placed.options, **(options or {})}
    launcher = launcher or "local"
    adds_slots = LAUNCHERS.named(launcher).adds_slots
    if not adds_slots and view.state == SprintState.RUNNING and (run := living_run(ws, view.id)) is not None:
        raise EngineError(f"{view.label} is running already: launcher {run.pid} on {run.host}")
    return start_sprint(ws, view.id, slots or view.slots or 1, launcher=launcher, options=options)


def queue_sprint(ws: Workspace, ref: int | str) -> SprintView:
    """Let a planned sprint start by itself when the launcher that works now has finished."""
    from engine.store import commands
    from engine.store.database import writing

    sprint_id = _id(ws, ref)
    with writing(ws) as session:
        commands.queue_sprint(session, sprint_id)
    return get_sprint(ws, sprint_id)


def start_queued(ws: Workspace, slots: int = 1) -> RunView | None:
    """Start the sprint that waits longest in a detached launcher; None where none is queued.

    A detached launcher does this by itself at its end; who ran a sprint in the foreground asks for it.
    """
    from engine.launchers.handover import next_queued
    from engine.launchers.local import start_launcher

    sprint_id = next_queued(ws)
    return None if sprint_id is None else _run_view(start_launcher(ws, sprint_id, slots))


def extend_sprint(
    ws: Workspace, ref: int | str, n_trials: int = 0, *, seconds: float = 0.0, epoch_equivalents: float = 0.0
) -> SprintView:
    """Raise a sprint's budgets; model, space and fidelity stay (paper §3). A finished sprint is then resumed."""
    from engine.store import commands
    from engine.store.database import writing

    sprint_id = _id(ws, ref)
    with writing(ws) as session:
        commands.extend(session, sprint_id, n_trials, seconds=seconds, epoch_equivalents=epoch_equivalents)
    return get_sprint(ws, sprint_id)


def sprint_space(ws: Workspace, ref: int | str) -> Space:
    """The space that a sprint fixed for ever."""
    from engine.api.lookup import sprint_row
    from engine.store import queries
    from engine.store.database import reading

    with reading(ws) as session:
        return queries.space(session, sprint_row(session, ref).space_id)


def add_trial(ws: Workspace, ref: int | str, params: Mapping[str, Value]) -> TrialView:
    """Queue a hand-typed trial in a sprint and raise its budget by one; frozen dimensions may be left out.

    Raises:
        EngineError: When the parameters do not lie in the sprint's space.
    """
    from engine.api.lookup import sprint_row
    from engine.api.trials import get_trial
    from engine.sprint.priming import check_manual
    from engine.store import commands, queries
    from engine.store.database import writing
    from engine.store.tables import TrialRow
    from engine.store.trial_edits import record_queued

    with writing(ws) as session:
        row = sprint_row(session, ref)
        complete = check_manual(params, queries.space(session, row.space_id), row.settings)
        trial = TrialRow(sprint_id=0, number=0, state=TrialState.QUEUED, source="manual", params=complete)
        commands.extend(session, cast(int, row.id), 1)
        commands.add_trials(session, row, [trial])
        record_queued(session, row, [trial.number])
    return get_trial(ws, trial.sprint_id, trial.number)


def work_in_job(
    ws: Workspace,
    ref: int | str,
    *,
    slot: int | None = None,
    device: str = "auto",
    max_trials: int | None = None,
    until: str = "",
) -> None:
    """Become a worker of a sprint, see `engine.launchers.job.work`; returns only by an error.

    Args:
        ws: The workspace.
        ref: The sprint.
        slot: Number of the worker; None for what the scheduler says, else the lowest free one.
        device: ``auto``, ``cpu`` or ``cuda:N``.
        max_trials: Trials to take at most.
        until: When the job ends: ``+90m``, ``14:30`` or ``2026-12-24T18:00``; empty for what SLURM says.

    Raises:
        EngineError: When the sprint is over, or for a device or a time that is none.
    """
    from datetime import datetime

    from engine.launchers.job import end_time, work

    moment = end_time(until, datetime.now()) if until else None
    work(ws, get_sprint(ws, ref).id, slot=slot, device=device, max_trials=max_trials, until=moment)


def store_waits(ws: Workspace, sprint_id: int | None = None) -> tuple[str, ...]:
    """What those at work on a sprint, or on any, say of a store they cannot write to now; empty while all is well.

    Reads no store.
    """
    from engine.store.patience import outage_notices

    return tuple(outage_notices(ws, sprint_id))


def stopped_workers(ws: Workspace, sprint_id: int) -> tuple[str, ...]:
    """What is to be said of workers of this machine that are stopped; empty while none is."""
    from engine.store.database import reading
    from engine.store.liveness import stopped_notices

    with reading(ws) as session:
        return tuple(stopped_notices(session, sprint_id))


def retry_trials(ws: Workspace, ref: int | str, numbers: Collection[int] = ()) -> list[TrialView]:
    """Queue failed trials again, with their numbers and parameters; all of a sprint where no number is given.

    They run while the sprint runs, or when it is resumed.

    Raises:
        EngineError: When a named trial is not there or has not failed, or none has.
    """
    from engine.api.trials import get_trial
    from engine.store import commands
    from engine.store.database import writing

    sprint_id = _id(ws, ref)
    with writing(ws) as session:
        retried = commands.requeue_failed(session, sprint_id, numbers)
        if not retried:
            raise EngineError("a trial must have failed to be retried, got a sprint in which none has")
    return [get_trial(ws, sprint_id, number) for number in retried]


def stop_trial(ws: Workspace, ref: int | str, number: int) -> TrialView:
    """Stop one running trial after its current step, or withdraw a queued one."""
    from engine.api.trials import get_trial
    from engine.store import commands
    from engine.store.database import writing

    sprint_id = _id(ws, ref)
    get_trial(ws, sprint_id, number)
    with writing(ws) as session:
        commands.request_trial_stop(session, sprint_id, number)
    return get_trial(ws, sprint_id, number)


def _id(ws: Workspace, ref: int | str) -> int:
    from engine.api.lookup import sprint_row
    from engine.store.database import reading

    with reading(ws) as session:
        return cast(int, sprint_row(session, ref).id)


def _run_view(info: "Launched", launcher: str = "local") -> RunView:
    return RunView(
        sprint=info.sprint_id,
        pid=info.pid,
        host=info.host,
        log_path=info.log_path,
        started_at=info.started_at,
        launcher=launcher,
        already=info.already,
        actors=info.actors,
        place=info.place,
    )
