"""The recorded sprints that ``trimtab demo --recorded`` opens: whole, readable by every screen, labelled, private."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from engine import api
from engine.store.workspace import open_workspace
from tests.tui.conftest import Opener, press, screen_text, until
from tests.tui.terminal_session import TerminalSession
from tui.demo import RECORDING, begin_demo, lay_out_recording, recorded_options
from tui.options import DemoSize, Options

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording as it is unpacked, and opened once."""
    folder = tmp_path_factory.mktemp("recorded") / "ws"
    recorded, notice = lay_out_recording(folder)
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", recorded)
    assert notice == ""
    open_workspace(folder)
    return folder


@pytest.fixture
def recorded(unpacked: Path, tmp_path: Path) -> api.Workspace:
    """A copy to change."""
    shutil.copytree(unpacked, tmp_path / "ws")
    return open_workspace(tmp_path / "ws")


def sprints(ws: api.Workspace) -> Iterator[api.SprintView]:
    for thread in api.list_threads(ws):
        yield from thread.sprints


def test_it_is_as_full_as_its_card_says(recorded: api.Workspace) -> None:
    card = api.recorded_as(recorded.path)
    assert card is not None
    found = [
        {key: getattr(sprint, key) for key in card.sprints[0]}
        for sprint in sorted(sprints(recorded), key=lambda s: s.id)
    ]
    assert found == [dict(one) for one in card.sprints]
    assert all(s.state == "done" and s.n_complete + s.n_pruned + s.n_failed == s.n_trials for s in sprints(recorded))


def test_it_holds_threads_to_compare_and_one_at_least_through_all_stages_at_full_size(recorded: api.Workspace) -> None:
    sizes = {"1E": 120, "Warm": 90, "Full": 9}
    whole = [t for t in api.list_threads(recorded) if {s.stage: s.n_trials for s in t.sprints} == sizes]
    assert whole
    assert len(api.list_threads(recorded)) >= 2
    assert all(s.n_trials == (40 if is_along(s.thread) else sizes[s.stage]) for s in sprints(recorded))


def is_along(thread: str) -> bool:
    """Whether a thread begins at a checkpoint along another's training."""
    return re.search(r"-E\d+$", thread) is not None


def test_trajectories_follow_one_configuration_along_its_training(recorded: api.Workspace) -> None:
    begun = [s for s in sprints(recorded) if is_along(s.thread)]
    start = next(s for s in sprints(recorded) if s.thread == "tiny-GLOBAL" and s.stage == "1E")
    view = api.trajectory(recorded, [start.id, *(s.id for s in begun)])
    rate = next(course for course in view.trajectories if course.dimension == "lr")
    assert [stretch.epoch for stretch in rate.stretches] == [0, 1, 2, 4, 8]
    assert rate.p < 0.001
    assert rate.stretches[-1].median < rate.stretches[0].median


def test_the_best_trials_bring_examples_and_others_say_that_only_those_do(recorded: api.Workspace) -> None:
    sprint = next(s for s in sprints(recorded) if s.metric == "mention_f1_micro" and s.stage == "Full")
    trials = api.list_trials(recorded, sprint.id)
    complete = sorted((t for t in trials if t.state == "complete"), key=lambda t: -(t.score or 0.0))
    best, other = complete[0].number, next(t.number for t in trials if t not in complete[:3])
    examples = api.trial_examples(recorded, sprint.id, best).content
    assert examples is not None
    assert examples.documents
    thresholds = api.threshold_trace(recorded, sprint.id, best).content
    assert thresholds is not None
    assert thresholds.rounds
    for found in (api.trial_examples(recorded, sprint.id, other), api.threshold_trace(recorded, sprint.id, other)):
        assert found.content is None
        assert found.absence.startswith("of a recorded sprint the best 3 trials at most bring")
        assert "trimtab demo" in found.advice


def test_an_objective_that_records_no_thresholds_is_said_to_be_the_reason(recorded: api.Workspace) -> None:
    digits = next(sprint for sprint in sprints(recorded) if sprint.thread.startswith("digits"))
    for found in (api.trial_examples(recorded, digits.id, 0), api.threshold_trace(recorded, digits.id, 0)):
        assert found.content is None
        assert "its objective" in found.absence
        assert "writes none" in found.absence
        assert "recorded sprint" not in found.absence


def test_scores_tell_something_and_most_sprints_are_reviewed(recorded: api.Workspace) -> None:
    for sprint in sprints(recorded):
        values = [trial.score for trial in api.list_trials(recorded, sprint.id) if trial.state == "complete"]
        assert len(set(values)) > len(values) / 3, sprint.label
    assert sum(s.reviewed for s in sprints(recorded)) >= 3
    assert any(not s.reviewed for s in sprints(recorded))


def test_every_screen_finds_what_it_reads(recorded: api.Workspace) -> None:
    threads = api.list_threads(recorded)
    for thread in threads:
        if is_along(thread.name):
            continue
        decided = api.edit_log(recorded, thread.name)
        assert {edit.author for edit in decided} > {"recorder"}
        assert all(edit.reason for edit in decided)
        assert any(edit.undone for edit in decided)
        assert api.working_space(recorded, thread.name).n_edits
        assert api.default_plan(recorded, thread.name, "Full").prime == "cold"
    for sprint in sprints(recorded):
        found = api.review(recorded, sprint.id)
        assert found.n_trials == sprint.n_complete
        assert any(one.points for one in found.dimensions)
        best = api.get_trial(recorded, sprint.id, found.top[0])
        assert api.list_epochs(recorded, sprint.id, best.number)
        assert not api.tail_log(recorded, sprint.id, best.number, 5)
        assert api.trajectory(recorded, (sprint.id,))
    compared = api.compare_threads(recorded, [t.name for t in threads if t.metric == "mention_f1_micro"])
    assert {"1E", "Warm", "Full"} <= set(compared.stages)
    assert all(one.kendall is not None and one.spearman is not None for one in compared.agreements)


def test_trimming_and_planning_go_on_from_it(recorded: api.Workspace) -> None:
    thread = api.list_threads(recorded)[0]
    first = thread.sprints[0]
    names = [one.current.name for one in api.review(recorded, first.id).dimensions if one.proposal is not None]
    before = api.working_space(recorded, thread.name)
    api.accept_all(recorded, thread.name, first.id, names)
    assert api.working_space(recorded, thread.name).n_edits > before.n_edits
    while api.working_space(recorded, thread.name).n_edits > before.n_edits:
        api.undo(recorded, thread.name)
    assert api.working_space(recorded, thread.name).space == before.space
    preview = api.preview_plan(recorded, api.default_plan(recorded, thread.name, "Full"))
    assert preview.errors == ()
    assert preview.label.endswith("_v2")


@pytest.mark.slow
def test_a_sprint_launched_in_it_trains_here(recorded: api.Workspace) -> None:
    thread = next(t for t in api.list_threads(recorded) if t.objective == "digits:Digits")
    plan = replace(api.default_plan(recorded, thread.name, "1E"), sampler="random", n_trials=2, n_random=2)
    done = api.run_sprint(recorded, api.create_sprint(recorded, plan).id)
    assert (done.state, done.n_complete) == ("done", 2)
    assert "recorded" not in done.manifest


def test_nothing_of_where_it_was_made_is_inside() -> None:
    with ZipFile(RECORDING) as packed:
        everything = "\n".join(packed.read(name).decode(errors="replace") for name in packed.namelist())
    found = re.findall(r"/(?:home|root|tmp|opt|work|Users|var|mnt)/[\w./-]+", everything)
    assert found == []
    assert RECORDING.stat().st_size < 1_500_000


def test_it_is_in_the_wheel(tmp_path: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["tui"]
    assert any(RECORDING.relative_to(ROOT / "tui").match(pattern) for pattern in patterns)


def test_a_workspace_that_is_there_stays_and_is_said(ws: api.Workspace, unpacked: Path) -> None:
    day, notice = lay_out_recording(ws.path)
    assert day == ""
    assert "holds a workspace of its own" in notice
    assert [thread.name for thread in api.list_threads(ws)] == ["alpha"]
    day, notice = lay_out_recording(unpacked)
    assert day
    assert "as you left it" in notice


def test_it_is_not_unpacked_beside_a_store_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(api.EngineError, match="got --store"):
        recorded_options(Options(workspace=tmp_path, store_url="sqlite:///x.db"), tmp_path / "ws")
    assert not (tmp_path / "ws").exists()


async def test_the_threads_are_labelled_as_recorded(recorded: api.Workspace, open_app: Opener) -> None:
    card = api.recorded_as(recorded.path)
    assert card is not None
    async with open_app(recorded, size=(120, 40), recorded=card.recorded, guide=True) as pilot:
        await until(pilot, lambda: "3 recorded" in screen_text(pilot))
        assert f"Recorded on {card.recorded}. Explore freely; launching runs on this machine." in screen_text(pilot)
        await press(pilot, "j")
        assert re.search(r"recorded 20\d\d-\d\d-\d\d", screen_text(pilot))


async def test_a_notice_is_told_once_the_workspace_is_open(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, notice="opened as it is") as pilot:
        await until(pilot, lambda: "opened as it is" in screen_text(pilot))


def test_the_installed_command_shows_the_threads_at_once(tmp_path: Path) -> None:
    session = TerminalSession("demo", "--recorded", cwd=tmp_path, TRIMTAB_WORKSPACE=str(tmp_path / "mine"))
    try:
        session.until("Recorded on 20", 60)
        session.until("3 recorded", 60)
        assert (tmp_path / "mine" / "store.db").exists()
        assert not (tmp_path / "trimtab-recorded").exists()
    finally:
        session.close()


@pytest.mark.parametrize("named", [True, False])
def test_the_demo_goes_where_trimtab_workspace_says(named: bool, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)} | (
        {"TRIMTAB_WORKSPACE": str(tmp_path / "mine")} if named else {}
    )
    done = subprocess.run(
        [sys.executable, "-m", "tui", "demo", "--recorded", "--headless"],
        cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "25E_v1" in done.stdout
    assert (tmp_path / ("mine" if named else "trimtab-recorded") / "store.db").exists()


def test_the_live_demo_opens_a_recording_as_it_is(recorded: api.Workspace) -> None:
    before = [sprint.id for sprint in api.list_sprints(recorded)]
    assert begin_demo(recorded, DemoSize()).id == before[-1]
    assert [sprint.id for sprint in api.list_sprints(recorded)] == before
