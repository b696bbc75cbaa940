"""Attack: every output is aimed at what must not be lost, and everything is still there afterwards."""

import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.attack.conftest import Shell

PERSONS = "years of work\n"


def contents(folder: Path) -> dict[str, str]:
    """What is in a folder, its files by their digest; what SQLite alone uses is left out."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if "backups" not in path.parts  # a copy a day of its store is the workspace's own doing
        if path.is_file() and not path.name.endswith(("-wal", "-shm", ".lock"))
    }


TARGETS = {
    "store.db --format csv": "the store itself",
    "store.db --format csv --force": "the store itself, asked twice",
    "store.db --format json --force": "the store as JSON",
    "store.db --format parquet --force": "the store as Parquet",
    "store.db --format optuna": "Optuna's tables in the store",
    "sqlite:///{ws}/store.db --format mlflow": "MLflow's tables in the store",
    "store.db-wal --format csv --force": "the store's log",
    "link.csv --force": "the store through a link",
    "runs/1/0/log.csv": "a trial's own folder",
    "logs/trials.csv": "the logs' folder",
    "notes.csv": "a person's file",
    "notes.csv --format json": "a person's file as JSON",
    "other.db --format optuna": "another program's database",
    "sqlite:///{ws}/other.db --format mlflow": "another program's database",
    "notes.csv --format optuna": "a text for a database",
    "album --format mlflow": "a person's folder",
}


@pytest.mark.parametrize("target", TARGETS, ids=list(TARGETS.values()))
def test_an_export_over_something_is_refused_and_changes_nothing(shell: Shell, target: str) -> None:
    if "parquet" in target:
        pytest.importorskip("pyarrow")
    if "mlflow" in target:
        pytest.importorskip("mlflow")
    ws = shell.workspace_with_a_sprint()
    (ws / "link.csv").symlink_to(ws / "store.db")
    (ws / "notes.csv").write_text(PERSONS)
    (ws / "album").mkdir()
    (ws / "album" / "photo.jpg").write_text(PERSONS)
    subprocess.run(
        [sys.executable, "-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('CREATE TABLE mine (n)')",
         str(ws / "other.db")], check=True,
    )  # fmt: skip
    before = contents(ws)
    words = target.format(ws=ws).split()
    place = words[0] if "://" in words[0] else str(ws / words[0])
    done = shell.run("--workspace", str(ws), "export", "1", place, *words[1:])
    assert contents(ws) == before
    assert done.returncode == 2
    assert done.stderr.startswith("trimtab: ")
    assert "Traceback" not in done.stderr
    assert "1  " in shell.run("--workspace", str(ws), "sprint", "list").stdout


def test_an_export_adds_to_an_optuna_storage_and_forced_it_replaces_a_file(shell: Shell) -> None:
    ws = shell.workspace_with_a_sprint()
    for study in ("a", "b"):
        done = shell.run("--workspace", str(ws), "export", "1", f"sqlite:///{shell.folder}/o.db", "--study", study)
        assert done.returncode == 0
    (shell.folder / "t.csv").write_text("old")
    done = shell.run("--workspace", str(ws), "export", "1", str(shell.folder / "t.csv"), "--force")
    assert (done.returncode, (shell.folder / "t.csv").read_text().startswith("number,")) == (0, True)
    assert [path.name for path in shell.folder.iterdir() if ".part" in path.name] == []


@pytest.mark.parametrize("target", ["notes.txt", "ws/store.db", "ws/runs/x.json", "ws/link"])
@pytest.mark.parametrize("force", [False, True])
def test_a_corpus_is_written_to_a_free_place_only(shell: Shell, target: str, force: bool) -> None:
    ws = shell.workspace_with_a_sprint()
    (ws / "link").symlink_to(ws / "store.db")
    (shell.folder / "notes.txt").write_text(PERSONS)
    before = contents(shell.folder)
    words = ["data", "sample", "--documents", "1", "--out", str(shell.folder / target), *(["--force"] * force)]
    done = shell.run(*words)
    if target == "notes.txt" and force:
        assert done.returncode == 0
        return
    assert contents(shell.folder) == before
    assert done.returncode == 2


@pytest.mark.parametrize("what", ["notes", "store", "own folder"])
def test_a_training_writes_to_a_free_folder_only(shell: Shell, what: str) -> None:
    ws = shell.workspace_with_a_sprint()
    thread = shell.folder / "joint.yaml"
    thread.write_text(
        "thread: t\nmodel: {encoder: tiny}\ndata: {atlas: {documents: 10}}\nspace: {lr: {type: float, low: 0, high: 1}}"
    )
    album = shell.folder / "album"
    album.mkdir()
    (album / "card.json").write_text(PERSONS)
    (album / "model.safetensors").write_text(PERSONS)
    out = {"notes": album, "store": ws, "own folder": ws / "runs" / "mine"}[what]
    before = contents(shell.folder)
    done = shell.run("train", str(thread), "--epochs", "1", "--out", str(out), "--device", "cpu")
    assert contents(shell.folder) == before
    assert done.returncode == 2


def test_the_demos_leave_a_persons_files_as_they_are(shell: Shell) -> None:
    mine = shell.folder / "mine"
    mine.mkdir()
    names = ("demo.yaml", "recording.json", "digits.py", "digits.yaml", "train.py")
    for name in names:
        (mine / name).write_text(PERSONS)
    before = contents(mine)
    done = shell.run("--workspace", str(mine), "demo", "--recorded", "--headless")
    assert done.returncode == 2, "names of the recording are taken"
    assert contents(mine) == before
    (mine / "recording.json").unlink()
    for name in ("digits.py", "digits.yaml"):
        (mine / name).unlink()
    shell.run(
        "--workspace", str(mine), "demo", "--headless", "--trials", "2", "--objective",
        "engine.objectives.synthetic:Synthetic",
    )  # fmt: skip
    assert (mine / "demo.yaml").read_text() == PERSONS
    assert (mine / "store.db").exists()


def test_two_exports_to_one_place_at_once_leave_one_whole_file(shell: Shell) -> None:
    ws = shell.workspace_with_a_sprint()
    codes: list[int] = []

    def write() -> None:
        codes.append(shell.run("--workspace", str(ws), "export", "1", str(shell.folder / "t.json")).returncode)

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [0, 2, 2]
    whole = (shell.folder / "t.json").read_text()
    assert whole.endswith("}\n")


def test_a_new_store_beside_old_runs_writes_into_none_of_their_folders(shell: Shell) -> None:
    (shell.folder / "thread.yaml").write_text(
        "thread: A\nobjective: engine.objectives.synthetic:Synthetic\nmodel: {function: hartmann3}\nspace:\n"
        "  x0: {type: float, low: 0.0, high: 1.0}\n  x1: {type: float, low: 0.0, high: 1.0}\n"
        "  x2: {type: float, low: 0.0, high: 1.0}\nstages:\n  1E: {n_trials: 1, n_random: 1}\n"
    )
    runs = shell.folder / "ws" / "runs"
    for number in (1, 2):
        (runs / str(number) / "0").mkdir(parents=True)
        (runs / str(number) / "0" / "log.txt").write_text(PERSONS)
    before = contents(runs)
    assert shell.run("--workspace", "ws", "thread", "new", "thread.yaml").returncode == 0
    made = shell.run("--workspace", "ws", "sprint", "new", "A", "--stage", "1E", "--json")
    assert made.returncode == 0, made.stderr
    done = shell.run("--workspace", "ws", "sprint", "run", "3")
    assert done.returncode == 0, done.stderr
    after = contents(runs)
    assert {name: digest for name, digest in after.items() if name.split("/")[0] in ("1", "2")} == before
    assert (runs / "3" / "0").is_dir()
