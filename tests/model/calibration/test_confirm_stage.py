"""Every stage of a thread with a real, tiny training: the test split is read in ``confirm``, once a trial, counted."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import api
from engine.cli.main import main
from engine.store import commands
from engine.store.database import dispose, writing
from engine.trials.states import SprintState
from engine.worker.loop import Worker
from model.checkpoint import read_card
from model.data.atlas import generate
from model.data.docred import write_docred

THREAD = """\
thread: tiny
objective: model.objective:JointExtraction
model: {encoder: tiny, negative_mentions: 20}
data: {atlas: {documents: 8, seed: 1}, test: test.json}
space:
  lr: {type: float, low: 1e-4, high: 1e-3, log: true}
  pct_start: {type: float, low: 0.24, high: 0.32, active_when: {scheduler: true}}
stages:
  1E: {n_trials: 2, n_random: 2, fidelity: {train_parts: 2, val_parts: 1, max_epochs: 2}}
  Warm: {n_trials: 1, n_random: 1, fidelity: {train_parts: 2, val_parts: 1, max_epochs: 2}}
  Full: {n_trials: 1, top_n: 1, pruner: none, fidelity: {max_epochs: 1, calibration_epochs: 1}}
  confirm: {n_trials: 2, top_n: 1, repeats: 2, fidelity: {max_epochs: 1, calibration_epochs: 1}}
"""


@pytest.fixture
def lab(tmp_path: Path) -> Any:
    path = tmp_path / "thread.yaml"
    path.write_text(THREAD)
    (tmp_path / "test.json").write_text("whoever reads this as documents fails")
    ws = api.open_workspace(tmp_path / "ws", create=True)
    api.create_thread(ws, api.load_thread_file(path))
    yield ws
    dispose(ws)


def run(ws: Any, stage: str) -> api.SprintView:
    """A sprint of a stage from its template, worked through in this process."""
    made = api.create_sprint(ws, replace(api.default_plan(ws, "tiny", stage), seed=1))
    with writing(ws) as session:
        commands.set_sprint_state(session, made.id, SprintState.RUNNING)
    Worker(ws, made.id).run()
    return api.get_sprint(ws, made.id)


def test_only_confirm_opens_the_test_split_once_a_trial_and_every_opening_is_counted(
    lab: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for stage in ("1E", "Warm", "Full"):
        done = run(lab, stage)
        assert (done.n_complete, done.n_test_openings) == (done.n_trials, 0), done.failure
        for trial in api.list_trials(lab, done.id):
            assert (trial.n_test_openings, trial.test_metrics) == (0, {})
            for card in Path(trial.run_dir).glob("checkpoint-*/card.json"):
                assert read_card(card.parent)["test_openings"] == []
    write_docred(generate(3, seed=9), tmp_path / "test.json", replace=True)

    confirmed = run(lab, "confirm")
    assert (confirmed.n_complete, confirmed.n_test_openings) == (2, 2)
    for trial in api.list_trials(lab, confirmed.id):
        assert trial.n_test_openings == 1
        (opening,) = read_card(Path(trial.run_dir) / "checkpoint-best")["test_openings"]
        assert opening["test_rel_nec_f1_micro"] == trial.test_metrics["test_rel_nec_f1_micro"]
        assert sum("test split opened" in line for line in api.tail_log(lab, confirmed.id, trial.number)) == 1

    ref, place = str(confirmed.id), ["--workspace", str(lab.path)]
    assert main(["trial", "show", ref, "0", *place]) == 0
    assert "opened once: mention_f1_micro" in " ".join(capsys.readouterr().out.split())
    assert main(["sprint", "show", ref, *place]) == 0
    assert "opened 2 times" in capsys.readouterr().out
    assert main(["review", ref, "--json", *place]) == 0
    assert json.loads(capsys.readouterr().out)["sprint"]["n_test_openings"] == 2


def test_without_a_test_file_confirm_says_so_and_goes_on(lab: Any, tmp_path: Path) -> None:
    path = tmp_path / "thread.yaml"
    path.write_text(THREAD.replace(", test: test.json", "").replace("thread: tiny", "thread: other"))
    api.create_thread(lab, api.load_thread_file(path))
    plan = replace(api.default_plan(lab, "other", "confirm"), n_trials=1, n_random=1, prime="none", top_n=0, repeats=1)
    made = api.create_sprint(lab, plan)
    with writing(lab) as session:
        commands.set_sprint_state(session, made.id, SprintState.RUNNING)
    Worker(lab, made.id).run()
    done = api.get_sprint(lab, made.id)
    assert (done.n_complete, done.n_test_openings) == (1, 0)
    assert any("name no test file" in line for line in api.tail_log(lab, made.id, 0))
