"""What a person does to trials: stars, tags, trials queued by hand; each can be undone. Call these in `writing`.

Only columns that no worker writes are touched, and a queued trial is withdrawn only while no worker has it: nothing
here needs a worker's token.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlmodel import Session, col, select

from engine.boundary.text import one_line, visible
from engine.errors import EngineError
from engine.store.commands import record_event
from engine.store.tables import SprintRow, TrialEditRow, TrialRow, now
from engine.trials.states import TrialState

MOST_TAG = 24
"""Characters of a tag: it stands in a column."""

MOST_TAGS = 12
"""Tags of one trial."""

QUEUE = "queue"
"""Action of an edit that queued trials."""

WITHDRAWN = "withdrawn by a person"


def star(session: Session, sprint: SprintRow, numbers: Sequence[int], *, starred: bool) -> TrialEditRow | None:
    """Mark trials with a star, or take it away; None where nothing changes.

    Raises:
        EngineError: When the sprint has no such trial.
    """
    rows = _rows(session, sprint, numbers)
    before = {str(row.number): bool(row.starred) for row in rows}
    return _keep(session, sprint, "star", before, dict.fromkeys(before, starred))


def tag(
    session: Session, sprint: SprintRow, numbers: Sequence[int], *, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> TrialEditRow | None:
    """Give trials tags, or take some away; None where nothing changes.

    Raises:
        EngineError: When the sprint has no such trial, or for a tag that is too long, has blanks, or is one too many.
    """
    added = {_tag_text(one) for one in add}
    rows = _rows(session, sprint, numbers)
    before = {str(row.number): list(row.tags) for row in rows}
    after = {key: sorted((set(tags) - set(remove)) | added) for key, tags in before.items()}
    for key, tags in after.items():
        if len(tags) > MOST_TAGS:
            raise EngineError(f"A trial has at most {MOST_TAGS} tags, #{key} would have {len(tags)}", "remove some")
    return _keep(session, sprint, "tag", before, after)


def record_queued(session: Session, sprint: SprintRow, numbers: Sequence[int]) -> None:
    """Log that a person queued trials beyond the budget, so that it can be undone."""
    before = {str(number): False for number in numbers}
    _log(session, sprint, QUEUE, before, dict.fromkeys(before, True))


def undo(session: Session, sprint: SprintRow) -> TrialEditRow:
    """Take back the newest edit of a sprint's trials; a queued trial that has begun since is passed over.

    Raises:
        EngineError: When there is none, or the only ones queued trials that a worker has taken.
    """
    query = select(TrialEditRow).where(TrialEditRow.sprint_id == sprint.id, col(TrialEditRow.undone_at).is_(None))
    edits = session.exec(query.order_by(col(TrialEditRow.id).desc())).all()
    edit = next((one for one in edits if one.action != QUEUE or _wait(session, sprint, one)), None)
    if edit is None and edits:
        raise EngineError(
            f"A queued trial must wait to be withdrawn, {edit_words(edits[0])}: a worker has taken that trial",
            "stop a running trial by x, or by trimtab trial stop",
        )
    if edit is None:
        raise EngineError("There must be a change of a trial to undo, got none", "stars, tags and queued trials count")
    _apply(session, sprint, edit.action, edit.before)
    edit.undone_at = now()
    session.add(edit)
    record_event(session, "trial.undo", thread_id=sprint.thread_id, sprint_id=sprint.id, action=edit.action)
    session.flush()
    return edit


def redo(session: Session, sprint: SprintRow) -> TrialEditRow:
    """Make the change of trials that was undone last again.

    Raises:
        EngineError: When there is none.
    """
    query = select(TrialEditRow).where(
        TrialEditRow.sprint_id == sprint.id,
        col(TrialEditRow.undone_at).is_not(None),
        col(TrialEditRow.abandoned).is_(False),
    )
    edit = session.exec(query.order_by(col(TrialEditRow.id))).first()
    if edit is None:
        raise EngineError("There must be an undone change of a trial to redo, got none")
    _apply(session, sprint, edit.action, edit.after)
    edit.undone_at = None
    session.add(edit)
    record_event(session, "trial.redo", thread_id=sprint.thread_id, sprint_id=sprint.id, action=edit.action)
    session.flush()
    return edit


def edit_words(edit: TrialEditRow) -> str:
    """What an edit did, in a few words: ``starred #7``, ``tagged #7 #12``."""
    numbers = sorted(map(int, edit.after))
    named = " ".join(f"#{number}" for number in numbers[:4]) + (f" and {len(numbers) - 4} more" if numbers[4:] else "")
    if edit.action == "star":
        return f"{'starred' if any(edit.after.values()) else 'removed the star of'} {named}"
    return f"{'queued' if edit.action == QUEUE else 'tagged'} {named}"


def _keep(
    session: Session, sprint: SprintRow, action: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> TrialEditRow | None:
    changed = [key for key in before if before[key] != after[key]]
    if not changed:
        return None
    _apply(session, sprint, action, {key: after[key] for key in changed})
    return _log(session, sprint, action, {key: before[key] for key in changed}, {key: after[key] for key in changed})


def _log(
    session: Session, sprint: SprintRow, action: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> TrialEditRow:
    open_ones = select(TrialEditRow).where(
        TrialEditRow.sprint_id == sprint.id,
        col(TrialEditRow.undone_at).is_not(None),
        col(TrialEditRow.abandoned).is_(False),
    )
    for old in session.exec(open_ones).all():
        old.abandoned = True
        session.add(old)
    edit = TrialEditRow(sprint_id=cast(int, sprint.id), action=action, before=dict(before), after=dict(after))
    session.add(edit)
    session.flush()
    return edit


def _apply(session: Session, sprint: SprintRow, action: str, values: Mapping[str, Any]) -> None:
    for row in _rows(session, sprint, [int(key) for key in values]):
        value = values[str(row.number)]
        if action == "star":
            row.starred = value
        elif action == "tag":
            row.tags = list(value)
        else:
            _queue(session, sprint, row, wanted=value)
        session.add(row)
        record_event(
            session, f"trial.{action}", thread_id=sprint.thread_id, sprint_id=sprint.id, number=row.number, value=value
        )
    session.flush()


def _wait(session: Session, sprint: SprintRow, edit: TrialEditRow) -> bool:
    """Whether all trials that an edit queued still wait."""
    rows = _rows(session, sprint, [int(key) for key in edit.after])
    return all(row.state == TrialState.QUEUED and row.attempt == 0 for row in rows)


def _queue(session: Session, sprint: SprintRow, row: TrialRow, *, wanted: bool) -> None:
    """Withdraw a trial that waits, and its place in the budget; or queue it again."""
    if not wanted and row.state == TrialState.QUEUED and row.attempt == 0:
        row.state, row.reason, row.finished_at = TrialState.CANCELLED, WITHDRAWN, now()
        sprint.n_trials -= 1
    elif wanted and row.state == TrialState.CANCELLED and row.reason == WITHDRAWN:
        row.state, row.reason, row.finished_at = TrialState.QUEUED, "", None
        sprint.n_trials += 1
    else:
        raise EngineError(
            f"A trial must be queued to be withdrawn, #{row.number} is {row.state}"
            if not wanted
            else f"A trial must be withdrawn to be queued again, #{row.number} is {row.state}",
            "stop a running trial by x, or by trimtab trial stop",
        )
    session.add(sprint)


def _rows(session: Session, sprint: SprintRow, numbers: Sequence[int]) -> list[TrialRow]:
    query = select(TrialRow).where(TrialRow.sprint_id == sprint.id, col(TrialRow.number).in_(sorted(set(numbers))))
    rows = list(session.exec(query.order_by(col(TrialRow.number))).all())
    missing = sorted(set(numbers) - {row.number for row in rows})
    if missing or not rows:
        raise EngineError(
            f"{sprint.label} has no trial {missing[0] if missing else ''}".rstrip(), "list them: trimtab trial list"
        )
    return rows


def _tag_text(text: str) -> str:
    word = one_line(visible(text)).strip()
    if not word or len(word) > MOST_TAG or any(one.isspace() or one in "\"',=<>!~|" for one in word):
        raise EngineError(
            f"A tag is one word of at most {MOST_TAG} characters without quotes, commas or comparison signs, "
            f"got {text!r}",
            "such as baseline or keep-me",
        )
    return word
