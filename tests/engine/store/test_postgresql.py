"""The same store on a real PostgreSQL server; skipped where there is no server program or no psycopg."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.launchers.supervisor import Supervisor
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.store import commands, queries
from engine.store.database import create_store, dispose, reading, writing
from engine.store.tables import SprintRow, ThreadRow
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
