import json
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from engine import api
from engine.errors import EngineError
from engine.exchange.workspace_archive import CARD, pack, read_card, unpack
from engine.store.workspace import Workspace

THREAD = """
thread: bowl
objective: engine.objectives.synthetic:Synthetic
model: {function: bowl}
space:
  x: {type: float, low: -1, high: 1}
"""


@pytest.fixture
def finished(tmp_path: Path) -> Workspace:
    """A workspace with a finished sprint of three trials, a decision and what workers leave behind."""
    from engine.store.database import writing
    from engine.store.tables import EventRow, SprintRow, TrialRow, WorkerRow, now

    ws = api.open_workspace(tmp_path / "work", create=True)
    (ws.path / "bowl.yaml").write_text(THREAD, encoding="utf-8")
    thread = api.create_thread(ws, api.load_thread_file(ws.path / "bowl.yaml"))
    sprint = api.create_sprint(ws, api.default_plan(ws, thread.name, "1E"))
    with writing(ws) as session:
        session.add(WorkerRow(sprint_id=sprint.id, host=socket.gethostname(), pid=7, log_path=str(ws.path / "log")))
        session.add(EventRow(kind="worker.started", sprint_id=sprint.id, payload={"log": str(ws.path)}))
        for number, score in enumerate((3.0, 5.0, None)):
            state = "failed" if score is None else "complete"
            session.add(
                TrialRow(
                    sprint_id=sprint.id, number=number, state=state, params={"x": 0.1 * number}, score=score,
                    worker_id=1, checkpoint=str(ws.path / "c"), attempt=1, finished_at=now(),
                )
            )  # fmt: skip
        row = session.get(SprintRow, sprint.id)
        assert row is not None
        row.state, row.manifest = "done", {"n_train": 4, "host": "workshop", "argv": [str(ws.path)], "cpus": 2}
        session.add(row)
    narrow = api.Proposal(action="narrow", dimension="x", low=-0.5, high=0.5)
    api.apply_edit(ws, "bowl", narrow, sprint=sprint.id, author="somebody", reason="a reason")
    (ws.run_dir(sprint.id, 1)).mkdir(parents=True)
    (ws.run_dir(sprint.id, 1) / "examples.json").write_text("{}", encoding="utf-8")
    return ws


def test_what_is_unpacked_reads_as_what_was_packed(finished: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "some.zip"
    card = pack(finished, file, made_by="a script")
    assert unpack(file, tmp_path / "elsewhere") == card == read_card(tmp_path / "elsewhere")
    there = api.open_workspace(tmp_path / "elsewhere")
    (sprint,) = api.list_sprints(there)
    assert (sprint.state, sprint.n_complete, sprint.n_failed, sprint.best_score) == ("done", 2, 1, 5.0)
    assert sprint.manifest == {"n_train": 4, "cpus": 2, "recorded": card.recorded}
    assert [(edit.author, edit.reason) for edit in api.edit_log(there, "bowl")] == [("somebody", "a reason")]
    assert api.get_thread(there, "bowl").notes == f"recorded on {card.recorded} by a script"
    assert (there.run_dir(sprint.id, 1) / "examples.json").read_text(encoding="utf-8") == "{}"
    assert (there.path / "bowl.yaml").read_text(encoding="utf-8") == THREAD
    counted = {"n_trials": 120, "n_complete": 2, "n_failed": 1, "n_pruned": 0, "best_score": 5.0}
    assert counted.items() <= dict(card.sprints[0]).items()


def test_a_new_sprint_runs_in_what_was_unpacked(finished: Workspace, tmp_path: Path) -> None:
    pack(finished, tmp_path / "some.zip")
    unpack(tmp_path / "some.zip", tmp_path / "elsewhere")
    there = api.open_workspace(tmp_path / "elsewhere")
    from engine.store.database import reading
    from engine.store.queries import thread_named

    with reading(there) as session:
        row = thread_named(session, "bowl")
        assert row is not None
        assert row.base_dir == str(there.path)
    assert api.preview_plan(there, api.default_plan(there, "bowl", "Warm")).errors == ()


def test_nothing_of_the_machine_or_its_processes_travels(finished: Workspace, tmp_path: Path) -> None:
    pack(finished, tmp_path / "some.zip")
    with ZipFile(tmp_path / "some.zip") as packed:
        packed.extract("store.db", tmp_path / "bare")
        everything = b"".join(packed.read(name) for name in packed.namelist())
    assert str(finished.path).encode() not in everything
    assert b"workshop" not in everything
    with closing(sqlite3.connect(tmp_path / "bare" / "store.db")) as store:
        for query in ("SELECT count(*) FROM run", "SELECT count(*) FROM worker", "SELECT count(worker_id) FROM trial"):
            assert store.execute(query).fetchone() == (0,), query


def test_the_same_store_packs_to_the_same_bytes(finished: Workspace, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        pack(finished, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_private_word_stops_the_packing_and_is_named(finished: Workspace, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="must not hold 'a reason'"):
        pack(finished, tmp_path / "some.zip", private=("a reason",))
    assert not (tmp_path / "some.zip").exists()


def test_sprints_that_are_not_finished_and_threads_without_one_are_left_out(
    finished: Workspace, tmp_path: Path
) -> None:
    waiting = api.create_sprint(finished, api.default_plan(finished, "bowl", "1E"))
    wide = api.Proposal(action="widen", dimension="x", low=-0.8, high=0.8)
    api.apply_edit(finished, "bowl", wide, sprint=waiting.id, author="somebody", reason="another")
    (finished.path / "empty.yaml").write_text(THREAD.replace("thread: bowl", "thread: empty"), encoding="utf-8")
    api.create_thread(finished, api.load_thread_file(finished.path / "empty.yaml"))
    card = pack(finished, tmp_path / "some.zip")
    assert len(card.sprints) == 1
    unpack(tmp_path / "some.zip", tmp_path / "elsewhere")
    there = api.open_workspace(tmp_path / "elsewhere")
    assert [thread.name for thread in api.list_threads(there)] == ["bowl"]
    assert [sprint.label for sprint in api.list_sprints(there)] == [card.sprints[0]["label"]]
    assert [edit.sprint_label for edit in api.edit_log(there, "bowl")][-1] == ""


def test_a_workspace_without_a_finished_sprint_is_refused(finished: Workspace, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="needs a finished sprint"):
        pack(api.open_workspace(tmp_path / "none", create=True), tmp_path / "some.zip")
    assert not (tmp_path / "some.zip").exists()


def test_a_workspace_is_never_overwritten(finished: Workspace, tmp_path: Path) -> None:
    pack(finished, tmp_path / "some.zip")
    before = (finished.path / "store.db").read_bytes()
    with pytest.raises(EngineError, match="a folder without"):
        unpack(tmp_path / "some.zip", finished.path)
    assert (finished.path / "store.db").read_bytes() == before


@pytest.mark.parametrize("names", [["store.db"], ["store.db", CARD, "../escape"], ["store.db", CARD, "/etc/escape"]])
def test_what_is_no_recording_is_refused_and_leaves_nothing(names: list[str], tmp_path: Path) -> None:
    with ZipFile(tmp_path / "odd.zip", "w") as odd:
        for name in names:
            odd.writestr(name, json.dumps({}))
    with pytest.raises(EngineError, match="must be a recording"):
        unpack(tmp_path / "odd.zip", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_somebodys_own_file_of_that_name_is_no_card(tmp_path: Path) -> None:
    (tmp_path / CARD).write_text('{"recorded": 1}', encoding="utf-8")
    assert read_card(tmp_path) is None
    assert read_card(tmp_path / "none") is None


def repacked(source: Path, target: Path, changes: dict[str, bytes | None]) -> Path:
    """A copy of a recording with members replaced, added or (None) left out."""
    with ZipFile(source) as packed:
        members: dict[str, bytes | None] = {name: packed.read(name) for name in packed.namelist()}
    with ZipFile(target, "w", ZIP_DEFLATED) as made:
        for name, data in {**members, **changes}.items():
            if data is not None:
                made.writestr(name, data)
    return target


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"engine.sh": b"x"}, "must be a recording, got a zip with 'engine.sh'"),
        ({"runs/1/0/log.txt": b"x"}, "must be a recording, got a zip with 'runs/1/0/log.txt'"),
        ({"sub/x.py": b"x"}, "must be a recording, got a zip with 'sub/x.py'"),
        ({"bomb.py": b"\0" * 30_000_000}, "bomb.py must unpack to at most 200 times its size"),
        ({"store.db": b"SQLite format 3\0" + b"x" * 5000}, "must hold a sound store: store.db must be a sound SQLite"),
        ({"store.db": b"text"}, "must hold a sound store: store.db must be a readable SQLite file"),
        ({CARD: b"{"}, "recording.json, line 1, column 2: text must be JSON"),
        ({CARD: b"[]"}, "recording.json must hold an object"),
        ({CARD: b"{}"}, "recorded must be text, got None"),
        ({CARD: b"\xff"}, "recording.json, line 1: text must be UTF-8"),
        ({CARD: None}, "must be a recording, it lacks recording.json"),
    ],
)
def test_a_changed_recording_is_refused_and_leaves_nothing(
    finished: Workspace, tmp_path: Path, changes: dict[str, bytes | None], message: str
) -> None:
    pack(finished, tmp_path / "some.zip")
    odd = repacked(tmp_path / "some.zip", tmp_path / "odd.zip", changes)
    with pytest.raises(EngineError) as error:
        unpack(odd, tmp_path / "out")
    assert message in str(error.value)
    assert "odd.zip" in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_recording_whose_store_would_run_code_is_refused(finished: Workspace, tmp_path: Path) -> None:
    pack(finished, tmp_path / "some.zip")
    with ZipFile(tmp_path / "some.zip") as packed:
        (tmp_path / "store.db").write_bytes(packed.read("store.db"))
    with closing(sqlite3.connect(tmp_path / "store.db")) as store, store:
        store.execute("CREATE TRIGGER t AFTER UPDATE ON thread BEGIN DELETE FROM trial; END")
    changes: dict[str, bytes | None] = {"store.db": (tmp_path / "store.db").read_bytes()}
    with pytest.raises(EngineError, match="must have tables and indexes only, got 't'"):
        unpack(repacked(tmp_path / "some.zip", tmp_path / "odd.zip", changes), tmp_path / "out")


def test_a_recording_names_the_least_score_and_keeps_its_examples_where_less_is_better(
    finished: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.exchange import workspace_archive
    from engine.store.database import writing
    from engine.store.tables import SprintRow

    monkeypatch.setattr(workspace_archive, "N_EXAMPLES", 1)
    with writing(finished) as session:
        row = session.get(SprintRow, 1)
        assert row is not None
        row.direction = api.Direction.MINIMIZE
        session.add(row)
    for number in range(2):
        finished.run_dir(1, number).mkdir(parents=True, exist_ok=True)
        (finished.run_dir(1, number) / "examples.json").write_text("{}", encoding="utf-8")
    card = pack(finished, tmp_path / "some.zip", made_by="a script")
    assert card.sprints[0]["best_score"] == 3.0
    with ZipFile(tmp_path / "some.zip") as archive:
        kept = [name for name in archive.namelist() if name.endswith("examples.json")]
    assert [name.split("/")[-2] for name in kept] == [finished.run_dir(1, 0).name]
