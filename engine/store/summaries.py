"""A sprint's row with what is counted from its trials: few queries however many sprints there are.

The database counts and sums; scores of complete trials are final and are read once.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import case, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from engine.store.queries import MOST_NAMED, SPRINT, TRIAL
from engine.store.tables import SpaceRow, SprintRow, ThreadRow, now
from engine.trials.fidelity import Fidelity
from engine.trials.states import TrialState

Marks = dict[TrialState, tuple[int, int]]
"""Number of trials and row id of the newest, by state."""


_ROWS = (
    select(SprintRow, ThreadRow.name, ThreadRow.objective, SpaceRow.number)
    .join(ThreadRow, col(ThreadRow.id) == SprintRow.thread_id)
    .join(SpaceRow, col(SpaceRow.id) == SprintRow.space_id)
    .order_by(col(SprintRow.id))
)
_HEIRS = (
    select_columns(SPRINT.c.replaces_id, SPRINT.c.suffix, SPRINT.c.version)
    .where(SPRINT.c.replaces_id.is_not(None))
    .order_by(SPRINT.c.id)
)
_MARKS = select_columns(TRIAL.c.sprint_id, TRIAL.c.state, func.count(), func.max(TRIAL.c.id)).group_by(
    TRIAL.c.sprint_id, TRIAL.c.state
)
_WARM = TRIAL.c.source == "primed-warm"
_SUMS = select_columns(
    TRIAL.c.sprint_id, TRIAL.c.state, _WARM, func.count(), func.sum(TRIAL.c.n_reports), func.sum(TRIAL.c.n_rejected),
    func.sum(case((TRIAL.c.source.in_(("random", "model")), 1), else_=0)), func.sum(TRIAL.c.seconds),
    func.count(TRIAL.c.seconds), func.sum(TRIAL.c.score), func.max(TRIAL.c.id), func.max(TRIAL.c.finished_at),
).group_by(TRIAL.c.sprint_id, TRIAL.c.state, _WARM)  # fmt: skip
"""Made once: putting a statement together costs as much as running it on a small store."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SprintSummary:
    """A sprint's row with what is counted from its trials.

    Attributes:
        row: The sprint.
        thread: Name of its thread.
        objective: Of its thread.
        space_number: Number of its space.
        counts: Trials by state, warm-primed ones left out.
        n_warm: Warm-primed trials.
        best_score: Best finite score of a complete trial.
        best_trial: Its number.
        scores: (number, score) of complete trials in order of number.
        seconds: Sum of the durations of finished trials.
        n_timed: How many of them have one.
        n_epochs: Epochs reported by the last attempts of all trials.
        n_suggested: Trials that a sampler or chance proposed, whatever became of them.
        n_rejected: Points drawn for them and thrown away because they broke a constraint.
        replaced_by: Short label of the sprint that replaces it; empty where none does.
    """

    row: SprintRow
    thread: str
    objective: str
    space_number: int
    counts: dict[TrialState, int]
    n_warm: int
    best_score: float | None
    best_trial: int | None
    scores: tuple[tuple[int, float], ...]
    seconds: float
    n_timed: int
    n_epochs: int
    n_suggested: int
    n_rejected: int
    replaced_by: str


def sprint_summaries(session: Session, sprint_ids: Collection[int] | None = None) -> list[SprintSummary]:
    """Some sprints or all with their counts, in order of id; few queries however many there are."""
    if sprint_ids is not None and not sprint_ids:
        return []
    wanted: list[Any] = []
    if sprint_ids is not None and len(sprint_ids) <= MOST_NAMED:
        wanted.append(col(SprintRow.id).in_(sprint_ids))
    rows = session.exec(_ROWS.where(*wanted)).all()
    counts = _counts(session, wanted)
    scores = _scores(session, counts)
    heirs = {one.replaces_id: f"{one.suffix}_v{one.version}" for one in session.connection().execute(_HEIRS)}
    return [
        _summary(
            row, name, objective, number, counts.get(cast(int, row.id), []), scores.get(cast(int, row.id), ()),
            heirs.get(row.id, ""),
        )
        for row, name, objective, number in rows
        if sprint_ids is None or row.id in sprint_ids
    ]  # fmt: skip


def sprint_summary(session: Session, sprint_id: int) -> SprintSummary:
    """One sprint with its counts."""
    [found] = sprint_summaries(session, [sprint_id])
    return found


def trial_marks(session: Session, wanted: Sequence[Any] = ()) -> dict[int, Marks]:
    """By sprint and state how many trials there are and which is the newest; the index on states alone is read."""
    t, query = TRIAL.c, _MARKS
    if wanted:
        query = query.join(SprintRow, col(SprintRow.id) == t.sprint_id).where(*wanted)
    marks: dict[int, Marks] = {}
    for key, state, n, newest in session.connection().execute(query):
        marks.setdefault(key, {})[state] = (n, newest)
    return marks


def _counts(session: Session, wanted: Sequence[Any]) -> dict[int, list[Sequence[Any]]]:
    """Trials by sprint, each a list of sums over those of one state, warm-primed ones apart.

    Ended trials do not change: those of one state are summed again only when there are more or fewer of them.
    """
    marks = trial_marks(session, wanted)
    known = _SUMMED.setdefault(session.get_bind(), {})
    stale = {
        (key, state)
        for key, states in marks.items()
        for state, mark in states.items()
        if not state.is_finished or known.get((key, state), ((), ()))[0] != mark
    }
    sums = _sums(session, stale)
    known |= {(key, state): (marks[key][state], sums.get((key, state), [])) for key, state in stale}
    return {key: [one for state in states for one in known[key, state][1]] for key, states in marks.items()}


_SUMMED: WeakKeyDictionary[Any, dict[tuple[int, TrialState], tuple[tuple[int, int], list[Sequence[Any]]]]] = (
    WeakKeyDictionary()
)
"""By store, sprint and state: number of trials and the newest, and what they summed up to then."""


def _sums(
    session: Session, stale: Collection[tuple[int, TrialState]]
) -> dict[tuple[int, TrialState], list[Sequence[Any]]]:
    """The sums of some sprints' trials of some states, read from the trials."""
    t = TRIAL.c
    sprint_ids = {key for key, _ in stale}
    query = _SUMS.where(t.state.in_({state for _, state in stale}))
    if len(sprint_ids) <= MOST_NAMED:
        query = query.where(t.sprint_id.in_(sprint_ids))
    found: dict[tuple[int, TrialState], list[Sequence[Any]]] = {}
    for one in session.connection().execute(query) if stale else ():
        found.setdefault((one[0], one[1]), []).append(one)
    return found


Scores = tuple[tuple[int, float], ...]

_READ: WeakKeyDictionary[Any, dict[int, tuple[tuple[Any, ...], Scores]]] = WeakKeyDictionary()
"""By store and sprint: what its complete trials summed up to, and the scores that were read then."""


def _scores(session: Session, counts: Mapping[int, Sequence[Sequence[Any]]]) -> dict[int, Scores]:
    """(number, score) of complete trials by sprint; read again only where their number or their sums have changed."""
    t = TRIAL.c
    known = _READ.setdefault(session.get_bind(), {})
    marks = {key: tuple(tuple(row) for row in rows if row[1] == TrialState.COMPLETE) for key, rows in counts.items()}
    stale = [key for key, mark in marks.items() if key not in known or known[key][0] != mark]
    fresh: dict[int, list[tuple[int, float]]] = {key: [] for key in stale}
    query = select_columns(t.sprint_id, t.number, t.score).where(t.state == TrialState.COMPLETE, t.score.is_not(None))
    if len(stale) <= MOST_NAMED:
        query = query.where(t.sprint_id.in_(stale))
    if stale:
        for key, number, score in session.connection().execute(query.order_by(t.sprint_id, t.number)):
            if key in fresh and math.isfinite(score):
                fresh[key].append((number, score))
    known |= {key: (marks[key], tuple(scores)) for key, scores in fresh.items()}
    return {key: known[key][1] for key in counts}


def _summary(
    row: SprintRow,
    thread: str,
    objective: str,
    space_number: int,
    sums: Sequence[Sequence[Any]],
    scores: Scores,
    replaced_by: str,
) -> SprintSummary:
    counts = dict.fromkeys(TrialState, 0)
    n_warm, seconds, n_timed, n_epochs, n_suggested, n_rejected = 0, 0.0, 0, 0, 0, 0
    for _, state, warm, n, reports, rejected, suggested, took, timed, *_ in sums:
        if warm:
            n_warm += n
            continue
        counts[state] += n
        n_epochs, n_rejected, n_suggested = n_epochs + reports, n_rejected + rejected, n_suggested + suggested
        if state.is_scored:
            seconds, n_timed = seconds + (took or 0.0), n_timed + timed
    best = min(scores, key=lambda one: (row.direction.cost(one[1]), one[0]), default=None)
    return SprintSummary(
        row=row,
        thread=thread,
        objective=objective,
        space_number=space_number,
        counts=counts,
        n_warm=n_warm,
        best_score=best[1] if best else None,
        best_trial=best[0] if best else None,
        scores=scores,
        seconds=seconds,
        n_timed=n_timed,
        n_epochs=n_epochs,
        n_suggested=n_suggested,
        n_rejected=n_rejected,
        replaced_by=replaced_by,
    )


def busy_seconds(session: Session, sprint_id: int) -> float:
    """Wall-clock time during which at least one of a sprint's trials ran, by their last attempts, running ones to now.

    This is what a wall-clock budget is measured in: slots side by side count once, pauses not at all, those within a
    trial once it has ended.
    """
    t = TRIAL.c
    query = select_columns(t.started_at, t.finished_at, t.state, t.seconds).where(
        t.sprint_id == sprint_id, t.source != "primed-warm", t.started_at.is_not(None)
    )
    at = now()
    spans: list[tuple[datetime, datetime]] = []
    for start, end, state, seconds in session.connection().execute(query):
        if state == TrialState.RUNNING:
            spans.append((start, at))
        elif end is not None:
            spans.append((start if seconds is None else max(start, end - timedelta(seconds=seconds)), end))
    return _covered(spans)


def used_budget(session: Session, sprint: SprintRow) -> str:
    """Which budget besides the trials is used up; empty while none is."""
    sprint_id = cast(int, sprint.id)
    if sprint.max_seconds is not None and busy_seconds(session, sprint_id) >= sprint.max_seconds:
        return "wall-clock budget used"
    limit = sprint.max_epoch_equivalents
    if limit is None:
        return ""
    c = TRIAL.c
    total = select_columns(func.coalesce(func.sum(c.n_reports), 0)).where(
        c.sprint_id == sprint_id, c.source != "primed-warm"
    )
    n_epochs = int(session.connection().execute(total).scalar_one())
    return "epoch budget used" if n_epochs / Fidelity.from_dict(sprint.fidelity).train_parts >= limit else ""


def _covered(spans: Iterable[tuple[datetime, datetime]]) -> float:
    """Seconds that spans of time cover together."""
    total, reached = 0.0, None
    for start, end in sorted(spans):
        begin = start if reached is None else max(start, reached)
        if end > begin:
            total += (end - begin).total_seconds()
            reached = end
    return total
