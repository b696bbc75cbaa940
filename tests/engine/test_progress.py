"""A long call says how far it is, and ends when its watcher does not want the rest."""

import os
from pathlib import Path

import pytest

from engine import api
from engine.objectives.validation import check_objective
from engine.progress import CalledOff, step, stepping, watched
from engine.store.workspace import Workspace


def test_without_a_watcher_a_step_is_nothing() -> None:
    step("reading trials", 3, 4)
    assert list(stepping("abc", "reading letters")) == ["a", "b", "c"]


def test_rows_are_told_of_by_the_thousand() -> None:
    told: list[tuple[str, int, int]] = []
    with watched(lambda *step: told.append(step)):
        assert sum(stepping(range(2500), "adding numbers")) == 2500 * 2499 // 2
    assert told == [("adding numbers", 0, 0), ("adding numbers", 1000, 0), ("adding numbers", 2000, 0)]
    step("adding numbers", 3000)
    assert len(told) == 3


def test_a_review_tells_what_it_does(ws: Workspace, explored: api.SprintView) -> None:
    told: list[tuple[str, int, int]] = []
    with watched(lambda *step: told.append(step)):
        api.review(ws, explored.id)
    assert told[0] == ("reading trials", 0, 0)
    kinds = [(done, total) for doing, done, total in told if doing.startswith("Analysing ")]
    assert [done for done, _ in kinds] == list(range(kinds[0][1]))
    assert {doing for doing, _, _ in told} >= {"Analysing (boundary)", "growing trees"}


@pytest.mark.parametrize("at", ["reading trials", "Analysing (modality)", "growing trees"])
def test_a_review_called_off_leaves_nothing_behind(ws: Workspace, explored: api.SprintView, at: str) -> None:
    def watch(doing: str, done: int, total: int) -> None:
        if doing == at:
            raise CalledOff

    with pytest.raises(CalledOff) as kept, watched(watch):
        api.review(ws, explored.id)
    api.apply_edit(ws, "Hartmann", api.Proposal(action="freeze", dimension="x0", value=0.5))
    assert api.working_space(ws, "Hartmann").space["x0"].frozen == 0.5, "an unfinished query would hold an old picture"
    assert api.review(ws, explored.id).n_trials == 30
    assert kept.value is not None


def test_an_objective_nobody_waits_for_is_ended(tmp_path: Path) -> None:
    (tmp_path / "slow_objective.py").write_text(
        "import os, pathlib, time\n"
        f"pathlib.Path({str(tmp_path)!r}, 'pid').write_text(str(os.getpid()))\n"
        "time.sleep(600)\n"
    )
    pid = tmp_path / "pid"

    def watch(doing: str, done: int, total: int) -> None:
        if pid.exists() and pid.read_text():
            raise CalledOff

    with pytest.raises(CalledOff), watched(watch):
        check_objective("slow_objective:Slow", model={}, data={}, base_dir=tmp_path, env=os.environ)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
