"""Damaged files for every reader: how many mutants end in an internal error, how many in a hang.

    python benchmarks/attack/readers.py [--mutants 12000] [--seed 1] [--only thread-file …]

Every reader gets the same number of mutants of good files. A mutant may be read or refused in a sentence that names
the file; an exception of any other kind is an internal error, ten seconds three times are a hang. TRIMTAB_DEBUG is set,
so that the net which turns what nobody thought of into a sentence is off and hides nothing. Exit 1 unless all are 0.
"""

import argparse
import json
import multiprocessing
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# The root holds the packages; benchmarks/ holds scripts of the same names.
sys.path[:] = [
    str(HERE.parent.parent),
    *(entry for entry in sys.path if Path(entry).resolve() != HERE.parent),
    str(HERE),
]
os.environ["TRIMTAB_DEBUG"] = "1"

HANG_SECONDS = 10
MOST_MEMORY = 6 * 2**30
"""A mutant that wants more address space gets a MemoryError, which counts as an internal error."""

N_WARM = 20
"""At most so many mutants are read before the clock counts."""

N_TRIES = 3
"""A mutant hangs when it does so as often; a busy machine may hold up one reading."""

KINDS = ("read", "refused", "internal", "hang", "unnamed")


@dataclass
class Tally:
    """What came of the mutants of one reader."""

    counts: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    examples: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, kind: str, number: int, told: str, seconds: float) -> None:
        self.counts[kind] += 1
        self.slowest = max(self.slowest, seconds)
        if kind in ("internal", "hang", "unnamed"):
            self.examples.setdefault(f"{kind}: {told}", (number, kind))


def try_one(name: str, seed: int, number: int, folder: Path) -> tuple[str, str, float]:
    """Make a mutant and read it: (kind, what was told, seconds)."""
    from reader_targets import REFUSALS, TARGETS

    target = TARGETS[name]
    rng = random.Random(f"{seed}:{name}:{number}")
    made = target.make(rng, folder)
    begin = time.perf_counter()
    try:
        target.read(made)
    except REFUSALS as error:
        told = getattr(error, "message", str(error))
        named = not target.names_file or any(word in told for word in target.words_of(made))
        kind = "refused" if named else "unnamed"
        return kind, f"{type(error).__name__}: {told[:160]!r}", time.perf_counter() - begin
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        return "internal", f"{type(error).__name__} in {where}: {str(error)[:120]!r}", time.perf_counter() - begin
    return "read", "", time.perf_counter() - begin


def work(name: str, seed: int, first: int, n: int, at: Any, answers: Any, limit_memory: bool) -> None:
    """Try mutants one by one; an alarm ends this process where one hangs, also inside a library."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    if limit_memory:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        for number in range(-1, -N_WARM, -1):  # what a whole reading imports takes its time once
            if try_one(name, seed, number, Path(folder))[0] == "read":
                break
        for number in range(first, n):
            at.value = number
            signal.alarm(HANG_SECONDS)
            answers.put((number, *try_one(name, seed, number, Path(folder))))
            signal.alarm(0)
    answers.close()
    answers.join_thread()


def attack(name: str, seed: int, n: int, limit_memory: bool = True) -> Tally:
    """All mutants of one reader, in processes that are replaced when one ends them."""
    context = multiprocessing.get_context("spawn")
    tally, first, n_hung = Tally(), 0, 0
    while first < n:
        at, answers = context.Value("i", first), context.Queue()
        child = context.Process(target=work, args=(name, seed, first, n, at, answers, limit_memory))
        child.start()
        done = first
        while child.is_alive() or not answers.empty():
            try:
                number, kind, told, seconds = answers.get(timeout=0.2)
            except Exception:
                continue
            tally.add(kind, number, told, seconds)
            done, n_hung = number + 1, 0
        child.join()
        if done < n and child.exitcode != 0:
            how = "hang" if child.exitcode == -signal.SIGALRM else "internal"
            n_hung += 1
            if how == "hang" and n_hung < N_TRIES:
                first = done
                continue
            n_hung = 0
            tally.add(how, done, f"process ended with {child.exitcode}", float(HANG_SECONDS) if how == "hang" else 0.0)
            done += 1
        first = max(done, first + 1)
    return tally


def main() -> int:
    """Attack the readers and print a table."""
    from reader_targets import TARGETS

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mutants", type=int, default=12_000, help="over all readers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=list(TARGETS))
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    options = parser.parse_args()
    n = -(-options.mutants // len(options.only))
    print(f"{'reader':16}{'mutants':>9}" + "".join(f"{kind:>10}" for kind in KINDS) + f"{'slowest':>10}")
    totals: Counter[str] = Counter()
    figures = {}
    for name in options.only:
        tally = attack(name, options.seed, n, TARGETS[name].limit_memory)
        totals.update(tally.counts)
        n_tried = sum(tally.counts.values())
        shown = "".join(f"{tally.counts[kind]:>10}" for kind in KINDS)
        print(f"{name:16}{n_tried:>9}{shown}{tally.slowest:>9.2f}s", flush=True)
        for told, (number, _) in list(tally.examples.items())[:12]:
            print(f"    #{number} {told}", flush=True)
        figures[name] = {**tally.counts, "slowest_seconds": round(tally.slowest, 2)}
    print(f"{'all':16}{sum(totals.values()):>9}" + "".join(f"{totals[kind]:>10}" for kind in KINDS))
    if options.json:
        options.json.write_text(
            json.dumps({"seed": options.seed, "readers": figures}, indent=1) + "\n", encoding="utf-8"
        )
    return int(any(totals[kind] for kind in ("internal", "hang", "unnamed")))


if __name__ == "__main__":
    sys.exit(main())
