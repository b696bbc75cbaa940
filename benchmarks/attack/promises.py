"""Rows 4, 8 and 11 of SECURITY.md by the installed command alone, against this tree or an older one.

    python benchmarks/attack/promises.py [--tree DIR] [--only outage takeover output]

``--tree`` puts another checkout before the installed packages. Each attack prints what came of it and whether the
promise held; exit 1 where one did not.

- outage: another program holds the SQLite store's write lock for 45 s while a command trains.
- takeover: launcher and worker are killed, then the sprint is stopped: the command they left must be ended.
- output: a command prints without end and without a line feed for 12 s: memory of the worker, size of what is kept.
"""

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCK_SECONDS = 45
MOST_MEMORY = 400 * 2**20
"""Bytes that a worker may take while a command prints; one that does nothing takes 100 MiB."""

MOST_LOG = 64 * 2**20


@dataclass(frozen=True)
class Attack:
    """One sprint of one command in a workspace of its own."""

    folder: Path
    environment: dict[str, str]

    def call(self, *words: str, is_checked: bool = True) -> str:
        """Run ``trimtab WORDS``; its output."""
        line = [sys.executable, "-P", "-m", "tui", "--workspace", "ws", *words]
        done = subprocess.run(
            line, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )
        if is_checked and done.returncode != 0:
            raise SystemExit(f"trimtab {' '.join(words)}: {done.stderr}")
        return done.stdout

    def start(self, script: str) -> None:
        """Make a thread of a script and start its sprint of one trial."""
        (self.folder / "script.py").write_text(script, encoding="utf-8")
        (self.folder / "thread.yaml").write_text(
            f"thread: A\ncommand: {sys.executable} script.py {{lr}}\nspace:\n"
            "  lr: {type: float, low: 0.0, high: 1.0}\n"
            "stages:\n  1E: {n_trials: 1, n_random: 1, fidelity: {max_epochs: 1}}\n",
            encoding="utf-8",
        )
        (self.folder / "ws").mkdir()
        self.call("thread", "new", "thread.yaml")
        self.call("sprint", "new", "A", "--stage", "1E")
        self.call("sprint", "start", "1")

    def trial(self) -> dict[str, Any]:
        """State and score of the trial, read from the store as any program can."""
        with sqlite3.connect(self.folder / "ws" / "store.db", timeout=60) as store:
            store.row_factory = sqlite3.Row
            row = store.execute("SELECT * FROM trial").fetchone()
        return {"state": "queued", "score": None} if row is None else dict(row)

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


ATTACKS: dict[str, Callable[[Attack], tuple[bool, str]]] = {"outage": outage, "takeover": takeover, "output": output}


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
