"""Listings that are read again and again: what reads the same as the last time is not built anew.

A row of the store is compared as the database hands it over, without decoding a column: a hundred ended sprints or a
thousand threads cost a query and a comparison, and their views are the very objects of the time before.
"""

from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import text
from sqlmodel import Session

from engine.api.view_builders import sprint_view, thread_view
from engine.api.views import SprintView, ThreadView
from engine.sprint.stages import OPENS_TEST
from engine.store import queries
from engine.store.summaries import sprint_summaries

SPRINTS = text(
    "SELECT sprint.*, thread.name AS thread_name, thread.archived AS thread_archived, space.number AS space_number "
    "FROM sprint JOIN thread ON thread.id = sprint.thread_id JOIN space ON space.id = sprint.space_id "
    "ORDER BY sprint.id"
)
THREADS = text(
    "SELECT thread.*, space.number AS space_number FROM thread JOIN space ON space.id = thread.head_space_id "
    "ORDER BY thread.id"
)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A view and what it was made of."""

    basis: tuple[Any, ...]
    view: Any


_SPRINTS: WeakKeyDictionary[Any, dict[int, _Kept]] = WeakKeyDictionary()
_THREADS: WeakKeyDictionary[Any, dict[int, _Kept]] = WeakKeyDictionary()
"""By store and row id."""


def sprint_views(session: Session, *, thread_id: int | None = None, archived: bool = True) -> list[SprintView]:
    """Sprints of a thread or of all, oldest first; those of archived threads only when asked for."""
    found = session.connection().execute(SPRINTS).all()
    labels = {row.id: (row.suffix, row.version) for row in found}
    heirs = {row.replaces_id: (row.suffix, row.version) for row in found if row.replaces_id is not None}
    known = _SPRINTS.setdefault(session.get_bind(), {})
    views: dict[int, SprintView | None] = {}
    bases: dict[int, tuple[Any, ...]] = {}
    for row in found:
        if thread_id not in (None, row.thread_id) or (row.thread_archived and not archived):
            continue
        basis = bases[row.id] = (*row, labels.get(row.replaces_id), labels.get(row.parent_id), heirs.get(row.id))
        kept = known.get(row.id)
        views[row.id] = kept.view if kept is not None and kept.basis == basis else None
    for one in sprint_summaries(session, [key for key, view in views.items() if view is None]):
        view = sprint_view(session, one)
        views[view.id] = view
        if _rests(view):
            known[view.id] = _Kept(bases[view.id], view)
    return [view for view in views.values() if view is not None]


def thread_views(session: Session, *, archived: bool = False) -> list[ThreadView]:
    """Threads with their sprints, oldest first; archived ones only when asked for."""
    sprints: dict[int, list[SprintView]] = {}
    for sprint in sprint_views(session, archived=archived):
        sprints.setdefault(sprint.thread_id, []).append(sprint)
    known = _THREADS.setdefault(session.get_bind(), {})
    views: dict[int, ThreadView | None] = {}
    bases: dict[int, tuple[Any, ...]] = {}
    numbers: dict[int, int] = {}
    for row in session.connection().execute(THREADS):
        if row.archived and not archived:
            continue
        basis = bases[row.id] = (tuple(row), *sprints.get(row.id, ()))
        kept = known.get(row.id)
        views[row.id] = kept.view if kept is not None and _same(kept.basis, basis) else None
        numbers[row.id] = row.space_number
    for one in queries.threads_of(session, [key for key, view in views.items() if view is None]):
        key = cast(int, one.id)
        view = views[key] = thread_view(one, numbers[key], tuple(sprints.get(key, ())))
        known[key] = _Kept(bases[key], view)
    return [view for view in views.values() if view is not None]


def _rests(view: SprintView) -> bool:
    """Whether a view depends on nothing but the sprint's row: it has ended, and with it each of its trials.

    One that opens the test split also shows events.
    """
    return view.state.is_finished and not view.n_running + view.n_queued and view.stage != OPENS_TEST


def _same(old: tuple[Any, ...], new: tuple[Any, ...]) -> bool:
    """Whether a thread's row is the same and its sprints are the very same objects."""
    return len(old) == len(new) and old[0] == new[0] and all(a is b for a, b in zip(old[1:], new[1:], strict=True))
