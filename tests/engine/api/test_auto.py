"""Stages that run unattended, threads compared, threads branched from a checkpoint."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import api
from engine.cli.main import main
from engine.errors import EngineError
from engine.space.proposal import Proposal
from engine.store.workspace import Workspace
from tests.engine.conftest import Finish, spread

STAGES = """\
stages:
  look: {from: baseline, n_trials: 9}
  closer: {from: look, prime: cold, top_n: 2, n_random: 4, n_trials: 6, fidelity: {train_parts: 3}}
"""

SYNTHETIC = "engine.objectives.synthetic:Synthetic"
WAITING = f"""
import time
from pathlib import Path
from {SYNTHETIC.replace(":", " import ")}

GATE = Path(__file__).with_name("gate")

class Waiting(Synthetic):
    def run(self, trial):
        while trial.number >= 6 and not GATE.exists():
            time.sleep(0.02)
        return super().run(trial)
"""
"""An objective whose seventh trial waits until a test has done what it wants to have done by then."""


def test_stages_run_one_after_another_and_every_decision_is_logged(
    ws: Workspace, thread_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thread_file.write_text(thread_file.read_text().replace("Hartmann", "Alone") + STAGES)
    api.create_thread(ws, api.load_thread_file(thread_file))
    words = ["auto", "Alone", "--reviewer", "paper", "--stages", "look,closer", "--seed", "5"]
    assert main([*words, "--workspace", str(ws.path)]) == 0
    first, second = api.list_sprints(ws, "Alone")
    assert [(v.stage, v.state, v.n_complete, v.reviewed, v.seed) for v in (first, second)] == [
        ("look", "done", 9, True, 5),
        ("closer", "done", 6, True, 6),
    ]
    assert second.priming == "cold, top 2 of look_v1"
    log = api.edit_log(ws, "Alone")
    assert log
    assert {entry.author for entry in log} == {"reviewer paper"}
    assert log[0].sprint_label == "look_v1"
    narrowed = api.review(ws, second.id).dimensions[0].dimension
    assert narrowed.bounds != (0.0, 1.0)
    assert all(narrowed.contains(one.params["x0"]) for one in api.list_trials(ws, second.id))
    for _ in log:
        api.undo(ws, "Alone")
    assert api.working_space(ws, "Alone").space["x0"].bounds == (0.0, 1.0)
    assert "paper decides" in capsys.readouterr().err


def test_stages_that_were_cut_short_are_taken_up_where_they_were(
    ws: Workspace, thread_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thread_file.with_name("waiting.py").write_text(WAITING)
    text = thread_file.read_text().replace("Hartmann", "Alone").replace(SYNTHETIC, "waiting:Waiting")
    thread_file.write_text(text + STAGES)
    api.create_thread(ws, api.load_thread_file(thread_file))
    words = ["auto", "Alone", "--reviewer", "paper", "--stages", "look,closer", "--workspace", str(ws.path)]

    def stopping(event: Any) -> None:
        if event is not None and event.kind == "trial.complete" and event.number == 3:
            api.stop_sprint(ws, "Alone/look_v1")
            thread_file.with_name("gate").touch()

    done = api.run_stages(ws, "Alone", "paper", stages=["look", "closer"], on_event=stopping)
    assert done == (), "a person stopped it: nothing is reviewed, nothing else begins"
    assert 3 < api.get_sprint(ws, "Alone/look_v1").n_complete < 9
    assert main([*words, "--resume"]) == 0
    first, second = api.list_sprints(ws, "Alone")
    assert [(v.stage, v.n_complete, v.reviewed) for v in (first, second)] == [("look", 9, True), ("closer", 6, True)]
    assert main([*words, "--resume"]) == 0, "nothing is left to do"
    assert len(api.list_sprints(ws, "Alone")) == 2
    api.mark_reviewed(ws, second.id, reviewed=False)
    n_edits = len(api.edit_log(ws, "Alone"))
    assert main([*words, "--resume"]) == 0, "an ended sprint is reviewed, not run again"
    assert len(api.list_sprints(ws, "Alone")) == 2
    assert api.get_sprint(ws, second.id).reviewed
    assert len(api.edit_log(ws, "Alone")) >= n_edits
    assert main(words) == 0
    assert len(api.list_sprints(ws, "Alone")) == 4, "without --resume all stages begin anew"


def test_how_to_go_on_takes_the_options_along(
    ws: Workspace, thread_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pasted without them, the stages left would run with another reviewer and at full size."""
    thread_file.write_text(thread_file.read_text().replace("Hartmann", "'At night'"))
    api.create_thread(ws, api.load_thread_file(thread_file))
    monkeypatch.setattr("engine.api.auto.run_stages", lambda *_, **__: ())
    given = ["auto", "At night", "--reviewer=paper", "--stages=1E,Warm", "--seed=3", "--slots=2", "--top=5"]
    given += ["--trials=1E=9", "--trials=Warm=6"]
    assert main([*given, "--workspace", str(ws.path)]) == 130
    said = capsys.readouterr().err
    assert shlex.split(said.partition("continue with: ")[2]) == ["trimtab", *given, "--resume"]


def test_a_reviewer_leaves_what_a_person_froze(ws: Workspace, explored: api.SprintView) -> None:
    api.apply_edit(ws, "Hartmann", Proposal(action="freeze", dimension="x0", value=0.5))
    view, kept = api.review_automatically(ws, explored.id, "paper")
    assert view.space["x0"].frozen == 0.5
    assert all(one.dimension != "x0" for one in kept)
    with pytest.raises(EngineError, match="did you mean guarded"):
        api.review_automatically(ws, explored.id, "garded")


def test_an_unknown_stage_or_reviewer_is_refused_before_anything_runs(ws: Workspace) -> None:
    for arguments, hint in (({"reviewer": "papr"}, "did you mean paper"), ({"stages": ("1E", "Wrm")}, "Warm")):
        with pytest.raises(EngineError, match=hint):
            api.run_stages(ws, "Hartmann", **{"reviewer": "paper", **arguments})  # type: ignore[arg-type]
    assert api.list_sprints(ws) == []


def test_threads_are_ranked_at_every_stage(ws: Workspace, thread_file: Path, finish: Finish) -> None:
    spec = api.load_thread_file(thread_file)
    for name, best_at in (("a", 0.88), ("b", 0.87)):
        api.create_thread(ws, replace(spec, name=name))
        for stage in ("1E", "Warm"):
            plan = replace(api.default_plan(ws, name, stage), n_trials=30, n_random=30)
            finish(ws, api.create_sprint(ws, plan).id, spread(30, best_at))
    found = api.compare_threads(ws)
    assert found.stages == ("1E", "Warm")
    assert found.ranks["1E"] == {"a": 1, "b": 2}
    assert api.compare_threads(ws, ["b"], ["Warm"]).ranks == {"Warm": {"b": 1}}
    with pytest.raises(EngineError, match="no thread is called"):
        api.compare_threads(ws, ["zz"])


def test_a_thread_branches_from_a_kept_checkpoint(ws: Workspace, explored: api.SprintView) -> None:
    with pytest.raises(EngineError, match="kept no checkpoint"):
        api.branch_thread(ws, "Hartmann", "Late", explored.id, 26)
    folder = Path(api.get_trial(ws, explored.id, 26).run_dir) / "checkpoint-e7"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text('{"epoch": 7, "step": 1234}')
    view = api.branch_thread(ws, "Hartmann", "Late", explored.id, 26)
    assert view.checkpoint == str(folder)
    plan = api.default_plan(ws, "Late", "trajectory")
    assert plan.checkpoint == str(folder)
    made = api.create_sprint(ws, plan)
    assert made.label == "Late-T6_V3_M25-E7_S1234-trajectory_v1"
    with pytest.raises(EngineError, match="no checkpoint of epoch 3"):
        api.branch_thread(ws, "Hartmann", "Other", explored.id, 26, 3)


def test_values_are_followed_over_checkpoints(
    ws: Workspace, explored: api.SprintView, thread_file: Path, finish: Finish, tmp_path: Path
) -> None:
    spec = api.load_thread_file(thread_file)
    refs: list[int | str] = [explored.id]
    for epoch, best_at in ((5, 0.5), (15, 0.2)):
        name = f"late{epoch}"
        spec = replace(spec, name=name, checkpoint=str(tmp_path), checkpoint_label=f"E{epoch}_S9")
        api.create_thread(ws, spec)
        view = api.create_sprint(ws, replace(api.default_plan(ws, name, "trajectory"), n_trials=30, n_random=30))
        refs.append(finish(ws, view.id, spread(30, best_at)).id)
    found = api.trajectory(ws, refs, rate="x0")
    (course,) = [one for one in found.trajectories if one.dimension == "x0"]
    assert [one.epoch for one in course.stretches] == [0, 5, 15]
    medians = [one.median for one in course.stretches]
    assert medians == sorted(medians, reverse=True)
    with pytest.raises(EngineError, match="needs sprints"):
        api.trajectory(ws, [])
    assert found.notes == ()
    warm = api.create_sprint(ws, api.default_plan(ws, "Hartmann", "Warm"))
    mixed = api.trajectory(ws, [*refs, warm.id, refs[0]])
    assert len(mixed.labels) == len(refs) + 1, "a sprint counts once"
    assert mixed.notes == (
        f"{warm.label} ran with the scheduler on: its learning rates follow a schedule and are not the effective ones",
    )
