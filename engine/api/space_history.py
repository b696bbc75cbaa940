"""The decisions that made a thread's space: the log, undo, redo and restore, and how two of its spaces differ."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from engine.api.review_views import EditView, SpaceView
from engine.errors import EngineError
from engine.space import edits
from engine.space.edit_preview import DimensionChange, diff
from engine.space.edits import EditAction, Edited, SpaceEdit
from engine.space.space import CONSTRAINTS_KEY, Space
from engine.store.workspace import Workspace

if TYPE_CHECKING:
    from sqlmodel import Session

    from engine.store.tables import ThreadRow


def undo(ws: Workspace, thread: str, steps: int = 1) -> SpaceView:
    """Take the newest live edits back, one by one, whoever made them; all of the steps or, where too few, none.

    Raises:
        EngineError: When there are not so many.
    """
    from engine.store.edit_log import undo_edit

    return _move(ws, thread, steps, undo_edit, "edits to undo")


def redo(ws: Workspace, thread: str, steps: int = 1) -> SpaceView:
    """Make the most recently undone edits again; all of the steps or, where too few, none.

    Raises:
        EngineError: When there are not so many.
    """
    from engine.store.edit_log import redo_edit

    return _move(ws, thread, steps, redo_edit, "undone edits to redo")


def diff_spaces(
    ws: Workspace, thread: str, first: int | str | None = None, second: int | str | None = None
) -> tuple[DimensionChange, ...]:
    """How two spaces of a thread differ.

    Args:
        ws: The workspace.
        thread: Its name.
        first: Number of a space, or a sprint; the space the thread began with where None.
        second: The same; the working space where None.

    Raises:
        EngineError: When there is no such space or sprint in the thread.
    """
    from engine.api.lookup import thread_row
    from engine.store.database import reading
    from engine.store.edit_log import head_space

    with reading(ws) as session:
        row = thread_row(session, thread)
        before = _named_space(session, row, 1 if first is None else first)
        after = Space.from_dict(head_space(session, row).dimensions)
        return diff(before, after if second is None else _named_space(session, row, second))


def space_of(ws: Workspace, thread: str, ref: int | str) -> Space:
    """A space that a thread had: by its number, from 1, or as a sprint searched it.

    Raises:
        EngineError: When there is no such space or sprint in the thread.
    """
    from engine.api.lookup import thread_row
    from engine.store.database import reading

    with reading(ws) as session:
        return _named_space(session, thread_row(session, thread), ref)


def preview_restore(ws: Workspace, thread: str, number: int) -> tuple[DimensionChange, ...]:
    """What `restore_space` would change: from the working space to that after a decision; empty where they are equal.

    Raises:
        EngineError: When the thread has no decision of that number.
    """
    from engine.api.lookup import thread_row
    from engine.store.database import reading
    from engine.store.edit_log import head_space

    with reading(ws) as session:
        row = thread_row(session, thread)
        return diff(Space.from_dict(head_space(session, row).dimensions), _space_after(session, row, number))


def restore_space(ws: Workspace, thread: str, number: int, *, author: str = "", reason: str = "") -> SpaceView:
    """Give the whole space back what it was after a decision, also an undone one; 0 is what the thread began with.

    Nothing of the log is lost: each dimension that differs, and the constraints, are an edit of their own that can be
    undone.

    Raises:
        EngineError: When the thread has no decision of that number, or nothing would change.
    """
    from engine.api.lookup import thread_row
    from engine.api.spaces import keep_edits
    from engine.store.database import reading

    changed = [one.name for one in preview_restore(ws, thread, number)]
    if not changed:
        raise EngineError(f"{thread}: the working space is already as after #{number}; no change")
    with reading(ws) as session:
        then = _space_after(session, thread_row(session, thread), number)

    def back(name: str) -> Callable[[Space], Edited]:
        return lambda space: (
            edits.restore(space, name, then[name]) if name in space.names else edits.add(space, then[name])
        )

    def away(name: str) -> Callable[[Space], Edited]:
        return lambda space: edits.remove(space, name)

    makers = [back(name) for name in changed if name in then.names]
    if CONSTRAINTS_KEY in changed:
        makers.append(lambda space: edits.constrain(space, then.constraints))
    makers += [away(name) for name in changed if name not in then.names and name != CONSTRAINTS_KEY]
    return keep_edits(
        ws, thread, makers, sprint=None, author=author, reason=reason or f"the space as it was after #{number}",
        evidence={"restored_after": number},
    )  # fmt: skip


def edit_log(ws: Workspace, thread: str) -> list[EditView]:
    """Every decision about a thread's space, oldest first, undone ones included."""
    from engine.api.lookup import short_label, thread_row
    from engine.store import queries
    from engine.store.database import reading

    with reading(ws) as session:
        row = thread_row(session, thread)
        labels = {sprint.id: short_label(sprint) for sprint in queries.sprints(session, row.id)}
        found = []
        for entry in queries.edits(session, cast(int, row.id)):
            edit = SpaceEdit(
                action=cast(EditAction, entry.action),
                dimension=entry.dimension,
                before=entry.before,
                after=entry.after,
            )
            before, after = edit.describe()
            found.append(
                EditView(
                    number=entry.number,
                    action=entry.action,
                    dimension=entry.dimension,
                    before=before,
                    after=after,
                    reason=entry.reason,
                    evidence=entry.evidence,
                    author=entry.author,
                    at=entry.at.timestamp(),
                    undone=entry.undone_at is not None,
                    sprint_label=labels.get(entry.sprint_id, ""),
                    abandoned=entry.abandoned,
                    old=entry.before,
                    new=entry.after,
                )
            )
        return found


def _move(
    ws: Workspace, thread: str, steps: int, move: "Callable[[Session, ThreadRow], object]", what: str
) -> SpaceView:
    """Make a move along the log several times, in one transaction."""
    from engine.api.lookup import thread_row
    from engine.api.spaces import space_view
    from engine.store.database import writing

    with writing(ws) as session:
        row = thread_row(session, thread)
        for done in range(steps):
            try:
                move(session, row)
            except EngineError:
                if done == 0:
                    raise
                raise EngineError(f"{thread}: there must be {steps} {what}, got {done}") from None
        return space_view(session, row)


def _space_after(session: "Session", thread: "ThreadRow", number: int) -> Space:
    from engine.store import queries

    if number == 0:
        return _named_space(session, thread, 1)
    log = queries.edits(session, cast(int, thread.id))
    for entry in log:
        if entry.number == number:
            return queries.space(session, entry.to_space_id)
    raise EngineError(f"{thread.name} has no decision #{number}", f"it has 1 … {len(log)}" if log else "it has none")


def _named_space(session: "Session", thread: "ThreadRow", ref: int | str) -> Space:
    from sqlmodel import col, select

    from engine.api.lookup import sprint_row
    from engine.store import queries
    from engine.store.tables import SpaceRow

    text = str(ref).strip()
    if not text.isdigit():
        sprint = sprint_row(session, text if "/" in text else f"{thread.name}/{text}")
        if sprint.thread_id != thread.id:
            raise EngineError(f"sprint {text} is not of thread {thread.name}")
        return queries.space(session, sprint.space_id)
    rows = session.exec(select(SpaceRow).where(SpaceRow.thread_id == thread.id).order_by(col(SpaceRow.number))).all()
    for row in rows:
        if row.number == int(text):
            return Space.from_dict(row.dimensions)
    raise EngineError(f"{thread.name} has no space {text}", f"it has 1 … {rows[-1].number}")
