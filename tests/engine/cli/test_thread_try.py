"""``trimtab thread try``: one run in the foreground, what it was started with and what each line was taken for."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.cli.main import main

ROOT = Path(__file__).resolve().parents[3]

SPACE = """
space:
  lr: {type: float, low: 1e-5, high: 1e-1, log: true}
  warm: {type: float, low: 0.1, high: 0.5, active_when: {mode: b}}
  mode: {type: categorical, choices: [a, b]}
"""

SCRIPT = """
import json, os, sys
print("starting", sys.argv[1:])
print(json.dumps({"epoch": 1, "loss": 0.5}))
print(json.dumps({"epoch": 1, "score": 0.25, "level": os.environ.get("LEVEL")}))
"""

COMMAND = "python train.py --lr {lr} --mode {mode} --warm {warm}"


def tried(folder: Path, capsys: pytest.CaptureFixture[str], *words: str, script: str = SCRIPT, more: str = "") -> Any:
    """(status, what it printed as JSON) of trying a script out."""
    (folder / "train.py").write_text(script)
    (folder / "t.yaml").write_text(f"thread: t\ncommand: {COMMAND}\n{more}\n{SPACE}")
    status = main(["thread", "try", str(folder / "t.yaml"), "--json", *words])
    captured = capsys.readouterr()
    return status, json.loads(captured.out) if captured.out else captured.err


def test_a_run_shows_what_it_is_started_with_and_what_each_line_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--set", "lr=1e-3 mode=a")
    status, found = tried(tmp_path, capsys, *words, more="env: {LEVEL: high}")
    assert (status, found["met"], found["score"]) == (0, True, 0.25)
    assert found["params"] == {"lr": 1e-3, "mode": "a"}, "what is inactive is left out"
    assert found["argv"][1:] == ["train.py", "--lr", "0.001", "--mode", "a"]
    assert found["folder"] == str(tmp_path)
    assert found["python"].startswith("Python 3.")
    assert found["environment"]["LEVEL"] == "high"
    assert found["unused"] == ["epochs", "train_fraction", "seed"]
    assert [line["taken_for"].partition(":")[0] for line in found["lines"]] == [
        "log",
        "metrics of epoch 1",
        "report of epoch 1",
    ]
    assert "loss" in found["near_misses"][0]
    assert not list(tmp_path.glob("*.db")), "nothing is stored"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("print('hello')", "got none"),
        ('print(\'{"epoch": 1, "loss": 0.5}\')', "'loss' but no 'score'"),
        ("import sys; sys.exit(3)", "exit"),
        ("raise ValueError('shapes differ')", "ValueError: shapes differ"),
        ('print(\'{"epoch": 1, "score": NaN}\')', "finite"),
    ],
)
def test_a_broken_contract_ends_with_1_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], script: str, message: str
) -> None:
    status, found = tried(tmp_path, capsys, script=script)
    assert (status, found["met"]) == (1, False)
    assert message in found["failure"]


def test_a_script_that_never_ends_is_stopped_when_its_reports_have_shown_the_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = """
import time
for epoch in range(1, 1000):
    print('{"epoch": %d, "score": %d}' % (epoch, epoch), flush=True)
time.sleep(600)
"""
    status, found = tried(tmp_path, capsys, script=script)
    assert (status, found["met"]) == (0, True)
    assert found["stopped"]
    assert found["seconds"] < 60


def test_a_silent_script_is_stopped_after_its_seconds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = tried(tmp_path, capsys, "--seconds", "0.5", script="import time\ntime.sleep(600)\n")
    assert (status, found["met"]) == (1, False)
    assert "--seconds" in found["failure"]


def test_in_words_the_verdict_comes_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    (tmp_path / "t.yaml").write_text(f"thread: t\ncommand: {COMMAND}\n{SPACE}")
    assert main(["thread", "try", str(tmp_path / "t.yaml")]) == 0
    said = capsys.readouterr().out
    assert "→ report of epoch 1: score 0.25" in said
    assert said.strip().splitlines()[-1].startswith("Contract met: 1 report, score 0.25")


def test_an_objective_that_is_no_command_can_be_tried_too(
    thread_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["thread", "try", str(thread_file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["met"]
    assert found["argv"] == []


def test_a_value_that_does_not_fit_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = tried(tmp_path, capsys, "--set", "mode=c")
    assert status == 2
    assert "not one of" in said
