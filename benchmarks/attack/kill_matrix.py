"""Kill everything at every moment, round after round, and count what was lost, doubled or left running.

    python benchmarks/attack/kill_matrix.py --rounds 200 --out matrix.json

Each round is drawn from its own seed: a store (SQLite file or PostgreSQL server), one to three workers, an objective in
Python or a script, and one to three strikes at random moments: a worker, the launcher, the script, launcher and worker
together or all of them killed, a worker stopped for longer than its lease, a worker or the launcher told to end, the
sprint stopped, the server crashed and started again. Then the sprint is resumed until it is done. A round is right when
every trial was completed once, every epoch is there once, and no process is left.

A slow machine is no fault: a round is waited for as long as its store goes on changing. A round that could not be
played because the server that all rounds share did not come back is played again from the same seed, and counted as
repeated.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from patience import Deadline, UnplayedError, again, crash, running, state, unfinished

from engine.errors import EngineError
from engine.launchers import local
from engine.processes import ProcessId, is_alive
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.store import commands, queries
from engine.store.database import dispose, reading, writing
from engine.store.liveness import process_of
from engine.store.outages import StoreOutageError
from engine.store.tables import SprintRow, ThreadRow
from engine.store.workspace import Workspace, open_workspace
from tests.engine.postgres import PostgresServer, is_available

SERVER = threading.Lock()
"""One crash of the server at a time."""

N_EPOCHS = 3
LIMITS = {"max_deaths": 1000, "max_crashes": 1000, "lease_seconds": 2.0, "give_up_after": 0}


N_REPEATS = 5
"""How often a round that could not be played is played again."""

STRIKES = (
    "kill worker", "kill worker", "kill launcher", "kill script", "kill launcher and worker", "kill all",
    "stop worker", "end worker", "end launcher", "stop sprint", "crash server",
)  # fmt: skip
SCRIPT = """
import json, sys, time
for epoch in range(1, 4):
    time.sleep(0.1)
    print(json.dumps({"epoch": epoch, "score": float(sys.argv[1]) + epoch}), flush=True)
"""
SPACE = Space(dimensions=(*(Dimension(name=f"x{i}", kind="float", low=0.0, high=1.0) for i in range(3)),))


@dataclass(kw_only=True, slots=True)
class Round:
    """One round: what was drawn, what was done, and what came of it.

    Attributes:
        seed: Everything follows from it but the moments at which processes are where.
        store: ``sqlite`` or ``postgresql``.
        objective: ``python`` or ``script``.
        slots: Workers at the same time.
        n_trials: Budget.
        strikes: What was done.
        lost: Numbers of trials that were not completed.
        doubled: Trials completed twice, and epochs that are not there once.
        left: Command lines of processes that were left.
        n_attempts: Attempts over all trials.
        unplayed: Why it could not be played, once for each time.
        problem: What else went wrong.
        seconds: How long it took.
    """

    seed: int
    store: str = ""
    objective: str = ""
    slots: int = 1
    n_trials: int = 0
    strikes: list[str] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    n_attempts: int = 0
    unplayed: list[str] = field(default_factory=list)
    problem: str = ""
    seconds: float = 0.0

    @property
    def is_right(self) -> bool:
        return not (self.lost or self.doubled or self.left or self.problem)


def play(seed: int, stores: tuple[str, ...], server: PostgresServer | None) -> Round:
    """Draw and play one round, again where it could not be played."""
    unplayed: list[str] = []
    while True:
        try:
            done = play_once(seed, stores, server)
        except UnplayedError as why:
            unplayed.append(str(why))
            if len(unplayed) <= N_REPEATS:
                continue
            done = Round(seed=seed, store=stores[seed % len(stores)], problem=f"could not be played: {why}")
        done.unplayed = unplayed
        return done


def play_once(seed: int, stores: tuple[str, ...], server: PostgresServer | None) -> Round:
    """Draw and play one round.

    Raises:
        UnplayedError: When its server did not come back.
    """
    rng = random.Random(seed)
    done = Round(seed=seed, store=stores[seed % len(stores)], objective=rng.choice(("python", "script")))
    done.slots, done.n_trials = rng.choice((1, 2, 2, 3)), rng.randint(3, 6)
    folder = Path(tempfile.mkdtemp(prefix=f"trimtab-kill-{seed}-"))
    began = time.monotonic()
    try:
        url = server.url() if server is not None and done.store == "postgresql" else None  # one store for all rounds
        ws = again(lambda: open_workspace(folder / "ws", url, create=True))
        sprint_id = again(lambda: planned(ws, done))
        fight(ws, sprint_id, done, rng, server)
        again(lambda: judge(ws, sprint_id, done))
        dispose(ws)
    except UnplayedError:
        raise
    except Exception as problem:
        done.problem = f"{type(problem).__name__}: {problem}"
    finally:
        done.left += end_processes(folder)
        done.seconds = time.monotonic() - began
        shutil.rmtree(folder, ignore_errors=True)
    return done


def planned(ws: Workspace, done: Round) -> int:
    """A sprint of random trials."""
    (ws.path / "script.py").write_text(SCRIPT)
    objective, options = "engine.objectives.synthetic:Synthetic", {"model": {"function": "hartmann3"}}
    options["data"] = {"sleep": 0.1}  # type: ignore[dict-item]
    if done.objective == "script":
        objective = "engine.objectives.command:CommandObjective"
        options = {"model": {"command": f"{sys.executable} {ws.path}/script.py {{x0}}"}}
    with writing(ws) as session:
        row = ThreadRow(name=f"round {done.seed}", objective=objective, options=options, base_dir=str(ws.path))
        thread = commands.create_thread(session, row, SPACE)
        sprint = SprintRow(
            thread_id=thread.id, space_id=thread.head_space_id, stage="1E", label="1E_v1", n_trials=done.n_trials,
            n_random=100, sampler="random", seed=done.seed, state="ready", fidelity={"max_epochs": N_EPOCHS},
            limits=LIMITS,
        )  # fmt: skip
        commands.create_sprint(session, sprint)
        assert sprint.id is not None
        return sprint.id


def fight(ws: Workspace, sprint_id: int, done: Round, rng: random.Random, server: PostgresServer | None) -> None:
    """Start the sprint, strike, and resume it until it is done."""
    deadline = Deadline(ws, sprint_id)
    again(lambda: local.start_launcher(ws, sprint_id, done.slots))
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.8:
            wait_for_work(ws, sprint_id, deadline)
        time.sleep(rng.uniform(0.0, 0.8))
        strike(ws, sprint_id, done, rng, server)
        if rng.random() < 0.5:
            resume(ws, sprint_id, done.slots)
    while state(ws, sprint_id) != "done" or unfinished(ws, sprint_id):
        if deadline.is_over():
            raise TimeoutError(f"{deadline.told()}: {state(ws, sprint_id)}")
        resume(ws, sprint_id, done.slots)
        time.sleep(0.3)


def strike(ws: Workspace, sprint_id: int, done: Round, rng: random.Random, server: PostgresServer | None) -> None:
    """Do one thing that must cost nothing."""
    what = rng.choice(STRIKES)
    if what == "crash server" and (server is None or done.store != "postgresql"):
        what = "kill worker"
    if what == "kill script" and done.objective != "script":
        what = "kill all"
    done.strikes.append(what)
    workers, launchers = processes(ws, sprint_id)
    worker = rng.sample(workers, min(1, len(workers)))
    if what == "crash server":
        assert server is not None
        with SERVER:
            crash(server, rng.uniform(0.1, 1.5))
    elif what == "stop worker":
        send(worker, signal.SIGSTOP)
        time.sleep(rng.uniform(1.0, 4.0))
        send(worker, signal.SIGCONT)
    elif what == "stop sprint":
        with suppress(EngineError):
            again(lambda: local.stop(ws, sprint_id, rng.choice(("now", "epoch", "trial"))))
    elif what == "kill script":
        for process in of_folder(ws.path.parent):
            with suppress(psutil.Error):
                if "script.py" in " ".join(process.cmdline()):
                    process.kill()
                    break
    else:
        number = signal.SIGTERM if what.startswith("end") else signal.SIGKILL
        victims = {"worker": worker, "launcher": launchers, "launcher and worker": launchers + worker}
        send(victims.get(what.partition(" ")[2], launchers + workers), number)


def resume(ws: Workspace, sprint_id: int, slots: int) -> None:
    """Resume the sprint if it has no launcher; what cannot be now is tried again later."""
    with suppress(EngineError, StoreOutageError):
        is_kept = state(ws, sprint_id) == "running" and local.living_run(ws, sprint_id) is not None
        if not is_kept and (unfinished(ws, sprint_id) or state(ws, sprint_id) != "done"):
            local.start_launcher(ws, sprint_id, slots)


def judge(ws: Workspace, sprint_id: int, done: Round) -> None:
    """Count what is lost and doubled; wait for the processes to go, and count those that do not."""
    with reading(ws) as session:
        trials = queries.trials(session, sprint_id)
        curves = queries.sprint_epochs(session, sprint_id)
        events = queries.events(session, sprint_id=sprint_id, limit=100_000)
    complete = Counter(event.number for event in events if event.kind == "trial.complete")
    numbers = [trial.number for trial in trials]
    finished = {trial.number for trial in trials if trial.state == "complete" and trial.score is not None}
    done.lost = sorted(set(range(done.n_trials)) - finished)
    done.doubled = [f"trial {n} completed {k} times" for n, k in complete.items() if k != 1]
    done.doubled += [] if numbers == list(range(done.n_trials)) else [f"trials {numbers}"]
    done.doubled += [
        f"epochs of trial {n}: {[report.step for report in curve]}"
        for n, curve in curves.items()
        if [report.step for report in curve] != list(range(1, N_EPOCHS + 1))
    ]
    done.n_attempts = sum(trial.attempt for trial in trials)
    deadline = time.monotonic() + 120
    while any(True for _ in of_folder(ws.path.parent)) and time.monotonic() < deadline:
        time.sleep(0.2)


def processes(ws: Workspace, sprint_id: int) -> tuple[list[ProcessId], list[ProcessId]]:
    """Living workers and launchers, as the store knows them."""

    def look() -> tuple[list[ProcessId], list[ProcessId]]:
        with reading(ws) as session:
            rows = queries.workers(session, sprint_id, open_only=True), queries.runs(session, sprint_id, open_only=True)
        alive = [
            [process_of(row) for row in some if is_alive(process_of(row)) and row.pid != os.getpid()] for some in rows
        ]
        return alive[0], alive[1]

    return again(look)


def send(to: list[ProcessId], number: signal.Signals) -> None:
    for process in to:
        with suppress(ProcessLookupError):
            if is_alive(process):
                os.kill(process.pid, number)


def wait_for_work(ws: Workspace, sprint_id: int, deadline: Deadline) -> None:
    """Until a worker of this sprint trains, or there is nothing to wait for."""
    while not deadline.is_over() and state(ws, sprint_id) != "done":
        workers, launchers = processes(ws, sprint_id)
        if not launchers and not workers:
            return
        if workers and again(lambda: running(ws, sprint_id)):
            return
        time.sleep(0.05)


def of_folder(folder: Path) -> Iterator[psutil.Process]:
    """Living processes that were started for a workspace: it stands in their command line."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            is_ours = any(str(folder) in word for word in process.cmdline()) and process.pid != os.getpid()
            if is_ours and process.status() != psutil.STATUS_ZOMBIE:
                yield process


def end_processes(folder: Path) -> list[str]:
    """Kill what is left of a round; its command lines."""
    found = []
    for process in of_folder(folder):
        with suppress(psutil.Error):
            found.append(" ".join(process.cmdline())[:200])
            process.kill()
    return found


def matrix(
    seeds: range, stores: tuple[str, ...], *, jobs: int = 1, tell: Callable[[Round], object] = id
) -> list[Round]:
    """Play rounds; ``tell`` hears of each."""
    server = PostgresServer() if "postgresql" in stores else None
    rounds: list[Round] = []
    try:
        with ThreadPoolExecutor(jobs) as pool:
            for done in pool.map(lambda seed: play(seed, stores, server), seeds):
                rounds.append(done)
                tell(done)
    finally:
        if server is not None:
            server.close()
    return rounds


def summary(rounds: list[Round]) -> dict[str, Any]:
    """What the whole matrix came to."""
    return {
        "rounds": len(rounds),
        "by store": dict(Counter(done.store for done in rounds)),
        "strikes": dict(Counter(what for done in rounds for what in done.strikes).most_common()),
        "trials": sum(done.n_trials for done in rounds),
        "attempts": sum(done.n_attempts for done in rounds),
        "lost": sum(len(done.lost) for done in rounds),
        "doubled": sum(len(done.doubled) for done in rounds),
        "processes left": sum(len(done.left) for done in rounds),
        "repeated": {done.seed: done.unplayed for done in rounds if done.unplayed},
        "problems": [f"seed {done.seed}: {done.problem}" for done in rounds if done.problem],
        "wrong seeds": [done.seed for done in rounds if not done.is_right],
        "seconds": round(sum(done.seconds for done in rounds)),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the first round; one more for each next one")
    parser.add_argument("--store", choices=("both", "sqlite", "postgresql"), default="both")
    parser.add_argument("--jobs", type=int, default=2, help="rounds at the same time")
    parser.add_argument("--out", type=Path, default=None, help="write every round here as JSON, as they end")
    given = parser.parse_args()
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    stores: tuple[str, ...] = ("sqlite", "postgresql") if given.store == "both" else (given.store,)
    if "postgresql" in stores and not is_available():
        print("no PostgreSQL server program here: SQLite only")
        stores = ("sqlite",)
    rounds: list[Round] = []

    def tell(done: Round) -> None:
        rounds.append(done)
        verdict = "right" if done.is_right else f"WRONG: {asdict(done)}"
        print(f"{done.seed:4d} {done.store:10s} {done.objective:6s} {done.slots} "
              f"{done.n_trials}/{done.n_attempts:3d} {done.seconds:5.1f} s {', '.join(done.strikes):40s} {verdict}",
              flush=True)  # fmt: skip
        if given.out is not None:
            content = {"summary": summary(rounds), "rounds": [asdict(one) for one in rounds]}
            given.out.write_text(json.dumps(content, indent=1))

    matrix(range(given.seed, given.seed + given.rounds), stores, jobs=given.jobs, tell=tell)
    print(json.dumps(summary(rounds), indent=1))
    return 0 if all(done.is_right for done in rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
