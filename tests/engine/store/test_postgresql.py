"""The same store on a real PostgreSQL server; skipped where there is no server program or no psycopg."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.launchers.supervisor import Supervisor
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.store import claims, commands, queries
from engine.store.database import N_PULSES, create_store, dispose, reading, writing
from engine.store.driver_connection import raw
from engine.store.tables import SprintRow, ThreadRow, TrialRow
from engine.store.workspace import Workspace, open_workspace

pytest.importorskip("psycopg")

PROGRAMS = next(
    (p for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True) if (p / "initdb").exists()), None
)
SPACE = Space(dimensions=tuple(Dimension(name=f"x{i}", kind="float", low=0.0, high=1.0) for i in range(3)))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own on a free port; it refuses to run as root, so it runs as ``postgres`` then."""
    if PROGRAMS is None or (os.geteuid() == 0 and shutil.which("su") is None):
        pytest.skip("no PostgreSQL server here")
    folder = Path("/tmp") / f"trimtab-pg-{os.getpid()}"
    folder.mkdir()
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def pg(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(PROGRAMS / program), "-D", str(folder / "data"), *arguments],
            user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60,
        )  # fmt: skip

    try:
        pg("initdb", "-A", "trust", "-U", "postgres")
        pg("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-p {port} -k {folder}", "start")
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        pg("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def ws(server: str, tmp_path: Path) -> Iterator[Workspace]:
    made = open_workspace(tmp_path / "ws", server, create=True)
    yield made
    dispose(made)


def test_creating_twice_and_reading_only_hold_there_too(ws: Workspace) -> None:
    create_store(ws)
    with pytest.raises(Exception, match="read-only"), reading(ws) as session:
        session.connection().exec_driver_sql("UPDATE pulse SET n = 0")


def test_three_workers_run_a_sprint_with_every_trial_once(ws: Workspace) -> None:
    with writing(ws) as session:
        options = {"model": {"function": "hartmann3"}, "data": {"sleep": 0.01}}
        row = ThreadRow(
            name=f"t{time.time()}",
            objective="engine.objectives.synthetic:Synthetic",
            options=options,
            base_dir=str(ws.path),
        )
        thread = commands.create_thread(session, row, SPACE)
        sprint = SprintRow(
            thread_id=thread.id, space_id=thread.head_space_id, stage="1E", label="1E_v1", n_trials=24, n_random=15,
            sampler="tpe", pruner="hyperband", state="running", fidelity={"max_epochs": 5},
        )  # fmt: skip
        commands.create_sprint(session, sprint)
        sprint_id = sprint.id
    assert sprint_id is not None
    assert Supervisor(ws, sprint_id, slots=3).run() == "done"
    with reading(ws) as session:
        trials = queries.trials(session, sprint_id)
        finished = [
            e.number
            for e in queries.events(session, sprint_id=sprint_id)
            if e.kind in ("trial.complete", "trial.pruned")
        ]
    assert [t.number for t in trials] == list(range(24))
    assert {t.state for t in trials} <= {"complete", "pruned"}
    assert sorted(finished) == list(range(24))


def test_a_queued_trial_is_claimed_while_another_worker_holds_the_sprints_row(ws: Workspace) -> None:
    with writing(ws) as session:
        row = ThreadRow(name=f"t{time.time()}", objective="o:O", options={}, base_dir=str(ws.path))
        thread = commands.create_thread(session, row, SPACE)
        plan = SprintRow(
            thread_id=thread.id, space_id=thread.head_space_id, stage="1E", label="1E_v1", n_trials=2, state="running",
            fidelity={"max_epochs": 1},
        )  # fmt: skip
        commands.create_sprint(session, plan, [TrialRow(params={}, sprint_id=0, number=0) for _ in range(2)])
        assert plan.id is not None
    taken = []

    def claim() -> None:
        with writing(ws) as session:
            taken.append(claims.claim_queued(raw(session), plan.id or 0, 7, 60.0, if_free=True))

    with writing(ws) as session:
        session.get(SprintRow, plan.id, populate_existing=True, with_for_update=True)
        claims.claim_queued(raw(session), plan.id, 8, 60.0)
        beside = threading.Thread(target=claim)
        beside.start()
        beside.join(timeout=10)
        assert [one and one.number for one in taken] == [1], "it waits for the sprint's row, or for the other's trial"


def test_writers_of_a_server_count_in_rows_of_their_own_and_the_pulse_is_their_sum(ws: Workspace) -> None:
    with reading(ws) as session:
        before = queries.pulse(session)
    with writing(ws) as session:
        session.connection().exec_driver_sql("UPDATE pulse SET n = n WHERE id = 1")  # another process's row is taken
        done = threading.Thread(target=_count_once, args=(ws,))
        if 1 + os.getpid() % N_PULSES != 1:
            done.start()
            done.join(timeout=10)
            assert not done.is_alive()
    with reading(ws) as session:
        assert queries.pulse(session) > before


def _count_once(ws: Workspace) -> None:
    with writing(ws):
        pass
