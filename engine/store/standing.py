"""How a sprint stands, for a worker that looks for work: one statement that costs the same for 100 and 100,000 trials.

Nothing is counted that grows with the trials: their number is the highest one plus one (`engine.store.invariants`),
what is asked of a state is answered by the index on states.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, exists, func, select
from sqlmodel import Session

from engine.store.queries import SPRINT, TRIAL
from engine.trials.limits import Limits
from engine.trials.states import SprintState, TrialState


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A sprint at one moment; warm-primed trials are left out of every count.

    Attributes:
        state: Of the sprint.
        failure: Why it failed, or paused by itself.
        limits: Of the sprint.
        n_trials: Its budget.
        has_other_budget: It has a budget of time or epochs as well.
        ask_owner: Worker that holds the right to suggest.
        ask_until: Until when.
        has_queued: Some trial waits.
        has_running: Some trial runs.
        has_result: Some trial is complete or pruned.
        n_used: Trials that count against the budget.
        n_failed: Trials that have failed.
    """

    state: SprintState
    failure: str
    limits: Limits
    n_trials: int
    has_other_budget: bool
    ask_owner: int | None
    ask_until: datetime | None
    has_queued: bool
    has_running: bool
    has_result: bool
    n_used: int
    n_failed: int

    @property
    def is_held(self) -> bool:
        """Whether it paused by itself after a run of failures."""
        return self.state == SprintState.PAUSED and bool(self.failure)

    @property
    def gives_up(self) -> bool:
        """Whether its first trials have all failed."""
        return 0 < self.limits.give_up_after <= self.n_failed and not self.has_result

    @property
    def wants_more(self) -> bool:
        """Whether its budget of trials leaves room for another one."""
        return self.n_used < self.n_trials


def standing(session: Session, sprint_id: int) -> Standing | None:
    """How a sprint stands; None where there is no such sprint."""
    row = session.connection().execute(_STANDING, {"sprint": sprint_id}).first()
    if row is None:
        return None
    n_rows = 0 if row.highest is None else int(row.highest) + 1
    return Standing(
        state=row.state,
        failure=row.failure,
        limits=Limits.from_dict(row.limits),
        n_trials=row.n_trials,
        has_other_budget=row.max_seconds is not None or row.max_epoch_equivalents is not None,
        ask_owner=row.ask_owner,
        ask_until=row.ask_until,
        has_queued=bool(row.has_queued),
        has_running=bool(row.has_running),
        has_result=bool(row.has_result),
        n_used=n_rows - int(row.n_cancelled) - _n_warm(session, sprint_id, n_rows),
        n_failed=int(row.n_failed),
    )


def n_wanted(session: Session, sprint_id: int) -> int:
    """Trials to suggest at once: one for each open worker that has none and finds none in the queue, at least one."""
    n_open, n_taken = session.connection().execute(_IDLE, {"sprint": sprint_id}).one()
    return max(1, int(n_open) - int(n_taken))


def _n_warm(session: Session, sprint_id: int, n_rows: int) -> int:
    """Warm-primed trials; only numbers that this process has not seen yet are read."""
    known = _WARM.setdefault(session.get_bind(), {})
    seen, n_warm = known.get(sprint_id, (0, 0))
    if n_rows < seen:  # another sprint has got its number
        seen, n_warm = 0, 0
    if n_rows > seen:
        n_warm += int(session.connection().execute(_MORE_WARM, {"sprint": sprint_id, "seen": seen}).scalar_one())
        known[sprint_id] = (n_rows, n_warm)
    return n_warm


_WARM: WeakKeyDictionary[Any, dict[int, tuple[int, int]]] = WeakKeyDictionary()
"""By store and sprint: how many trials were looked at, and how many of them are warm-primed."""

_S, _T, _W = SPRINT.c, TRIAL.c, SPRINT.metadata.tables["worker"].c
_OF_SPRINT = _T.sprint_id == bindparam("sprint")
_RESULTS = tuple(state for state in TrialState if state.is_scored)


def _number_in(state: TrialState) -> Any:
    return select(func.count()).where(_OF_SPRINT, _T.state == state).scalar_subquery()


_STANDING = select(
    _S.state, _S.failure, _S.limits, _S.n_trials, _S.max_seconds, _S.max_epoch_equivalents, _S.ask_owner, _S.ask_until,
    exists().where(_OF_SPRINT, _T.state == TrialState.QUEUED).label("has_queued"),
    exists().where(_OF_SPRINT, _T.state == TrialState.RUNNING).label("has_running"),
    exists().where(_OF_SPRINT, _T.state.in_(_RESULTS), _T.source != "primed-warm").label("has_result"),
    select(func.max(_T.number)).where(_OF_SPRINT).scalar_subquery().label("highest"),
    _number_in(TrialState.CANCELLED).label("n_cancelled"), _number_in(TrialState.FAILED).label("n_failed"),
).where(_S.id == bindparam("sprint"))  # fmt: skip
_MORE_WARM = select(func.count()).where(_OF_SPRINT, _T.number >= bindparam("seen"), _T.source == "primed-warm")
_TAKEN = tuple(state for state in TrialState if not state.is_finished)
_IDLE = select(
    select(func.count()).where(_W.sprint_id == bindparam("sprint"), _W.state != "ended").scalar_subquery(),
    select(func.count()).where(_OF_SPRINT, _T.state.in_(_TAKEN)).scalar_subquery(),
)
