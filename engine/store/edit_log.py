"""The decision log of a thread's space: append, undo, redo. Rows are never deleted; the head moves."""

from collections.abc import Sequence
from typing import Any, cast

from sqlmodel import Session, col, select

from engine.boundary.text import visible
from engine.errors import EngineError
from engine.space.space import Space
from engine.store.commands import create_space, record_event
from engine.store.queries import edits, space_row
from engine.store.tables import SpaceEditRow, SpaceRow, ThreadRow, now


def append_edit(
    session: Session, thread: ThreadRow, edit: SpaceEditRow, space: Space, *, constraints: Sequence[Any] | None = None
) -> SpaceRow:
    """Insert the space that an edit makes, log the edit, move the head; closes the way to redo.

    Args:
        session: A writing session.
        thread: Whose head the edit starts from.
        edit: Action, dimension, before, after, reason, evidence, author, sprint; the rest is set here.
        space: The edited space.
        constraints: Of the new space; the head's own where None.
    """
    head = head_space(session, thread)
    kept = head.constraints if constraints is None else constraints
    child = create_space(session, cast(int, thread.id), space, parent_id=head.id, constraints=kept)
    log = edits(session, cast(int, thread.id))
    for old in log:
        if old.undone_at is not None and not old.abandoned:
            old.abandoned = True
            session.add(old)
    edit.reason = visible(edit.reason, keep="\n\t")
    edit.thread_id, edit.number = cast(int, thread.id), len(log) + 1
    edit.from_space_id, edit.to_space_id = cast(int, head.id), cast(int, child.id)
    session.add(edit)
    _move_head(session, thread, child, "space.edit", edit)
    return child


def undo_edit(session: Session, thread: ThreadRow) -> SpaceEditRow:
    """Mark the newest live edit undone and move the head back before it.

    Raises:
        EngineError: When there is nothing to undo.
    """
    edit = undoable(session, thread)
    if edit is None:
        raise EngineError(f"{thread.name}: there must be an edit to undo, got none")
    edit.undone_at = now()
    session.add(edit)
    _move_head(session, thread, space_row(session, edit.from_space_id), "space.undo", edit)
    return edit


def redo_edit(session: Session, thread: ThreadRow) -> SpaceEditRow:
    """Apply the most recently undone edit again.

    Raises:
        EngineError: When there is nothing to redo.
    """
    edit = redoable(session, thread)
    if edit is None:
        raise EngineError(f"{thread.name}: there must be an undone edit to redo, got none")
    edit.undone_at = None
    session.add(edit)
    _move_head(session, thread, space_row(session, edit.to_space_id), "space.redo", edit)
    return edit


def undoable(session: Session, thread: ThreadRow) -> SpaceEditRow | None:
    """The edit that `undo_edit` would undo."""
    query = select(SpaceEditRow).where(SpaceEditRow.thread_id == thread.id, col(SpaceEditRow.undone_at).is_(None))
    return session.exec(query.order_by(col(SpaceEditRow.number).desc())).first()


def redoable(session: Session, thread: ThreadRow) -> SpaceEditRow | None:
    """The edit that `redo_edit` would apply: edits are undone newest first, so it is the lowest open one."""
    query = select(SpaceEditRow).where(
        SpaceEditRow.thread_id == thread.id,
        col(SpaceEditRow.undone_at).is_not(None),
        col(SpaceEditRow.abandoned).is_(False),
    )
    return session.exec(query.order_by(col(SpaceEditRow.number))).first()


def head_space(session: Session, thread: ThreadRow) -> SpaceRow:
    """The working space of a thread's next sprint."""
    assert thread.head_space_id is not None, f"thread {thread.name} has no space"
    return space_row(session, thread.head_space_id)


def _move_head(session: Session, thread: ThreadRow, space: SpaceRow, kind: str, edit: SpaceEditRow) -> None:
    thread.head_space_id = space.id
    session.add(thread)
    record_event(session, kind, thread_id=thread.id, sprint_id=edit.sprint_id, space=space.number, edit=edit.number)
    session.flush()
