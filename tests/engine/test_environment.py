import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import environment
from engine.environment import BEFORE, own_environment, person_environment, undo_for_person
from engine.start import HOME, own_command


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(BEFORE, raising=False)
    monkeypatch.setattr(environment, "_at_start", {})
    monkeypatch.setattr(environment, "_umask", [])


def test_what_is_added_for_our_own_is_undone_for_a_person_also_two_processes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SET", "mine")
    monkeypatch.delenv("UNSET", raising=False)
    person = dict(os.environ)
    for _ in range(2):
        own = own_environment({"SET": "ours", "UNSET": "ours"})
        assert (own["SET"], own["UNSET"]) == ("ours", "ours")
        for name, value in own.items():
            monkeypatch.setenv(name, value)
        assert person_environment() == person


def test_variables_of_another_program_can_be_undone_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_JOB", "1")
    monkeypatch.setenv(BEFORE, json.dumps({"A": "b"}))
    undo_for_person(["RAY_JOB"])
    assert "RAY_JOB" not in person_environment()
    assert person_environment()["A"] == "b"


@pytest.mark.parametrize("told", ["", "no json", "[1]"])
def test_a_variable_that_somebody_else_set_is_no_failure(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BEFORE, told)
    assert BEFORE not in person_environment()


def test_our_processes_find_our_packages_and_nothing_of_the_folder(tmp_path: Path) -> None:
    for name in ("engine", "argparse", "sqlmodel"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken from the folder')\n")
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    for extra in ({}, {"PYTHONPATH": str(tmp_path / "elsewhere")}):
        done = subprocess.run(
            [*own_command("engine.launchers.local"), "--help"], cwd=tmp_path, env={**bare, **extra}, text=True,
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert (HOME / "engine" / "start.py").exists()
    assert own_command("x")[0] == sys.executable
