"""Finding what a person names: threads by name, sprints by id, label, short label or ``thread/short label``."""

from difflib import get_close_matches
from typing import cast

from sqlmodel import Session

from engine.errors import EngineError
from engine.store import queries
from engine.store.tables import SprintRow, ThreadRow

Ref = int | str
"""What names a sprint: its id, its label, ``1E_v1`` where one thread has it, or ``thread/1E_v1``."""

MOST_DIGITS = 18
"""Longer numbers are no ids: databases refuse to look for them."""


def thread_row(session: Session, name: str) -> ThreadRow:
    """The thread of that name; upper and lower case count alike where that is unambiguous.

    Raises:
        EngineError: Naming the nearest thread there is.
    """
    if (row := queries.thread_named(session, name)) is not None:
        return row
    rows = queries.threads(session, archived=True)
    alike = [row for row in rows if row.name.lower() == name.lower()]
    if len(alike) == 1:
        return alike[0]
    raise EngineError(f"no thread is called {name!r}", _nearest(name, [row.name for row in rows], "thread"))


def sprint_row(session: Session, ref: Ref) -> SprintRow:
    """The sprint a person means.

    Raises:
        EngineError: When none or several are meant, naming them.
    """
    text = str(ref).strip()
    if text.isdigit() and len(text) <= MOST_DIGITS and (named := session.get(SprintRow, int(text))) is not None:
        return named
    rows = queries.sprints(session)
    if text.isdigit():
        known = f"there are {rows[0].id} … {rows[-1].id}" if rows else "there are none yet: trimtab sprint new THREAD"
        raise EngineError(f"no sprint has the id {text}", known)
    names = {cast(int, thread.id): thread.name for thread in queries.threads(session, archived=True)}
    thread, slash, rest = text.rpartition("/")
    wanted = rest if slash else text
    candidates = [row for row in rows if not slash or names[row.thread_id].lower() == thread.lower()]
    found = [row for row in candidates if wanted in (row.label, short_label(row))]
    found = found or [row for row in candidates if wanted.lower() in (row.label.lower(), short_label(row).lower())]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(f"{names[row.thread_id]}/{short_label(row)}" for row in found)
        raise EngineError(f"{text!r} names {len(found)} sprints", f"say which: {several}")
    known_names = [row.label for row in rows] + [f"{names[r.thread_id]}/{short_label(r)}" for r in rows]
    raise EngineError(
        f"no sprint is called {text!r}", _nearest(text, known_names + [short_label(r) for r in rows], "sprint")
    )


def short_label(row: SprintRow) -> str:
    """Suffix and version, as in ``1E_v1``."""
    return f"{row.suffix}_v{row.version}"


def _nearest(given: str, known: list[str], what: str) -> str:
    lower = {name.lower(): name for name in known}
    near = get_close_matches(given.lower(), list(lower), n=1, cutoff=0.5)
    if near:
        return f"did you mean {lower[near[0]]}?"
    if not known:
        return f"there is none yet: trimtab {what} new"
    return f"list them: trimtab {what} list"
