"""Stars, tags and trials queued by hand, and taking them back."""

import json
from typing import Any

import pytest

from engine import api
from engine.cli.main import main
from engine.errors import EngineError
from engine.store.database import writing
from engine.store.queries import trial as trial_row
from engine.store.workspace import Workspace
from engine.trials.states import TrialState


@pytest.fixture
def sprint(ws: Workspace, finish: Any) -> api.SprintView:
    made = api.create_sprint(ws, api.default_plan(ws, "Hartmann", "1E"))
    view: api.SprintView = finish(ws, made.id, [({"x0": 0.1 * n, "x1": 0.1, "x2": 0.5}, float(n)) for n in range(1, 4)])
    return view


def test_stars_and_tags_are_kept_and_undone_in_one_step_each(ws: Workspace, sprint: api.SprintView) -> None:
    assert api.star_trials(ws, sprint.id, [0, 2]) == "starred #0 #2"
    assert api.star_trials(ws, sprint.id, [0]) == "", "what is starred stays starred"
    assert api.tag_trials(ws, sprint.id, [1, 2], add=["keep", "base"]) == "tagged #1 #2"
    assert [(t.starred, t.tags) for t in api.list_trials(ws, sprint.id)] == [
        (True, ()), (False, ("base", "keep")), (True, ("base", "keep")),
    ]  # fmt: skip
    assert api.undo_trial_edit(ws, sprint.id) == "tagged #1 #2"
    assert api.get_trial(ws, sprint.id, 2).tags == ()
    assert api.undo_trial_edit(ws, sprint.id) == "starred #0 #2"
    assert not any(t.starred for t in api.list_trials(ws, sprint.id))
    assert api.redo_trial_edit(ws, sprint.id) == "starred #0 #2"
    api.tag_trials(ws, sprint.id, [0], add=["new"])
    with pytest.raises(EngineError, match="undone change of a trial to redo, got none"):
        api.redo_trial_edit(ws, sprint.id)
    assert api.get_trial(ws, sprint.id, 0).starred, "what was made again stays"


def test_a_tag_is_one_word_and_removing_it_leaves_the_others(ws: Workspace, sprint: api.SprintView) -> None:
    api.tag_trials(ws, sprint.id, [0], add=["a", "b"])
    api.tag_trials(ws, sprint.id, [0], remove=["a"])
    assert api.get_trial(ws, sprint.id, 0).tags == ("b",)
    for wrong in ("two words", "", "x" * 30, "a=b", "a,b"):
        with pytest.raises(EngineError, match="A tag is one word"):
            api.tag_trials(ws, sprint.id, [0], add=[wrong])
    with pytest.raises(EngineError, match="has no trial 9"):
        api.star_trials(ws, sprint.id, [0, 9])


def test_a_clone_changes_what_it_was_told_and_can_be_withdrawn(ws: Workspace, sprint: api.SprintView) -> None:
    changes = api.changed_values("x1 0.02", api.sprint_space(ws, sprint.id))
    made = api.clone_trial(ws, sprint.id, 1, changes)
    before = api.get_trial(ws, sprint.id, 1)
    assert made.params == {**before.params, "x1": 0.02}
    assert (made.state, made.seed, made.fold, made.source_trial) == ("queued", before.seed, before.fold, "1E_v1 #1")
    assert api.get_sprint(ws, sprint.id).n_trials == sprint.n_trials + 1
    assert api.undo_trial_edit(ws, sprint.id) == f"queued #{made.number}"
    assert api.get_trial(ws, sprint.id, made.number).state == "cancelled"
    assert api.get_sprint(ws, sprint.id).n_trials == sprint.n_trials
    api.redo_trial_edit(ws, sprint.id)
    assert api.get_trial(ws, sprint.id, made.number).state == "queued"
    assert api.get_sprint(ws, sprint.id).n_trials == sprint.n_trials + 1
    with writing(ws) as session:
        row = trial_row(session, sprint.id, made.number)
        assert row is not None
        row.attempt = 1
        session.add(row)
    with pytest.raises(EngineError, match="must wait to be withdrawn"):
        api.undo_trial_edit(ws, sprint.id)


def test_a_clone_that_has_begun_does_not_bar_the_way_to_older_changes(ws: Workspace, sprint: api.SprintView) -> None:
    api.star_trials(ws, sprint.id, [0])
    made = api.clone_trial(ws, sprint.id, 1, {})
    with writing(ws) as session:
        row = trial_row(session, sprint.id, made.number)
        assert row is not None
        row.state, row.attempt = TrialState.COMPLETE, 1
        session.add(row)
    assert api.undo_trial_edit(ws, sprint.id) == "starred #0"
    assert api.get_trial(ws, sprint.id, made.number).state == TrialState.COMPLETE
    assert api.redo_trial_edit(ws, sprint.id) == "starred #0"


def test_a_clone_outside_the_space_is_refused(ws: Workspace, sprint: api.SprintView) -> None:
    with pytest.raises(EngineError, match="must lie inside the space"):
        api.clone_trial(ws, sprint.id, 1, {"x1": 5.0})
    assert len(api.list_trials(ws, sprint.id)) == 3


def test_the_command_line_filters_stars_tags_clones_and_undoes(
    ws: Workspace, sprint: api.SprintView, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*words: str, status: int = 0) -> str:
        assert main([*words, "--workspace", str(ws.path)]) == status
        captured = capsys.readouterr()
        return captured.out + captured.err

    assert "starred #2" in told("trial", "star", "1E_v1", "2")
    assert "tagged #1" in told("trial", "tag", "1E_v1", "1", "base")
    shown = json.loads(told("trial", "list", "1E_v1", "--filter", "starred or tag=base", "--json"))["trials"]
    assert [one["number"] for one in shown] == [1, 2]
    assert "no trial passes the filter" in told("trial", "list", "1E_v1", "--filter", "score>99")
    wrong = told("trial", "list", "1E_v1", "--filter", "score>1 x9<2", status=2)
    assert "character 9: unknown name 'x9'" in wrong
    assert "Compare x0, x1, x2" in wrong
    again = told("trial", "rerun", "1E_v1", "1", "--with", "x1=0.03", "--no-start")
    assert "trial #3 repeats 1E_v1 #1 with x1=0.03" in again
    assert "undone: queued #3" in told("trial", "undo", "1E_v1")


def test_a_store_of_the_version_before_gets_stars_and_tags(ws: Workspace, sprint: api.SprintView) -> None:
    import sqlite3

    from engine.store.database import dispose

    dispose(ws)
    assert ws.store_path is not None
    with sqlite3.connect(ws.store_path) as store:
        store.execute("ALTER TABLE trial DROP COLUMN starred")
        store.execute("ALTER TABLE trial DROP COLUMN tags")
        store.execute("DROP TABLE trial_edit")
        store.execute("DELETE FROM trimtab_schema WHERE version >= 4")
    store.close()
    again = api.open_workspace(ws.path)
    api.star_trials(again, sprint.id, [1])
    assert api.get_trial(again, sprint.id, 1).starred
    assert len(api.list_trials(again, sprint.id)) == 3
