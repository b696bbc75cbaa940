"""Workers and trials: every way a trial can end, every limit, with real worker processes."""

import math
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from engine import api
from engine.fidelity import WARMUP_END, Fidelity, warmup_end
from engine.launchers import local
from engine.processes import this_process
from engine.space import Space
from engine.store import claims, commands, queries, reports
from engine.store.database import reading, writing
from engine.store.raw import raw
from engine.store.tables import SprintRow, ThreadRow, TrialRow, WorkerRow, now
from engine.trial import EpochReport
from engine.worker.assignment import End, Suggest, Wait, next_assignment
from engine.worker.checkpoints import delete, give_up, surplus, wanted_epochs
from engine.worker.failures import describe_failure
from tests.engine.runtime.conftest import SPACE

TASKS = """
import math, os, signal, time
class Task:
    metric, direction = "score", "maximize"
    def __init__(self, *, model, data, base_dir):
        self.do = data.get("do", "")
    def prepare(self):
        if self.do == "cannot prepare":
            raise RuntimeError("no such corpus")
        return {"n_train": 3}
    def run(self, trial):
        if self.do == "oom":
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        if self.do == "raise" or (self.do == "raise once" and not (trial.run_dir / "tried").exists()):
            (trial.run_dir / "tried").touch()
            raise ValueError("bad luck with " + repr(trial.params["x0"]))
        if self.do == "nan":
            trial.report(1, math.nan, {"loss": math.inf})
            return math.nan
        if self.do == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.do == "deaf":
            time.sleep(3600)
        for epoch in range(1, trial.max_epochs + 1):
            if self.do == "slow":
                time.sleep(0.3)
            for folder in {epoch} & set(trial.keep_checkpoint_at):
                (trial.run_dir / f"checkpoint-e{folder}").mkdir()
                (trial.run_dir / f"checkpoint-e{folder}" / "weights").write_bytes(b"0" * 1000)
            if not trial.report(epoch, trial.params["x0"], {"loss": 1.0}):
                break
        return trial.params["x0"]
"""


@pytest.fixture(autouse=True)
def restored_path() -> Iterator[None]:
    """A worker adds the thread's folder to the module path."""
    before = list(sys.path)
    yield
    sys.path[:] = before
    sys.modules.pop("the_task", None)


def task(lab: Any, do: str, **facts: Any) -> int:
    lab.ws.path.joinpath("the_task.py").write_text(TASKS)
    sys.modules.pop("the_task", None)
    return int(lab.sprint(objective="the_task:Task", options={"data": {"do": do}}, **facts))


def test_an_error_is_a_recorded_state_with_its_traceback(lab: Any) -> None:
    sprint_id = task(lab, "raise", n_trials=2)
    assert lab.work(sprint_id) == "done"
    trial = lab.trials(sprint_id)[0]
    assert (trial.state, trial.error_kind, trial.score) == ("failed", "objective", None)
    assert trial.reason.startswith("ValueError: bad luck")
    assert 'raise ValueError("bad luck' in trial.error_text
    assert "bad luck" in lab.ws.trial_log(sprint_id, 0).read_text()


def test_an_error_is_tried_again_as_often_as_the_limits_say(lab: Any) -> None:
    sprint_id = task(lab, "raise once", n_trials=1, limits={"max_errors": 1})
    lab.work(sprint_id)
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.attempt, trial.n_failures) == ("complete", 2, 1)


def test_out_of_memory_is_recognized_and_named(lab: Any) -> None:
    sprint_id = task(lab, "oom", n_trials=1)
    lab.work(sprint_id)
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.error_kind) == ("failed", "oom")
    assert trial.reason.startswith("out of memory")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), "oom"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "oom"),
        (type("OutOfMemoryError", (RuntimeError,), {})("x"), "oom"),
        (KeyError("lr"), "objective"),
    ],
)
def test_memory_errors_of_many_kinds_are_told_from_others(error: Exception, kind: str) -> None:
    assert describe_failure(error).kind == kind


def test_a_score_that_is_not_a_number_fails_the_trial_and_is_stored_as_null(lab: Any) -> None:
    sprint_id = task(lab, "nan", n_trials=1)
    lab.work(sprint_id)
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.error_kind, trial.score) == ("failed", "nan", None)
    with reading(lab.ws) as session:
        [report] = queries.epochs(session, trial)
    assert math.isnan(report.score)
    assert math.isnan(report.metrics["loss"])


def test_scores_that_are_no_numbers_raise_an_alarm_while_the_sprint_runs(lab: Any) -> None:
    sprint_id = task(lab, "nan", n_trials=4, limits={"give_up_after": 0})
    lab.work(sprint_id)
    with writing(lab.ws) as session:
        commands.set_sprint_state(session, sprint_id, "running")
    alarms = api.get_sprint(lab.ws, sprint_id).alarms
    assert any("4 of 4 trials reported a score that is no number" in alarm for alarm in alarms)
    assert any(alarm.startswith("all trials failing") for alarm in alarms)
    assert {"failing", "not-a-number"} <= {one.kind for one in api.review(lab.ws, sprint_id).findings}


def test_a_sprint_whose_first_trials_all_fail_gives_up(lab: Any) -> None:
    sprint_id = task(lab, "raise", n_trials=50, limits={"give_up_after": 3})
    assert lab.work(sprint_id) == "failed"
    assert len(lab.trials(sprint_id)) == 3
    assert "first 3 trials have all failed" in lab.row(sprint_id).failure


def test_resuming_a_sprint_that_gave_up_tries_its_failed_trials_again(lab: Any) -> None:
    sprint_id = task(lab, "raise", n_trials=3, limits={"give_up_after": 3})
    lab.work(sprint_id)
    before = [t.params for t in lab.trials(sprint_id)]
    lab.ws.path.joinpath("the_task.py").write_text(TASKS.replace('== "raise"', '== "never"'))
    assert local.run_foreground(lab.ws, sprint_id) == "done"
    assert [(t.state, t.params) for t in lab.trials(sprint_id)] == [("complete", params) for params in before]


def test_an_objective_that_cannot_be_prepared_fails_the_sprint_not_its_trials(lab: Any) -> None:
    sprint_id = task(lab, "cannot prepare", n_trials=3)
    assert lab.work(sprint_id) == "failed"
    assert "no such corpus" in lab.row(sprint_id).failure
    assert [t.state for t in lab.trials(sprint_id)] == ["queued"]


def test_a_trial_that_kills_its_worker_is_tried_again_then_failed(lab: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("engine.launchers.slots.BACKOFF_SECONDS", 0.01)
    sprint_id = task(lab, "die", n_trials=1, limits={"max_deaths": 1, "max_crashes": 9})
    assert local.run_foreground(lab.ws, sprint_id) == "done"
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.error_kind, trial.n_failures) == ("failed", "lost", 2)
    assert "SIGKILL" in trial.reason


def test_stop_now_interrupts_and_gives_the_trial_back(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=9, data={"sleep": 90.0}, trials=1)
    local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: [t for t in lab.trials(sprint_id) if t.fraction > 0])
    started = time.monotonic()
    local.stop(lab.ws, sprint_id, "now")
    assert lab.until_ended(sprint_id).state == "done"
    assert time.monotonic() - started < 80.0, "well before the objective's epoch ends"
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.number, trial.n_failures) == ("queued", 0, 0)


def test_stop_after_the_trial_lets_it_finish_and_starts_no_other(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=9, data={"sleep": 0.3})
    local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: lab.trials(sprint_id))
    local.stop(lab.ws, sprint_id, "trial")
    lab.until_ended(sprint_id)
    assert [t.state for t in lab.trials(sprint_id)] == ["complete"]


def test_stop_after_the_epoch_gives_the_trial_back_and_resume_repeats_it_alone(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=2, data={"sleep": 0.4})
    local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: [t for t in lab.trials(sprint_id) if t.epoch >= 1])
    params = lab.trials(sprint_id)[0].params
    local.stop(lab.ws, sprint_id, "epoch")
    lab.until_ended(sprint_id)
    assert [(t.state, t.params) for t in lab.trials(sprint_id)] == [("queued", params)]
    local.start_launcher(lab.ws, sprint_id)
    lab.until_ended(sprint_id)
    trials = lab.trials(sprint_id)
    assert [(t.state, t.attempt) for t in trials] == [("complete", 2), ("complete", 1)]
    assert trials[0].params == params


def test_a_deaf_trial_is_aborted_after_the_grace_time_and_its_worker_lives_on(lab: Any) -> None:
    sprint_id = task(lab, "deaf", n_trials=1, trials=1, limits={"grace_seconds": 0.3})
    local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: [t for t in lab.trials(sprint_id) if t.message == "training"])
    with writing(lab.ws) as session:
        commands.request_trial_stop(session, sprint_id, 0)
    lab.until(lambda: lab.trials(sprint_id)[0].state == "cancelled")
    assert lab.trials(sprint_id)[0].reason == "stopped by a person"
    assert len(lab.workers(sprint_id)) == 1


def test_a_paused_sprint_holds_after_the_epoch_and_goes_on_where_it_was(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=2, data={"sleep": 0.2})
    local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: lab.trials(sprint_id))
    with writing(lab.ws) as session:
        commands.request_pause(session, sprint_id, "epoch")
    lab.until(lambda: [t for t in lab.trials(sprint_id) if t.n_reports])
    time.sleep(0.5)
    before = [(t.number, t.state, t.n_reports) for t in lab.trials(sprint_id)]
    time.sleep(0.6)
    assert [(t.number, t.state, t.n_reports) for t in lab.trials(sprint_id)] == before
    assert before[-1][1] == "running"
    local.start_launcher(lab.ws, sprint_id)
    lab.until_ended(sprint_id)
    assert [t.attempt for t in lab.trials(sprint_id)] == [1, 1], "nothing was trained twice"


def test_stopping_one_trial_leaves_the_sprint_running_and_its_budget_whole(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=2, data={"sleep": 0.3}, trials=2)
    local.start_launcher(lab.ws, sprint_id)
    lab.until(lambda: lab.trials(sprint_id)[0].state == "running")
    with writing(lab.ws) as session:
        commands.request_trial_stop(session, sprint_id, 0)
    lab.until_ended(sprint_id)
    assert [t.state for t in lab.trials(sprint_id)] == ["cancelled", "complete", "complete"]


def test_a_trial_over_its_time_limit_is_failed(lab: Any) -> None:
    sprint_id = task(lab, "slow", n_trials=1, limits={"trial_seconds": 0.4})
    lab.work(sprint_id)
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.error_kind) == ("failed", "timeout")


def test_budgets_in_seconds_and_in_epochs_end_a_sprint_before_its_trials_do(lab: Any) -> None:
    by_time = task(lab, "slow", n_trials=50, max_seconds=1.0)
    by_epochs = lab.sprint(n_trials=50, max_epoch_equivalents=5.0)
    for sprint_id in (by_time, by_epochs):
        assert lab.work(sprint_id) == "done"
    assert len(lab.trials(by_time)) in (1, 2)  # one on a machine that is slow besides
    assert len(lab.trials(by_epochs)) == 2, "3 epochs each"


def test_cold_primed_trials_run_first_in_order_with_their_own_fold(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=5, trials=3, fidelity={"train_parts": 2, "val_parts": 3, "max_epochs": 2})
    lab.work(sprint_id)
    trials = lab.trials(sprint_id)
    assert [t.source for t in trials] == ["primed-cold"] * 3 + ["random"] * 2
    assert [(t.train_fold, t.val_fold) for t in trials] == [(0, 0), (1, 1), (0, 2), (1, 0), (0, 1)]
    assert [t.started_at for t in trials] == sorted(t.started_at for t in trials)


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


def test_points_that_break_a_constraint_are_counted(lab: Any) -> None:
    ordered = Space(dimensions=SPACE.dimensions, constraints=("x0 < x1",))
    sprint_id = lab.sprint(n_trials=30)
    with writing(lab.ws) as session:
        row = queries.sprint(session, sprint_id)
        row.space_id = commands.create_space(session, row.thread_id, ordered).id
        session.add(row)
    lab.work(sprint_id)
    view = api.get_sprint(lab.ws, sprint_id)
    assert all(t.params["x0"] < t.params["x1"] for t in lab.trials(sprint_id))
    assert view.n_rejected == sum(t.n_rejected for t in lab.trials(sprint_id))
    # Half of the square breaks it: 30 kept points take 60 draws; 0.25 is four standard deviations below a half.
    assert view.rejection_rate is not None
    assert 0.25 < view.rejection_rate < 0.75


def test_slots_side_by_side_use_the_wall_clock_once_and_gaps_not_at_all(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=9, trials=4, max_seconds=100.0)
    at = now()
    with writing(lab.ws) as session:
        for trial, (start, end) in zip(queries.trials(session, sprint_id), ((0, 10), (2, 12), (20, 25), (24, 24)),
                                       strict=True):  # fmt: skip
            trial.state, trial.seconds = "complete", float(end - start)
            trial.started_at, trial.finished_at = at + timedelta(seconds=start), at + timedelta(seconds=end)
            session.add(trial)
    assert api.get_sprint(lab.ws, sprint_id).used_seconds == pytest.approx(17.0)


def test_a_worker_stops_writing_when_the_store_is_deleted_under_it(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=1, data={"sleep": 30.0})
    local.start_launcher(lab.ws, sprint_id)
    [worker] = lab.until(lambda: lab.workers(sprint_id))
    lab.until(lambda: lab.trials(sprint_id))
    store = lab.ws.store_path
    moved = store.rename(store.with_name("moved.db"))
    try:
        lab.until(lambda: not Path(f"/proc/{worker.pid}").exists())
    finally:
        moved.rename(store)


# The store's side, without processes.


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
        stale = claims.claim_queued(session, sprint_id, one, 60.0)
        assert stale is not None
        late = now() - timedelta(seconds=1)
        session.connection().execute(queries.TRIAL.update().values(lease_until=late))
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
        assert not claims.finish_trial(session, stale, "complete", seconds=1.0, score=9.0)
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


def test_an_epoch_reported_twice_is_kept_as_it_was_first(two: Any) -> None:
    lab, sprint_id, one, _ = two
    with writing(lab.ws) as session:
        claim = claims.claim_queued(session, sprint_id, one, 60.0)
        for score in (0.1, 0.9):
            reports.report_epoch(raw(session), claim, EpochReport(step=1, phase="train", score=score))
    with reading(lab.ws) as session:
        [report] = queries.epochs(session, queries.trials(session, sprint_id)[0])
    assert report.score == 0.1


def test_a_finished_sprint_gives_no_work(two: Any) -> None:
    lab, sprint_id, one, _ = two
    with writing(lab.ws) as session:
        commands.set_sprint_state(session, sprint_id, "done")
        assert isinstance(next_assignment(session, sprint_id, one), End)


def test_waiting_does_not_count_as_a_change_of_the_store(two: Any) -> None:
    lab, sprint_id, one, _ = two
    with writing(lab.ws) as session:
        commands.set_sprint_state(session, sprint_id, "paused")
    with reading(lab.ws) as session:
        before = queries.pulse(session)
    with writing(lab.ws) as session:
        assert isinstance(next_assignment(session, sprint_id, one), Wait)
    with reading(lab.ws) as session:
        assert queries.pulse(session) == before
