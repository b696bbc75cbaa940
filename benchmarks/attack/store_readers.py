"""Readers of what other stores hold: imports of every format, recordings."""

import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from reader_mutants import csv_mutant, json_mutant
from reader_target import Target, binary_mutant, damaged_file

from engine import api

TABLE = b"""\
number,state,score,seconds,reason,param_lr,param_layers,param_head
0,complete,0.41,12.5,,0.001,3,linear
1,complete,0.52,11.0,,1e-4,5,mlp
2,failed,,3.25,out of memory,0.1,8,mlp
3,pruned,0.11,1.0,,0.02,1,"a, b"
"""


FOREIGN_TABLE = b"""\
Name;Created;lr;batch;val/loss\r
run-1;2024-11-02T10:00:00;0,001;16;0,5\r
run-2;2024-11-02T11:00:00;0,01;32;0,7\r
"""


@cache
def workspace_with_sprint(folder: Path) -> api.Workspace:
    """A workspace with a thread and a finished sprint."""
    folder.mkdir()
    file = folder / "thread.yaml"
    file.write_bytes(
        b"thread: Hartmann\nobjective: engine.objectives.synthetic:Synthetic\nmodel: {function: hartmann3}\nspace:\n"
        b"  x0: {type: float, low: 0, high: 1}\n  x1: {type: float, low: 0.01, high: 1, log: true}\n"
        b"  head: {type: categorical, choices: [a, b, c]}\n"
    )
    ws = api.open_workspace(folder, create=True)
    api.create_thread(ws, api.load_thread_file(file))
    table = folder / "in.csv"
    rows = "".join(f"{i / 20},{0.02 + i / 25},{'abc'[i % 3]},{i}\n" for i in range(20))
    table.write_text(f"param_x0,param_x1,param_head,score\n{rows}", encoding="utf-8")
    api.import_sprint(ws, "Hartmann", str(table))
    return ws


def _import(path: Path) -> None:
    ws = workspace_with_sprint(path.parent / "ws")
    api.import_sprint(ws, f"new{len(api.list_threads(ws))}", str(path), score="")


@cache
def _exported(folder: Path, suffix: str) -> bytes:
    path = folder / f"base.{suffix}"
    api.export_sprint(workspace_with_sprint(folder / "ws"), 1, str(path))
    return path.read_bytes()


def _make_export(suffix: str) -> Callable[[random.Random, Path], Path]:
    """A maker of damaged exports of our own."""

    def make(rng: random.Random, folder: Path) -> Path:
        base = _exported(folder, suffix)
        path = folder / f"trials.{suffix}"
        path.write_bytes(json_mutant(base, rng) if suffix == "json" else binary_mutant(base, rng))
        return path

    return make


@cache
def _study(folder: Path) -> bytes:
    """An Optuna study of some trials as the bytes of its file."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    path = folder / "study-base.db"
    study = optuna.create_study(study_name="s", storage=f"sqlite:///{path}", direction="maximize")

    def run(trial: Any) -> float:
        for step in range(3):
            trial.report(step / 3, step)
        return float(trial.suggest_float("lr", 1e-5, 1, log=True) + trial.suggest_int("n", 1, 5))

    study.optimize(run, n_trials=5)
    study.enqueue_trial({"lr": 0.1})
    study.add_trial(optuna.trial.create_trial(state=optuna.trial.TrialState.FAIL))
    return path.read_bytes()


def _make_study(rng: random.Random, folder: Path) -> Path:
    path = folder / "study.db"
    base = _study(folder)
    if rng.random() < 0.4:
        path.write_bytes(binary_mutant(base, rng))
        return path
    path.write_bytes(base)
    _damage_rows(path, rng)
    return path


def _damage_rows(path: Path, rng: random.Random) -> None:
    """Change cells, rows and tables of an SQLite file, by SQL."""
    odd = (
        None,
        -1,
        0,
        2**62,
        0.5,
        float("inf"),
        "",
        "x",
        "{",
        '{"name": "X"}',
        b"\xff",
        "\u202e",
        "9" * 500,
        "NaN",
        "[1",
    )
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("PRAGMA foreign_keys = OFF")
        tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for _ in range(rng.choice((1, 1, 2, 5))):
            table = rng.choice(tables)
            columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})")] or ["gone"]
            statement = rng.choice(
                (
                    *(f"UPDATE {table} SET {rng.choice(columns)} = ? WHERE rowid % 2 = 0",) * 4,
                    *(f"UPDATE {table} SET {rng.choice(columns)} = ?",) * 4,
                    f"DELETE FROM {table} WHERE rowid % 2 = 1",
                    f"DELETE FROM {table}",
                    f"DROP TABLE {table}",
                    f"ALTER TABLE {table} RENAME TO gone",
                    f"CREATE TRIGGER t{rng.randrange(99)} AFTER UPDATE ON {table} BEGIN DELETE FROM {table}; END",
                )
            )
            try:
                store.execute(statement, (rng.choice(odd),) if "?" in statement else ())
            except (sqlite3.Error, OverflowError):
                continue


@cache
def _recording(folder: Path) -> bytes:
    ws = workspace_with_sprint(folder / "packed-ws")
    path = folder / "base.zip"
    api.pack_workspace(ws, path)
    return path.read_bytes()


def _make_recording(rng: random.Random, folder: Path) -> Path:
    path = folder / "recording.zip"
    base = _recording(folder)
    if rng.random() < 0.4:
        path.write_bytes(binary_mutant(base, rng))
        return path
    base_path = folder / "base.zip"
    with ZipFile(base_path) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    for _ in range(rng.choice((1, 1, 2))):
        _damage_members(members, rng, folder)
    with ZipFile(path, "w", ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return path


def _damage_members(members: dict[str, bytes], rng: random.Random, folder: Path) -> None:
    odd = (
        *("../x", "/tmp/x", "a/../../b", "x.sh", "runs/1/0/examples.json", "thread.yaml", "A" * 300, "\u202e", "con"),
        *("logs/x", "C:\\x", "store.db-wal", "x/", "recording.json/x", "store.db/x", "engine.py", ".trimtab"),
    )
    damage = rng.randrange(7)
    name = rng.choice(list(members) or ["x"])
    if damage == 0 and members:
        del members[name]
    elif damage == 1:
        members[rng.choice(odd)] = b"x"
    elif damage == 2:
        members[rng.choice((*odd, name))] = b"\0" * rng.choice((10, 3 * 2**20))
    elif damage == 3 and members:
        members[rng.choice(odd)] = members.pop(name)
    elif damage == 4 and "recording.json" in members:
        members["recording.json"] = json_mutant(members["recording.json"], rng) if _is_json(members) else b"{"
    elif "store.db" in members:
        store = folder / "damaged.db"
        store.write_bytes(members["store.db"])
        if damage == 5:
            try:
                _damage_rows(store, rng)
            except sqlite3.Error:
                store.write_bytes(b"x")
        else:
            store.write_bytes(binary_mutant(members["store.db"] or b"x", rng))
        members["store.db"] = store.read_bytes()


def _is_json(members: dict[str, bytes]) -> bool:
    try:
        json.loads(members["recording.json"])
    except (ValueError, RecursionError):
        return False
    return True


def _unpack(path: Path) -> None:
    import shutil

    folder = path.parent / "unpacked"
    shutil.rmtree(folder, ignore_errors=True)
    api.unpack_workspace(path, folder)
    ws = api.open_workspace(folder, create=True)
    api.list_threads(ws)
    api.recorded_as(folder)


TARGETS: dict[str, Target] = {
    "csv-import": Target(damaged_file("trials.csv", (TABLE, TABLE, FOREIGN_TABLE), csv_mutant), _import),
    "json-import": Target(_make_export("json"), _import),
    "parquet-import": Target(_make_export("parquet"), _import, limit_memory=False),
    "optuna-import": Target(_make_study, _import),
    "recording": Target(_make_recording, _unpack),
}
