"""Databases of others are read without a trace, whatever state a crash or a running program left them in."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.boundary.own_files import is_store
from engine.boundary.sqlite_files import at_rest, is_sqlite, open_read_only, private_copy, tables_of


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def database(path: Path, journal: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.execute("CREATE TABLE studies (n INTEGER)")
    connection.execute("INSERT INTO studies VALUES (42)")
    return connection


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
@pytest.mark.parametrize("state", ["closed", "in use", "crashed"])
def test_reading_leaves_a_database_and_its_folder_as_they_were(tmp_path: Path, journal: str, state: str) -> None:
    made, folder = tmp_path / "made.db", tmp_path / "theirs"
    folder.mkdir()
    path = folder / "study.db"
    connection = database(path if state == "in use" else made, journal)
    if state == "closed":
        connection.close()
    if state != "in use":
        for beside in tmp_path.glob("made.db*"):
            if not beside.name.endswith("-shm"):
                shutil.copy(beside, folder / beside.name.replace("made", "study"))
    before = {name: content for name, (content, _) in everything(folder).items() if not name.endswith("-shm")}
    names = set(folder.iterdir())
    assert tables_of(path) == {"studies"}
    with open_read_only(path) as opened:
        assert opened.execute("SELECT n FROM studies").fetchall() == [(42,)]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            opened.execute("CREATE TABLE ours (n)")
    with private_copy(path) as copy, closing(sqlite3.connect(copy)) as opened:
        opened.execute("CREATE TABLE ours (n)")
    assert set(folder.iterdir()) == names
    after = {name: content for name, (content, _) in everything(folder).items() if not name.endswith("-shm")}
    assert after == before
    connection.close()


def test_what_is_no_database_has_no_tables(tmp_path: Path) -> None:
    for name, content in {"empty": b"", "text": b"hello", "magic": b"SQLite format 3\x00" + b"\x00" * 200}.items():
        (tmp_path / name).write_bytes(content)
        assert tables_of(tmp_path / name) == frozenset()
        assert not is_store(tmp_path / name)
    assert not is_sqlite(tmp_path)
    assert not is_sqlite(tmp_path / "absent")
    assert tables_of(tmp_path / "absent") == frozenset()
    assert at_rest(tmp_path / "empty")
