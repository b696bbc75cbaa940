"""Who may write what: claims, fences and the ask lease, without processes."""

from typing import Any

import pytest

from engine.processes import this_process
from engine.store import claims, commands, queries, reports
from engine.store.database import reading, writing
from engine.store.driver_connection import raw
from engine.store.tables import TrialRow, WorkerRow, now
from engine.trials.states import SprintState, TrialState
from engine.trials.trial import EpochReport
from engine.worker.assignment import End, Suggest, Wait, next_assignment


@pytest.fixture
def two(lab: Any) -> tuple[Any, int, int, int]:
    """A sprint with one queued trial and two registered workers, both this very process."""
    sprint_id = lab.sprint(trials=1, n_trials=2)
    me = this_process()
    ids = []
    with writing(lab.ws) as session:
        for slot in range(2):
            row = WorkerRow(
                sprint_id=sprint_id, slot=slot, host=me.host, boot_id=me.boot_id, pid=me.pid, start_time=me.start_time
            )
            session.add(row)
            session.flush()
            ids.append(row.id)
    return lab, sprint_id, ids[0], ids[1]


def test_a_trial_is_claimed_once_and_the_next_worker_suggests(two: Any) -> None:
    lab, sprint_id, one, other = two
    with writing(lab.ws) as session:
        claim = next_assignment(session, sprint_id, one)
    assert isinstance(claim, claims.Claim)
    with writing(lab.ws) as session:
        assert isinstance(next_assignment(session, sprint_id, other), Suggest)


def test_while_one_suggests_the_others_wait(two: Any) -> None:
    lab, sprint_id, one, other = two
    with writing(lab.ws) as session:
        next_assignment(session, sprint_id, one)
        assert isinstance(next_assignment(session, sprint_id, other), Suggest)
        third = session.get(WorkerRow, one).model_copy(update={"id": 99})
        session.add(WorkerRow(**third.model_dump()))
        session.flush()
        assert isinstance(next_assignment(session, sprint_id, 99), Wait)


def test_a_fenced_worker_writes_nothing(two: Any) -> None:
    lab, sprint_id, one, other = two
    with writing(lab.ws) as session:
        stale = claims.claim_queued(raw(session), sprint_id, one, 60.0)
        assert stale is not None
        session.get(WorkerRow, one).ended_at = now()
        session.get(WorkerRow, one).state = "ended"
    with writing(lab.ws) as session:
        fresh = next_assignment(session, sprint_id, other)
        assert isinstance(fresh, claims.Claim)
        assert (fresh.number, fresh.params, fresh.attempt) == (stale.number, stale.params, 2)
    report = EpochReport(step=1, phase="train", score=9.0)
    with writing(lab.ws) as session:
        assert reports.report_epoch(raw(session), stale, report).lost
        assert reports.write_progress(raw(session), stale, 1, 0.5, "").lost
        assert reports.renew_lease(raw(session), stale).lost
        assert reports.read_signal(raw(session), stale).lost
        assert not claims.finish_trial(session, stale, TrialState.COMPLETE, seconds=1.0, score=9.0)
        assert not claims.release_trial(session, stale, "")
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.score, trial.worker_id) == ("running", None, other)
    with reading(lab.ws) as session:
        assert queries.epochs(session, trial) == []


def test_an_ask_lease_that_was_lost_inserts_nothing(two: Any) -> None:
    lab, sprint_id, one, other = two
    with writing(lab.ws) as session:
        token = claims.take_ask_lease(session, sprint_id, one, seconds=-1.0)
        assert token is not None
        assert claims.take_ask_lease(session, sprint_id, other, seconds=60.0) == token + 1
        trial = TrialRow(sprint_id=sprint_id, number=1, params={})
        inserted = claims.insert_suggested(
            session, trial, ask_token=token, worker_id=one, sampler_state={}, lease_seconds=60.0
        )
        assert inserted is None
    assert len(lab.trials(sprint_id)) == 1


def test_an_epoch_reported_twice_is_kept_as_it_was_last_like_the_score_of_its_trial(two: Any) -> None:
    lab, sprint_id, one, _ = two
    with writing(lab.ws) as session:
        claim = claims.claim_queued(raw(session), sprint_id, one, 60.0)
        for score in (0.1, 0.9):
            reports.report_epoch(raw(session), claim, EpochReport(step=1, phase="train", score=score))
    with reading(lab.ws) as session:
        [report] = queries.epochs(session, queries.trials(session, sprint_id)[0])
    assert report.score == 0.9


def test_a_finished_sprint_gives_no_work(two: Any) -> None:
    lab, sprint_id, one, _ = two
    with writing(lab.ws) as session:
        commands.set_sprint_state(session, sprint_id, SprintState.DONE)
        assert isinstance(next_assignment(session, sprint_id, one), End)


def test_waiting_does_not_count_as_a_change_of_the_store(two: Any) -> None:
    lab, sprint_id, one, _ = two
    with writing(lab.ws) as session:
        commands.set_sprint_state(session, sprint_id, SprintState.PAUSED)
    with reading(lab.ws) as session:
        before = queries.pulse(session)
    with writing(lab.ws) as session:
        assert isinstance(next_assignment(session, sprint_id, one), Wait)
    with reading(lab.ws) as session:
        assert queries.pulse(session) == before


def test_an_ask_lease_that_the_same_worker_took_again_takes_no_earlier_answer(two: Any) -> None:
    """The token, not the worker, says whose suggestion is waited for."""
    lab, sprint_id, one, _ = two
    with writing(lab.ws) as session:
        first = claims.take_ask_lease(session, sprint_id, one, seconds=-1.0)
        second = claims.take_ask_lease(session, sprint_id, one, seconds=60.0)
        assert first is not None
        assert second == first + 1
        trial = TrialRow(sprint_id=sprint_id, number=1, params={})
        late = claims.insert_suggested(
            session, trial, ask_token=first, worker_id=one, sampler_state={}, lease_seconds=60.0
        )
        assert late is None
