"""Stars, tags and trials queued by hand: what a person does to trials, and taking it back."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from engine.api.exchange import IMPORTED
from engine.api.views import TrialView
from engine.errors import EngineError
from engine.store.workspace import Workspace
from engine.values import Value

if TYPE_CHECKING:
    from sqlmodel import Session

    from engine.space.space import Space
    from engine.store.tables import SprintRow


def star_trials(ws: Workspace, ref: int | str, numbers: Sequence[int], *, starred: bool = True) -> str:
    """Mark trials of a sprint with a star, or take it away; what was done in words, empty where nothing changed.

    Raises:
        EngineError: When the sprint has no such trial.
    """
    from engine.api.lookup import sprint_row
    from engine.store.database import writing
    from engine.store.trial_edits import edit_words, star

    with writing(ws) as session:
        edit = star(session, sprint_row(session, ref), numbers, starred=starred)
        return "" if edit is None else edit_words(edit)


def tag_trials(
    ws: Workspace, ref: int | str, numbers: Sequence[int], *, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> str:
    """Give trials of a sprint tags, or take some away; what was done in words, empty where nothing changed.

    Raises:
        EngineError: When the sprint has no such trial, or for a tag that is none.
    """
    from engine.api.lookup import sprint_row
    from engine.store.database import writing
    from engine.store.trial_edits import edit_words, tag

    with writing(ws) as session:
        edit = tag(session, sprint_row(session, ref), numbers, add=add, remove=remove)
        return "" if edit is None else edit_words(edit)


def undo_trial_edit(ws: Workspace, ref: int | str) -> str:
    """Take back the newest star, tag or queued trial of a sprint; what it was, in words.

    Raises:
        EngineError: When there is none, or the queued trial runs already.
    """
    from engine.api.lookup import sprint_row
    from engine.store.database import writing
    from engine.store.trial_edits import edit_words, undo

    with writing(ws) as session:
        return edit_words(undo(session, sprint_row(session, ref)))


def redo_trial_edit(ws: Workspace, ref: int | str) -> str:
    """Make what was undone last again; what it was, in words.

    Raises:
        EngineError: When there is none.
    """
    from engine.api.lookup import sprint_row
    from engine.store.database import writing
    from engine.store.trial_edits import edit_words, redo

    with writing(ws) as session:
        return edit_words(redo(session, sprint_row(session, ref)))


def changed_values(text: str, space: "Space") -> dict[str, Value]:
    """Values as a person types them for a trial like another: ``lr=2e-4 w=1``, or ``lr 2e-4``.

    Raises:
        EngineError: For an unknown hyperparameter or a value that does not fit.
    """
    from engine.space.typed_values import typed_values

    words = text.split()
    if "=" not in text and len(words) >= 2 and len(words) % 2 == 0:
        text = " ".join(f"{name}={value}" for name, value in zip(words[::2], words[1::2], strict=True))
    return typed_values(text, space)


def clone_trial(ws: Workspace, ref: int | str, number: int | None, changes: Mapping[str, Value]) -> TrialView:
    """Queue a trial like another with some values changed, on the same subsets and seed; raises the budget by one.

    Without changes it is the same configuration once more. It can be undone while it waits.

    Args:
        ws: The workspace.
        ref: The sprint.
        number: The trial; the best one where None.
        changes: New values by hyperparameter.

    Raises:
        EngineError: When there is no such trial, the values do not lie in the sprint's space, or its thread has nothing
            to run.
    """
    from engine.api.configurations import chosen_trial
    from engine.api.lookup import sprint_row
    from engine.api.trials import get_trial
    from engine.sprint.priming import check_manual
    from engine.store import commands, queries
    from engine.store.database import writing
    from engine.store.tables import TrialRow
    from engine.store.trial_edits import record_queued
    from engine.trials.states import TrialState

    before = chosen_trial(ws, ref, number)
    with writing(ws) as session:
        sprint = sprint_row(session, ref)
        _refuse_imported(session, sprint)
        origin = queries.trial(session, cast(int, sprint.id), before.number)
        assert origin is not None
        params: dict[str, Value] = {**before.params, **changes}
        if changes:
            params = check_manual(params, queries.space(session, sprint.space_id), sprint.settings)
        trial = TrialRow(sprint_id=0, number=0, state=TrialState.QUEUED, source="manual", params=params)
        trial.source_trial_id = origin.id
        commands.extend(session, cast(int, sprint.id), 1)
        commands.add_trials(session, sprint, [trial])
        trial.seed, trial.train_fold, trial.val_fold = origin.seed, origin.train_fold, origin.val_fold
        session.add(trial)
        session.flush()
        record_queued(session, sprint, [trial.number])
        made = (trial.sprint_id, trial.number)
    return get_trial(ws, *made)


def _refuse_imported(session: "Session", sprint: "SprintRow") -> None:
    from engine.store.tables import ThreadRow

    thread = session.get(ThreadRow, sprint.thread_id)
    if thread is not None and thread.objective == IMPORTED:
        raise EngineError(
            f"thread {thread.name} was imported without an objective, so nothing can be run",
            "take the configuration out: trimtab trial params",
        )
