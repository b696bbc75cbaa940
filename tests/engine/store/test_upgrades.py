"""A store of every schema there has been is opened by today's code, with all that was in it, and goes on."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from engine import api
from engine.store.copying import backups
from engine.store.database import dispose, reading
from engine.store.invariants import breaches
from engine.store.migrations import SCHEMA_VERSION
from engine.worker.loop import Worker

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "stores"
KEPT = sorted(ASSETS.glob("schema-*.sql"))


def rows_of(store: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of a store's file."""
    with closing(sqlite3.connect(store)) as connection:
        connection.row_factory = sqlite3.Row
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')] for name in names}


def test_a_store_of_every_older_schema_is_kept() -> None:
    assert [path.name for path in KEPT] == [f"schema-{n}.sql" for n in range(1, SCHEMA_VERSION)], (
        "a new migration needs a store of the schema before it: tests/assets/stores/make.py"
    )


@pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.stem)
def test_an_older_store_opens_with_its_data_and_its_sprint_goes_on(kept: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ws"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "store.db")) as connection:
        connection.executescript(kept.read_text())
    before = rows_of(folder / "store.db")
    ws = api.open_workspace(folder)
    after = rows_of(folder / "store.db")
    for table, rows in before.items():
        known = after[table][: len(rows)]
        assert [{name: row[name] for name in rows[0]} for row in known] == rows, table
    assert after["trimtab_schema"][-1]["version"] == SCHEMA_VERSION
    assert [one.why for one in backups(ws)] == [f"before-schema-{SCHEMA_VERSION}"]
    with reading(ws) as session:
        assert list(breaches(session)) == []
        indexes = {one["name"] for one in inspect(session.connection()).get_indexes("trial")}
    assert indexes == {"trial_by_state_and_number"}

    view = api.get_sprint(ws, 1)
    assert (view.n_complete, view.n_trials, view.reviewed) == (5, 7, True)
    assert len(api.get_trial(ws, 1, 3).params) == 3
    from engine.launchers.local import begin

    begin(ws, 1, 1)
    Worker(ws, 1).run()
    trials = api.list_trials(ws, 1)
    assert [trial.state for trial in trials] == ["complete"] * 7
    assert [trial.score for trial in trials[:5]] == [row["score"] for row in before["trial"]]
    dispose(ws)
