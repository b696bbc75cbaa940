"""A workspace with a thread, and sprints whose trials are written as a worker would have left them."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import api
from engine.store import commands, queries
from engine.store.database import dispose, writing
from engine.store.tables import TrialRow, now
from engine.store.workspace import Workspace
from engine.trials.states import SprintState

THREAD = """\
thread: Hartmann
objective: engine.objectives.synthetic:Synthetic
model: {function: hartmann3}
space:
  x0: {type: float, low: 0.0, high: 1.0, domain: [0, 1]}
  x1: {type: float, low: 0.01, high: 1.0, log: true}
  x2: {type: float, low: 0.0, high: 1.0}
  pct_start: {type: float, low: 0.24, high: 0.32, active_when: {scheduler: true}}
"""

Finish = Callable[..., api.SprintView]


@pytest.fixture
def thread_file(tmp_path: Path) -> Path:
    path = tmp_path / "thread.yaml"
    path.write_text(THREAD)
    return path


@pytest.fixture
def ws(tmp_path: Path, thread_file: Path) -> Any:
    """A workspace with the thread ``Hartmann`` and no sprint."""
    workspace = api.open_workspace(tmp_path / "ws", create=True)
    api.create_thread(workspace, api.load_thread_file(thread_file))
    yield workspace
    dispose(workspace)


@pytest.fixture
def finish() -> Finish:
    """Writes finished trials into a sprint: ``finish(ws, ref, [({"x0": …}, score), …], state="done")``."""

    def write(
        ws: Workspace, ref: int | str, trials: list[tuple[Mapping[str, Any], float | None]], state: str = "done"
    ) -> api.SprintView:
        sprint = api.get_sprint(ws, ref)
        with writing(ws) as session:
            row = queries.sprint(session, sprint.id)
            rows: list[TrialRow] = []
            at = now()  # of all: on a busy machine the last one is made a moment later
            for params, score in trials:
                made = TrialRow(sprint_id=sprint.id, number=0, source="random", params=dict(params))
                made.train_fold, made.val_fold = sprint.fidelity.subsets(len(rows))
                made.state = "complete" if score is not None else "failed"
                made.score, made.seconds, made.n_reports, made.epoch, made.n_epochs = score, 2.0, 1, 1, 1
                made.attempt, made.started_at, made.finished_at = 1, at - timedelta(seconds=2), at
                made.reason = "" if score is not None else "out of memory"
                rows.append(made)
            commands.add_trials(session, row, rows)
            commands.set_sprint_state(session, sprint.id, SprintState.RUNNING)
            if state != "running":
                commands.set_sprint_state(session, sprint.id, SprintState(state))
            row.manifest = {"n_train": 600, "n_val": 300}
            session.add(row)
        return api.get_sprint(ws, ref)

    return write


def spread(n: int, best_at: float = 0.88) -> list[tuple[dict[str, Any], float | None]]:
    """n trials over the space, better the nearer x0 is to ``best_at``."""
    found: list[tuple[dict[str, Any], float | None]] = []
    for i in range(n):
        x0 = (i + 0.5) / n
        found.append(({"x0": x0, "x1": 0.01 * 100 ** ((i * 7 % n + 0.5) / n), "x2": 0.5}, -abs(x0 - best_at)))
    return found


@pytest.fixture
def explored(ws: Workspace, finish: Finish) -> api.SprintView:
    """A finished exploration of 30 trials, best near x0 = 0.88."""
    plan = api.default_plan(ws, "Hartmann", "1E")
    from dataclasses import replace

    view = api.create_sprint(ws, replace(plan, n_trials=30, n_random=30, sampler="random"))
    return finish(ws, view.id, spread(30))
