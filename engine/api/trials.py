"""Trials: list, look at one, its epochs, its log."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from engine.api.views import TrialView
from engine.boundary.text import visible_log
from engine.errors import EngineError
from engine.logs.tail import last_lines
from engine.store.workspace import Workspace
from engine.trials.states import TrialState
from engine.trials.trial import EpochReport

if TYPE_CHECKING:
    from sqlmodel import Session

    from engine.store.tables import SprintRow, TrialRow


Kept = dict[int, tuple[tuple[Any, ...], TrialView]]

_LISTED: WeakKeyDictionary[Any, tuple[int, Kept]] = WeakKeyDictionary()
"""By store: the sprint that was listed last, and each of its trials as it was read and as it was shown."""


def list_trials(ws: Workspace, ref: int | str) -> list[TrialView]:
    """Trials of a sprint in order of number; one that reads the same as the last time is the same object again."""
    from engine.api.lookup import sprint_row
    from engine.sprint.stages import OPENS_TEST
    from engine.store import queries
    from engine.store.database import reading

    with reading(ws) as session:
        sprint = sprint_row(session, ref)
        sprint_id, store = _id(sprint), session.get_bind()
        listed, kept = _LISTED.get(store, (sprint_id, {}))
        if listed != sprint_id or sprint.stage == OPENS_TEST:  # which shows events besides its row
            kept = {}
        found = queries.trials_undecoded(session, sprint_id)
        views = {n: kept[n][1] for n, row in found.items() if n in kept and kept[n][0] == row}
        stale = found.keys() - {n for n, view in views.items() if view.state != TrialState.RUNNING}  # its time runs on
        views |= {
            view.number: view for view in _views(ws, session, sprint, queries.trials_shown(session, sprint_id, stale))
        }
    _LISTED[store] = (sprint_id, {n: (row, views[n]) for n, row in found.items()})
    return [views[n] for n in found]


def get_trial(ws: Workspace, ref: int | str, number: int) -> TrialView:
    """One trial.

    Raises:
        EngineError: When the sprint has no such trial.
    """
    from engine.store.database import reading

    with reading(ws) as session:
        sprint, row = trial_row(session, ref, number)
        return _views(ws, session, sprint, [row])[0]


def list_epochs(ws: Workspace, ref: int | str, number: int) -> list[EpochReport]:
    """Epoch reports of a trial's last attempt, in order of step."""
    from engine.store import queries
    from engine.store.database import reading

    with reading(ws) as session:
        _, row = trial_row(session, ref, number)
        return queries.epochs(session, row)


def tail_log(ws: Workspace, ref: int | str, number: int | None = None, n_lines: int = 200) -> list[str]:
    """Last lines of a trial's log, or of the sprint's launcher when no trial is named; empty where there is none."""
    from engine.api.lookup import sprint_row
    from engine.store.database import reading

    def path(sprint_id: int) -> Path:
        return ws.launcher_log(sprint_id) if number is None else ws.trial_log(sprint_id, number)

    if isinstance(ref, int) and path(ref).exists():  # where the file is there, the sprint is
        return [visible_log(line) for line in last_lines(path(ref), n_lines)]
    with reading(ws) as session:
        sprint_id = _id(sprint_row(session, ref))
    return [visible_log(line) for line in last_lines(path(sprint_id), n_lines)]


def _id(sprint: "SprintRow") -> int:
    assert sprint.id is not None
    return sprint.id


def trial_row(session: "Session", ref: int | str, number: int) -> "tuple[SprintRow, TrialRow]":
    """A sprint and one of its trials.

    Raises:
        EngineError: When the sprint has no such trial.
    """
    from engine.api.lookup import sprint_row
    from engine.store import queries

    sprint = sprint_row(session, ref)
    row = queries.trial(session, _id(sprint), number)
    if row is None:
        n = len(queries.trials(session, _id(sprint)))
        raise EngineError(f"{sprint.label} has no trial {number}", f"it has 0 … {n - 1}" if n else "it has none yet")
    return sprint, row


def _views(ws: Workspace, session: "Session", sprint: "SprintRow", rows: "list[TrialRow]") -> list[TrialView]:
    from engine.api.lookup import short_label
    from engine.api.view_builders import trial_view
    from engine.sprint.stages import OPENS_TEST
    from engine.store import queries
    from engine.store.tables import EventRow, SprintRow, TrialRow

    workers = {worker.id or 0: f"{worker.host}:{worker.pid}" for worker in queries.workers(session, sprint.id)}
    sources: dict[int, str] = {}
    for source_id in {row.source_trial_id for row in rows if row.source_trial_id is not None}:
        source = session.get(TrialRow, source_id)
        origin = session.get(SprintRow, source.sprint_id) if source else None
        if source is not None and origin is not None:
            sources[source_id] = f"{short_label(origin)} #{source.number}"
    openings: dict[int | None, list[EventRow]] = {}
    for event in queries.openings(session, _id(sprint)) if sprint.stage == OPENS_TEST else ():
        openings.setdefault(event.number, []).append(event)
    return [
        trial_view(ws, row, sources=sources, workers=workers, openings=openings.get(row.number, ())) for row in rows
    ]
