"""The best configuration is printed ready to run, and run again as it was."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine import api
from engine.api.configurations import configuration_text
from engine.errors import EngineError
from engine.store.workspace import Workspace

Run = Any


THREAD = """\
thread: Command
command: "python train.py --lr {lr} --opt {opt} --momentum {momentum} --epochs {epochs} --seed {seed}"
space:
  lr: {type: float, low: 1e-6, high: 1, log: true}
  opt: {type: categorical, choices: ["ad am", sgd]}
  momentum: {type: float, low: 0, high: 1, active_when: {opt: sgd}}
"""


@pytest.fixture
def done(ws: Workspace, tmp_path: Path, finish: Any) -> api.SprintView:
    (tmp_path / "train.py").write_text("")
    (tmp_path / "command.yaml").write_text(THREAD)
    api.create_thread(ws, api.load_thread_file(tmp_path / "command.yaml"))
    sprint = api.create_sprint(ws, api.default_plan(ws, "Command", "1E"))
    points = [({"lr": 1e-05, "opt": "ad am"}, 0.9), ({"lr": 0.1, "opt": "sgd", "momentum": 0.5}, 0.5)]
    view: api.SprintView = finish(ws, sprint.id, points)
    return view


def test_the_best_configuration_reads_back_from_every_form(ws: Workspace, done: api.SprintView, run: Run) -> None:
    best = {"lr": 1e-05, "opt": "ad am"}
    words = shlex.split(run("trial", "params", str(done.id), "--as", "cli")[1])
    seed = str(api.get_trial(ws, done.id, 0).seed)
    assert words == ["python", "train.py", "--lr", "1e-05", "--opt", "ad am", "--epochs", "1", "--seed", seed]
    assert yaml.safe_load(run("trial", "params", str(done.id))[1]) == best
    assert json.loads(run("trial", "params", str(done.id), "--as", "json")[1]) == best
    scope: dict[str, Any] = {}
    exec(run("trial", "params", str(done.id), "1", "--as", "python")[1], scope)
    assert scope["params"] == {"lr": 0.1, "opt": "sgd", "momentum": 0.5}


def test_an_objective_that_is_no_command_gets_options(ws: Workspace, explored: api.SprintView) -> None:
    params = api.get_trial(ws, explored.id, explored.best_trial or 0).params
    words = shlex.split(configuration_text(ws, explored.id, None, "cli"))
    assert words == [word for name, value in params.items() for word in (f"--{name}", str(value))]


def test_a_rerun_has_the_values_the_seed_and_the_subsets_of_the_trial(ws: Workspace, done: api.SprintView) -> None:
    before = api.get_trial(ws, done.id, 0)
    again = api.clone_trial(ws, done.id, None, {})
    assert (again.state, again.params, again.seed, again.fold) == ("queued", before.params, before.seed, before.fold)
    assert again.source_trial.endswith("#0")


def test_what_was_imported_without_an_objective_cannot_run_again(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("lr,score\n0.1,1\n0.2,2\n")
    view = api.import_sprint(ws, "Foreign", str(tmp_path / "t.csv"))
    with pytest.raises(EngineError, match="imported without an objective, so nothing can be run"):
        api.clone_trial(ws, view.id, None, {})


SCRIPT = """\
import argparse, json, os
import beside
p = argparse.ArgumentParser()
p.add_argument("--lr", type=float); p.add_argument("--steps", type=int); p.add_argument("--hyp")
a = p.parse_args()
SIZE = 1
found = [a.lr, a.steps, SIZE, json.load(open(a.hyp))["wd"], os.environ.get("MODE"), os.environ.get("HOME"), os.getcwd()]
print(json.dumps({"score": a.lr, "step": a.steps, "found": str(found)}))
print("FOUND", found)
"""


@pytest.mark.parametrize("isolated", [False, True])
def test_the_command_of_a_thread_with_every_key_gives_the_same_training_when_it_is_pasted(
    ws: Workspace, tmp_path: Path, run: Run, isolated: bool
) -> None:
    folder = tmp_path / "my project"
    folder.mkdir()
    for name, text in {"train.py": SCRIPT, "beside.py": "", "hyp.json": '{"wd": 0}'}.items():
        (folder / name).write_text(text)
    (folder / "thread.yaml").write_text(
        f"thread: Keys\npython: {sys.executable}\nenv: {{MODE: 'a {{lr}}', HOME: null}}\n"
        f"command: 'python train.py --lr {{lr}} --steps {{steps}} --hyp {{file.hyp}}'\n"
        "files: {hyp: {from: hyp.json, set: {wd: '{wd}'}}}\nconstants: {train.py: {SIZE: '{size}'}}\n"
        f"isolated: {str(isolated).lower()}\nreport: {{json: true, every: 10}}\n"
        "space:\n  lr: {type: float, low: 0, high: 1}\n  wd: {type: float, low: 0, high: 1}\n"
        "  size: {type: int, low: 1, high: 64}\n"
    )
    assert run("thread", "new", str(folder / "thread.yaml"))[0] == 0
    assert run("sprint", "new", "Keys", "--stage", "baseline", "--trials", "1")[0] == 0
    assert run("sprint", "run", "1")[0] == 0
    log = run("trial", "show", "1", "0", "--log", "20")[1]
    ran = log.partition("FOUND ")[2].splitlines()[0]
    pasted = run("trial", "params", "1", "--as", "cli")[1]
    done = subprocess.run(["bash", "-c", pasted], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (pasted, done.stderr)
    assert done.stdout.partition("FOUND ")[2].strip().rpartition(",")[0] == ran.rpartition(",")[0]
