"""Scripts of other people's kinds, unchanged, each steered by its thread file: a sprint of 4 trials for real.

All of them minimize (w - 3)² by gradient descent from w = 0, so that the right score is known: the loss after n epochs
is 9 · (1 - 2 lr)^(2n).
"""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import api
from engine.sprint.plan import SprintPlan
from engine.store import commands, queries
from engine.store.database import dispose, reading, writing
from engine.store.tables import TrialRow
from engine.trials.fidelity import Fidelity
from engine.trials.states import SprintState
from engine.worker.loop import Worker

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples"
N_TRIALS, N_EPOCHS = 4, 3

Params = Mapping[str, Any]


def loss(params: Params, name: str = "lr", start: float = 0.0) -> float:
    return float(((start - 3) * (1 - 2 * params[name]) ** N_EPOCHS) ** 2)


def accuracy(params: Params, name: str = "lr", start: float = 0.0) -> float:
    return 1 / (1 + loss(params, name, start))


SCORES: dict[str, Callable[[Params], float]] = {
    "argparse_print": lambda p: 100 * accuracy(p) - 10 * p["dropout"] - (0 if p["augment"] else 5),
    "nanogpt_config": lambda p: loss(p) + (0 if p["decay"] else 0.5),
    "trainer_dicts": lambda p: accuracy(p) - 0.1 * p["warmup"],
    "hydra_csv": lambda p: accuracy(p) - 1 / p["width"],
    "keras_bar": lambda p: accuracy(p) - p["batch_size"] / 10000,
    "absl_stderr": lambda p: 100 * accuracy(p, start=p["bias"]),
    "yolo_hyp": lambda p: accuracy(p, "lr0") - p["mixup"] / 10,
    "sklearn_constants": lambda p: accuracy(p) - (0.05 if p["solver"] == "sgd" else 0),
    "torchrun_ranks": accuracy,
    "lightgbm_lines": lambda p: loss(p) + p["leaves"] / 10000,
    "timm_summary": lambda p: 100 * accuracy(p) + (1 if p["amp"] else 0),
    "trainer_state": loss,
    "own_report": lambda p: accuracy(p) - 1 / p["width"],
}
"""The right score of each example's trials after `N_EPOCHS` epochs."""

TRUE_TO = {"argparse_print": 0.01, "absl_stderr": 0.01, "nanogpt_config": 1e-4}
"""How exactly a script prints its score; the others to six digits."""


def sprint_of(folder: Path, workspace: Path, n_trials: int = N_TRIALS) -> tuple[Any, list[TrialRow]]:
    """Make the thread of a folder and run one sprint of it with a worker in this process; (the sprint, its trials)."""
    ws = api.open_workspace(workspace, create=True)
    try:
        thread = api.create_thread(ws, api.load_thread_file(folder / "thread.yaml"))
        fidelity = Fidelity(max_epochs=N_EPOCHS, scheduler=False)
        plan = SprintPlan(
            thread=thread.name, stage="baseline", sampler="random", n_trials=n_trials, n_random=n_trials,
            fidelity=fidelity, seed=1,
        )  # fmt: skip
        sprint = api.create_sprint(ws, plan)
        with writing(ws) as session:
            commands.set_sprint_state(session, sprint.id, SprintState.RUNNING)
        Worker(ws, sprint.id).run()
        with reading(ws) as session:
            return queries.sprint(session, sprint.id), queries.trials(session, sprint.id)
    finally:
        dispose(ws)


IMPORTS_TORCH = (pytest.mark.slow, pytest.mark.timeout(900))  # twelve processes that import torch


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=IMPORTS_TORCH if name == "torchrun_ranks" else ()) for name in SCORES]
)
def test_a_script_that_nobody_edited_is_steered_with_the_right_scores(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "own_report":
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # As in an activated environment: torchrun stands beside the interpreter.
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    folder = tmp_path / name
    shutil.copytree(EXAMPLES / name, folder)
    before = {path: path.read_bytes() for path in folder.rglob("*")}
    sprint, trials = sprint_of(folder, tmp_path / "ws")
    assert sprint.state == "done", (sprint.failure, [trial.reason for trial in trials])
    assert [trial.state for trial in trials] == ["complete"] * N_TRIALS
    for trial in trials:
        assert trial.score == pytest.approx(SCORES[name](trial.params), abs=TRUE_TO.get(name, 1e-6))
        assert (trial.n_reports, trial.n_epochs) == (N_EPOCHS, N_EPOCHS)
        assert [text for text in trial.findings if "rank 1 not counted" not in text] == []
    assert {path: path.read_bytes() for path in folder.rglob("*")} == before, "nothing is left beside the script"


def test_every_example_with_a_command_is_run_by_a_test() -> None:
    own = {path.parent.name for path in EXAMPLES.glob("*/thread.yaml")} - {"digits"}
    assert own == set(SCORES)


def test_doubt_about_a_score_is_a_finding_on_the_stored_trial(tmp_path: Path) -> None:
    folder = tmp_path / "doubtful"
    folder.mkdir()
    (folder / "train.py").write_text(
        "import sys\n"
        "for epoch in (1, 2, 2):\n"
        "    print(f'[rank1] epoch {epoch} acc 9')\n"
        "    print(f'[rank0] epoch {epoch} acc {sys.argv[1]}{epoch}', flush=True)\n"
        "print('[rank0] epoch 2 acc 0.5')\n"
    )
    (folder / "thread.yaml").write_text(
        "thread: doubtful\n"
        'command: "python train.py {x} {epochs}"\n'
        r"report: {regex: 'rank(?P<rank>\d+)\] epoch (?P<epoch>\d+) acc (?P<score>\S+)'}" + "\n"
        "space: {x: {type: int, low: 1, high: 9}}\n"
    )
    _, [row] = sprint_of(folder, tmp_path / "ws", n_trials=1)
    assert (row.state, row.score) == ("complete", 0.5)
    repeated, ranks, length = row.findings
    assert repeated.startswith("Epoch 2 was reported more than once with different scores")
    assert ranks == "3 reports of rank 1 not counted: only rank 0 counts."
    assert length == f"The last report is of epoch 2; {N_EPOCHS} epochs asked for."
    ws = api.open_workspace(tmp_path / "ws")
    try:
        view = api.get_trial(ws, 1, 0)
        assert view.findings == tuple(row.findings)
        assert [epoch.score for epoch in api.list_epochs(ws, 1, 0)][-1] == view.score == 0.5
    finally:
        dispose(ws)


def test_a_plan_shows_the_fidelity_that_a_command_can_obey(tmp_path: Path) -> None:
    folder = tmp_path / "deaf"
    folder.mkdir()
    (folder / "train.py").write_text(
        'import sys\nfor epoch in (1, 2, 3, 4):\n    print(f\'{{"epoch": {epoch}, "score": {sys.argv[1]}}}\')\n'
    )
    space = "space:\n  lr: {type: float, low: 0.1, high: 1.0}\n"
    (folder / "thread.yaml").write_text(f'thread: deaf\ncommand: "{sys.executable} train.py {{lr}}"\n{space}')
    (folder / "told.yaml").write_text(
        f'thread: told\ncommand: "python train.py {{lr}} {{epochs}} {{train_fraction}} {{val_parts}}"\n{space}'
    )
    ws = api.open_workspace(tmp_path / "ws", create=True)
    for file in ("thread.yaml", "told.yaml"):
        api.create_thread(ws, api.load_thread_file(folder / file))
    wanted = Fidelity(train_parts=6, val_parts=3, max_epochs=25, run_to="epochs", epochs=1, scheduler=False)

    def preview(thread: str) -> Any:
        return api.preview_plan(
            ws, SprintPlan(thread=thread, stage="baseline", sampler="random", n_trials=1, n_random=1, fidelity=wanted)
        )

    assert preview("told").plan.fidelity == wanted
    before = preview("deaf")
    assert "T1_V1_M25" in before.label
    assert before.epoch_equivalents == 1.0
    dispose(ws)
    sprint, trials = sprint_of(folder, tmp_path / "other", n_trials=1)
    assert (sprint.state, trials[0].epoch) == ("done", 4)
    ws = api.open_workspace(tmp_path / "other")
    after = preview("deaf")
    assert (after.plan.fidelity.code, after.plan.fidelity.n_epochs()) == ("T1_V1_M4", 4)
    assert after.epoch_equivalents == 4.0
    again = replace(after.plan, stage=sprint.stage, prime="warm", prime_from=sprint.id, n_trials=2)
    assert api.preview_plan(ws, again).errors == (), "the same script trains as long in both sprints"
    dispose(ws)
