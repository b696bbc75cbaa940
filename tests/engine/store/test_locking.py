"""Many who read and write at once: nobody is refused, nothing is lost, and who holds the lock is named."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import event, text

from engine.errors import EngineError
from engine.store import locks, queries
from engine.store.database import _engine, dispose, reading, writing, writing_raw
from engine.store.locks import StoreBusyError, begin_immediate, lock_holder
from engine.store.tables import ThreadRow
from engine.store.workspace import Workspace, open_workspace

SECONDS = 2.0
N_PROCESSES = 3


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    made = open_workspace(tmp_path / "ws", create=True)
    with writing(made) as session:
        session.add_all(ThreadRow(name=name, objective="a:B", notes="0") for name in ("session", "raw"))
    return made


def read_then_write(ws: Workspace) -> None:
    """The pattern that deadlocks two transactions which begin as readers: read a count, write the next one."""
    with writing(ws) as session:
        row = queries.thread_named(session, "session")
        assert row is not None
        row.notes = str(int(row.notes) + 1)


def read_then_write_raw(ws: Workspace) -> None:
    with writing_raw(ws) as store:
        [count] = store.run("SELECT notes FROM thread WHERE name = 'raw'", {}) or ("0",)
        store.run("UPDATE thread SET notes = :count WHERE name = 'raw'", {"count": str(int(count) + 1)})


def read_for_long(ws: Workspace) -> None:
    with reading(ws) as session:
        before = queries.pulse(session)
        time.sleep(0.05)
        assert queries.pulse(session) == before  # one picture, whoever writes meanwhile


def crowd(ws: Workspace, seconds: float = SECONDS) -> tuple[int, int]:
    """Two writers, two raw writers and two readers, in threads; returns how many writes of each kind were made."""
    until, done, problems = time.monotonic() + seconds, [0] * 6, list[BaseException]()

    def work(slot: int) -> None:
        act = (read_then_write, read_then_write_raw, read_for_long)[slot // 2]
        try:
            while time.monotonic() < until:
                act(ws)
                done[slot] += 1
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(slot,)) for slot in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems
    return done[0] + done[1], done[2] + done[3]


def test_readers_and_writers_in_threads_and_processes_all_get_their_turn(ws: Workspace, tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from engine.store.workspace import open_workspace
from tests.engine.store.test_locking import crowd
print(*crowd(open_workspace(Path({str(ws.path)!r}))))
"""
    children = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])
        for _ in range(N_PROCESSES)
    ]
    counts = [crowd(ws)]
    for child in children:
        out, _ = child.communicate(timeout=120)
        assert child.returncode == 0
        counts.append(tuple(map(int, out.split())))
    with reading(ws) as session:
        notes = {row.name: int(row.notes) for row in queries.threads(session)}
        pulse = queries.pulse(session)
    assert notes == {"session": sum(one for one, _ in counts), "raw": sum(two for _, two in counts)}
    assert pulse == 1 + sum(map(sum, counts))
    assert all(min(pair) > 0 for pair in counts)


def test_a_store_that_stays_locked_names_the_process_that_holds_it(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        f"import sqlite3, sys; c = sqlite3.connect({str(ws.store_path)!r}, isolation_level=None);"
        "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdin is not None
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    monkeypatch.setattr(locks, "BUSY_SECONDS", 0.1)
    with pytest.raises(StoreBusyError, match=f"process {holder.pid} .*sqlite3.* for 0.1 s"):
        read_then_write(ws)
    with pytest.raises(StoreBusyError, match="must be free to be written"):
        read_then_write_raw(ws)
    holder.communicate()
    read_then_write(ws)
    read_then_write_raw(ws)
    assert ws.store_path is not None
    assert lock_holder(ws.store_path) == "an unknown process"


def test_only_a_lock_is_waited_for(ws: Workspace) -> None:
    connection = sqlite3.connect(str(ws.store_path), isolation_level=None)
    connection.execute("BEGIN")
    with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
        begin_immediate(connection)
    connection.close()


def test_a_thread_that_writes_within_its_own_writing_is_told_at_once(ws: Workspace) -> None:
    with writing(ws) as session:
        session.connection().execute(text("SELECT 1"))
        with pytest.raises(AssertionError, match=r"writing to .* already"), writing_raw(ws):
            pass
    read_then_write(ws)


def test_a_failed_raw_write_leaves_nothing_and_frees_the_lock(ws: Workspace) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"), writing_raw(ws) as store:
        store.run("UPDATE thread SET notes = 'gone'", {}) or store.run("UPDATE no_table SET n = 1", {})
    read_then_write(ws)
    with reading(ws) as session:
        assert [row.notes for row in queries.threads(session)] == ["1", "0"]
    dispose(ws)


def test_opening_a_store_never_waits_for_a_writer(ws: Workspace) -> None:
    with writing(ws) as session:
        session.connection().execute(text("UPDATE pulse SET n = n"))
        code = (
            f"import pathlib; from engine.store.workspace import open_workspace as o; o(pathlib.Path({str(ws.path)!r}))"
        )
        subprocess.run([sys.executable, "-c", code], check=True, timeout=20, env=os.environ.copy())


@pytest.mark.parametrize(
    ("pragma", "message"),
    [
        ("max_page_count = 1", "the store must have room on its disk, got .*: the disk is full – make room"),
        ("query_only = ON", "the store must be a file that can be written, got .*: it can only be read"),
    ],
)
@pytest.mark.parametrize("how", ["session", "raw"])
def test_what_the_disk_refuses_is_said_and_what_was_stored_is_kept(
    ws: Workspace, pragma: str, message: str, how: str
) -> None:
    @event.listens_for(_engine(ws.url, "rw", os.getpid()), "connect")
    def refuse(handle: sqlite3.Connection, _: object) -> None:
        handle.execute(f"PRAGMA {pragma}")

    dispose(ws)
    write = {"session": write_much, "raw": write_much_raw}[how]
    with pytest.raises(EngineError, match=message):
        write(ws)
    with reading(ws) as session:
        assert {thread.name: thread.notes for thread in queries.threads(session)} == {"session": "0", "raw": "0"}


def write_much(ws: Workspace) -> None:
    with writing(ws) as session:
        session.add(ThreadRow(name="new", objective="a:B", notes="x" * 100_000))


def write_much_raw(ws: Workspace) -> None:
    with writing_raw(ws) as store:
        store.run("UPDATE thread SET notes = :notes WHERE name = 'raw'", {"notes": "x" * 100_000})
