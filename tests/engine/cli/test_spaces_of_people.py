"""Spaces as people have them, from a thread file to finished trials: null, chains, case, a late hyperparameter."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine.cli.conftest import Run, content

SCRIPT = """\
import argparse, json
p = argparse.ArgumentParser()
p.add_argument("--depth", type=int); p.add_argument("--act"); p.add_argument("--m1"); p.add_argument("--b", type=float)
p.add_argument("--layers"); p.add_argument("--dropout", type=float, default=0.1)
a = p.parse_args()
print(json.dumps({"epoch": 1, "score": (a.depth or 0) - a.dropout, "b": -1 if a.b is None else a.b}))
"""

THREAD = """\
thread: People
command: "python train.py --depth {depth} --act {act} --m1 {m1} --b {b} --layers {layers}"
space:
  depth: {type: categorical, choices: [null, 3, 5]}
  act: {type: categorical, choices: [ReLU, relu, GELU]}
  m1: {type: categorical, choices: [p, q], active_when: {act: [ReLU, GELU]}}
  b: {type: float, low: 0, high: 1, step: 0.25, active_when: {m1: p}}
  layers: {type: categorical, choices: [[64], [64, 32]]}
"""


@pytest.fixture
def people(run: Run, tmp_path: Path) -> Path:
    (tmp_path / "train.py").write_text(SCRIPT)
    path = tmp_path / "people.yaml"
    path.write_text(THREAD)
    assert run("thread", "new", str(path))[0] == 0
    return path


def dimensions(run: Run) -> dict[str, Any]:
    shown = content(run("space", "show", "People", "--json"))["dimensions"]
    return {one["name"]: one for one in shown}


def test_a_new_thread_is_warned_of_what_its_command_ignores_and_of_a_missing_script(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text(THREAD)
    status, out, err = run("thread", "new", str(path))
    assert (status, "thread People: 5 dimensions" in out) == (0, True)
    assert f"warning: No script train.py is in {tmp_path}" in err
    assert "warning: The command does not use {epochs}" in err
    made = content(run("thread", "new", str(path), "--name", "Others", "--json"))
    assert len(made["warnings"]) == 3
    assert made["warnings"][0].startswith("No script train.py")


def test_null_lists_and_chains_reach_the_command(run: Run, people: Path) -> None:
    assert run("sprint", "new", "People", "--stage", "baseline", "--trials", "12")[0] == 0
    assert run("sprint", "run", "1")[0] == 0
    trials = content(run("trial", "list", "1", "--json"))["trials"]
    assert {trial["state"] for trial in trials} == {"complete"}
    assert None in [trial["params"]["depth"] for trial in trials]
    for trial in trials:
        params = trial["params"]
        assert trial["score"] == (params["depth"] or 0) - 0.1
        assert ("m1" in params) == (params["act"] != "relu")
        assert ("b" in params) == (params.get("m1") == "p"), "a child is never active without its parent"
        assert params["layers"] in ([64], [64, 32])
    text = run("review", "1")[1]
    assert "null" in text


def test_choices_that_differ_in_case_are_told_apart(run: Run, people: Path) -> None:
    assert run("space", "choices", "People", "act", "ReLU", "relu")[0] == 0
    assert dimensions(run)["act"]["choices"] == ["ReLU", "relu"]
    assert run("space", "freeze", "People", "depth", "null")[0] == 0
    assert "= null frozen" in run("space", "show", "People")[1]
    status, _, err = run("space", "freeze", "People", "act", "RELU")
    assert status == 2
    assert "may be ReLU or relu" in err


def test_a_hyperparameter_joins_a_living_thread_and_can_leave_it_again(run: Run, people: Path) -> None:
    assert run("sprint", "new", "People", "--stage", "baseline", "--trials", "6")[0] == 0
    assert run("sprint", "run", "1")[0] == 0
    status, _, err = run("space", "add", "People", "dropout", "--was", "0.1", "--low", "0", "--high", "0.5")
    assert status == 2
    assert "the command of People must use {dropout}" in err
    words = ("space", "add", "People", "dropout", "--was", "0.1", "--low", "0", "--high", "0.5", "--step", "0.1")
    assert run(*words, "--words", "--dropout {dropout}", "--reason", "overfits")[0] == 0
    log = content(run("space", "log", "People", "--json"))["edits"]
    assert [(one["action"], one["dimension"], one["reason"]) for one in log] == [("add", "dropout", "overfits")]
    run(
        "sprint",
        "new",
        "People",
        "--stage",
        "baseline",
        "--trials",
        "4",
        "--prime",
        "cold",
        "--from",
        "1",
        "--top",
        "2",
    )
    assert run("sprint", "run", "2")[0] == 0
    trials = content(run("trial", "list", "2", "--json"))["trials"]
    assert [trial["params"]["dropout"] for trial in trials if trial["source"] == "primed-cold"] == [0.1, 0.1]
    assert all(trial["score"] == (trial["params"]["depth"] or 0) - trial["params"]["dropout"] for trial in trials)
    assert run("space", "undo", "People")[0] == 0
    assert "dropout" not in dimensions(run)
    assert run("sprint", "new", "People", "--stage", "baseline", "--trials", "2")[0] == 0
    assert run("sprint", "run", "3")[0] == 0
    trials = content(run("trial", "list", "3", "--json"))["trials"]
    assert all(trial["score"] == (trial["params"]["depth"] or 0) - 0.1 for trial in trials), "the words are left out"
    assert run("space", "redo", "People")[0] == 0
    assert run("space", "restore", "People", "--after", "0")[0] == 0
    assert "dropout" not in dimensions(run)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("active_when: {act: [swish]}", "it can never be active"),
        ("active_when: {optimiser: adam}", "unknown key 'optimiser'"),
        ("active_when: {m1: p, act: relu}", "it can never be active"),
    ],
)
def test_a_condition_that_can_never_hold_is_refused(run: Run, people: Path, line: str, words: str) -> None:
    wrong = people.with_name("wrong.yaml")
    wrong.write_text(THREAD.replace("People", "Wrong").replace("active_when: {m1: p}", line))
    status, _, err = run("thread", "new", str(wrong))
    assert status == 2
    assert words in err
    assert "line 7" in err


def test_our_own_table_tells_null_from_nothing(run: Run, people: Path, tmp_path: Path) -> None:
    run("sprint", "new", "People", "--stage", "baseline", "--trials", "6")
    run("sprint", "run", "1")
    table = tmp_path / "out.csv"
    assert run("export", "1", str(table))[0] == 0
    rows = table.read_text().splitlines()
    trials = content(run("trial", "list", "1", "--json"))["trials"]
    assert sum(",null," in row for row in rows) == sum(trial["params"]["depth"] is None for trial in trials) > 0
    assert json.dumps([64]) in table.read_text()


def test_a_hyperparameter_joins_a_thread_whose_script_counts_steps(run: Run, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("ROUNDS = 9\n")
    (tmp_path / "steps.yaml").write_text(
        "thread: Steps\ncommand: 'python train.py --n {steps} --lr {lr}'\nenv: {N: '{steps}'}\n"
        "constants: {train.py: {ROUNDS: '{steps}'}}\n"
        "report: {regex: 'step (?P<step>\\d+) (?P<score>\\S+)', every: 5}\n"
        "space: {lr: {type: float, low: 0, high: 1}}\n"
    )
    assert run("thread", "new", str(tmp_path / "steps.yaml"))[0] == 0
    words = ("space", "add", "Steps", "wd", "--was", "0", "--low", "0", "--high", "1", "--words", "--wd {wd}")
    assert run(*words)[0] == 0
