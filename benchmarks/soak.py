"""One worker through very many trials: memory, handles and time a trial must not grow.

    python benchmarks/soak.py [--trials 50000] [--parts 10] [--store sqlite|postgresql] [--json FILE]

The trials are queued beforehand, train for one epoch of nothing and are claimed, reported and ended by the worker's own
loop. Printed for each part of them: resident memory, open files, threads, and the milliseconds a trial took, those of
the processor apart, which other programs do not change as much; at the end how far the last part is from the second
one, in percent (the first one loads what is loaded once).
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil
from sqlalchemy import func, select

from benchmarks.figures import Figure, keep, table_of
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.store import commands
from engine.store.database import reading, writing
from engine.store.queries import TRIAL
from engine.store.tables import SprintRow, ThreadRow, now
from engine.store.workspace import Workspace, open_workspace
from engine.trials.states import TrialState
from engine.worker.loop import Worker
from tests.engine.postgres import PostgresServer

SPACE = Space(dimensions=(Dimension(name="x0", kind="float", low=0.0, high=1.0),))
LOOK_SECONDS = 0.2
MOST_CHANGE = 5.0
"""Percent by which the last part may differ from the second."""

OBJECTIVE = """
class Nothing:
    metric, direction = "score", "maximize"
    def __init__(self, **options): pass
    def prepare(self): return {}
    def run(self, trial):
        trial.report(1, trial.params["x0"], {"loss": 1.0})
        return trial.params["x0"]
"""


def planned(ws: Workspace, n_trials: int) -> int:
    """A running sprint with all its trials in the queue."""
    (ws.path / "nothing_to_train.py").write_text(OBJECTIVE)
    with writing(ws) as session:
        row = ThreadRow(name="soak", objective="nothing_to_train:Nothing", options={"model": {}}, base_dir=str(ws.path))
        thread = commands.create_thread(session, row, SPACE)
        sprint = SprintRow(
            thread_id=thread.id, space_id=thread.head_space_id, stage="1E", label="1E_v1", n_trials=n_trials,
            n_random=n_trials, sampler="random", seed=1, state="running", fidelity={"max_epochs": 1},
        )  # fmt: skip
        commands.create_sprint(session, sprint)
        at = now()
        rows = [
            {
                **dict.fromkeys(("train_fold", "val_fold", "attempt", "token", "seed"), 0), "sprint_id": sprint.id,
                "number": n, "state": TrialState.QUEUED, "source": "manual", "params": {"x0": n / n_trials},
                "stop_requested": False, "epoch": 0, "n_epochs": 1, "fraction": 0.0, "message": "", "phase": "train",
                "n_reports": 0, "n_failures": 0, "error_kind": "", "error_text": "", "reason": "", "created_at": at,
                "n_rejected": 0, "findings": [],
            }
            for n in range(n_trials)
        ]  # fmt: skip
        known = {column.name for column in TRIAL.columns}
        session.connection().execute(TRIAL.insert(), [{k: v for k, v in one.items() if k in known} for one in rows])
        assert sprint.id is not None
        return sprint.id


def n_complete(ws: Workspace, sprint_id: int) -> int:
    """Trials that are done."""
    with reading(ws) as session:
        query = select(func.count()).where(TRIAL.c.sprint_id == sprint_id, TRIAL.c.state == TrialState.COMPLETE)
        return int(session.connection().execute(query).scalar_one())


def soak(ws: Workspace, n_trials: int, n_parts: int) -> list[dict[str, float]]:
    """Work through a sprint and measure at the end of each part of it."""
    sprint_id = planned(ws, n_trials)
    me, ended = psutil.Process(), threading.Event()
    parts: list[dict[str, float]] = []

    def watch() -> None:
        done, since, used = 0, time.perf_counter(), sum(me.cpu_times()[:2])
        while not ended.wait(LOOK_SECONDS) or done < n_trials:
            n = n_complete(ws, sprint_id)
            if n >= (len(parts) + 1) * n_trials // n_parts and n > done:
                spent = 1000 * (time.perf_counter() - since) / (n - done)
                worked = 1000 * (sum(me.cpu_times()[:2]) - used) / (n - done)
                row = {
                    "trials": n, "MiB": round(me.memory_info().rss / 2**20, 1), "handles": me.num_fds(),
                    "threads": me.num_threads(), "ms a trial": round(spent, 2),
                    "CPU ms a trial": round(worked, 2),
                }  # fmt: skip
                parts.append(row)
                print(json.dumps(row), flush=True)
                done, since, used = n, time.perf_counter(), sum(me.cpu_times()[:2])
            if ended.is_set():
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    Worker(ws, sprint_id).run()
    ended.set()
    watcher.join()
    return parts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=50_000)
    parser.add_argument("--parts", type=int, default=10)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--json", type=Path, help="write the figures here")
    given = parser.parse_args()
    server = PostgresServer() if given.store == "postgresql" else None
    try:
        with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as folder:
            ws = open_workspace(Path(folder) / "ws", None if server is None else server.url(), create=True)
            parts = soak(ws, given.trials, given.parts)
    finally:
        if server is not None:
            server.close()
    second, last = parts[1], parts[-1]
    change = {name: round(100 * (last[name] / second[name] - 1), 1) for name in ("MiB", "handles", "CPU ms a trial")}
    print(json.dumps({"last against second part, %": change}))
    figures = [
        Figure(name=f"{name}: last part against the second", unit="%", value=abs(value), goal=MOST_CHANGE,
               detail=f"{second[name]:g} and {last[name]:g}")
        for name, value in change.items()
    ]  # fmt: skip
    if given.json:
        keep(given.json, figures, [table_of("At the end of each part", parts)])
    return int(any(not figure.is_met for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
