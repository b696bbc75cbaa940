"""Rows 4, 8, 10 and 11 of SECURITY.md by the installed command alone, against this tree or an older one.

    python benchmarks/attack/promises.py [--tree DIR] [--only outage server clock stopped memory takeover output copied]

``--tree`` puts another checkout before the installed packages. Each attack prints what came of it and whether the
promise held; exit 1 where one did not.

- outage: another program holds the SQLite store's write lock for 45 s while a command trains.
- server: a PostgreSQL server is stopped for some seconds, twice, while four commands train.
- clock: the machine's clock steps ten minutes forward while a worker is held up for a moment and another one looks.
- stopped: a worker is stopped for longer than a lease while its command trains and another one looks.
- memory: a command is killed as the kernel does when memory is out; the second attempt has enough.
- takeover: launcher and worker are killed, then the sprint is stopped: the command they left must be ended.
- output: a command prints without end and without a line feed for 12 s: memory of the worker, size of what is kept.
- copied: the file ``store.db`` alone is copied after a sprint, while another program has it open.
"""

import argparse
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clock_step import stepping
from sqlalchemy import create_engine, text

sys.path.append(str(Path(__file__).resolve().parents[2]))
from tests.engine.postgres import PostgresServer

LOCK_SECONDS = 45
MOST_MEMORY = 400 * 2**20
"""Bytes that a worker may take while a command prints; one that does nothing takes 100 MiB."""

MOST_LOG = 64 * 2**20


@dataclass(frozen=True)
class Attack:
    """One sprint of one command in a workspace of its own.

    Attributes:
        folder: Everything of it.
        environment: Of every command.
        url: Of the store; empty for the workspace's own file.
    """

    folder: Path
    environment: dict[str, str]
    url: str = ""

    def call(self, *words: str, is_checked: bool = True) -> str:
        """Run ``trimtab WORDS``; its output."""
        store = ["--store", self.url] if self.url else []
        line = [sys.executable, "-P", "-m", "tui", "--workspace", "ws", *store, *words]
        done = subprocess.run(
            line, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False, timeout=600
        )
        if is_checked and done.returncode != 0:
            raise SystemExit(f"trimtab {' '.join(words)}: {done.stderr}")
        return done.stdout

    def start(
        self,
        script: str,
        *,
        n_trials: int = 1,
        slots: int = 1,
        n_epochs: int = 1,
        limits: str = "{}",
        before_sprint: Callable[[], object] = bool,
    ) -> None:
        """Make a thread of a script and start its sprint."""
        (self.folder / "script.py").write_text(script, encoding="utf-8")
        (self.folder / "thread.yaml").write_text(
            f"thread: A\ncommand: {sys.executable} script.py {{lr}}\nspace:\n"
            "  lr: {type: float, low: 0.0, high: 1.0}\n"
            f"stages:\n  1E: {{n_trials: {n_trials}, n_random: {n_trials}, fidelity: {{max_epochs: {n_epochs}}}, "
            f"limits: {limits}}}\n",
            encoding="utf-8",
        )
        (self.folder / "ws").mkdir()
        self.call("thread", "new", "thread.yaml")
        before_sprint()
        self.call("sprint", "new", "A", "--stage", "1E")
        self.call("sprint", "start", "1", "--slots", str(slots))

    def trials(self) -> list[dict[str, Any]]:
        """The trials, read from the store as any program can."""
        url = self.url or f"sqlite:///{self.folder}/ws/store.db"
        engine = create_engine(url, connect_args={} if self.url else {"timeout": 60})
        with closing(engine.connect()) as store:
            return [dict(row) for row in store.execute(text("SELECT * FROM trial ORDER BY number")).mappings()]

    def trial(self) -> dict[str, Any]:
        """The first trial."""
        return next(iter(self.trials()), {"state": "queued", "score": None})

    def ended(self, n_trials: int, seconds: float) -> list[dict[str, Any]]:
        """The trials once they have ended, or after some seconds as they are."""
        open_states = ("queued", "running")

        def all_ended() -> bool:
            found = self.trials()
            return len(found) == n_trials and not any(trial["state"] in open_states for trial in found)

        self.until(all_ended, seconds)
        return self.trials()

    def runs(self) -> list[str]:
        """What the script wrote down of its starts, one line each."""
        file = self.folder / "runs.txt"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    def until(self, is_so: Callable[[], bool], seconds: float) -> bool:
        """Whether something comes true within some seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if is_so():
                return True
            time.sleep(0.2)
        return False

    def processes(self, word: str = "") -> dict[int, str]:
        """Processes of this attack by their command lines; with a word only those that hold it."""
        found = {}
        for place in Path("/proc").iterdir():
            try:
                line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                is_ours = (place / "cwd").readlink().is_relative_to(self.folder) or str(self.folder) in line
            except OSError:
                continue
            if place.name.isdigit() and is_ours and word in line and int(place.name) != os.getpid():
                found[int(place.name)] = line
        return found

    def clean(self) -> None:
        """End what is left of the attack."""
        for pid in self.processes():
            with_kill(pid)


def with_kill(pid: int) -> None:
    """Kill a process that may have ended."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def outage(attack: Attack) -> tuple[bool, str]:
    """A lock that is held longer than the store's own patience must not fail the trial."""
    attack.start(
        'import time\nfor n in range(4):\n    time.sleep(1)\nprint(\'{"epoch": 1, "score": 0.5}\', flush=True)\n'
    )
    attack.until(lambda: bool(attack.processes("script.py")), 60)
    holder = sqlite3.connect(attack.folder / "ws" / "store.db", timeout=60, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    time.sleep(LOCK_SECONDS)
    holder.execute("ROLLBACK")
    holder.close()
    attack.until(lambda: attack.trial()["state"] not in ("queued", "running"), 60)
    trial = attack.trial()
    told = f"trial {trial['state']}, score {trial['score']}, {trial.get('reason') or ''}"
    return trial["state"] == "complete", told


def server(attack: Attack) -> tuple[bool, str]:
    """Trials that run while their server restarts must end as if it had not."""
    postgres = PostgresServer()
    try:
        attack = replace(attack, url=postgres.create("attack"))
        attack.start(NOTED + REPORTED, n_trials=4, slots=4, n_epochs=50)
        attack.until(lambda: len(attack.runs()) == 4, 120)
        for seconds in (2, 4):
            postgres.stop()
            time.sleep(seconds)
            postgres.start()
            time.sleep(4)
        trials = attack.ended(4, 180)
    finally:
        attack.clean()
        postgres.close()
    states = sorted(trial["state"] for trial in trials)
    held = states == ["complete"] * 4 and len(attack.runs()) == 4
    reasons = {str(trial.get("reason") or "")[:80] for trial in trials} - {""}
    return held, f"trials {', '.join(states)}; {len(attack.runs())} starts {' '.join(reasons)}"


def clock(attack: Attack) -> tuple[bool, str]:
    """A step of the clock must not take a trial from a worker that lives."""
    attack = replace(attack, environment={**attack.environment, **stepping(attack.folder)})
    attack.start(NOTED + "time.sleep(25)\n" + SCORED, n_trials=2, slots=3)
    attack.until(lambda: len(attack.runs()) == 2, 120)
    pid = worker_of(attack, attack.runs()[0])
    os.kill(pid, signal.SIGSTOP)
    (attack.folder / "step").write_text("600", encoding="utf-8")
    time.sleep(6)
    os.kill(pid, signal.SIGCONT)
    return ran_once(attack)


def stopped(attack: Attack) -> tuple[bool, str]:
    """A worker that is stopped lives, and so does its command: its trial stays its own."""
    attack.start(NOTED + "time.sleep(40)\n" + SCORED, n_trials=2, slots=3, limits="{lease_seconds: 6}")
    attack.until(lambda: len(attack.runs()) == 2, 120)
    pid = worker_of(attack, attack.runs()[0])
    os.kill(pid, signal.SIGSTOP)
    time.sleep(25)
    os.kill(pid, signal.SIGCONT)
    return ran_once(attack)


def memory(attack: Attack) -> tuple[bool, str]:
    """What the kernel ended for want of memory is tried again and named."""
    attack.start(NOTED + "if not again: os.kill(os.getpid(), 9)\n" + SCORED)
    [trial] = attack.ended(1, 120)
    held = trial["state"] == "complete" and trial["attempt"] == 2
    return held, f"trial {trial['state']} after {trial['attempt']} attempts, {trial['reason'] or ''}"


NOTED = """\
import os, sys, time
again = os.path.exists("runs.txt")
with open("runs.txt", "a") as file:
    file.write(f"{os.getppid()}\\n")
"""
"""A script's beginning: it notes its worker."""

SCORED = 'print(\'{"epoch": 1, "score": 0.5}\', flush=True)\n'


REPORTED = """\
for epoch in range(1, 51):
    time.sleep(0.5)
    print('{"epoch": %d, "score": 0.5}' % epoch, flush=True)
"""


def worker_of(attack: Attack, noted: str) -> int:
    """The worker that started a command: the nearest of its ancestors that is one."""
    workers, pid = attack.processes("engine.worker"), int(noted)
    while pid not in workers:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        pid = next(int(row.split()[1]) for row in status.splitlines() if row.startswith("PPid:"))
        if pid <= 1:
            raise SystemExit(f"no worker among {workers} started {noted}")
    return pid


def ran_once(attack: Attack) -> tuple[bool, str]:
    """Whether two trials were trained once each."""
    trials = attack.ended(2, 150)
    attempts = [trial["attempt"] for trial in trials]
    held = [trial["state"] for trial in trials] == ["complete"] * 2 and attempts == [1, 1] and len(attack.runs()) == 2
    return held, f"attempts {attempts}, {len(attack.runs())} starts, {[trial['state'] for trial in trials]}"


def copied(attack: Attack) -> tuple[bool, str]:
    """The store's one file, copied after a sprint has ended while somebody looks, must hold the sprint."""
    lookers = []

    def look() -> None:
        looker = sqlite3.connect(attack.folder / "ws" / "store.db", timeout=60)
        looker.execute("SELECT count(*) FROM thread").fetchall()
        lookers.append(looker)

    attack.start(NOTED + SCORED, before_sprint=look)
    attack.ended(1, 120)
    attack.until(lambda: not attack.processes("engine."), 60)
    copy = shutil.copy(attack.folder / "ws" / "store.db", attack.folder / "copy.db")
    with closing(sqlite3.connect(copy)) as store:
        try:
            found = [state for (state,) in store.execute("SELECT state FROM trial")]
        except sqlite3.Error as error:
            found = [f"{error}"]
    for looker in lookers:
        looker.close()
    return found == ["complete"], f"trials in the copy: {found}"


def takeover(attack: Attack) -> tuple[bool, str]:
    """Nothing may be left running of a sprint that was stopped."""
    attack.start("import time\ntime.sleep(300)\n")
    attack.until(lambda: bool(attack.processes("script.py")), 60)
    for pid, line in attack.processes().items():
        if "engine." in line:
            with_kill(pid)
    time.sleep(1)
    attack.call("sprint", "stop", "1", "--now", is_checked=False)
    is_ended = attack.until(lambda: not attack.processes("script.py"), 40)
    return is_ended, f"{len(attack.processes('script.py'))} commands left after stop"


def output(attack: Attack) -> tuple[bool, str]:
    """What a command prints must take neither the worker's memory nor the disk."""
    attack.start(
        "import os, time\nend = time.monotonic() + 12\nblock = b'x' * 65536\n"
        'while time.monotonic() < end:\n    os.write(1, block)\nprint(\'\\n{"epoch": 1, "score": 0.5}\', flush=True)\n'
    )
    peak = 0

    def is_over() -> bool:
        nonlocal peak
        for pid in attack.processes("engine."):
            try:
                text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
            except OSError:
                continue
            for row in text.splitlines():
                peak = max(peak, int(row.split()[1]) * 1024) if row.startswith("VmHWM") else peak
        return attack.trial()["state"] not in ("queued", "running")

    attack.until(is_over, 90)
    kept = sum(path.stat().st_size for path in (attack.folder / "ws").rglob("*") if path.is_file())
    told = f"worker took {peak / 2**20:.0f} MiB, {kept / 2**20:.0f} MiB on the disk, trial {attack.trial()['state']}"
    return peak < MOST_MEMORY and kept < MOST_LOG, told


ATTACKS: dict[str, Callable[[Attack], tuple[bool, str]]] = {
    "outage": outage, "server": server, "clock": clock, "stopped": stopped, "memory": memory, "takeover": takeover,
    "output": output, "copied": copied,
}  # fmt: skip


def main(words: Sequence[str] | None = None) -> int:
    """Run the attacks and print what came of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tree", type=Path, help="a checkout to attack in place of what is installed")
    parser.add_argument("--only", nargs="*", default=list(ATTACKS), choices=list(ATTACKS))
    options = parser.parse_args(words)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRIMTAB_")}
    if options.tree is not None:
        environment["PYTHONPATH"] = str(options.tree.resolve())
    results = {}
    for name in options.only:
        with tempfile.TemporaryDirectory(prefix="promises", ignore_cleanup_errors=True) as folder:
            attack = Attack(Path(folder).resolve(), environment)
            try:
                held, told = ATTACKS[name](attack)
            finally:
                attack.clean()
        results[name] = held
        print(f"{name:10}{'held' if held else 'BROKEN':8}{told}", flush=True)
    print(json.dumps(results))
    return int(not all(results.values()))


if __name__ == "__main__":
    sys.exit(main())
