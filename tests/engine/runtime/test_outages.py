"""An outage of the store is a pause: nobody's failure, nothing lost, nothing twice, and the training goes on meanwhile.

Quick versions with seconds of outage; `test_long_outages` has those of the promise.
"""

import itertools
import json
import os
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from engine import api
from engine.errors import EngineError
from engine.launchers import local
from engine.launchers.supervisor import Supervisor
from engine.processes import identify
from engine.store import claims, locks, queries
from engine.store.database import dispose, reading, writing
from engine.store.driver_connection import raw
from engine.store.outages import StoreBusyError, StoreDiskError, StoreOutageError, StoreUnreachableError, outage_in
from engine.store.outbox import FILE, Outbox, settle
from engine.store.patience import Outages, outage_notices, patience_seconds
from engine.store.reclaim import find_lost
from engine.store.workspace import Workspace, open_workspace
from engine.trials.limits import Limits
from engine.trials.states import TrialState
from engine.trials.trial import EpochReport
from engine.worker.loop import Worker
from tests.engine.postgres import PostgresServer, is_available
from tests.engine.runtime.conftest import Lab
from tests.engine.runtime.tasks import task

NO_RETRY = {"max_deaths": 0, "max_errors": 0, "max_crashes": 1}
"""The first failure of anything is final: an outage that counted against a trial would show."""


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.worker.context.LOCK_SECONDS", 0.2)
    monkeypatch.setattr("engine.worker.heartbeat.LOCK_SECONDS", 0.2)


@contextmanager
def locked(ws: Workspace) -> Iterator[None]:
    """Somebody else's program holds the store's write lock."""
    with closing(sqlite3.connect(str(ws.store_path), isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def assert_undisturbed(lab: Lab, sprint_id: int, n_trials: int, n_epochs: int) -> None:
    """Every trial complete in its first attempt, every epoch and every event once."""
    trials = lab.trials(sprint_id)
    assert [t.number for t in trials] == list(range(n_trials))
    told = [(t.state, t.attempt, t.n_failures) for t in trials]
    assert told == [("complete", 1, 0)] * n_trials, "\n".join(
        f"#{t.number}: {t.reason}\n{t.error_text}" for t in trials
    )
    with reading(lab.ws) as session:
        curves = queries.sprint_epochs(session, sprint_id)
        kinds = Counter((e.kind, e.number) for e in queries.events(session, sprint_id=sprint_id, limit=10_000))
    for trial in trials:
        assert [report.step for report in curves[trial.number]] == list(range(1, n_epochs + 1))
        assert kinds[("trial.complete", trial.number)] == 1
        assert not (lab.ws.run_dir(sprint_id, trial.number) / FILE).exists()


def test_a_training_goes_on_while_the_store_is_locked_and_its_reports_arrive_once(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=1, data={"sleep": 0.1}, fidelity={"max_epochs": 30}, limits=NO_RETRY)
    worker = threading.Thread(target=lambda: Worker(lab.ws, sprint_id).run())
    worker.start()
    lab.until(lambda: lab.trials(sprint_id) and lab.trials(sprint_id)[0].epoch >= 2)
    with locked(lab.ws):
        file = lab.ws.run_dir(sprint_id, 0) / FILE
        lab.until(lambda: file.exists() and len(file.read_text().splitlines()) >= 6)
        known = lab.trials(sprint_id)[0].epoch
        waiting = [json.loads(line)["step"] for line in file.read_text().splitlines()[1:]]
        assert waiting == list(range(known + 1, known + 1 + len(waiting))), "on disk, in order"
    worker.join(120)
    assert_undisturbed(lab, sprint_id, 1, 30)
    with reading(lab.ws) as session:
        [curve] = queries.sprint_epochs(session, sprint_id).values()
    times = [report.at for report in curve]
    assert max(b - a for a, b in itertools.pairwise(times)) < 2.0, "no epoch waited for the lock"


def test_a_lock_at_every_moment_of_a_workers_life_is_waited_out(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks longer than anybody waits in one call, whenever they come: at the claim, between epochs, at the end."""
    monkeypatch.setattr(locks, "BUSY_SECONDS", 0.2)
    sprint_id = lab.sprint(n_trials=6, data={"sleep": 0.02}, limits=NO_RETRY)
    ended = threading.Event()

    def lock_again_and_again() -> None:
        while not ended.wait(0.15):
            with locked(lab.ws):
                ended.wait(0.5)

    other = threading.Thread(target=lock_again_and_again)
    other.start()
    try:
        state = lab.work(sprint_id)
    finally:
        ended.set()
        other.join()
    assert state == "done"
    assert_undisturbed(lab, sprint_id, 6, 3)


def test_a_launcher_and_its_workers_wait_out_a_lock_and_say_so(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "BUSY_SECONDS", 0.5)
    sprint_id = lab.sprint(n_trials=4, data={"sleep": 0.3}, limits=NO_RETRY)
    said: list[str] = []
    supervisor = Supervisor(lab.ws, sprint_id, slots=1, say=said.append)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    lab.until(lambda: any(t.epoch for t in lab.trials(sprint_id)))
    with locked(lab.ws):
        lab.until(lambda: said and len(outage_notices(lab.ws, sprint_id)))
        [alarm, *_] = (a for a in api.get_sprint(lab.ws, sprint_id).alarms if a.startswith("Store unavailable since"))
        assert "Training continues; reports arrive when the store is back." in alarm
    thread.join(120)
    assert said[0].startswith("Store unavailable: the store must be free")
    assert "Waiting up to 10 min; training continues." in said[0]
    assert said[1].startswith("Store available again after ")
    assert lab.row(sprint_id).state == "done"
    assert_undisturbed(lab, sprint_id, 4, 3)
    assert outage_notices(lab.ws, sprint_id) == []


def test_an_epoch_reported_during_an_outage_is_judged_by_the_pruner_afterwards(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=1, pruner="hyperband", fidelity={"max_epochs": 9})
    worker = Worker(lab.ws, sprint_id)
    claim = lab_claim(lab, sprint_id, worker.id)
    trial = worker._context(claim)
    asked: list[int] = []
    trial._judge = lambda step: asked.append(step) or ""
    with locked(lab.ws):
        assert trial.report(1, 0.5, {})
        assert trial.report(2, 0.5, {})
        assert asked == []
    trial._outages.over()
    assert trial.report(3, 0.5, {})
    assert asked == [1, 2, 3]
    trial.close()


def lab_claim(lab: Any, sprint_id: int, worker_id: int) -> claims.Claim:
    from engine.store import commands
    from engine.store.tables import TrialRow

    with writing(lab.ws) as session:
        row = queries.sprint(session, sprint_id)
        commands.add_trials(session, row, [TrialRow(params={"x0": 0.1}, state="queued", sprint_id=0, number=0)])
        claim = claims.claim_queued(raw(session), sprint_id, worker_id, 60.0)
    assert claim is not None
    return claim


def test_what_a_dead_worker_had_on_disk_is_delivered_by_whoever_takes_its_trial(lab: Any) -> None:
    """A trial that was finished while the store was away is not trained again."""
    sprint_id = lab.sprint(n_trials=1)
    worker = Worker(lab.ws, sprint_id)
    claim = lab_claim(lab, sprint_id, worker.id)
    run_dir = lab.ws.run_dir(sprint_id, 0)
    run_dir.mkdir(parents=True)
    box = Outbox(run_dir, claim)
    for step in (1, 2, 3):
        box.add(EpochReport(step=step, phase="train", score=step / 10, metrics={"loss": float("nan")}, at=1e9 + step))
    box.save({"state": "complete", "seconds": 3.0, "score": 0.3, "reason": ""})
    with writing(lab.ws) as session:  # it dies
        session.get(queries.WorkerRow, worker.id).pid = 2**22 - 3
    assert lab.work(sprint_id) == "done"
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.score, trial.attempt, trial.n_failures) == ("complete", 0.3, 1, 0)
    with reading(lab.ws) as session:
        assert [r.at for r in queries.epochs(session, trial)] == [1e9 + 1, 1e9 + 2, 1e9 + 3]
    assert not (run_dir / FILE).exists()


def test_what_a_fenced_worker_left_changes_nothing_and_a_damaged_file_neither(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=2)
    worker = Worker(lab.ws, sprint_id)
    stale = lab_claim(lab, sprint_id, worker.id)
    run_dir = lab.ws.run_dir(sprint_id, 0)
    run_dir.mkdir(parents=True)
    box = Outbox(run_dir, stale)
    box.add(EpochReport(step=1, phase="train", score=9.0, at=1.0))
    box.save({"state": "complete", "seconds": 1.0, "score": 9.0})
    with writing(lab.ws) as session:
        assert claims.release_trial(session, stale, "")
        assert claims.claim_queued(raw(session), sprint_id, worker.id, 60.0) is not None
    with reading(lab.ws) as session:
        [lost] = find_lost(session, sprint_id, Limits(), me=worker.id)
    settle(lab.ws, sprint_id, lost)
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.score, trial.n_reports) == ("running", None, 0)
    (run_dir / FILE).write_text('{"claim": {"trial_id": 1}}\n{"step": "x"')
    settle(lab.ws, sprint_id, lost)
    assert not (run_dir / FILE).exists()


def test_an_outcome_whose_answer_was_lost_is_written_once(lab: Any) -> None:
    """The server took the write and the connection broke before it said so: the second try finds it done."""
    sprint_id = lab.sprint(n_trials=1)
    worker = Worker(lab.ws, sprint_id)
    claim = lab_claim(lab, sprint_id, worker.id)
    for _ in range(2):
        with writing(lab.ws) as session:
            assert claims.finish_trial(session, claim, TrialState.COMPLETE, seconds=1.0, score=0.5)
            claims.record_test_opening(session, claim, {"test_f1": 0.1})
    assert lab.kinds(sprint_id).count("trial.complete") == 1
    assert lab.kinds(sprint_id).count(queries.TEST_OPENED) == 1
    with writing(lab.ws) as session:
        assert not claims.release_trial(session, claim, "")


def test_patience_ends_and_what_was_trained_is_on_disk(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIMTAB_STORE_PATIENCE", "0.5")
    monkeypatch.setattr(locks, "BUSY_SECONDS", 0.1)
    sprint_id = lab.sprint(n_trials=1, data={"sleep": 0.05}, limits=NO_RETRY)
    raised: list[BaseException] = []

    def work() -> None:
        try:
            Worker(lab.ws, sprint_id).run()
        except StoreOutageError as error:
            raised.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    lab.until(lambda: lab.trials(sprint_id) and lab.trials(sprint_id)[0].n_reports > 0)
    with locked(lab.ws):
        worker.join(120)
    assert isinstance(raised[0], StoreBusyError)
    with writing(lab.ws) as session:  # its process is dead
        [row] = queries.workers(session, sprint_id, open_only=True)
        row.pid = 2**22 - 3
    assert lab.work(sprint_id) == "done"
    assert_undisturbed(lab, sprint_id, 1, 3)


def test_patience_must_be_a_number_of_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert patience_seconds() == 600.0
    monkeypatch.setenv("TRIMTAB_STORE_PATIENCE", "90")
    assert patience_seconds() == 90.0
    for wrong in ("soon", "-1", "nan", "inf"):
        monkeypatch.setenv("TRIMTAB_STORE_PATIENCE", wrong)
        with pytest.raises(EngineError, match="must be a number of seconds"):
            patience_seconds()


def test_only_what_passes_is_waited_out(lab: Any) -> None:
    outages = Outages(lab.ws, lambda text: None)
    with pytest.raises(ValueError, match="a mistake"):
        outages.wait_out(lambda: (_ for _ in ()).throw(ValueError("a mistake")))
    for code, kind in ((sqlite3.SQLITE_FULL, StoreDiskError), (sqlite3.SQLITE_BUSY, StoreBusyError)):
        error = sqlite3.OperationalError("x")
        error.sqlite_errorcode = code
        assert type(outage_in(lab.ws, error)) is kind
    for code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_ERROR):
        error = sqlite3.OperationalError("x")
        error.sqlite_errorcode = code
        assert outage_in(lab.ws, error) is None


def test_a_refused_login_is_no_outage_and_a_stopped_server_is_one(tmp_path: Path) -> None:
    psycopg = pytest.importorskip("psycopg")
    ws = Workspace(tmp_path, "postgresql+psycopg://me:secret@host/db")
    stopped = outage_in(ws, psycopg.OperationalError("connection failed: Connection refused Is the server running on"))
    assert isinstance(stopped, StoreUnreachableError)
    assert "secret" not in str(stopped)
    assert stopped.message.endswith("connection failed: Connection refused")
    for words in ('password authentication failed for user "me"', 'FATAL: database "db" does not exist'):
        assert outage_in(ws, psycopg.OperationalError(words)) is None
    assert isinstance(outage_in(ws, psycopg.errors.AdminShutdown("x")), StoreUnreachableError)
    assert isinstance(outage_in(ws, psycopg.errors.LockNotAvailable("x")), StoreBusyError)
    assert outage_in(ws, psycopg.errors.UniqueViolation("x")) is None


def test_a_trial_that_failed_by_mistake_is_brought_back_with_its_number_and_parameters(lab: Any) -> None:
    sprint_id = task(lab, "raise once", n_trials=2)
    assert lab.work(sprint_id) == "failed"
    before = [(t.state, t.params) for t in lab.trials(sprint_id)]
    assert [state for state, _ in before] == ["failed", "failed"]
    view = api.retry_trials(lab.ws, sprint_id, [1])
    assert [v.number for v in view] == [1]
    local.begin(lab.ws, sprint_id, 1)
    assert lab.work(sprint_id) == "done"
    assert [t.state for t in lab.trials(sprint_id)] == ["failed", "complete"]
    api.retry_trials(lab.ws, sprint_id)
    local.begin(lab.ws, sprint_id, 1)
    assert lab.work(sprint_id) == "done"
    assert [(t.state, t.params) for t in lab.trials(sprint_id)] == [("complete", params) for _, params in before]
    with pytest.raises(EngineError, match="must have failed to be retried, got #0: complete"):
        api.retry_trials(lab.ws, sprint_id, [0])


# A real server.


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    pytest.importorskip("psycopg")
    if not is_available():
        pytest.skip("no PostgreSQL server here")
    made = PostgresServer()
    yield made
    made.close()


def on_server(server: PostgresServer, tmp_path: Path, name: str) -> Lab:
    return Lab(open_workspace(tmp_path / "ws", server.create(name), create=True))


def test_a_server_stopped_under_four_workers_costs_no_trial(
    server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    lab = on_server(server, tmp_path, "stopped")
    sprint_id = lab.sprint(n_trials=16, data={"sleep": 0.15}, fidelity={"max_epochs": 6}, limits=NO_RETRY)
    supervisor = Supervisor(lab.ws, sprint_id, slots=4, say=lambda text: None)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        for n, mode in enumerate(("fast", "immediate")):
            lab.until(lambda n=n: sum(t.state == "complete" for t in lab.trials(sprint_id)) >= 1 + 4 * n)
            server.stop(mode)
            time.sleep(1.0)
            server.start()
        thread.join(180)
        assert not thread.is_alive()
        assert lab.row(sprint_id).state == "done"
        assert_undisturbed(lab, sprint_id, 16, 6)
    finally:
        lab.kill_all()
        dispose(lab.ws)


# Real disks.


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a small file system in memory with the given options."""
    mounted: list[Path] = []

    def mount(options: str) -> Path:
        point = tmp_path / "disk"
        point.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(point)], check=False, capture_output=True
        )
        if done.returncode != 0:
            pytest.skip("needs the right to mount a file system")
        mounted.append(point)
        return point

    if os.geteuid() != 0:
        pytest.skip("needs the right to mount a file system")
    yield mount
    for point in mounted:
        subprocess.run(["umount", "-l", str(point)], check=True)


def fill(file: Path) -> None:
    """Take all the room there is."""
    with suppress(OSError), file.open("wb", buffering=0) as ballast:
        while True:
            ballast.write(b"0" * 4096)


def start_on(disk: Path, **facts: Any) -> tuple[Lab, int, int]:
    lab = Lab(open_workspace(disk / "ws", create=True))
    sprint_id = lab.sprint(n_trials=8, data={"sleep": 0.2}, limits=NO_RETRY, **facts)
    info = local.start_launcher(lab.ws, sprint_id, slots=2)
    lab.until(lambda: sum(t.state == "complete" for t in lab.trials(sprint_id)) >= 1)
    return lab, sprint_id, info.pid


def finish_on(lab: Lab, sprint_id: int, pid: int) -> None:
    try:
        assert lab.until_ended(sprint_id).state == "done"
        assert_undisturbed(lab, sprint_id, 8, 3)
        lab.until(lambda: identify(pid) is None)
    finally:
        lab.kill_all()
        dispose(lab.ws)


def test_a_full_disk_that_is_emptied_costs_no_trial(
    small_disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    disk = small_disk("size=12m")
    lab, sprint_id, pid = start_on(disk)
    fill(disk / "ballast")
    time.sleep(3.0)
    (disk / "ballast").unlink()
    finish_on(lab, sprint_id, pid)


def test_a_disk_out_of_inodes_costs_no_trial(
    small_disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    disk = small_disk("size=64m,nr_inodes=80")
    lab, sprint_id, pid = start_on(disk)
    (disk / "many").mkdir()
    with suppress(OSError):
        for n in range(1000):
            (disk / "many" / str(n)).touch()
    time.sleep(3.0)
    for file in (disk / "many").iterdir():
        file.unlink()
    finish_on(lab, sprint_id, pid)


def test_a_read_only_remount_costs_no_trial(small_disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Read-only for whatever is opened from now on: a file system that is written to cannot be remounted as a whole."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    disk = small_disk("size=64m")
    lab, sprint_id, pid = start_on(disk)
    (disk / "staged").mkdir()
    for words in (
        ["--make-private", str(disk)],
        ["--bind", str(disk / "ws"), str(disk / "staged")],
        ["-o", "remount,bind,ro", str(disk / "staged")],
        ["--move", str(disk / "staged"), str(disk / "ws")],
    ):
        subprocess.run(["mount", *words], check=True)
    try:
        with pytest.raises(OSError, match="Read-only"):
            (disk / "ws" / "x").touch()
        time.sleep(3.0)
    finally:
        subprocess.run(["umount", "-l", str(disk / "ws")], check=True)
    finish_on(lab, sprint_id, pid)
