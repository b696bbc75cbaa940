"""Trials of the sprint that another one is primed from which inform the latter's model, read from the store.

They are those that had ended when the sprint was made, so that a suggestion stays a function of rows that never change.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import cast

from sqlmodel import Session, col, select

from engine.samplers.registry import sampler_info
from engine.sprint.informing import Informing, informing
from engine.sprint.priming import Regime, refusals
from engine.store import queries
from engine.store.tables import SprintRow, ThreadRow, TrialRow
from engine.trials.fidelity import Fidelity
from engine.trials.trial import TrialRecord
from engine.values import Value


def regime_of(session: Session, thread: ThreadRow, sprint: SprintRow) -> Regime:
    """What decides whether scores of a stored sprint can be compared with another's."""
    return Regime(
        objective=thread.objective,
        model=dict(thread.options.get("model") or {}),
        data=dict(thread.options.get("data") or {}),
        checkpoint=sprint.checkpoint,
        metric=sprint.metric,
        fidelity=Fidelity.from_dict(sprint.fidelity),
        space=queries.space(session, sprint.space_id),
    )


def informing_trials(
    session: Session, thread: ThreadRow, sprint: SprintRow, settings: Mapping[str, Value]
) -> tuple[TrialRecord, ...]:
    """Earlier trials that inform a stored sprint's model without being trials of it."""
    limit = int(sprint.plan.get("inform", 0))
    source = session.get(SprintRow, sprint.parent_id) if limit and sprint.parent_id is not None else None
    if source is None:
        return ()
    primed = select(TrialRow.source_trial_id).where(TrialRow.sprint_id == sprint.id)
    ids = {one for one in session.exec(primed) if one is not None}
    taken = set(session.exec(select(TrialRow.number).where(col(TrialRow.id).in_(ids))))
    new = regime_of(session, thread, sprint)
    found = earlier_trials(
        session, source, new, regime_of(session, thread, source), settings,
        taken=taken, sampler=sprint.sampler, limit=limit, until=sprint.created_at,
    )  # fmt: skip
    return found.trials


def earlier_trials(
    session: Session,
    source: SprintRow,
    new: Regime,
    old: Regime,
    settings: Mapping[str, Value],
    *,
    taken: Set[int],
    sampler: str,
    limit: int,
    until: datetime | None = None,
) -> Informing:
    """The trials of ``source`` that inform a sprint of regime ``new``, and why the others do not.

    Args:
        session: Of the store.
        source: The sprint that the new one is primed from.
        new: Regime of the new sprint.
        old: Regime of the source.
        settings: What ``active_when`` is judged by in the new sprint.
        taken: Numbers of the trials that enter it.
        sampler: Of the new sprint.
        limit: Trials that inform at most; 0 for none.
        until: Trials that ended later do not inform; None for all that have ended.
    """
    info = sampler_info(sampler)
    if not limit or not info.is_guided:
        return Informing()
    trials = _ended(session, source, until)
    if reasons := refusals(old, new, allow_changed_space=True):
        return Informing(unusable=tuple((trial.number, reasons[0]) for trial in trials if trial.number not in taken))
    return informing(
        trials, new.space, settings, taken=taken, outside=info.reads_outside, direction=source.direction, limit=limit
    )


def _ended(session: Session, source: SprintRow, until: datetime | None) -> Sequence[TrialRecord]:
    trials = queries.trial_records(session, cast(int, source.id))
    if until is None:
        return [trial for trial in trials if trial.state.is_tried]
    query = select(TrialRow.number).where(TrialRow.sprint_id == source.id, col(TrialRow.finished_at) <= until)
    numbers = set(session.exec(query))
    return [trial for trial in trials if trial.state.is_tried and trial.number in numbers]
