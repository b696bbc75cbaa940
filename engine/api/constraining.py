"""What constraints between dimensions would do, before they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from engine.errors import EngineError
from engine.space import edits
from engine.space.edit_preview import EditEffect, effect
from engine.space.rejection_rate import N_DRAWS, n_rejected
from engine.store.workspace import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class ConstraintEffect:
    """What a set of constraints would do.

    Attributes:
        effect: Trials kept and dropped, constraints before and after in words, or why they cannot be.
        n_drawn: Uniform points drawn from the space.
        n_rejected: Those among them that break a constraint, so that the sprint would draw again; sums are held by
            construction and reject nothing.
    """

    effect: EditEffect
    n_drawn: int = 0
    n_rejected: int = 0


def preview_constraints(
    ws: Workspace, thread: str, ref: int | str | None, constraints: Sequence[str]
) -> ConstraintEffect:
    """What other constraints would do to a sprint's trials and to draws to come; errors are told, not raised."""
    from engine.api.lookup import sprint_row, thread_row
    from engine.space.space import Space
    from engine.store import queries
    from engine.store.database import reading
    from engine.store.edit_log import head_space

    with reading(ws) as session:
        space = Space.from_dict(head_space(session, thread_row(session, thread)).dimensions)
        sprint = None if ref is None else sprint_row(session, ref)
        settings = {} if sprint is None else sprint.settings
        words = ", ".join(space.constraints) or "no constraints"
        try:
            after, edit = edits.constrain(space, constraints)
            if after.constraints == space.constraints:
                raise EngineError(f"{words}: these constraints are already set; no change")
            rejected = n_rejected(after, settings)
        except EngineError as error:
            return ConstraintEffect(effect=EditEffect(before=words, error=str(error)))
        found = EditEffect()
        if sprint is not None:
            trials = queries.trial_records(session, cast(int, sprint.id))
            found = effect(space, after, trials, sprint.settings, sprint.direction)
    before_words, after_words = edit.describe()
    return ConstraintEffect(
        effect=replace(found, before=before_words, after=after_words), n_drawn=N_DRAWS, n_rejected=rejected
    )
