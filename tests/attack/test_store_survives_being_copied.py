"""Attack: ``store.db`` is copied alone at every moment, damaged and migrated, and nobody's trials are gone."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from engine import api
from engine.store import copying
from engine.store.migrations import SCHEMA_VERSION
from tests.attack.conftest import Shell


def copied_alone(store: Path, to: Path) -> Path:
    """What a person has who copies the one file they know of."""
    to.mkdir(parents=True)
    shutil.copy(store, to / "store.db")
    return to


def test_a_store_alone_holds_everything_after_every_command(shell: Shell) -> None:
    ws = shell.workspace_with_a_sprint()
    for number, words in enumerate(("thread notes Imported x", "space freeze Imported x0 0.5", "sprint new Imported")):
        assert shell.run("--workspace", str(ws), *words.split()).returncode == 0
        copy = copied_alone(ws / "store.db", shell.folder / f"copy-{number}")
        assert not (ws / "store.db-wal").exists() or (ws / "store.db-wal").stat().st_size == 0
    shown = json.loads(shell.run("--workspace", str(copy), "thread", "show", "Imported", "--json").stdout)
    assert (shown["notes"], len(shown["sprints"])) == ("x", 2)


def test_a_store_just_made_is_never_empty_and_an_idle_one_is_whole(tmp_path: Path) -> None:
    ws = api.open_workspace(tmp_path / "ws", create=True)
    copy = copied_alone(ws.path / "store.db", tmp_path / "new")
    assert api.list_threads(api.open_workspace(copy)) == []
    (tmp_path / "t.csv").write_text("number,param_x0,score\n0,0.5,1\n1,0.25,2\n")
    api.import_sprint(ws, "T", str(tmp_path / "t.csv"))
    assert (ws.path / "store.db-wal").stat().st_size > 0, "somebody has it open"
    assert copying.write_back(ws)
    copy = copied_alone(ws.path / "store.db", tmp_path / "idle")
    assert [thread.name for thread in api.list_threads(api.open_workspace(copy))] == ["T"]


def test_an_empty_file_is_not_taken_for_an_empty_store(shell: Shell) -> None:
    for name, content in (("lost", None), ("cut", b"")):
        folder = shell.folder / name
        folder.mkdir()
        if content is None:
            connection = sqlite3.connect(folder / "store.db")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.close()
        else:
            (folder / "store.db").write_bytes(content)
        for words in (["thread", "list"], ["import", str(shell.folder / "t.csv"), "--thread", "T"]):
            (shell.folder / "t.csv").write_text("number,param_x0,score\n0,0.5,1\n1,0.25,2\n")
            done = shell.run("--workspace", str(folder), *words)
            assert done.returncode == 2
            assert "store.db-wal" in done.stderr


def test_a_backup_is_made_daily_and_before_a_migration_and_old_ones_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = api.open_workspace(tmp_path / "ws", create=True)
    assert copying.backups(ws) == [], "an empty store needs none"
    (tmp_path / "t.csv").write_text("number,param_x0,score\n0,0.5,1\n1,0.25,2\n")
    api.import_sprint(ws, "T", str(tmp_path / "t.csv"))
    api.open_workspace(ws.path)
    api.open_workspace(ws.path)
    [daily] = copying.backups(ws)
    assert daily.why == "daily"
    for day in range(1, 12):
        (daily.path.parent / f"store-202501{day:02d}T000000Z_daily.db").write_bytes(b"old")
    assert copying.back_up(ws, "asked") is not None
    kept = [backup.why for backup in copying.backups(ws)]
    assert (kept.count("daily"), kept.count("asked")) == (copying.MOST_DAILY, 1)
    with sqlite3.connect(ws.path / "store.db") as store:
        store.execute("DELETE FROM trimtab_schema WHERE version = ?", (SCHEMA_VERSION,))
    store.close()
    api.open_workspace(ws.path)
    before = [backup for backup in copying.backups(ws) if backup.why.startswith("before-schema")]
    assert len(before) == 1
    with sqlite3.connect(before[0].path) as old:
        assert old.execute("SELECT max(version) FROM trimtab_schema").fetchone() == (SCHEMA_VERSION - 1,)
    old.close()


def test_doctor_finds_what_is_broken_and_goes_back(shell: Shell) -> None:
    ws = shell.workspace_with_a_sprint()
    at = ("--workspace", str(ws))
    assert shell.run(*at, "doctor", "--store", "--back-up").returncode == 0
    with sqlite3.connect(ws / "store.db") as store:
        store.execute("PRAGMA foreign_keys = OFF")
        store.execute("UPDATE trial SET state = 'lost' WHERE number = 3")
        store.execute("DELETE FROM trial WHERE number = 7")
        store.execute("UPDATE thread SET head_space_id = 99")
    store.close()
    done = shell.run(*at, "doctor", "--store")
    assert done.returncode == 1
    for rule in ("known state", "without a gap", "a space of its own"):
        assert rule in done.stdout
    done = shell.run(*at, "doctor", "--store", "--restore")
    assert done.returncode == 0, done.stdout
    assert "all " in done.stdout
    assert shell.run(*at, "trial", "list", "1").stdout.count("complete") == 20
    assert len(list(ws.glob("backups/replaced-*/store.db"))) == 1, "nothing is thrown away"
    (ws / "store.db").write_bytes(b"SQLite format 3\x00" + b"garbage" * 500)
    assert shell.run(*at, "doctor", "--store").returncode == 1
    assert shell.run(*at, "doctor", "--store", "--restore").returncode == 0
    assert shell.run(*at, "sprint", "list").returncode == 0
