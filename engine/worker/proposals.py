"""Suggesting trials: one for the worker that asks and, in the same go, one for each worker that has none.

A proposal is a function of the sprint's rows: the next one of the same go sees the ones before it as pending, as it
would if somebody else asked for it a moment later. A worker alone asks for one at a time.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.errors import EngineError
from engine.samplers.suggest import Search, Suggestion, suggest
from engine.seeds import trial_seed
from engine.space.condition_values import settings_for
from engine.space.space import Space
from engine.store import claims, queries
from engine.store.claims import Claim
from engine.store.database import reading, write_nothing, writing
from engine.store.patience import Outages
from engine.store.standing import n_wanted, standing
from engine.store.tables import SprintRow, ThreadRow, TrialRow
from engine.store.workspace import Workspace
from engine.trials.fidelity import Fidelity, expected_epochs
from engine.trials.states import TrialState
from engine.trials.trial import TrialRecord
from engine.values import Value
from engine.worker.assignment import next_number
from engine.worker.earlier_trials import informing_trials
from engine.worker.interrupts import Interrupts

MOST_AT_ONCE = 32
"""Trials suggested in one go."""

LONGEST_GO = 1.0
"""Seconds after the first proposal of a go that the next one is its last: who suggests has a trial to train, too."""


class NoProposalError(EngineError):
    """No trial can be suggested: no point satisfies the constraints, or an option is wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _History:
    """What a go begins with.

    Attributes:
        trials: All trials of the sprint.
        state: The sampler's.
        number: Of the next trial.
        n_wanted: Trials to suggest.
    """

    trials: list[TrialRecord]
    state: Mapping[str, Any]
    number: int
    n_wanted: int


class Proposer:
    """Suggests a sprint's trials for one worker.

    Args:
        ws: The workspace.
        thread: Of the sprint.
        space: Of the sprint.
        fidelity: Of the sprint.
        worker_id: Who suggests.
        lease_seconds: How long a claim holds without a sign of life.
        outages: Of this process.
        interrupts: Of this process; a proposal that takes long may be interrupted.
    """

    def __init__(
        self,
        ws: Workspace,
        *,
        thread: ThreadRow,
        space: Space,
        fidelity: Fidelity,
        worker_id: int,
        lease_seconds: float,
        outages: Outages,
        interrupts: Interrupts,
    ) -> None:
        self._ws = ws
        self._thread = thread
        self._space = space
        self._fidelity = fidelity
        self._worker_id = worker_id
        self._lease_seconds = lease_seconds
        self._outages = outages
        self._interrupts = interrupts
        self._informing: dict[int, tuple[TrialRecord, ...]] = {}

    def propose(self, sprint: SprintRow, ask_token: int) -> Claim | None:
        """Suggest trials for the idle and, as the last one, a trial for this worker, claimed.

        Returns:
            The claim; None when the right to suggest was lost on the way.

        Raises:
            NoProposalError: When no trial can be suggested.
        """
        history = self._outages.wait_out(lambda: self._history(sprint))
        search = self._search(sprint)
        trials, state, last = list(history.trials), history.state, history.number + history.n_wanted - 1
        began = 0.0
        for number in range(history.number, last + 1):
            try:
                with self._interrupts.allowed():
                    found = suggest(search, trials, number, state)
            except EngineError as error:
                raise NoProposalError(f"no trial can be suggested: {error}") from error
            if number == history.number:  # it loads the sampler's packages, too
                began = time.monotonic()
            if number == last or time.monotonic() - began > LONGEST_GO:
                return self._outages.wait_out(partial(self._insert, sprint, number, found, ask_token))
            if not self._outages.wait_out(partial(self._queue, sprint, number, found, ask_token)):
                return None
            state = found.state
            pending = TrialRecord(
                number=number, state=TrialState.QUEUED, source=found.source, params=found.params, score=None
            )
            trials.append(pending)
        raise AssertionError("the last number ends the go")

    def _history(self, sprint: SprintRow) -> _History:
        assert sprint.id is not None
        with reading(self._ws) as session:
            found = standing(session, sprint.id)
            assert found is not None
            room = 1 if found.has_other_budget else min(found.n_trials - found.n_used, MOST_AT_ONCE)
            return _History(
                trials=queries.trial_records(session, sprint.id, reports=sprint.pruner != "none"),
                state=queries.sprint(session, sprint.id).sampler_state,
                number=next_number(session, sprint.id),
                n_wanted=max(1, min(n_wanted(session, sprint.id), room)),
            )

    def _row(self, sprint: SprintRow, number: int, found: Suggestion) -> TrialRow:
        """A new row each time: one that an outage has left halfway is of no use."""
        assert sprint.id is not None
        train_fold, val_fold = self._fidelity.subsets(number)
        return TrialRow(
            sprint_id=sprint.id,
            number=number,
            source=found.source,
            params=found.params,
            seed=trial_seed(sprint.seed, number),
            train_fold=train_fold,
            val_fold=val_fold,
            n_epochs=expected_epochs(self._fidelity, found.params),
            n_rejected=found.n_rejected,
        )

    def _insert(self, sprint: SprintRow, number: int, found: Suggestion, ask_token: int) -> Claim | None:
        row = self._row(sprint, number, found)
        with writing(self._ws) as session:
            claim = claims.insert_suggested(
                session, row, ask_token=ask_token, worker_id=self._worker_id, sampler_state=found.state,
                lease_seconds=self._lease_seconds,
            )  # fmt: skip
            if claim is None:
                write_nothing(session)
            return claim

    def _queue(self, sprint: SprintRow, number: int, found: Suggestion, ask_token: int) -> bool:
        row = self._row(sprint, number, found)
        with writing(self._ws) as session:
            kept = claims.queue_suggested(
                session, row, ask_token=ask_token, worker_id=self._worker_id, sampler_state=found.state
            )
            if not kept:
                write_nothing(session)
            return kept

    def _search(self, sprint: SprintRow) -> Search:
        settings = sprint.settings or settings_for(self._space, self._thread.options.get("model") or {}, self._fidelity)
        return Search(
            space=self._space,
            settings=settings,
            sampler=sprint.sampler,
            options=sprint.sampler_options,
            n_random=sprint.n_random,
            seed=sprint.seed,
            direction=sprint.direction,
            informing=self._earlier(sprint, settings),
        )

    def _earlier(self, sprint: SprintRow, settings: Mapping[str, Value]) -> tuple[TrialRecord, ...]:
        """What informs the model; read once, for it does not change."""
        assert sprint.id is not None
        if sprint.id not in self._informing:
            self._informing[sprint.id] = self._outages.wait_out(lambda: self._read_earlier(sprint, settings))
        return self._informing[sprint.id]

    def _read_earlier(self, sprint: SprintRow, settings: Mapping[str, Value]) -> tuple[TrialRecord, ...]:
        with reading(self._ws) as session:
            return informing_trials(session, self._thread, sprint, settings)
