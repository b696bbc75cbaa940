"""A large store for the interface's benchmark: 1,000 threads, 100 sprints, 10,000 trials with their epochs.

Threads and sprints are made by the engine's own commands; trials are inserted in bulk, as their workers would have
left them.
"""

import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.store import commands, queries
from engine.store.database import dispose, writing
from engine.store.tables import SprintRow, ThreadRow
from engine.store.workspace import Workspace, open_workspace

N_THREADS, N_SPRINTS, N_TRIALS = 1000, 100, 100
"""Threads; sprints, ten on each of the first ten threads; trials of each sprint."""

SPACE = Space(
    dimensions=(
        *(Dimension(name=f"x{i}", kind="float", low=1e-5, high=1.0, log=i % 2 == 1) for i in range(6)),
        Dimension(name="layers", kind="int", low=1, high=12),
        Dimension(name="head", kind="categorical", choices=("linear", "mlp", "bilinear")),
    )
)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def make_store(
    folder: Path, *, n_threads: int = N_THREADS, n_sprints: int = N_SPRINTS, n_trials: int = N_TRIALS
) -> Workspace:
    """A workspace full of finished sprints; the handles to it are closed again."""
    ws = open_workspace(folder, create=True)
    rng = random.Random(0)
    with writing(ws) as session:
        threads = [
            commands.create_thread(
                session,
                ThreadRow(
                    name=f"thread-{number:04d}",
                    objective="engine.objectives.synthetic:Synthetic",
                    options={"model": {"function": "hartmann6"}, "data": {}},
                    base_dir=str(folder),
                    metric="negated_value",
                ),
                SPACE,
            )
            for number in range(n_threads)
        ]
        for number in range(n_sprints):
            thread, version = threads[number % 10], number // 10 + 1
            row = commands.create_sprint(session, _sprint(thread, version, n_trials))
            trials = [_trial(row.id, n, rng, n_trials) for n in range(n_trials)]
            session.connection().execute(queries.TRIAL.insert(), trials)
        ids = session.connection().execute(queries.TRIAL.select()).all()
        epochs = [
            {"trial_id": one.id, "attempt": 1, "step": 1, "phase": "train", "score": one.score,
             "metrics": {"loss": -one.score, "lr": 1e-3}, "at": BEGIN}
            for one in ids
        ]  # fmt: skip
        session.connection().execute(queries.EPOCH.insert(), epochs)
    dispose(ws)
    return ws


def _sprint(thread: ThreadRow, version: int, n_trials: int) -> SprintRow:
    assert thread.id is not None
    assert thread.head_space_id is not None
    return SprintRow(
        thread_id=thread.id, space_id=thread.head_space_id, stage="1E", suffix="1E", version=version,
        label=f"{thread.name}_1E_v{version}", state="done", metric="negated_value", n_trials=n_trials,
        n_random=n_trials // 2, sampler="gp", fidelity={"max_epochs": 1}, manifest={"n_train": 600, "n_val": 300},
        started_at=BEGIN, finished_at=BEGIN + timedelta(hours=1),
    )  # fmt: skip


def _trial(sprint_id: int | None, number: int, rng: random.Random, n_trials: int) -> dict[str, Any]:
    params = {one.name: one.from_unit(rng.random()) for one in SPACE}
    score = 3.0 - abs(math.log10(float(params["x1"])) + 2) + rng.random()
    begun = BEGIN + timedelta(seconds=12 * number)
    return {
        "sprint_id": sprint_id, "number": number, "state": "complete", "params": params, "score": score,
        "last_score": score, "source": "random" if number < n_trials // 2 else "model", "best_step": 1, "seed": number,
        "train_fold": 0, "val_fold": 0, "attempt": 1, "token": 1, "stop_requested": False, "epoch": 1, "n_epochs": 1,
        "fraction": 0.0, "message": "", "phase": "train", "n_reports": 1, "n_failures": 0, "error_kind": "",
        "error_text": "", "reason": "", "created_at": begun, "started_at": begun,
        "finished_at": begun + timedelta(seconds=12), "seconds": 12.0, "n_rejected": 0,
    }  # fmt: skip
