"""Files that people have of earlier versions open in this one: store, thread file, key map, recording."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from engine import api
from tui.shell.keymap import binding_ids, load_keymap

VERSIONS = sorted(file.parent for file in (Path(__file__).parents[2] / "assets").glob("*/workspace.zip"))


@pytest.fixture(params=VERSIONS, ids=lambda path: path.name)
def kept(request: pytest.FixtureRequest) -> Path:
    """The files of one version."""
    folder: Path = request.param
    return folder


@pytest.fixture
def workspace(kept: Path, tmp_path: Path) -> api.Workspace:
    """Its workspace, opened."""
    with ZipFile(kept / "workspace.zip") as archive:
        archive.extractall(tmp_path / "work")
    return api.open_workspace(tmp_path / "work")


def test_there_are_files_of_a_version() -> None:
    assert VERSIONS


def test_trials_decisions_and_notes_of_an_earlier_version_are_all_there(workspace: api.Workspace) -> None:
    [thread] = api.list_threads(workspace)
    first, second = api.list_sprints(workspace)
    assert (thread.name, thread.notes) == ("ladder", "what was tried")
    assert (first.state, first.n_complete, second.state) == ("done", 8, "ready")
    trials = api.list_trials(workspace, first.id)
    assert [trial.number for trial in trials] == list(range(8))
    assert first.best_score == max(trial.score for trial in trials)
    assert {trial.params["head"] for trial in trials} == {"linear", "mlp", None}
    edits = api.edit_log(workspace, "ladder")
    assert {(edit.dimension, edit.undone) for edit in edits} == {("x1", False), ("depth", True)}
    assert api.working_space(workspace, "ladder").space["x1"].bounds == (0.1, 0.9)


def test_work_goes_on_in_a_workspace_of_an_earlier_version(workspace: api.Workspace) -> None:
    review = api.review(workspace, 1)
    assert [shown.dimension.name for shown in review.dimensions][:3] == ["x0", "x1", "x2"]
    api.redo(workspace, "ladder")
    assert api.working_space(workspace, "ladder").space["depth"].frozen == 4
    plan = replace(api.default_plan(workspace, "ladder", "1E"), n_trials=1, n_random=1, sampler="random")
    made = api.create_sprint(workspace, plan)
    api.run_sprint(workspace, made.id)
    assert api.get_sprint(workspace, made.id).state == "done"


def test_a_thread_file_of_an_earlier_version_is_read_whole(kept: Path) -> None:
    spec = api.parse_thread((kept / "thread.yaml").read_text(encoding="utf-8"), "thread.yaml", kept)
    assert (spec.name, spec.notes, len(spec.space.dimensions), len(spec.space.constraints)) == (
        "ladder",
        "kept for tests",
        6,
        1,
    )
    assert spec.space["rare"].active_when == {"head": "mlp"}


def test_a_key_map_of_an_earlier_version_still_binds_its_keys(kept: Path) -> None:
    keys, wrong = load_keymap(binding_ids, kept / "keys.yaml")
    assert (keys, wrong) == ({"app.threads": "f1", "live.stop": "ctrl+s"}, [])


def test_a_recording_of_an_earlier_version_opens(kept: Path, tmp_path: Path) -> None:
    card = api.unpack_workspace(kept / "recording.zip", tmp_path / "shown")
    ws = api.open_workspace(tmp_path / "shown")
    [sprint] = api.list_sprints(ws)
    assert sprint.best_score == card.sprints[0]["best_score"]
    assert len(api.list_trials(ws, sprint.id)) == 8


def test_opening_an_earlier_store_keeps_a_copy_when_it_must_be_changed(kept: Path, tmp_path: Path) -> None:
    """A store that is brought up to date is backed up before; one of this version is left as it is."""
    with ZipFile(kept / "workspace.zip") as archive:
        archive.extractall(tmp_path / "work")
    store = tmp_path / "work" / "store.db"
    shutil.copy2(store, tmp_path / "before.db")
    api.list_threads(api.open_workspace(tmp_path / "work"))
    changed = store.read_bytes() != (tmp_path / "before.db").read_bytes()
    assert not changed or list((tmp_path / "work" / "backups").iterdir())
    assert json.dumps(api.get_thread(api.open_workspace(tmp_path / "work"), "ladder").options)
