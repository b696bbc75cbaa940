"""Checkpoints that trials keep: the best trials' own, at chosen epochs, within a bound on the disk."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from engine.store import queries
from engine.store.database import reading, writing
from engine.store.tables import SprintRow, ThreadRow
from engine.trials.fidelity import WARMUP_END, Fidelity, warmup_end
from engine.trials.states import TrialState
from engine.worker.checkpoints import best_first, delete, give_up, surplus, wanted_epochs
from tests.engine.runtime.tasks import task


def test_the_best_trials_keep_their_checkpoint_and_the_others_lose_theirs(lab: Any) -> None:
    sprint_id = task(lab, "", n_trials=4, trials=4, keep_top=2, keep_checkpoint_at=[1])
    lab.work(sprint_id)
    found = {t.number: sorted(p.name for p in lab.ws.run_dir(sprint_id, t.number).glob("checkpoint-*")) for t in
             lab.trials(sprint_id)}  # fmt: skip
    both = ["checkpoint-e1", "checkpoint-e3"]
    assert found == {0: [], 1: [], 2: both, 3: both}
    assert [Path(t.checkpoint or "").name for t in lab.trials(sprint_id)] == ["", "", "checkpoint-e3", "checkpoint-e3"]


def test_a_checkpoint_is_kept_at_the_end_of_each_trials_own_warmup(lab: Any) -> None:
    sprint = SprintRow(thread_id=1, space_id=1, stage="Full", label="L", keep_checkpoint_at=[WARMUP_END, 13])
    fidelity = Fidelity()
    ends = {share: warmup_end(fidelity, {"pct_start": share}) for share in (0.24, 0.28, 0.32)}
    assert ends == {0.24: 6, 0.28: 7, 0.32: 8}
    assert [wanted_epochs(sprint, 25, end) for end in ends.values()] == [(6, 13), (7, 13), (8, 13)]
    sprint.keep_top = 3
    assert wanted_epochs(sprint, 7, 7) == (7,), "a trial that ends with its warmup writes one"


def test_the_disk_that_checkpoints_take_is_bounded_and_the_best_keeps_its_own(lab: Any) -> None:
    for limit, kept in ((0.0, [3]), (50.0, [0, 1, 2, 3])):
        sprint_id = task(lab, "", n_trials=4, trials=4, keep_checkpoint_at=[1], limits={"checkpoint_gb": limit})
        lab.work(sprint_id)
        found = [t.number for t in lab.trials(sprint_id) if any(lab.ws.run_dir(sprint_id, t.number).glob("check*"))]
        assert found == kept


def test_a_checkpoint_that_another_thread_starts_from_is_never_deleted(lab: Any) -> None:
    sprint_id = task(lab, "", n_trials=2, trials=2, keep_checkpoint_at=[1])
    lab.work(sprint_id)
    worst = lab.ws.run_dir(sprint_id, 0) / "checkpoint-e1"
    branch = ThreadRow(name="branch", objective="the_task:Task", base_dir="", checkpoint=str(worst))
    with writing(lab.ws) as session:
        queries.sprint(session, sprint_id).keep_top = 1
        session.add(branch)
    with reading(lab.ws) as session:
        assert surplus(session, lab.ws, queries.sprint(session, sprint_id)) == {}
    start_from(lab, None)
    with reading(lab.ws) as session:
        found = surplus(session, lab.ws, queries.sprint(session, sprint_id))
    assert found == {0: {1: worst}}
    start_from(lab, str(worst))  # a branch made between the look and the lock
    with writing(lab.ws) as session:
        assert give_up(session, sprint_id, found) == []
    assert lab.trials(sprint_id)[0].checkpoint == str(worst)
    start_from(lab, None)
    with writing(lab.ws) as session:
        given_up = give_up(session, sprint_id, found)
        assert given_up == [worst]
        assert worst.exists(), "nothing is deleted while the store is locked"
    assert lab.trials(sprint_id)[0].checkpoint is None
    delete(given_up)
    assert not worst.exists()


def start_from(lab: Any, checkpoint: str | None) -> None:
    with writing(lab.ws) as session:
        branch = next(thread for thread in queries.threads(session) if thread.name == "branch")
        branch.checkpoint = checkpoint
        session.add(branch)


def test_no_trial_is_read_for_checkpoints_while_the_store_is_locked(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions: list[Session] = []

    def looked(session: Session, ws: Any, sprint: Any) -> Any:
        sessions.append(session)
        session.connection()
        with writing(lab.ws):  # would wait for ever, then raise, were the store locked by the caller
            pass
        return surplus(session, ws, sprint)

    monkeypatch.setattr("engine.worker.outcome.surplus", looked)
    sprint_id = task(lab, "", n_trials=3, trials=3, keep_checkpoint_at=[1], keep_top=1)
    lab.work(sprint_id)
    assert len(sessions) == 3
    left = [t.number for t in lab.trials(sprint_id) if any(lab.ws.run_dir(sprint_id, t.number).glob("check*"))]
    assert left == [2], "the best one alone"


def test_where_less_is_better_the_trials_of_the_least_scores_keep_their_checkpoints(lab: Any) -> None:
    sprint_id = lab.sprint(trials=4, direction="minimize")
    with writing(lab.ws) as session:
        for trial, score in zip(queries.trials(session, sprint_id), (0.4, 0.1, 0.3, 0.2), strict=True):
            trial.state, trial.score = TrialState.COMPLETE, score
            session.add(trial)
    with reading(lab.ws) as session:
        assert best_first(session, queries.sprint(session, sprint_id)) == [1, 3, 2, 0]
