"""Attack: everything that only reads is let loose on files, and not a byte, a file or a row changes."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.conftest import Shell


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes() if path.is_file() else b"", path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def database(path: Path, journal: str = "DELETE") -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("CREATE TABLE mine (n INTEGER)")
        connection.execute("INSERT INTO mine VALUES (1)")
        connection.commit()


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
@pytest.mark.parametrize("named", ["file", "url"])
def test_an_import_leaves_a_foreign_database_as_it_was(shell: Shell, journal: str, named: str) -> None:
    theirs = shell.folder / "theirs"
    theirs.mkdir()
    database(theirs / "other.db", journal)
    before = everything(theirs)
    source = f"sqlite:///{theirs}/other.db" if named == "url" else str(theirs / "other.db")
    done = shell.run("--workspace", str(shell.folder / "new" / "ws"), "import", source, "--thread", "T")
    assert done.returncode == 2
    assert everything(theirs) == before
    assert not (shell.folder / "new").exists(), "a refused import leaves no workspace behind"


@pytest.mark.parametrize(
    "table", ["x0,score\n", "x0;score\n0.5;1\n0.5\n", "", "name,x1,score\na,b,c\n", "x0,score\n0.5,1,2,3\n"]
)
def test_a_refused_import_leaves_no_thread(shell: Shell, table: str) -> None:
    ws = shell.workspace_with_a_sprint()
    (shell.folder / "t.csv").write_text(table)
    done = shell.run("--workspace", str(ws), "import", str(shell.folder / "t.csv"), "--thread", "New")
    listed = json.loads(shell.run("--workspace", str(ws), "thread", "list", "--json").stdout)["threads"]
    names = [thread["name"] for thread in listed]
    assert names == (["Imported"] if done.returncode else ["Imported", "New"])
    assert all(thread["sprints"] for thread in listed), "no thread without its sprint"


@pytest.mark.parametrize(
    "words", ["thread list", "sprint list", "review 1", "trial list 1", "--once", "space show Imported"]
)
def test_readonly_changes_no_byte_and_makes_no_file(shell: Shell, words: str) -> None:
    ws = shell.workspace_with_a_sprint()
    before = everything(ws)
    done = shell.run("--readonly", "--workspace", str(ws), *words.split())
    assert done.returncode == 0, done.stderr
    assert everything(ws) == before


@pytest.mark.parametrize(
    "words",
    ["thread notes Imported x", "sprint new Imported", "space freeze Imported x0 0.5", "export 1 {folder}/o.csv",
     "import {folder}/t.csv --thread N", "thread archive Imported", "doctor --store --back-up"],
)  # fmt: skip
def test_readonly_refuses_what_writes(shell: Shell, words: str) -> None:
    ws = shell.workspace_with_a_sprint()
    (shell.folder / "t.csv").write_text("number,param_x0,score\n0,0.5,1\n1,0.25,2\n")
    before = everything(shell.folder)
    done = shell.run("--readonly", "--workspace", str(ws), *words.format(folder=shell.folder).split())
    assert done.returncode == 2
    assert "--readonly" in done.stderr
    assert everything(shell.folder) == before


def test_a_foreign_database_is_no_store(shell: Shell) -> None:
    theirs = shell.folder / "theirs"
    theirs.mkdir()
    database(theirs / "store.db")
    before = everything(theirs)
    for words in ("thread list", "sprint list"):
        done = shell.run("--workspace", str(theirs), *words.split())
        assert done.returncode == 2
        assert "other tables: mine" in done.stderr
    assert everything(theirs)["store.db"] == before["store.db"]


@contextlib.contextmanager
def mounted_read_only(folder: Path) -> Iterator[list[str]]:
    """Words before a command that see a folder on a read-only mount."""
    words = [
        "unshare",
        "-m",
        "sh",
        "-c",
        f'mount --bind {folder} {folder} && mount -o remount,ro,bind {folder} && "$@"',
        "sh",
    ]
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs the right to mount")
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    yield words


@pytest.mark.parametrize("options", [["--readonly"], []])
@pytest.mark.parametrize("log", ["none", "left by a crash"])
def test_a_workspace_on_a_read_only_disk_can_be_looked_at(shell: Shell, options: list[str], log: str) -> None:
    ws = shell.workspace_with_a_sprint()
    if log != "none":
        connection = sqlite3.connect(ws / "store.db")
        connection.execute("UPDATE thread SET notes = 'last words'")
        connection.commit()
        for name in ("store.db", "store.db-wal"):
            shutil.copy(ws / name, shell.folder / name)
        connection.close()
        for name in ("store.db", "store.db-wal"):
            shutil.copy(shell.folder / name, ws / name)
        (ws / "store.db-shm").unlink(missing_ok=True)
    with mounted_read_only(ws) as words:
        for verb in (["review", "1"], ["thread", "show", "Imported"]):
            done = shell.run(*options, "--workspace", str(ws), *verb, within=words)
            assert done.returncode == 0, done.stderr
    if log != "none":
        assert "last words" in done.stdout
