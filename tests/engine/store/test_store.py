"""The store: real SQLite files, real processes."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.errors import EngineError
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.store import commands, edit_log, queries
from engine.store.database import create_store, dispose, reading, refuse_network_disk, writing
from engine.store.migrations import SCHEMA_VERSION, applied_version
from engine.store.summaries import sprint_summary
from engine.store.tables import SpaceEditRow, SprintRow, ThreadRow, TrialRow
from engine.store.workspace import Workspace, open_workspace
from engine.trials.states import Direction, SprintState


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "ws", create=True)


def space(low: float = 0.0) -> Space:
    return Space(dimensions=(Dimension(name="x", kind="float", low=low, high=1.0),))


def thread(ws: Workspace) -> ThreadRow:
    with writing(ws) as session:
        return commands.create_thread(session, ThreadRow(name="t", objective="a:B"), space())


def planned(ws: Workspace, **facts: object) -> SprintRow:
    owner = thread(ws)
    with writing(ws) as session:
        row = SprintRow(
            thread_id=owner.id, space_id=owner.head_space_id, stage="1E", label="L", n_trials=3, fidelity={}, **facts
        )
        return commands.create_sprint(
            session, row, [TrialRow(params={"x": 0.5}, source="manual", sprint_id=0, number=0)]
        )


def test_store_runs_in_wal_with_foreign_keys_and_is_synchronous_normal(ws: Workspace) -> None:
    with writing(ws) as session:
        facts = [session.connection().execute(text(f"PRAGMA {name}")).scalar_one() for name in
                 ("journal_mode", "synchronous", "foreign_keys")]  # fmt: skip
    assert facts == ["wal", 1, 1]


def test_reader_cannot_write_and_never_creates_a_file(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="readonly"), reading(ws) as session:
        session.connection().execute(text("UPDATE pulse SET n = 9"))
    nowhere = Workspace(tmp_path / "nowhere")
    with pytest.raises(EngineError, match="must exist"), reading(nowhere):
        pass
    assert not nowhere.path.exists()


def test_opening_a_folder_without_a_store_names_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="trimtab demo"):
        open_workspace(tmp_path)


def test_a_store_of_a_newer_version_is_refused(ws: Workspace) -> None:
    with writing(ws) as session:
        session.connection().execute(text("INSERT INTO trimtab_schema VALUES (99, '2030-01-01')"))
    with pytest.raises(EngineError, match="newer trimtab"):
        open_workspace(ws.path)
    with pytest.raises(EngineError, match="newer trimtab"):
        create_store(ws)


def test_four_processes_may_create_the_same_store_at_once(tmp_path: Path) -> None:
    code = (
        f"import pathlib, engine.store.workspace as w; w.open_workspace(pathlib.Path({str(tmp_path)!r}), create=True)"
    )
    children = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    assert [child.wait(60) for child in children] == [0, 0, 0, 0]
    with reading(Workspace(tmp_path)) as session:
        assert queries.pulse(session) == 0


def test_network_disks_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("engine.store.database.file_system", lambda folder: "nfs4")
    with pytest.raises(EngineError, match="nfs4"):
        refuse_network_disk(tmp_path)
    monkeypatch.setenv("TRIMTAB_ALLOW_NETWORK_DISK", "1")
    refuse_network_disk(tmp_path)


def test_pulse_changes_with_every_write_and_only_then(ws: Workspace) -> None:
    with reading(ws) as session:
        before = queries.pulse(session)
    with pytest.raises(EngineError), writing(ws) as session:
        commands.extend(session, 77, 1)
    with reading(ws) as session:
        assert queries.pulse(session) == before
    thread(ws)
    with reading(ws) as session:
        assert queries.pulse(session) == before + 1


def test_a_rolled_back_write_leaves_nothing(ws: Workspace) -> None:
    def fail_halfway() -> None:
        with writing(ws) as session:
            commands.create_thread(session, ThreadRow(name="gone", objective="a:B"), space())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    with reading(ws) as session:
        assert queries.threads(session) == []


def test_thread_names_and_sprint_labels_are_distinct(ws: Workspace) -> None:
    planned(ws)
    with pytest.raises(EngineError, match="name must be new"):
        thread(ws)
    with pytest.raises(EngineError, match="label must be new"), writing(ws) as session:
        commands.create_sprint(session, SprintRow(thread_id=1, space_id=1, stage="1E", label="L"))


def test_queued_trials_get_number_fold_and_seed(ws: Workspace) -> None:
    row = planned(ws)
    with writing(ws) as session:
        row.fidelity = {"train_parts": 2, "val_parts": 3}
        more = [TrialRow(params={"x": value}, sprint_id=0, number=0) for value in (0.1, 0.2)]
        commands.add_trials(session, row, more)
    with reading(ws) as session:
        trials = queries.trials(session, row.id)
    assert [(t.number, t.train_fold, t.val_fold) for t in trials] == [(0, 0, 0), (1, 1, 1), (2, 0, 2)]
    assert len({t.seed for t in trials}) == 3


@pytest.mark.parametrize("state", list(commands.TRANSITIONS))
def test_only_legal_changes_of_state_are_written(ws: Workspace, state: str) -> None:
    row = planned(ws, state=state)
    for target in commands.TRANSITIONS:
        legal = target in commands.TRANSITIONS[state] or target == state
        try:
            with writing(ws) as session:
                commands.set_sprint_state(session, row.id, SprintState(target))
                assert legal
                raise KeyError
        except KeyError:
            pass
        except EngineError:
            assert not legal


def test_edits_move_the_head_and_undo_and_redo_walk_it_back_and_forth(ws: Workspace) -> None:
    owner = thread(ws)
    with writing(ws) as session:
        for low in (0.1, 0.2):
            edit = SpaceEditRow(action="narrow", dimension="x", thread_id=0, number=0, from_space_id=0, to_space_id=0)
            edit_log.append_edit(session, owner, edit, space(low))
    assert low_of_head(ws, owner) == 0.2
    for step, expected in ((edit_log.undo_edit, 0.1), (edit_log.undo_edit, 0.0), (edit_log.redo_edit, 0.1)):
        with writing(ws) as session:
            step(session, session.merge(owner))
        assert low_of_head(ws, owner) == expected


def test_a_new_edit_after_undo_abandons_the_redo_branch_but_keeps_it_in_the_log(ws: Workspace) -> None:
    owner = thread(ws)
    with writing(ws) as session:
        owner = session.merge(owner)
        edit_log.append_edit(session, owner, an_edit(), space(0.1))
        edit_log.undo_edit(session, owner)
        edit_log.append_edit(session, owner, an_edit(), space(0.3))
        with pytest.raises(EngineError, match="to redo"):
            edit_log.redo_edit(session, owner)
        log = queries.edits(session, owner.id)
    assert [(e.number, e.undone_at is not None, e.abandoned) for e in log] == [(1, True, True), (2, False, False)]


def test_a_sprint_keeps_its_space_when_the_head_moves(ws: Workspace) -> None:
    row = planned(ws)
    with writing(ws) as session:
        owner = queries.threads(session)[0]
        edit_log.append_edit(session, owner, an_edit(), space(0.1))
    with reading(ws) as session:
        assert queries.space(session, queries.sprint(session, row.id).space_id)["x"].low == 0.0


def test_summaries_count_states_and_find_the_best_by_direction(ws: Workspace) -> None:
    row = planned(ws, direction=Direction.MINIMIZE)
    with writing(ws) as session:
        session.add_all(
            TrialRow(sprint_id=row.id, number=n, state=state, source=source, score=score, params={})
            for n, state, source, score in (
                (1, "complete", "random", 3.0),
                (2, "complete", "model", 1.0),
                (3, "pruned", "model", 0.1),
                (4, "complete", "primed-warm", 2.0),
                (5, "failed", "model", None),
            )
        )
    with reading(ws) as session:
        summary = sprint_summary(session, row.id)
    assert (summary.best_trial, summary.best_score, summary.n_warm) == (2, 1.0, 1)
    assert summary.counts["complete"] == 2
    assert summary.counts["queued"] == 1
    assert summary.scores == ((1, 3.0), (2, 1.0), (4, 2.0))


def an_edit() -> SpaceEditRow:
    return SpaceEditRow(action="narrow", dimension="x", thread_id=0, number=0, from_space_id=0, to_space_id=0)


def low_of_head(ws: Workspace, owner: ThreadRow) -> float | None:
    with reading(ws) as session:
        found = queries.thread_named(session, owner.name)
        assert found is not None
        return queries.space(session, found.head_space_id)["x"].low


def test_a_store_of_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    old = open_workspace(tmp_path / "old", create=True)
    with writing(old) as session:
        run = session.connection().exec_driver_sql
        run("ALTER TABLE trial DROP COLUMN n_rejected")
        run("ALTER TABLE sprint DROP COLUMN replaces_id")
        run("ALTER TABLE trial DROP COLUMN findings")
        run("DELETE FROM trimtab_schema WHERE version > 1")
    dispose(old)
    again = open_workspace(tmp_path / "old")
    with reading(again) as session:
        assert queries.sprints(session) == []
        assert applied_version(session.connection()) == SCHEMA_VERSION
    dispose(again)
