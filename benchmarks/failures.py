"""Failing regions: how many guided trials fail, and how near the best found comes to the best that trains.

    python benchmarks/failures.py --seeds 5 --samplers gp tpe gp-optuna cmaes

Planted tasks in 2 to 8 dimensions, each with a region that fails: out of memory, divergence, both; at the edge of the
best values, where a search that does not learn fails again and again, and far from it, where it must not be in the way.
A line each: share of guided trials that failed (mean and worst over seeds), distance of the best found from the best
there is (in per cent of the score's range over the space, median over seeds), and both for the same sampler told
nothing of failures.
"""

import argparse
import math
import os
import random
import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.figures import Figure, keep
from engine.samplers.suggest import Search, suggest
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord

Numbers = Mapping[str, float]

MOST_FAILED, FARTHEST = 15.0, 2.0
"""Goals: percent of guided trials that fail; percent of the score's range between the best found and the best."""


@dataclass(frozen=True)
class Task:
    """A score, where it cannot be had, and the best that can.

    Attributes:
        name: As it is chosen.
        space: What is searched.
        score: Larger is better.
        failure: Kind of failure of a configuration; empty where it trains.
        best: The best score that trains.
        n_trials: Budget.
        n_random: Of them at random.
    """

    name: str
    space: Space
    score: Callable[[Numbers], float]
    failure: Callable[[Numbers], str]
    best: float
    n_trials: int
    n_random: int

    def span(self) -> float:
        """Range of the score over the space, from the 1st to the 99th hundredth of random points."""
        rng = random.Random(0)
        drawn = sorted(
            self.score({d.name: float(d.from_share(rng.random())) for d in self.space})  # type: ignore[arg-type]
            for _ in range(2000)
        )
        return drawn[1980] - drawn[20]


def cube(n: int) -> Space:
    return Space(dimensions=tuple(Dimension(name=f"x{i}", kind="float", low=0.0, high=1.0) for i in range(n)))


def bowl(params: Numbers, at: Mapping[int, float], weight: float) -> float:
    return -weight * sum((params[f"x{i}"] - x) ** 2 for i, x in at.items())


BATCHES = Space(
    dimensions=(
        Dimension(name="batch", kind="int", low=1, high=64, log=True),
        Dimension(name="width", kind="int", low=32, high=1024, step=32),
        Dimension(name="lr", kind="float", low=1e-5, high=1e-1, log=True),
        Dimension(name="decay", kind="float", low=1e-4, high=1e-1, log=True),
    )
)
"""Memory grows with batch × width, the score with both; training diverges at high rates."""


def training(params: Numbers) -> float:
    rate = math.log10(params["lr"] / 3e-3)
    size = math.log2(params["batch"]) / 6 + params["width"] / 1024
    return size - 0.3 * rate**2 - 0.05 * math.log10(params["decay"] / 1e-2) ** 2


def training_failure(params: Numbers) -> str:
    if params["batch"] * params["width"] > 16_384:
        return "oom"
    return "nan" if params["lr"] > 1e-2 else ""


TASKS = {
    task.name: task
    for task in (
        Task(
            "edge2",  # shared case 19: the best lies at the edge of the failing part
            cube(2),
            lambda p: p["x0"] + bowl(p, {1: 0.3}, 0.1),
            lambda p: "nan" if p["x0"] > 0.6 else "",
            0.6,
            30,
            10,
        ),
        Task(
            "hole3",  # a ball in the middle fails, the best lie around it
            cube(3),
            lambda p: bowl(p, dict.fromkeys(range(3), 0.5), 1.0),
            lambda p: "nan" if -bowl(p, dict.fromkeys(range(3), 0.5), 1.0) < 0.06 else "",
            -0.06,
            45,
            15,
        ),
        Task(
            "memory4", BATCHES, training, training_failure,
            max(training({"batch": b, "width": w, "lr": 3e-3, "decay": 1e-2})
                for b in range(1, 65) for w in range(32, 1025, 32) if b * w <= 16_384),
            60, 20,
        ),
        Task(
            "slope6",  # the edge depends on a second hyperparameter
            cube(6),
            lambda p: p["x0"] + bowl(p, {1: 0.2, 2: 0.4, 3: 0.6, 4: 0.8}, 0.3),
            lambda p: "nan" if p["x0"] > 0.5 + 0.3 * p["x5"] else "",
            0.8,
            80,
            25,
        ),
        Task(
            "corner8",  # two kinds of failure, both in the way of the best
            cube(8),
            lambda p: 0.6 * p["x0"] + 0.4 * p["x1"] + bowl(p, dict.fromkeys(range(2, 7), 0.5), 0.2),
            lambda p: "oom" if p["x0"] > 0.7 else "nan" if p["x1"] > 0.55 else "",
            0.6 * 0.7 + 0.4 * 0.55,
            100,
            30,
        ),
        Task(
            "aside5",  # the failing part is far from the best
            cube(5),
            lambda p: bowl(p, dict.fromkeys(range(5), 0.3), 1.0),
            lambda p: "oom" if p["x0"] > 0.75 else "",
            0.0,
            60,
            20,
        ),
    )
}  # fmt: skip


def search(task: Task, sampler: str, seed: int, *, learns: bool) -> tuple[float, float]:
    """(share of guided trials that failed, distance of the best from the best there is in ranges of the score)."""
    plan = Search(
        space=task.space, settings={}, sampler=sampler, options={}, n_random=task.n_random, seed=seed,
        direction=Direction.MAXIMIZE,
    )  # fmt: skip
    trials: list[TrialRecord] = []
    state: Mapping[str, object] = {}
    for number in range(task.n_trials):
        told = trials if learns else [trial for trial in trials if trial.state != "failed"]
        found = suggest(plan, told, number, dict(state))
        state = found.state
        numbers = {name: float(value) for name, value in found.params.items()}  # type: ignore[arg-type]
        failure = task.failure(numbers)
        trials.append(
            TrialRecord(
                number=number,
                state="failed" if failure else "complete",
                source=found.source,
                params=found.params,
                score=None if failure else task.score(numbers),
                failure=failure,
            )
        )
    guided = [trial for trial in trials if trial.source == "model"]
    failed = sum(trial.state == "failed" for trial in guided) / max(len(guided), 1)
    best = max((trial.score for trial in trials if trial.score is not None), default=-math.inf)
    return failed, (task.best - best) / task.span()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", choices=list(TASKS), default=list(TASKS))
    parser.add_argument("--samplers", nargs="+", default=["gp", "tpe", "gp-optuna", "cmaes"])
    parser.add_argument("--seeds", type=int, default=5, help="how many")
    parser.add_argument("--unlearned", action="store_true", help="also the samplers told nothing of failures")
    parser.add_argument("--json", type=Path, help="write the figures here")
    args = parser.parse_args()
    figures: list[Figure] = []
    print("| task | sampler | guided trials failed | worst seed | best found, % from the best |")
    print("|---|---|---|---|---|")
    for name in args.tasks:
        for sampler in args.samplers:
            for learns in (True, False) if args.unlearned else (True,):
                runs = [search(TASKS[name], sampler, seed, learns=learns) for seed in range(args.seeds)]
                shares, gaps = [run[0] for run in runs], [run[1] for run in runs]
                told = sampler if learns else f"{sampler}, told nothing"
                print(
                    f"| {name} | {told} | {statistics.fmean(shares):.0%} | {max(shares):.0%} "
                    f"| {statistics.median(gaps):.1%} |",
                    flush=True,
                )
                if learns:
                    figures += [
                        Figure(name=f"guided trials that fail, {name}, {sampler}", unit="%", goal=MOST_FAILED,
                               value=100 * statistics.fmean(shares), detail=f"worst seed {max(shares):.0%}"),
                        Figure(name=f"best found from the best, {name}, {sampler}", unit="%", goal=FARTHEST,
                               value=100 * statistics.median(gaps), detail=f"median of {len(gaps)} seeds"),
                    ]  # fmt: skip
    if args.json:
        keep(args.json, figures)
    sys.exit(int(any(not figure.is_met for figure in figures)))


if __name__ == "__main__":
    main()
