"""The store under many workers: efficiency of real workers, claims per second of simulated ones, and what breaks first.

    python benchmarks/scale.py [--slots 4 16 32] [--workers 100] [--trials 2000] [--only real simulated model]
        [--json FILE]

All on a PostgreSQL server of its own, on this machine. Rates depend on the machine and its load; compare rows.

- real: worker processes train trials of two seconds. Efficiency is the time in trials over slots times the time from
  the moment when every slot has begun one until the first slot runs dry.
- simulated: threads of four processes play workers that claim queued trials and end them at once, with the store's own
  functions. What a claim takes is measured from the look for work to the claim.
- model: the cost of a look, a claim and a heartbeat is measured alone; a worker with trials of S seconds costs
  (claim + end)/S + beat/5 + idle looks. The server is full where this, over all workers, reaches one core; the sprint's
  row where claims that lock it, one after another, reach one second a second: only trials that are suggested do.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.figures import Figure, Table, keep, table_of
from engine.launchers import local
from engine.processes import this_process
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.store import claims, commands, queries
from engine.store.database import reading, writing
from engine.store.tables import SprintRow, ThreadRow, TrialRow, WorkerRow
from engine.store.workspace import Workspace, open_workspace
from engine.worker.assignment import Wait, look_for_work
from engine.worker.work_finder import WorkFinder
from tests.engine.postgres import PostgresServer

SECONDS = 2.0
"""Of a trial of a real worker."""

N_PROCESSES = 4
MOST_THREADS = 20
"""Connections that one process may hold; simulated workers beyond take turns."""

EFFICIENCY = {16: 0.9, 32: 0.8}
"""Least share of the time in trials, by slots."""

MANY, CLAIMS, CLAIM_MS = 100, 100.0, 200.0
"""From so many simulated workers on: the least claims a second, the most milliseconds of nineteen claims of twenty."""

SPACE = Space(dimensions=(*(Dimension(name=f"x{i}", kind="float", low=0.0, high=1.0) for i in range(3)),))


def sprint_of(ws: Workspace, name: str, *, n_trials: int, queued: int = 0) -> int:
    """A sprint of random trials, some of them queued beforehand."""
    options = {"model": {"function": "hartmann3"}, "data": {"sleep": SECONDS}}
    objective = "engine.objectives.synthetic:Synthetic"
    with writing(ws) as session:
        row = ThreadRow(name=name, objective=objective, options=options, base_dir=str(ws.path))
        thread = commands.create_thread(session, row, SPACE)
        sprint = SprintRow(
            thread_id=thread.id, space_id=thread.head_space_id, stage="1E", label="1E_v1", n_trials=n_trials,
            n_random=n_trials, sampler="random", seed=1, state="running" if queued else "ready",
            fidelity={"max_epochs": 1},
        )  # fmt: skip
        params = {"x0": 0.5, "x1": 0.5, "x2": 0.5}
        rows = [TrialRow(params=params, source="primed-cold", sprint_id=0, number=0) for _ in range(queued)]
        commands.create_sprint(session, sprint, rows)
        assert sprint.id is not None
        return sprint.id


def real(ws: Workspace, slots: int) -> dict[str, Any]:
    """Train six trials a slot and see how well the slots were used."""
    sprint_id = sprint_of(ws, f"real {slots}", n_trials=6 * slots)
    local.start_launcher(ws, sprint_id, slots)
    while True:
        time.sleep(1.0)
        with reading(ws) as session:
            if queries.sprint(session, sprint_id).state in ("done", "failed"):
                trials = queries.trials(session, sprint_id)
                break
    spans = [(t.started_at.timestamp(), t.finished_at.timestamp(), t.worker_id) for t in trials if t.finished_at]
    first = {worker: min(began for began, _, one in spans if one == worker) for _, _, worker in spans}
    last = {worker: max(ended for _, ended, one in spans if one == worker) for _, _, worker in spans}
    begin, end = max(first.values()), min(last.values())
    busy = sum(max(0.0, min(ended, end) - max(began, begin)) for began, ended, _ in spans)
    whole = sum(SECONDS for _ in spans) / (slots * (max(last.values()) - min(first.values())))
    steady = busy / (len(first) * (end - begin)) if end > begin else None
    ready = max(first.values()) - min(first.values())
    return {
        "slots": slots, "efficiency, all slots at work": None if steady is None else round(steady, 2),
        "seconds of that": round(end - begin, 1),
        "efficiency, first trial to last": round(whole, 2), "all workers ready after": round(ready, 1),
    }  # fmt: skip


def play(place: str, url: str, sprint_id: int, n_workers: int) -> list[tuple[float, float]]:
    """Some workers in one process; Unix time and seconds of each claim."""
    ws = Workspace(Path(place), url)

    def work(_: int) -> list[tuple[float, float]]:
        me = this_process()
        with writing(ws) as session:
            row = WorkerRow(sprint_id=sprint_id, host=me.host, boot_id=me.boot_id, pid=me.pid, start_time=me.start_time)
            session.add(row)
            session.flush()
            worker_id = row.id
        assert worker_id is not None
        finder = WorkFinder(ws, sprint_id, worker_id, lease_seconds=60.0)
        taken, began = [], time.perf_counter()
        while True:
            found = finder.find()
            if isinstance(found, claims.Claim):
                finder.found_some()
                taken.append((time.time(), time.perf_counter() - began))
                with writing(ws) as session:
                    claims.finish_trial(session, found, "complete", seconds=0.0, score=0.5)
                finder.is_sure = True
                began = time.perf_counter()
            elif isinstance(found, Wait) and found.soon:
                time.sleep(finder.pause(found))
            else:
                return taken

    with ThreadPoolExecutor(min(n_workers, MOST_THREADS)) as pool:
        return [one for some in pool.map(work, range(n_workers)) for one in some]


def simulated(ws: Workspace, n_workers: int, n_trials: int) -> dict[str, Any]:
    """Claims a second of many workers that do nothing else."""
    sprint_id = sprint_of(ws, f"simulated {n_workers} {n_trials}", n_trials=n_trials, queued=n_trials)
    with ProcessPoolExecutor(N_PROCESSES, mp_context=get_context("spawn")) as pool:
        given = [n_workers // N_PROCESSES] * N_PROCESSES
        parts = pool.map(play, *zip(*((str(ws.path), ws.url, sprint_id, n) for n in given), strict=True))
        claimed = [one for part in parts for one in part]
    seconds = max(at for at, _ in claimed) - min(at for at, _ in claimed)
    taken = sorted(took for _, took in claimed)
    return {
        "workers": n_workers, "trials": len(taken), "claims and ends a second": round(len(taken) / seconds, 1),
        "claim, median ms": round(1000 * statistics.median(taken), 1),
        "claim, 95 % ms": round(1000 * taken[int(0.95 * len(taken))], 1),
    }  # fmt: skip


def alone(ws: Workspace, n_trials: int) -> dict[str, float]:
    """Milliseconds that a look, a claim and an end take where nobody else asks, in a sprint of some trials."""
    sprint_id = sprint_of(ws, f"alone {n_trials}", n_trials=n_trials, queued=n_trials)
    me, spent = this_process(), {"look": 0.0, "claim": 0.0, "end": 0.0}
    who: dict[str, Any] = {"host": me.host, "boot_id": me.boot_id, "pid": me.pid, "start_time": me.start_time}
    with writing(ws) as session:
        row = WorkerRow(sprint_id=sprint_id, **who)
        session.add(row)
        session.flush()
        worker_id = row.id
    assert worker_id is not None
    n = 30
    finder = WorkFinder(ws, sprint_id, worker_id, lease_seconds=60.0)
    for _ in range(n):
        at = [time.perf_counter()]
        with reading(ws) as session:
            look_for_work(session, sprint_id, worker_id, for_dead=False)
        at.append(time.perf_counter())
        claim = finder.find()
        at.append(time.perf_counter())
        assert isinstance(claim, claims.Claim)
        with writing(ws) as session:
            claims.finish_trial(session, claim, "complete", seconds=0.0, score=0.5)
        finder.is_sure = True
        at.append(time.perf_counter())
        for name, begin, end in zip(spent, at, at[1:], strict=False):
            spent[name] += 1000 * (end - begin) / n
    return {name: round(value, 1) for name, value in spent.items()}


def model(ws: Workspace, sizes: list[int]) -> list[dict[str, Any]]:
    """What breaks first: for each size of a sprint the workers that fill the server or the sprint's row."""
    told = []
    for n_trials in sizes:
        cost = alone(ws, n_trials)
        each = (cost["look"] + cost["claim"] + cost["end"]) / 1000
        told.append(
            {
                "trials": n_trials, "ms": cost,
                **{
                    f"workers at trials of {s:g} s": {
                        "one core is full": round(s / each), "the sprint's row is full": round(1000 * s / cost["claim"])
                    }
                    for s in (2.0, 60.0, 600.0)
                },
            }
        )  # fmt: skip
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slots", type=int, nargs="*", default=[4, 16, 32])
    parser.add_argument("--workers", type=int, nargs="*", default=[20, 100])
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100, 10_000, 100_000])
    parser.add_argument("--only", nargs="*", default=["real", "simulated", "model"])
    parser.add_argument("--json", type=Path, help="write the figures here")
    given = parser.parse_args()
    figures: list[Figure] = []
    sizes: list[dict[str, Any]] = []
    server = PostgresServer()
    try:
        with tempfile.TemporaryDirectory(prefix="scale-", ignore_cleanup_errors=True) as folder:
            ws = open_workspace(Path(folder) / "ws", server.url(), create=True)
            for slots in given.slots if "real" in given.only else ():
                row = real(ws, slots)
                print(json.dumps(row), flush=True)
                figures += figures_of_real(row)
            for n_workers in given.workers if "simulated" in given.only else ():
                row = simulated(ws, n_workers, given.trials)
                print(json.dumps(row), flush=True)
                figures += figures_of_simulated(row)
            for row in model(ws, given.sizes) if "model" in given.only else ():
                print(json.dumps(row), flush=True)
                sizes.append(row)
    finally:
        server.close()
    if given.json:
        keep(given.json, figures, [table_of_sizes(sizes)] if sizes else [])
    return int(any(not figure.is_met for figure in figures))


def figures_of_real(row: dict[str, Any]) -> list[Figure]:
    """How well slots were used, the longest wait for a worker beside it."""
    slots = row["slots"]
    detail = f"all workers ready {row['all workers ready after']:g} s after the first"
    goal = EFFICIENCY.get(slots)
    whole = Figure(
        name=f"efficiency of {slots} slots, first trial to last", unit="", at_least=True, goal=goal,
        value=row["efficiency, first trial to last"], detail=detail,
    )  # fmt: skip
    steady = row["efficiency, all slots at work"]
    if steady is None:
        return [whole]
    name, detail = f"efficiency of {slots} slots, all at work", f"over {row['seconds of that']:g} s"
    return [Figure(name=name, unit="", value=steady, goal=goal, at_least=True, detail=detail), whole]


def figures_of_simulated(row: dict[str, Any]) -> list[Figure]:
    """How fast queued trials are claimed."""
    workers, rate = row["workers"], row["claims and ends a second"]
    detail = f"{row['trials']:,} trials; median {row['claim, median ms']:g} ms"
    goals = (CLAIMS, CLAIM_MS) if workers >= MANY else (None, None)
    return [
        Figure(name=f"claims of {workers} workers", unit="/s", value=rate, goal=goals[0], at_least=True, detail=detail),
        Figure(name=f"claim of {workers} workers, p95", unit="ms", value=row["claim, 95 % ms"], goal=goals[1]),
    ]


def table_of_sizes(rows: list[dict[str, Any]]) -> Table:
    """What statements cost alone, and how many workers fill one core of the server."""
    told = "Milliseconds of a look, a claim and an end where nobody else asks; workers that fill one core of the server"
    flat = [
        {"trials": f"{row['trials']:,}", **{f"{name}, ms": cost for name, cost in row["ms"].items()}}
        | {name: counts["one core is full"] for name, counts in row.items() if name.startswith("workers")}
        for row in rows
    ]
    return table_of(told, flat)


if __name__ == "__main__":
    sys.exit(main())
