"""A short version of the kill matrix: what it kills costs nothing, and it would see a loss."""

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks" / "attack"))

import kill_matrix

from tests.engine.runtime.conftest import Lab, lab, restored_path

__all__ = ["lab", "restored_path"]


def test_rounds_of_the_kill_matrix_lose_nothing_and_leave_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    rounds = kill_matrix.matrix(range(1004, 1007), ("sqlite",), jobs=3)
    assert [one for one in rounds if not one.is_right] == []
    assert sum(one.n_attempts for one in rounds) > sum(one.n_trials for one in rounds), "something was hit"


def test_the_matrix_sees_what_is_lost_and_doubled(lab: Any) -> None:
    assert isinstance(lab, Lab)
    sprint_id = lab.sprint(n_trials=3)
    lab.work(sprint_id)
    done = kill_matrix.Round(seed=0, n_trials=4)
    from engine.store.commands import record_event
    from engine.store.database import writing

    with writing(lab.ws) as session:
        record_event(session, "trial.complete", sprint_id=sprint_id, number=1)
    kill_matrix.judge(lab.ws, sprint_id, done)
    assert done.lost == [3]
    assert done.doubled == ["trial 1 completed 2 times", "trials [0, 1, 2]"]
    assert not done.is_right
