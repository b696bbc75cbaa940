"""What many workers do to the store: claims without the sprint's lock, suggestions for the idle, few questions."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from engine.processes import this_process
from engine.space.space import Space
from engine.store import claims, commands, queries
from engine.store.database import reading, writing
from engine.store.driver_connection import raw
from engine.store.lease_watch import LeaseWatch
from engine.store.patience import Outages
from engine.store.standing import n_wanted, standing
from engine.store.tables import ThreadRow, TrialRow, WorkerRow, now
from engine.trials.fidelity import Fidelity
from engine.trials.states import SprintState, TrialState
from engine.worker import proposals
from engine.worker.assignment import Suggest, Wait, look_for_work
from engine.worker.interrupts import Interrupts
from engine.worker.proposals import Proposer
from engine.worker.work_finder import WorkFinder
from tests.engine.runtime.conftest import SPACE


def signed_on(lab: Any, sprint_id: int, n: int = 1) -> list[int]:
    """Some workers, all of them this very process."""
    me = this_process()
    with writing(lab.ws) as session:
        rows = [
            WorkerRow(
                sprint_id=sprint_id, slot=slot, host=me.host, boot_id=me.boot_id, pid=me.pid, start_time=me.start_time
            )
            for slot in range(n)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows if row.id is not None]


def finder_of(lab: Any, sprint_id: int) -> WorkFinder:
    return WorkFinder(lab.ws, sprint_id, signed_on(lab, sprint_id)[0], lease_seconds=60.0)


def completed(lab: Any, claim: Any, state: TrialState = TrialState.COMPLETE) -> None:
    with writing(lab.ws) as session:
        assert claims.finish_trial(session, claim, state, seconds=1.0, score=0.5)


def counting(lab: Any) -> list[str]:
    """The statements that are run from now on."""
    seen: list[str] = []
    for opened in (reading, writing):
        with opened(lab.ws) as session:
            event.listen(session.get_bind(), "before_cursor_execute", lambda *given: seen.append(given[2]))
    seen.clear()
    return seen


def test_the_next_queued_trial_is_claimed_without_a_look_and_without_the_sprints_row(lab: Any) -> None:
    sprint_id = lab.sprint(trials=3, n_trials=3)
    finder = finder_of(lab, sprint_id)
    first = finder.find()
    assert isinstance(first, claims.Claim)
    completed(lab, first)
    finder.is_sure = True
    statements = counting(lab)
    second = finder.find()
    assert isinstance(second, claims.Claim)
    assert second.number == 1
    assert not [one for one in statements if "UPDATE sprint" in one or one.startswith("SELECT")], statements


def test_after_a_trial_that_failed_everything_is_looked_at_and_the_sprint_gives_up(lab: Any) -> None:
    sprint_id = lab.sprint(trials=4, n_trials=4, limits={"give_up_after": 2})
    finder = finder_of(lab, sprint_id)
    for _ in range(2):
        claim = finder.find()
        assert isinstance(claim, claims.Claim)
        completed(lab, claim, TrialState.FAILED)
    finder.find()
    assert lab.row(sprint_id).state == SprintState.FAILED
    assert [trial.state for trial in lab.trials(sprint_id)].count(TrialState.QUEUED) == 2


@pytest.mark.parametrize("facts", [{"state": "paused"}, {"max_seconds": 1e6}, {"max_epoch_equivalents": 1e6}])
def test_a_claim_without_a_look_leaves_a_held_sprint_and_one_with_another_budget_alone(
    lab: Any, facts: dict[str, Any]
) -> None:
    sprint_id = lab.sprint(trials=1, **facts)
    [worker_id] = signed_on(lab, sprint_id)
    with writing(lab.ws) as session:
        assert claims.claim_queued(raw(session), sprint_id, worker_id, 60.0, if_free=True) is None
        assert claims.claim_queued(raw(session), sprint_id, worker_id, 60.0) is not None


def test_a_look_asks_one_thing_and_for_the_dead_only_from_time_to_time(lab: Any) -> None:
    sprint_id = lab.sprint(trials=1, n_trials=1)
    finder, other = finder_of(lab, sprint_id), finder_of(lab, sprint_id)
    assert isinstance(other.find(), claims.Claim)
    assert isinstance(finder.find(), Wait)
    statements = counting(lab)
    assert isinstance(finder.find(), Wait)
    assert len(statements) <= 2, statements
    assert not [one for one in statements if "worker" in one and "JOIN" in one], statements


def test_the_more_workers_there_are_the_less_often_each_looks_for_dead_ones() -> None:
    few, many = LeaseWatch(n_workers=4), LeaseWatch(n_workers=250)
    assert all(1.5 <= few.pause <= 2.5 and 7.5 <= many.pause <= 12.5 for _ in range(50))
    assert len({few.pause for _ in range(10)}) > 1, "they would all look at the same moment"


def test_a_sprint_stands_as_a_count_of_all_its_trials_says(lab: Any) -> None:
    sprint_id = lab.sprint(trials=5, n_trials=9, limits={"give_up_after": 0})
    states = ("complete", "failed", "cancelled", "pruned", "failed")
    with writing(lab.ws) as session:
        for trial, state in zip(queries.trials(session, sprint_id), states, strict=True):
            trial.state = TrialState(state)
        warm = [TrialRow(params={}, source="primed-warm", state="complete", sprint_id=0, number=0) for _ in range(3)]
        commands.add_trials(session, queries.sprint(session, sprint_id), warm)
    for _ in range(2):  # what was counted once is not counted again, and what is new is
        with reading(lab.ws) as session:
            found = standing(session, sprint_id)
        assert found is not None
        trials = [trial for trial in lab.trials(sprint_id) if trial.source != "primed-warm"]
        assert found.n_used == sum(trial.state != TrialState.CANCELLED for trial in trials)
        assert found.n_failed == 2
        assert found.has_result
        assert found.has_queued == any(trial.state == TrialState.QUEUED for trial in trials)
        with writing(lab.ws) as session:
            more = [
                TrialRow(params={}, sprint_id=0, number=0),
                TrialRow(params={}, source="primed-warm", state="complete", sprint_id=0, number=0),
            ]
            commands.add_trials(session, queries.sprint(session, sprint_id), more)


def proposer_of(lab: Any, sprint_id: int, worker_id: int) -> Proposer:
    with reading(lab.ws) as session:
        sprint = queries.sprint(session, sprint_id)
        thread = session.get(ThreadRow, sprint.thread_id)
        space: Space = queries.space(session, sprint.space_id)
    assert thread is not None
    assert space == SPACE
    return Proposer(
        lab.ws, thread=thread, space=space, fidelity=Fidelity.from_dict(sprint.fidelity), worker_id=worker_id,
        lease_seconds=60.0, outages=Outages(lab.ws, print), interrupts=Interrupts(),
    )  # fmt: skip


def proposed(lab: Any, sprint_id: int, worker_id: int) -> claims.Claim:
    with writing(lab.ws) as session:
        token = claims.take_ask_lease(session, sprint_id, worker_id, 60.0)
    assert token is not None
    claim = proposer_of(lab, sprint_id, worker_id).propose(lab.row(sprint_id), token)
    assert claim is not None
    return claim


def test_a_worker_alone_suggests_one_trial(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=9)
    [only] = signed_on(lab, sprint_id)
    assert proposed(lab, sprint_id, only).number == 0
    assert [trial.state for trial in lab.trials(sprint_id)] == [TrialState.RUNNING]


@pytest.mark.parametrize("sampler", ["random", "tpe", "qmc"])
def test_trials_suggested_for_the_idle_are_those_that_they_would_have_suggested_themselves(
    lab: Any, sampler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposals, "LONGEST_GO", 600.0)
    facts = {"n_trials": 9, "sampler": sampler, "n_random": 1 if sampler == "tpe" else 9}
    together, apart = lab.sprint(**facts), lab.sprint(**facts)
    workers = signed_on(lab, together, 4)
    with reading(lab.ws) as session:
        assert n_wanted(session, together) == 4
    claim = proposed(lab, together, workers[0])
    assert claim.number == 3, "the last one is for who suggests: the others wait less"
    states = [trial.state for trial in lab.trials(together)]
    assert states == [TrialState.QUEUED] * 3 + [TrialState.RUNNING]
    assert lab.row(together).ask_owner is None
    for _ in range(4):
        [one] = signed_on(lab, apart)
        proposed(lab, apart, one)
        with writing(lab.ws) as session:  # each is alone when it asks, and leaves its trial running
            session.get(WorkerRow, one).state = "ended"
            session.get(WorkerRow, one).ended_at = now()
    assert [trial.params for trial in lab.trials(together)] == [trial.params for trial in lab.trials(apart)]
    assert [trial.seed for trial in lab.trials(together)] == [trial.seed for trial in lab.trials(apart)]


def test_no_more_is_suggested_than_the_budget_allows(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=2)
    workers = signed_on(lab, sprint_id, 6)
    proposed(lab, sprint_id, workers[0])
    assert len(lab.trials(sprint_id)) == 2


def test_a_number_that_a_person_took_meanwhile_is_left_to_that_trial(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=3)
    [only] = signed_on(lab, sprint_id)
    with writing(lab.ws) as session:
        token = claims.take_ask_lease(session, sprint_id, only, 60.0)
        commands.add_trials(session, queries.sprint(session, sprint_id), [TrialRow(params={}, sprint_id=0, number=0)])
    with writing(lab.ws) as session:
        late = {"ask_token": token, "worker_id": only, "sampler_state": {}}
        row = TrialRow(sprint_id=sprint_id, number=0, params={"x0": 1.0})
        assert not claims.queue_suggested(session, row, **late)
        assert claims.insert_suggested(session, row, lease_seconds=60.0, **late) is None
    assert [trial.params for trial in lab.trials(sprint_id)] == [{}]


def test_a_worker_without_a_trial_suggests_when_the_right_to_is_free(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=3)
    one, other = signed_on(lab, sprint_id, 2)
    with writing(lab.ws) as session:
        assert claims.take_ask_lease(session, sprint_id, one, 60.0) is not None
    with reading(lab.ws) as session:
        assert not look_for_work(session, sprint_id, other, for_dead=False).has_work
    with writing(lab.ws) as session:
        session.get(WorkerRow, one).ended_at = now() - timedelta(seconds=1)
        session.get(WorkerRow, one).state = "ended"
    assert isinstance(WorkFinder(lab.ws, sprint_id, other, lease_seconds=60.0).find(), Suggest)
