"""The working space of a thread: what its next sprint will search, and the decisions that made it."""

import getpass
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from engine.api.cut_costs import cut_cost
from engine.api.review_views import SpaceView
from engine.errors import EngineError
from engine.objectives.command_options import CommandOptions
from engine.objectives.template import check_template, names_in
from engine.space import edits
from engine.space.dimension import Dimension
from engine.space.edit_preview import EditEffect, effect
from engine.space.edits import Edited
from engine.space.proposal import Proposal
from engine.space.space import Space, describe_range
from engine.store.workspace import Workspace

if TYPE_CHECKING:
    from sqlmodel import Session

    from engine.api.review_views import Review
    from engine.store.tables import SprintRow, ThreadRow


def working_space(ws: Workspace, thread: str) -> SpaceView:
    """The space the thread's next sprint will search."""
    from engine.api.lookup import thread_row
    from engine.store.database import reading

    with reading(ws) as session:
        return space_view(session, thread_row(session, thread))


def preview_edit(ws: Workspace, thread: str, ref: int | str | None, proposal: Proposal) -> EditEffect:
    """What a proposal would do to the working space and to the trials of a sprint; errors are told, not raised."""
    from engine.api.lookup import sprint_row, thread_row
    from engine.store import queries
    from engine.store.database import reading
    from engine.store.edit_log import head_space

    with reading(ws) as session:
        space = Space.from_dict(head_space(session, thread_row(session, thread)).dimensions)
        try:
            after, edit = edits.apply_proposal(space, proposal)
        except EngineError as error:
            known = proposal.dimension in space.names
            return EditEffect(before=describe_range(space[proposal.dimension]) if known else "", error=str(error))
        before_words, after_words = edit.describe()
        found = EditEffect()
        if ref is not None:
            sprint = sprint_row(session, ref)
            trials = queries.trial_records(session, cast(int, sprint.id))
            cost = cut_cost(
                queries.space(session, sprint.space_id), trials, space, after,
                settings=sprint.settings, direction=sprint.direction,
            )  # fmt: skip
            found = replace(effect(space, after, trials, sprint.settings, sprint.direction), cost=cost)
        return replace(found, before=before_words, after=after_words)


def apply_edit(
    ws: Workspace,
    thread: str,
    proposal: Proposal,
    *,
    sprint: int | str | None = None,
    author: str = "",
    reason: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> SpaceView:
    """Make an edit and keep it in the thread's log.

    Args:
        ws: The workspace.
        thread: Whose working space.
        proposal: What to do.
        sprint: Whose review gave the evidence.
        author: Who decided; the user of this process where empty.
        reason: Why; the proposal's own where empty.
        evidence: The numbers behind it.

    Raises:
        EngineError: When the edit is impossible or would change nothing.
    """

    def make(space: Space) -> Edited:
        return edits.apply_proposal(space, proposal)

    return keep_edits(ws, thread, [make], sprint=sprint, author=author, reason=reason, evidence=evidence)


def constrain(
    ws: Workspace,
    thread: str,
    constraints: Sequence[str],
    *,
    sprint: int | str | None = None,
    author: str = "",
    reason: str = "",
) -> SpaceView:
    """Replace the constraints between dimensions, such as ``sum(w_*) == 1``; none removes them."""
    return keep_edits(
        ws, thread, [lambda space: edits.constrain(space, constraints)], sprint=sprint, author=author, reason=reason
    )


def restore(
    ws: Workspace, thread: str, dimension: str, *, sprint: int | str | None = None, author: str = "", reason: str = ""
) -> SpaceView:
    """Give a dimension back the range the thread began with."""
    from engine.api.lookup import thread_row
    from engine.store.database import reading

    with reading(ws) as session:
        first = _first_space_with(session, thread_row(session, thread), dimension)
    return keep_edits(
        ws,
        thread,
        [lambda space: edits.restore(space, dimension, first[dimension])],
        sprint=sprint,
        author=author,
        reason=reason,
    )


def add_dimension(
    ws: Workspace,
    thread: str,
    dimension: Dimension,
    *,
    words: str = "",
    author: str = "",
    reason: str = "",
) -> SpaceView:
    """Let a hyperparameter join a living thread; its trials so far count as having had the dimension's ``was``.

    Args:
        ws: The workspace.
        thread: Its name.
        dimension: What joins; ``was`` is set.
        words: Words to add to the thread's command, such as ``--dropout {dropout}``, where it does not name the
            dimension yet. They stay when the edit is undone: words that name what a trial has not are left out.
        author: Who decided; the user of this process where empty.
        reason: Why.

    Raises:
        EngineError: When the space has the name, nothing says what earlier trials had, or the command does not use it.
    """

    def use(session: "Session", row: "ThreadRow", space: Space) -> None:
        from engine.store import queries

        command = str(row.options.get("command") or "")
        if not command:
            if words:
                raise EngineError(f"{row.name} has no command, so no words can be added to it", "leave them out")
            return
        new = f"{command} {words}".strip()
        options = CommandOptions.read(row.options.get("command_options") or {})
        if dimension.name not in names_in(new) | options.names():
            name = dimension.name
            raise EngineError(
                f"the command of {row.name} must use {{{name}}}, got {new}", f"--words '--{name} {{{name}}}' adds it"
            )
        others = queries.dimension_names(session, cast(int, row.id))
        check_template(new, space, options.own_names(), others)
        if words:
            row.options = {**row.options, "command": new, "model": {**row.options.get("model", {}), "command": new}}
            session.add(row)

    evidence = {"words": words} if words else None
    return keep_edits(
        ws, thread, [lambda space: edits.add(space, dimension)], sprint=None, author=author, reason=reason,
        evidence=evidence, also=use,
    )  # fmt: skip


def accept_all(
    ws: Workspace,
    thread: str,
    ref: int | str,
    dimensions: Sequence[str] | None = None,
    *,
    top_k: int | None = None,
    author: str = "",
    reason: str = "",
) -> SpaceView:
    """Make the recommended edits after a sprint; each is an edit of its own, for its own reason or the given one.

    With ``dimensions`` also those that are possible but not recommended (`engine.review.advice`).

    Raises:
        EngineError: For an unknown dimension, or when there is nothing to accept.
    """
    found, proposals = _acceptable(ws, ref, dimensions, top_k)
    makers = [(lambda space, p=p: edits.apply_proposal(space, p)) for p in proposals]
    evidence = {"rule": "paper", "top": list(found.top), "n_trials": found.n_trials}
    return keep_edits(ws, thread, makers, sprint=ref, author=author, reason=reason, evidence=evidence)


def preview_accept(
    ws: Workspace, thread: str, ref: int | str, dimensions: Sequence[str] | None = None, *, top_k: int | None = None
) -> EditEffect:
    """What `accept_all` would do to the working space and to the sprint's trials, all proposals together.

    Raises:
        EngineError: As `accept_all` does.
    """
    from engine.api.lookup import sprint_row, thread_row
    from engine.store import queries
    from engine.store.database import reading
    from engine.store.edit_log import head_space

    _, proposals = _acceptable(ws, ref, dimensions, top_k)
    words: list[tuple[str, str]] = []
    with reading(ws) as session:
        row, sprint = thread_row(session, thread), sprint_row(session, ref)
        _refuse_foreign(row, sprint)
        space = after = Space.from_dict(head_space(session, row).dimensions)
        for proposal in proposals:
            after, edit = edits.apply_proposal(after, proposal)
            words.append(edit.describe())
        trials = queries.trial_records(session, cast(int, sprint.id))
        searched = queries.space(session, sprint.space_id)
        cost = cut_cost(searched, trials, space, after, settings=sprint.settings, direction=sprint.direction)
        found = replace(effect(space, after, trials, sprint.settings, sprint.direction), cost=cost)
    before, now = (
        "; ".join(f"{proposal.dimension} {pair[side]}" for proposal, pair in zip(proposals, words, strict=True))
        for side in (0, 1)
    )
    return replace(found, before=before, after=now)


def _acceptable(
    ws: Workspace, ref: int | str, dimensions: Sequence[str] | None, top_k: int | None
) -> "tuple[Review, list[Proposal]]":
    """A sprint's review and the edits of it that would be made."""
    from engine.api.reviewing import review

    found = review(ws, ref, top_k)
    for name in dimensions or ():
        _ = Space(dimensions=tuple(one.dimension for one in found.dimensions))[name]
    proposals = [
        one.proposal
        for one in found.dimensions
        if one.proposal is not None and (one.dimension.name in dimensions if dimensions else one.advice.recommended)
    ]
    if not proposals:
        possible = [one for one in found.dimensions if one.proposal is not None]
        reasons = dict.fromkeys(one.advice.text for one in possible)
        why = found.caution or " ".join(reasons) or "The ranges are as the trimming rule would set them."
        named = ", ".join(one.dimension.name for one in possible)
        hint = f"{why} To accept one nevertheless, name it: {named}" if possible else why
        raise EngineError(f"{found.sprint.label}: no change is recommended", hint)
    return found, proposals


def _refuse_foreign(thread: "ThreadRow", sprint: "SprintRow") -> None:
    """Refuse evidence of another thread: threads share no spaces (paper A.2)."""
    if sprint.thread_id != thread.id:
        raise EngineError(
            f"a space of thread {thread.name} must be edited by what its own sprints showed, got {sprint.label}",
            "threads share no spaces",
        )


def keep_edits(
    ws: Workspace,
    thread: str,
    makers: Sequence[Callable[[Space], Edited]],
    *,
    sprint: int | str | None,
    author: str = "",
    reason: str = "",
    evidence: Mapping[str, Any] | None = None,
    also: "Callable[[Session, ThreadRow, Space], None] | None" = None,
) -> SpaceView:
    """Make edits one after another in one transaction; each maker takes the space and returns (space, edit).

    What ``also`` does to the thread, given the space that the edits led to, is kept or refused with them. The sprint
    whose review gave the evidence counts as reviewed.

    Raises:
        EngineError: When an edit is impossible, or the sprint is another thread's.
    """
    from engine.api.lookup import sprint_row, thread_row
    from engine.store import commands
    from engine.store.database import writing
    from engine.store.edit_log import append_edit, head_space
    from engine.store.tables import SpaceEditRow

    with writing(ws) as session:
        row = thread_row(session, thread)
        sprint_id = None
        if sprint is not None:
            evidence_row = sprint_row(session, sprint)
            _refuse_foreign(row, evidence_row)
            sprint_id = evidence_row.id
        for make in makers:
            space = Space.from_dict(head_space(session, row).dimensions)
            after, edit = make(space)
            log = SpaceEditRow(
                thread_id=0,
                number=0,
                from_space_id=0,
                to_space_id=0,
                sprint_id=sprint_id,
                action=edit.action,
                dimension=edit.dimension,
                before=dict(edit.before),
                after=dict(edit.after),
                reason=reason or edit.reason,
                evidence=dict(evidence or edit.evidence),
                author=author or _user(),
            )
            append_edit(session, row, log, after, constraints=after.constraints)
        if sprint_id is not None and evidence_row.reviewed_at is None:
            commands.mark_reviewed(session, sprint_id)
        if also is not None:
            also(session, row, Space.from_dict(head_space(session, row).dimensions))
        return space_view(session, row)


def space_view(session: "Session", row: "ThreadRow") -> SpaceView:
    """A thread's working space, and whether its decisions can be undone and redone."""
    from engine.store import queries
    from engine.store.edit_log import head_space, redoable, undoable

    head = head_space(session, row)
    return SpaceView(
        thread=row.name,
        number=head.number,
        space=Space.from_dict(head.dimensions),
        can_undo=undoable(session, row) is not None,
        can_redo=redoable(session, row) is not None,
        n_edits=sum(one.undone_at is None for one in queries.edits(session, cast(int, row.id))),
    )


def _first_space_with(session: "Session", row: "ThreadRow", name: str) -> Space:
    """The space that the thread began with or, for a dimension that joined it later, the first that has it."""
    from sqlmodel import col, select

    from engine.store.tables import SpaceRow

    query = select(SpaceRow).where(SpaceRow.thread_id == row.id).order_by(col(SpaceRow.number))
    spaces = session.exec(query).all()
    return Space.from_dict(next((one for one in spaces if name in one.dimensions), spaces[0]).dimensions)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
