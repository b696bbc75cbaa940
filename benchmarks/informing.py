"""Trials that inform only: does a second sprint in a trimmed space find more when the first one's other trials inform?

    python benchmarks/informing.py --samplers gp tpe cmaes --seeds 6

A sprint of 30 trials, half of them random, is cut by the paper's rule; a second one takes over the best scores
(eight) and tries 15 more, once with those alone and once with the other trials of the first sprint informing its model.
A line each: mean of the paired difference of the best true score (standard deviations of the function, above 0 where
informing helps) and its standard error over the seeds; ``worse`` where it is below 0 by more than two of them.
"""

import argparse
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from cut_tasks import HELD_OUT, Task, held_out
from cuts import sprint

from engine.reviewers.registry import propose
from engine.samplers.registry import sampler_info
from engine.samplers.suggest import Search, suggest
from engine.space.edits import apply_proposal
from engine.space.space import Space
from engine.sprint.informing import informing
from engine.sprint.priming import prime
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord

N_FIRST = 30
N_SECOND = 15
N_RANDOM = 3


def second(
    task: Task, space: Space, first: Sequence[TrialRecord], sampler: str, seed: int, *, n_primed: int, informed: bool
) -> float:
    """The best true score of a sprint after a cut, in standard deviations of the function."""
    primed = prime(first, space, {}, how="warm", top_n=n_primed).fitting
    found = informing(
        first, space, {}, taken={t.number for t in primed}, outside=sampler_info(sampler).reads_outside
    )  # fmt: skip
    search = Search(
        space=space, settings={}, sampler=sampler, options={}, n_random=N_RANDOM, seed=seed,
        direction=Direction.MAXIMIZE, informing=found.trials if informed else (),
    )  # fmt: skip
    trials = [
        TrialRecord(number=n, state="complete", source="primed-warm", params=t.params, score=t.score)
        for n, t in enumerate(primed)
    ]
    state: Mapping[str, object] = {}
    rng = np.random.default_rng([seed, 41])
    for number in range(len(trials), len(trials) + N_SECOND):
        made = suggest(search, trials, number, dict(state))
        state = made.state
        score = task.seen(_point(task, made.params), rng)
        trials.append(TrialRecord(number=number, state="complete", source=made.source, params=made.params, score=score))
    return float(task.true(np.array([_point(task, trial.params) for trial in trials])).max())


def _point(task: Task, params: Mapping[str, object]) -> np.ndarray:
    return np.array([params[f"x{j}"] for j in range(task.d)], dtype=float)


def trimmed(space: Space, trials: Sequence[TrialRecord]) -> Space:
    """The space after the paper's rule."""
    for proposal in propose("paper", space, trials, (), settings={}):
        space, _ = apply_proposal(space, proposal)
    return space


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samplers", nargs="+", default=["gp", "tpe", "cmaes"])
    parser.add_argument("--seeds", type=int, default=6, help="of each family of functions")
    parser.add_argument("--primed", type=int, default=8, help="trials whose scores the second sprint takes over")
    args = parser.parse_args()
    families = list(HELD_OUT)
    print("| sampler | function | informed − not | standard error | |\n|---|---|---|---|---|")
    for sampler in args.samplers:
        everything: list[float] = []
        for place, family in enumerate(families):
            gains = []
            for repeat in range(args.seeds):
                seed = place + repeat * len(families)
                task = held_out(seed)
                whole, first = sprint(task, "tpe", N_FIRST, seed)
                space = trimmed(whole, first)
                with_them, without = (
                    second(task, space, first, sampler, seed, n_primed=args.primed, informed=informed)
                    for informed in (True, False)
                )
                gains.append(with_them - without)
            everything += gains
            report(sampler, family, gains)
        report(sampler, "all", everything)


def report(sampler: str, family: str, gains: Sequence[float]) -> None:
    """A line."""
    mean, error = statistics.fmean(gains), statistics.stdev(gains) / len(gains) ** 0.5
    word = "worse" if mean < -2 * error else "better" if mean > 2 * error else ""
    print(f"| {sampler} | {family} | {mean:+.3f} | {error:.3f} | {word} |", flush=True)


if __name__ == "__main__":
    main()
