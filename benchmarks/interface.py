"""What the interface costs, measured on the installed command in a pseudo-terminal.

    python benchmarks/interface.py [--quick] [--json FILE] [--store FOLDER] [--only PART …]

The store holds 1,000 threads, 100 sprints and 10,000 trials. Bytes and memory are exact; times are those of this
machine at this moment, so the first frame is a ratio to Textual's own minimal app in interleaved runs, and the rest
is repeated. Each figure is printed with its goal and a verdict.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
# This file's folder comes first on the path, and in it engine.py would be the module "engine".
sys.path[:] = [str(HERE.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != HERE)]

from benchmarks.figures import Figure, keep, p95  # noqa: E402
from benchmarks.interface_programs import HEARTBEAT, LIBRARIES, MINIMAL, TICKING  # noqa: E402
from benchmarks.interface_store import make_store  # noqa: E402
from benchmarks.interface_terminal import TRIMTAB, Terminal, claim_processor  # noqa: E402
from engine import api  # noqa: E402

SCREENS = {"1": "threads", "2": "review", "3": "plan", "4": "live", "5": "compare"}
MARKS = {"1": "▾ thread-0000", "2": "▓ top", "3": "launch", "4": "best so far", "5": "▒┃"}
"""What a screen shows once its data are there."""

TABLE_KEYS = {"jjjkkk": "move", "sssSSS": "sort", "lh": "sideways", "v": "select"}
"""Keys in the table of trials, again and again, and what they do there."""

FRAME = b"\x1b["
"""The first bytes of a frame: a sort may leave the cursor's sign where it stands."""


@dataclass
class Bench:
    """The store and how thoroughly to measure."""

    ws: api.Workspace
    home: Path
    quick: bool
    niceness: int

    def terminal(self, *command: str, size: tuple[int, int] = (120, 40)) -> Terminal:
        return Terminal(command, self.home, size, self.niceness)

    @contextmanager
    def opened(self, *options: str, size: tuple[int, int] = (120, 40)) -> Iterator[Terminal]:
        """The interface with its first screen complete."""
        with self.terminal(TRIMTAB, "--workspace", str(self.ws.path), *options, size=size) as terminal:
            terminal.until_shown("trimtab ─")
            terminal.send("1")  # whatever screen was left open last time
            terminal.until_shown(MARKS["1"])
            terminal.quiet(1.5)
            yield terminal

    @contextmanager
    def writing_sprint(self, objective: str, n_trials: int) -> Iterator[int]:
        """A real sprint that runs in its own launcher; it is stopped and its trials stay."""
        file = self.home / f"{n_trials}.yaml"
        stamp = time.time_ns() % 10**9
        file.write_text(
            f"thread: writing-{stamp}\nobjective: {objective}\n"
            + ("model: {function: hartmann3}\n" if "Synthetic" in objective else "")
            + "space:\n"
            + "".join(f"  x{i}: {{type: float, low: 0.0, high: 1.0}}\n" for i in range(3))
            + f"stages:\n  1E: {{n_trials: {n_trials}, n_random: {n_trials}, sampler: random}}\n"
        )
        thread = api.create_thread(self.ws, api.load_thread_file(file))
        sprint = api.create_sprint(self.ws, api.default_plan(self.ws, thread.name, "1E"))
        api.start_sprint(self.ws, sprint.id)
        try:
            end = time.perf_counter() + 180
            while not (found := api.get_sprint(self.ws, sprint.id)).n_running + found.n_complete:
                if time.perf_counter() > end:
                    raise TimeoutError(f"the sprint never began: {found.state} {found.failure}")
                time.sleep(0.2)
            yield sprint.id
        finally:
            api.stop_sprint(self.ws, sprint.id, now=True)
            for _ in range(300):
                if api.get_sprint(self.ws, sprint.id).state not in ("running", "stopping"):
                    break
                time.sleep(0.1)
            api.archive_thread(self.ws, thread.name)

    def first_frame(self) -> list[Figure]:
        """The first painted frame against Textual's minimal app, and when the threads are there."""
        script = self.home / "minimal.py"
        script.write_text(MINIMAL)
        minimal, own, complete = [], [], []
        spent: dict[str, list[float]] = {"minimal": [], "own": []}
        for _ in range(4 if self.quick else 15):
            with self.terminal(sys.executable, str(script)) as terminal:
                terminal.until(b"first frame")
                spent["minimal"].append(terminal.cpu())
                minimal.append(time.perf_counter() - terminal.started)
            with self.terminal(TRIMTAB, "--workspace", str(self.ws.path)) as terminal:
                terminal.until(b"threads")
                spent["own"].append(terminal.cpu())
                own.append(time.perf_counter() - terminal.started)
                terminal.until(b"thread-0000")
                complete.append(time.perf_counter() - terminal.started)
        ratio = statistics.median(mine / floor for mine, floor in zip(own, minimal, strict=True))
        floor = statistics.median(minimal)
        detail = (
            f"median {1000 * statistics.median(own):.0f} ms against {1000 * floor:.0f} ms, "
            f"least {1000 * min(own):.0f} against {1000 * min(minimal):.0f}; {len(own)} interleaved pairs; "
            f"CPU {1000 * statistics.median(spent['own']):.0f} against "
            f"{1000 * statistics.median(spent['minimal']):.0f} ms; "
            f"the 1,000 threads stand after {1000 * statistics.median(complete):.0f} ms"
        )
        return [Figure(name="first frame / Textual's minimal app", unit="x", value=ratio, goal=1.5, detail=detail)]

    def keys(self) -> list[Figure]:
        """A key to the painted frame that answers it, on an idle store and while a sprint writes."""
        with self.opened() as terminal:
            figures = self._keys(terminal, "idle store")
        with self.writing_sprint("engine.objectives.synthetic:Synthetic", 5000), self.opened() as terminal:
            return figures + self._keys(terminal, "while a sprint writes")

    def _keys(self, terminal: Terminal, when: str) -> list[Figure]:
        """Screens 1 and 4 on the sprint that writes where there is one, which is the last; 2 on a finished one."""
        rng, figures = random.Random(3), []
        last = "g" if when == "idle store" else "G"
        for screen, edge in (("1", last), ("4", "g"), ("2", "g")):
            if screen != "1":
                terminal.send("1")
                terminal.until_shown("trimtab ─ threads")
                terminal.send(last if screen == "4" else "gj")
                terminal.drain(1.0)
                terminal.send(screen)
                terminal.until_shown(MARKS[screen])
                terminal.drain(1.0)
            terminal.send(edge)
            terminal.drain(1.5)
            taken = []
            for n in range(30 if self.quick else 120):
                if screen == "4":  # rows arrive above the cursor: at the lower edge its sign would stand still
                    terminal.send("g")
                    terminal.drain(0.2)
                    taken.append(terminal.press("j"))
                else:
                    taken.append(terminal.press("j" if (n % 6 < 3) == (edge == "g") else "k"))
                terminal.drain(rng.uniform(0.03, 0.25))
            detail = (
                f"median {1000 * statistics.median(taken):.0f} ms, worst {1000 * max(taken):.0f} ms, n {len(taken)}"
            )
            figures.append(
                Figure(name=f"key to frame p95, {SCREENS[screen]}, {when}", unit="ms", value=1000 * p95(taken),
                       goal=50, detail=detail)
            )  # fmt: skip
        return figures

    def trials(self) -> list[Figure]:
        """The trials table on one sprint of 10,000 trials with eight hyperparameters: a key, a sort, idle traffic."""
        folder = self.home / "wide"
        ws = (
            api.open_workspace(folder)
            if folder.exists()
            else make_store(folder, n_threads=1, n_sprints=1, n_trials=10_000)
        )
        figures = []
        with replace(self, ws=ws).opened(size=(80, 40)) as terminal:  # narrow enough to scroll sideways
            terminal.send("4")
            terminal.until_shown(MARKS["4"])
            terminal.drain(3.0)
            for keys, what in TABLE_KEYS.items():
                terminal.send("h" * 30)  # a sort may have scrolled to its column
                terminal.drain(1.0)
                taken = []
                for n in range(30 if self.quick else 120):
                    taken.append(terminal.press(keys[n % len(keys)], FRAME))
                    terminal.drain(0.1)
                detail = (
                    f"median {1000 * statistics.median(taken):.0f} ms, worst {1000 * max(taken):.0f} ms, n {len(taken)}"
                )
                figures.append(
                    Figure(name=f"key to frame p95, 10,000 trials, {what}", unit="ms", value=1000 * p95(taken),
                           goal=50, detail=detail)
                )  # fmt: skip
            terminal.quiet(2.0)
            seconds = 3.0 if self.quick else 10.0
            before = terminal.cpu()
            n = terminal.drain(seconds)
            cpu = 100 * (terminal.cpu() - before) / seconds
            figures.append(Figure(name="idle traffic, 10,000 trials", unit="B/s", value=n / seconds, goal=0,
                                  detail=f"{cpu:.1f} % of a core"))  # fmt: skip
        return figures

    def idle(self) -> list[Figure]:
        """Bytes in ten seconds on each screen while nothing happens."""
        figures = []
        with self.opened() as terminal:
            for key, name in SCREENS.items():
                terminal.send(key)
                terminal.until_shown(MARKS[key])
                terminal.quiet(2.0)
                seconds = 3.0 if self.quick else 10.0
                before = terminal.cpu()
                n = terminal.drain(seconds)
                cpu = 100 * (terminal.cpu() - before) / seconds
                figures.append(Figure(name=f"idle traffic, {name}", unit="B/s", value=n / seconds, goal=0,
                                      detail=f"{cpu:.1f} % of a core"))  # fmt: skip
        return figures

    def switches(self) -> list[Figure]:
        """Bytes of a switch to each screen."""
        figures = []
        for size in ((80, 24), (120, 40), (200, 60)):
            with self.opened(size=size) as terminal:
                sizes: dict[str, int] = {}
                terminal.send("2")
                terminal.until_shown(MARKS["2"])
                terminal.quiet(1.0)
                for key in "13451215432":
                    before = len(terminal.received)
                    terminal.send(key)
                    terminal.until_shown(MARKS[key])
                    terminal.quiet(1.5)
                    sizes[key] = max(sizes.get(key, 0), len(terminal.received) - before)
            worst = max(sizes, key=lambda key: sizes[key])
            detail = ", ".join(f"{SCREENS[key]} {n / 1000:.1f}" for key, n in sizes.items())
            figures.append(Figure(name=f"screen switch, {size[0]}x{size[1]}", unit="KB", value=sizes[worst] / 1000,
                                  goal=40, detail=detail))  # fmt: skip
        return figures

    def live(self) -> list[Figure]:
        """Traffic and CPU of the live screen at two looks a second while a real trial ticks twice a second."""
        (self.ws.path / "ticking.py").write_text(TICKING)
        (self.home / "ticking.py").write_text(TICKING)
        figures = []
        for size in ((80, 24), (120, 40)):
            with (
                self.writing_sprint("ticking:Ticking", 3) as _,
                self.opened("--interval", "0.5", size=size) as terminal,
            ):
                terminal.send("Go")
                terminal.until_shown("● running")
                terminal.drain(4.0)
                seconds = 8.0 if self.quick else 20.0
                before = terminal.cpu()
                n = terminal.drain(seconds)
                cpu = 100 * (terminal.cpu() - before) / seconds
            where = f"{size[0]}x{size[1]}"
            figures.append(Figure(name=f"live traffic, {where}", unit="KB/s", value=n / seconds / 1000, goal=1.5))
            figures.append(Figure(name=f"live CPU, {where}", unit="% of a core", value=cpu, goal=3))
        return figures

    def memory(self) -> list[Figure]:
        """Memory after every screen was shown, and its details opened."""
        with self.opened() as terminal:
            opened, _ = terminal.memory()
            for keys in ("2", "4", "\r", "\x1b", "3", "5", "1", "2", "m", "\x1b", "1"):
                terminal.send(keys)
                terminal.quiet(0.8)
            rss, pss = terminal.memory()
        script = self.home / "libraries.py"
        script.write_text(LIBRARIES)
        with self.terminal(sys.executable, str(script)) as terminal:
            terminal.until(b"first frame")
            terminal.quiet(0.8)
            floor, floor_pss = terminal.memory()
        detail = (
            f"PSS {pss:.1f} MB; {opened:.1f} when it has opened; a minimal app with SQLModel and numpy takes "
            f"{floor:.1f}, PSS {floor_pss:.1f}"
        )
        return [Figure(name="memory (RSS)", unit="MB", value=rss, goal=80, detail=detail)]

    def lag(self) -> list[Figure]:
        """Lag of the event loop, while a sprint writes and screens are switched."""
        script, told = self.home / "heartbeat.py", self.home / "lags.json"
        script.write_text(HEARTBEAT)
        told.unlink(missing_ok=True)
        command = (sys.executable, str(script), str(told), "--workspace", str(self.ws.path))
        with (
            self.writing_sprint("engine.objectives.synthetic:Synthetic", 5000),
            self.terminal(*command) as terminal,
        ):
            terminal.until_shown("trimtab ─")
            terminal.send("1")
            terminal.until_shown(MARKS["1"])
            for key in "j2jj4jj5131jj4" * (1 if self.quick else 3):
                terminal.send(key)
                terminal.drain(1.0)
            lags = json.loads(told.read_text())
        detail = f"median {1000 * statistics.median(lags):.1f} ms, worst {1000 * max(lags):.0f} ms, n {len(lags)}"
        return [Figure(name="event-loop lag p95", unit="ms", value=1000 * p95(lags), goal=100, detail=detail)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--store", type=Path, help="a workspace made before by this script; made where it is not there")
    parser.add_argument("--nice", type=int, default=0, help="priority on a machine that does other work (root)")
    parser.add_argument(
        "--only", nargs="+", default=[], help="parts: first_frame keys trials idle switches live memory lag"
    )
    arguments = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="trimtab-interface-"))
    folder = arguments.store or home / "store"
    ws = api.open_workspace(folder) if (folder / "store.db").exists() else make_store(folder)
    claim_processor(arguments.nice)
    bench = Bench(ws=ws, home=home, quick=arguments.quick, niceness=arguments.nice)
    parts: list[Callable[[], list[Figure]]] = [
        bench.first_frame, bench.keys, bench.trials, bench.idle, bench.switches, bench.live, bench.memory, bench.lag,
    ]  # fmt: skip
    figures: list[Figure] = []
    for part in parts:
        if arguments.only and part.__name__ not in arguments.only:
            continue
        for figure in part():
            print(figure.told(), flush=True)
            figures.append(figure)
    if arguments.json:
        keep(arguments.json, figures)
    return int(any(figure.verdict == "MISSED" for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
