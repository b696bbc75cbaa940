"""Artifacts of trials: bounded on the disk, gone with an attempt that failed, found again in a copied workspace."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.event import listen

from engine import api
from engine.errors import EngineError
from engine.store import queries
from engine.store.database import dispose, reading, writing
from engine.store.workspace import Workspace
from engine.worker.retention import keep_artifacts
from tests.engine.runtime.conftest import Lab

OBJECTIVE = """
import json
class Task:
    metric, direction = "score", "maximize"
    def __init__(self, *, model, data, base_dir):
        self.fail = data.get("fail", False)
    def prepare(self):
        return {}
    def run(self, trial):
        content = {"schema": 1, "note": "of trial %d" % trial.number, "documents": []}
        (trial.run_dir / "examples.json").write_text(json.dumps(content))
        trial.report(1, trial.params["x0"], {})
        if self.fail:
            raise ValueError("bad luck")
        return trial.params["x0"]
"""


@pytest.fixture
def objective(lab: Lab) -> str:
    (lab.ws.path / "leaving.py").write_text(OBJECTIVE, encoding="utf-8")
    return "leaving:Task"


def ran(lab: Lab, objective: str, trials: int = 3, **data: Any) -> int:
    sprint = lab.sprint(objective=objective, options={"data": data}, trials=trials, n_trials=trials)
    lab.work(sprint)
    return sprint


def has(ws: Workspace, sprint: int, number: int) -> bool:
    return (ws.run_dir(sprint, number) / "examples.json").exists()


def test_any_objectives_examples_are_read_and_move_with_the_workspace(lab: Lab, objective: str, tmp_path: Path) -> None:
    sprint = ran(lab, objective)
    found = api.trial_examples(lab.ws, sprint, 1)
    assert found.content is not None
    assert (found.content.note, found.absence) == ("of trial 1", "")
    shutil.copytree(lab.ws.path, tmp_path / "copy")
    shutil.rmtree(lab.ws.sprint_dir(sprint))
    copy = api.open_workspace(tmp_path / "copy")
    moved = api.trial_examples(copy, sprint, 1).content
    dispose(copy)
    assert moved is not None
    assert moved.note == "of trial 1"


def test_beyond_the_bound_the_worst_trials_lose_theirs_and_say_so(lab: Lab, objective: str) -> None:
    sprint = ran(lab, objective, trials=4)  # x0 rises with the number
    size = (lab.ws.run_dir(sprint, 0) / "examples.json").stat().st_size
    with reading(lab.ws) as session:
        assert keep_artifacts(session, lab.ws, queries.sprint(session, sprint)) == []
        assert keep_artifacts(session, lab.ws, queries.sprint(session, sprint), 2 * size + 1) == [1, 0]
        assert keep_artifacts(session, lab.ws, queries.sprint(session, sprint), 0) == [2]
    assert [has(lab.ws, sprint, number) for number in range(4)] == [False, False, False, True]
    found = api.trial_examples(lab.ws, sprint, 0)
    assert found.content is None
    assert "keeps 16 MiB of them, best trials first" in found.absence
    assert "1 other" in found.advice


def test_a_running_trial_keeps_its_own_and_no_parameters_are_read(lab: Lab, objective: str) -> None:
    sprint = ran(lab, objective, trials=3)
    with writing(lab.ws) as session:
        queries.trials(session, sprint)[0].state = "running"  # it would be the worst
    statements: list[str] = []
    with reading(lab.ws) as session:
        row = queries.sprint(session, sprint)
        listen(session.connection(), "before_cursor_execute", lambda *seen: statements.append(seen[2]))
        assert keep_artifacts(session, lab.ws, row, 0) == [1]
    assert [has(lab.ws, sprint, number) for number in range(3)] == [True, False, True]
    (read,) = statements
    assert "params" not in read


def test_a_failed_attempt_leaves_none_and_the_reason_is_said(lab: Lab, objective: str) -> None:
    sprint = ran(lab, objective, trials=1, fail=True)
    assert not has(lab.ws, sprint, 0)
    found = api.trial_examples(lab.ws, sprint, 0)
    assert "this trial is failed" in found.absence


def test_an_objective_that_writes_none_is_told_how(lab: Lab) -> None:
    sprint = lab.sprint(trials=1, n_trials=1)
    waiting = api.trial_examples(lab.ws, sprint, 0)
    assert "is queued: its examples are written when it finishes" in waiting.absence
    lab.work(sprint)
    found = api.threshold_trace(lab.ws, sprint, 0)
    assert "engine.objectives.synthetic:Synthetic, writes none" in found.absence
    assert "thresholds.json" in found.advice
    assert "docs/examples.md" in found.advice


def test_a_damaged_file_is_refused_by_name(lab: Lab, objective: str) -> None:
    sprint = ran(lab, objective, trials=1)
    file = lab.ws.run_dir(sprint, 0) / "examples.json"
    file.write_text(json.dumps({"schema": 1, "documents": [{"title": 3}]}))
    with pytest.raises(EngineError, match=r"documents\[0\]"):
        api.trial_examples(lab.ws, sprint, 0)
    with pytest.raises(EngineError, match="no trial 9"):
        api.trial_examples(lab.ws, sprint, 9)
