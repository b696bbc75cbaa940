"""Openings of the test split are events: no retry, loss or deleted checkpoint takes one back."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from engine import api

TASK = """
class Task:
    metric, direction = "score", "maximize"
    def __init__(self, *, model, data, base_dir):
        pass
    def prepare(self):
        return {}
    def run(self, trial):
        trial.report(1, 1.0, {})
        if trial.open_test:
            trial.opened_test({"test_f1": 40.0 + trial.number, "test_loss": float("nan")})
        if not (trial.run_dir / "tried").exists():
            (trial.run_dir / "tried").touch()
            raise ValueError("after the test split was read")
        return 1.0
"""


@pytest.fixture(autouse=True)
def restored_path() -> Iterator[None]:
    """A worker adds the thread's folder to the module path."""
    before = list(sys.path)
    yield
    sys.path[:] = before
    sys.modules.pop("opening_task", None)


@pytest.mark.parametrize(("stage", "each"), [("1E", 0), ("Full", 0), ("confirm", 2)])
def test_each_attempt_of_a_confirming_trial_counts_and_no_other_stage_is_allowed(
    lab: Any, stage: str, each: int
) -> None:
    lab.ws.path.joinpath("opening_task.py").write_text(TASK)
    sprint_id = lab.sprint(objective="opening_task:Task", stage=stage, n_trials=2, limits={"max_errors": 1})
    assert lab.work(sprint_id) == "done"
    assert [trial.attempt for trial in lab.trials(sprint_id)] == [2, 2]
    assert api.get_sprint(lab.ws, sprint_id).n_test_openings == 2 * each
    for trial in api.list_trials(lab.ws, sprint_id):
        assert trial.n_test_openings == each
        assert trial.test_metrics == ({"test_f1": 40.0 + trial.number, "test_loss": None} if each else {})
    assert lab.kinds(sprint_id).count("test.opened") == 2 * each
