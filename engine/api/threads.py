"""Threads: list, make from a file, rename, archive, annotate."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from engine.api.views import ThreadView
from engine.errors import EngineError
from engine.sprint.thread_file import ThreadSpec, check_name, checked_notes, read_thread_file
from engine.store.workspace import Workspace

if TYPE_CHECKING:
    from engine.store.tables import ThreadRow


def list_threads(ws: Workspace, archived: bool = False) -> list[ThreadView]:
    """All threads with their sprints, oldest first; archived ones only when asked for."""
    from engine.api.listing import thread_views
    from engine.store.database import reading

    with reading(ws) as session:
        return thread_views(session, archived=archived)


def get_thread(ws: Workspace, name: str) -> ThreadView:
    """One thread.

    Raises:
        EngineError: Naming the nearest thread there is.
    """
    from engine.api.listing import sprint_views
    from engine.api.lookup import thread_row
    from engine.api.view_builders import thread_view
    from engine.store import queries
    from engine.store.database import reading

    with reading(ws) as session:
        row = thread_row(session, name)
        number = queries.space_row(session, cast(int, row.head_space_id)).number
        return thread_view(row, number, tuple(sprint_views(session, thread_id=row.id)))


def load_thread_file(path: Path) -> ThreadSpec:
    """Read and check a thread file; nothing is stored.

    Raises:
        EngineError: Naming file and line.
    """
    return read_thread_file(path)


def thread_file_schema() -> dict[str, Any]:
    """JSON Schema (draft 7) of the thread file, plain JSON, for editors."""
    from engine.sprint.thread_schema import thread_schema

    return thread_schema()


def check_thread(spec: ThreadSpec) -> None:
    """Ask the objective, in a process of its own, whether it takes the thread's options; nothing is stored.

    Raises:
        EngineError: With what it objects to.
    """
    from engine.launchers.environment import worker_environment
    from engine.objectives.validation import check_objective

    options = objective_options(spec)
    base_dir, env = Path(spec.base_dir), worker_environment(1)
    check_objective(spec.objective, model=options["model"], data=options["data"], base_dir=base_dir, env=env)


def thread_warnings(spec: ThreadSpec) -> list[str]:
    """What a person should know of a thread that may still be right, such as a missing script; whole sentences."""
    from engine.objectives.command_checks import command_warnings, reads_its_parameters, used_names
    from engine.objectives.command_options import CommandOptions
    from engine.script_reader.switch_check import switch_warnings

    if not spec.command:
        return []
    options = CommandOptions.read(spec.command_options, metric=spec.metric or "score")
    used = used_names(spec.command, options)
    if reads_its_parameters(spec.command, options, spec.base_dir):
        used |= {"epochs", "train_fraction"}  # the reporter hands them over
    found = command_warnings(spec.command, options, used, spec.base_dir)
    return found if options.shell else [*switch_warnings(spec.command, spec.base_dir), *found]


def create_thread(ws: Workspace, spec: ThreadSpec) -> ThreadView:
    """Store a new thread with its first space.

    Raises:
        EngineError: When the name is taken.
    """
    from engine.store import commands
    from engine.store.database import writing

    with writing(ws) as session:
        commands.create_thread(session, new_thread_row(spec), spec.space, constraints=spec.space.constraints)
    return get_thread(ws, spec.name)


def new_thread_row(spec: ThreadSpec) -> "ThreadRow":
    """What the store keeps of a new thread."""
    from engine.store.tables import ThreadRow

    return ThreadRow(
        name=spec.name,
        objective=spec.objective,
        options=objective_options(spec),
        stages={name: dict(stage) for name, stage in spec.stages.items()},
        base_dir=str(spec.base_dir),
        metric=spec.metric or "score",
        direction=spec.direction,
        checkpoint=spec.checkpoint,
        checkpoint_label=spec.checkpoint_label,
        notes=spec.notes,
    )


def own_stages(ws: Workspace, name: str) -> dict[str, Any]:
    """The stages that a thread's file made or changed, as the file has them."""
    from engine.api.lookup import thread_row
    from engine.store.database import reading

    with reading(ws) as session:
        return dict(thread_row(session, name).stages)


def branch_thread(
    ws: Workspace, name: str, new_name: str, ref: int | str, number: int, epoch: int | None = None
) -> ThreadView:
    """A new thread of the same configuration whose trials start from a checkpoint of a trial.

    A thread has one initialization, so another one means another thread; it begins with the working space of the old
    one, but shares no trials with it (paper §3, A.2).

    Args:
        ws: The workspace.
        name: The thread to take configuration and space from.
        new_name: Of the new thread.
        ref: The sprint of the trial.
        number: The trial.
        epoch: Which of its checkpoints; the last where None.

    Raises:
        EngineError: When the trial kept no such checkpoint.
    """
    from engine.api.spaces import working_space
    from engine.api.trials import get_trial
    from engine.sprint.thread_file import checkpoint_label
    from engine.worker.checkpoints import written

    old, trial = get_thread(ws, name), get_trial(ws, ref, number)
    kept = written(Path(trial.run_dir))
    if not kept:
        raise EngineError(f"trial #{number} kept no checkpoint", "plan sprints with --keep-top or --keep-at")
    chosen = max(kept) if epoch is None else epoch
    if chosen not in kept:
        raise EngineError(f"trial #{number} kept no checkpoint of epoch {chosen}", f"it kept {sorted(kept)}")
    folder = kept[chosen]
    try:
        label = checkpoint_label(folder)
    except EngineError:
        label = f"E{chosen}_S0"
    spec = ThreadSpec(
        name=new_name,
        objective=old.objective,
        space=working_space(ws, name).space,
        model=old.options.get("model") or {},
        data=old.options.get("data") or {},
        command=str(old.options.get("command") or ""),
        command_options=old.options.get("command_options") or {},
        stages=_own_stages(ws, name),
        checkpoint=str(folder),
        checkpoint_label=label,
        metric=old.metric,
        direction=old.direction,
        notes=f"branched from {old.name}, trial #{number} of sprint {ref}, epoch {chosen}",
        base_dir=Path(old.base_dir),
    )
    return create_thread(ws, spec)


def _own_stages(ws: Workspace, name: str) -> Mapping[str, Mapping[str, Any]]:
    from engine.api.lookup import thread_row
    from engine.store.database import reading

    with reading(ws) as session:
        return dict(thread_row(session, name).stages)


def archive_thread(ws: Workspace, name: str, archived: bool = True) -> ThreadView:
    """Hide a thread from listings, or show it again; nothing is deleted."""
    return _changed(ws, name, {"archived": archived})


def set_notes(ws: Workspace, name: str, notes: str) -> ThreadView:
    """Replace a thread's notes."""
    return _changed(ws, name, {"notes": checked_notes(notes)})


def rename_thread(ws: Workspace, name: str, new_name: str) -> ThreadView:
    """Give a thread another name; labels of its sprints stay.

    Raises:
        EngineError: When the new name is taken, or cannot be read in one line.
    """
    from engine.store import queries
    from engine.store.database import reading

    check_name(new_name)
    with reading(ws) as session:
        if queries.thread_named(session, new_name) is not None:
            raise EngineError(f"a thread's name must be new, got {new_name!r}")
    return _changed(ws, name, {"name": new_name})


def _changed(ws: Workspace, name: str, fields: Mapping[str, Any]) -> ThreadView:
    from engine.api.lookup import thread_row
    from engine.store.commands import record_event
    from engine.store.database import writing

    with writing(ws) as session:
        row = thread_row(session, name)
        for key, value in fields.items():
            setattr(row, key, value)
        session.add(row)
        record_event(session, "thread.changed", thread_id=row.id, fields=sorted(fields))
        now_called = row.name
    return get_thread(ws, now_called)


def objective_options(spec: ThreadSpec) -> dict[str, Any]:
    """What the thread's objective is built with, as the store keeps it."""
    options: dict[str, Any] = {"model": dict(spec.model), "data": dict(spec.data)}
    if spec.command:
        options["model"]["command"] = options["command"] = spec.command
        if spec.command_options:
            options["model"]["command_options"] = options["command_options"] = dict(spec.command_options)
        options["data"] |= {"direction": spec.direction} | ({"metric": spec.metric} if spec.metric else {})
    return options
