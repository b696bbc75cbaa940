"""Sprints to and from other tools."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from engine.api.views import SprintView
from engine.boundary.refusal import about, unforeseen_refused
from engine.errors import EngineError
from engine.secrets import masked
from engine.store.workspace import Workspace
from engine.trials.states import Direction

if TYPE_CHECKING:
    from engine.exchange.columns import Corrections
    from engine.exchange.content import SprintContent
    from engine.exchange.format import Reading

IMPORTED = "engine.exchange.imported:Imported"
"""The objective of threads that were imported without one."""


def export_formats() -> tuple[str, ...]:
    """Names of the formats that a sprint can be written in."""
    from engine.exchange.registry import writable

    return writable()


def import_formats() -> tuple[str, ...]:
    """Names of the formats that a sprint can be read from."""
    from engine.exchange.registry import readable

    return readable()


def export_sprint(
    ws: Workspace, ref: int | str, target: str, form: str = "", study: str = "", *, force: bool = False
) -> str:
    """Write a sprint; returns what was written where, in words.

    Args:
        ws: The workspace.
        ref: The sprint.
        target: A file, a storage URL (``sqlite:///study.db``) for an Optuna study, or a tracking URI for MLflow.
        form: One of `export_formats`; told from the target where empty.
        study: Name of the study or experiment; the sprint's label where empty.
        force: Replace a file that is there; a study or an experiment is added to what is there and replaces nothing.

    Raises:
        EngineError: When the format cannot be told or written, or the target's place is taken.
    """
    if ws.readonly:
        raise EngineError("--readonly looks only and writes nothing", "leave --readonly out to export")
    from engine.exchange.format import ExportTarget
    from engine.exchange.registry import format_to_write

    where = ExportTarget(text=target, study=study, replace=force, workspaces=(ws.path,))
    chosen = format_to_write(where, form)
    return chosen.write(sprint_content(ws, ref), where)


def read_import(
    ws: Workspace | None,
    thread: str,
    source: str,
    *,
    form: str = "",
    study: str = "",
    corrections: "Corrections | None" = None,
    direction: Direction | None = None,
) -> "Reading":
    """Read another tool's work; nothing is stored.

    Args:
        ws: The workspace whose thread says the hyperparameters and their types; None where there is none so far.
        thread: Name of an existing thread or a new one.
        source: A table, a file that trimtab exported, an Optuna storage file or URL.
        form: One of `import_formats`; told from the source where empty.
        study: Which study, where the source has several.
        corrections: What a person says of a table's columns.
        direction: Which way the score is better; the thread's own way, or told from the score's name, where None.

    Raises:
        EngineError: When the source cannot be read.
    """
    from engine.exchange.columns import Corrections
    from engine.exchange.format import ImportRequest, ImportSource
    from engine.exchange.registry import format_to_read
    from engine.space.space import Space
    from engine.store import queries
    from engine.store.database import reading
    from engine.store.edit_log import head_space

    space, own = None, None
    if ws is not None:
        with reading(ws) as session:
            row = queries.thread_named(session, thread)
            if row is not None:
                space = Space.from_dict(head_space(session, row).dimensions)
                own = row.direction
    request = ImportRequest(
        study=study, corrections=corrections or Corrections(), direction=direction or own, space=space
    )
    where = ImportSource(text=source)
    with (
        about(source, EngineError, EngineError),
        unforeseen_refused(source, "another tool's work", EngineError, EngineError),
    ):
        return format_to_read(where, form).read(where, request)


def store_import(ws: Workspace, thread: str, found: "Reading", objective: str = "") -> SprintView:
    """Store what was read as a finished sprint; thread and sprint are stored together or not at all.

    Raises:
        EngineError: When its hyperparameters are unknown to the thread or lack one of its dimensions, or its score is
            better the other way.
    """
    from engine.api.sprints import get_sprint
    from engine.api.threads import new_thread_row
    from engine.exchange.storing import store_sprint
    from engine.sprint.thread_file import ThreadSpec
    from engine.store import commands, queries
    from engine.store.database import writing

    content = found.content
    spec = ThreadSpec(
        name=thread,
        objective=objective or IMPORTED,
        space=content.space,
        metric=content.metric,
        direction=content.direction,
        notes=f"imported from {content.label}",
        base_dir=Path.cwd(),
    )
    with writing(ws) as session:
        row = queries.thread_named(session, thread)
        if row is None:
            row = commands.create_thread(session, new_thread_row(spec), spec.space, constraints=spec.space.constraints)
        elif content.direction != row.direction:
            raise EngineError(
                f"the score of {content.label} must be better the way of thread {thread}, {row.direction}, "
                f"got {content.direction}",
                "name a new thread",
            )
        sprint_id = cast(int, store_sprint(ws, session, row, found).id)
    return get_sprint(ws, sprint_id)


def import_sprint(
    ws: Workspace,
    thread: str,
    source: str,
    *,
    form: str = "",
    study: str = "",
    score: str = "",
    direction: Direction | None = None,
    objective: str = "",
    corrections: "Corrections | None" = None,
) -> SprintView:
    """Read another tool's work as a finished sprint, to review and to trim; see `read_import` and `store_import`.

    Args:
        ws: The workspace.
        thread: An existing thread, whose working space must know the hyperparameters, or a new one, which takes its
            space from the source.
        source: As for `read_import`.
        form: As for `read_import`.
        study: As for `read_import`.
        score: The score's column, where no ``corrections`` say it.
        direction: As for `read_import`.
        objective: What a new thread trains; without one its sprints can only be reviewed.
        corrections: As for `read_import`.
    """
    from engine.exchange.columns import Corrections

    said = corrections or Corrections(score=score)
    found = read_import(ws, thread, source, form=form, study=study, corrections=said, direction=direction)
    with about(source, EngineError, EngineError):
        return store_import(ws, thread, found, objective)


def sprint_content(ws: Workspace, ref: int | str) -> "SprintContent":
    """A sprint with its trials and their epochs as plain records."""
    from engine.api.lookup import sprint_row
    from engine.exchange.content import SprintContent
    from engine.store import queries
    from engine.store.database import reading

    with reading(ws) as session:
        row = sprint_row(session, ref)
        return SprintContent(
            label=row.label,
            space=queries.space(session, row.space_id),
            trials=queries.trial_records(session, cast(int, row.id), reports=True),
            direction=row.direction,
            metric=row.metric,
            facts={
                "stage": row.stage,
                "fidelity": row.fidelity,
                "sampler": row.sampler,
                "sampler_options": row.sampler_options,
                "pruner": row.pruner,
                "seed": row.seed,
                "settings": row.settings,
                "manifest": masked(row.manifest, ()),
            },
        )
