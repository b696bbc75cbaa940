"""What a cut of the space costs: how well the chance that it excludes the best is calibrated.

    python benchmarks/cuts.py --runs 200 --out cuts-simulated.jsonl
    python benchmarks/cuts.py --runs 120 --held-out --out cuts-held-out.jsonl
    python benchmarks/cuts.py --fit cuts-simulated.jsonl
    python benchmarks/cuts.py --report cuts-held-out.jsonl

Every run is a sprint on a function whose best configuration is known (`cut_tasks`), through the engine's own samplers,
and some fifteen cuts of its space: what each reviewer proposes, dimension by dimension and together, cuts of random
width around the best trial. A cut lost the best where the best point inside is worse than the
best point of the space by more than 0.1 standard deviations of the function. Runs are seeded, one line each; what the
output file holds is not run again.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
# Before this file's folder, in which another benchmark would be the module "engine".
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from cut_tasks import Task, held_out, simulated

from engine.diagnostics import diagnose
from engine.diagnostics.sample import take_sample
from engine.diagnostics.score_model import score_model
from engine.errors import EngineError
from engine.reviewers.cut_model import LEAST_VOLUME, N_FUNCTIONS, WORSE, CutModel, box_of, calibrated
from engine.reviewers.registry import propose
from engine.samplers.suggest import Search, suggest
from engine.space.dimension import Dimension
from engine.space.edits import apply_proposal
from engine.space.proposal import Proposal
from engine.space.space import Space
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord, ranked

SAMPLERS = ("tpe", "random", "tpe", "climb")
"""Of the runs in turn; ``climb`` steps from good trials, a cheap stand-in for samplers that exploit."""

N_TRIALS = (30, 60, 120)


def sprint(task: Task, sampler: str, n: int, seed: int) -> tuple[Space, list[TrialRecord]]:
    """One sprint, in memory, half of its trials random."""
    rng = np.random.default_rng([seed, 17])
    space = Space(dimensions=tuple(Dimension(name=f"x{j}", kind="float", low=0.0, high=1.0) for j in range(task.d)))
    search = Search(
        space=space, settings={}, sampler="tpe" if sampler == "climb" else sampler,
        options={"n_startup_trials": 4} if sampler == "tpe" else {}, n_random=n // 2, seed=seed,
        direction=Direction.MAXIMIZE,
    )  # fmt: skip
    trials: list[TrialRecord] = []
    state: Any = {}
    for number in range(n):
        if sampler == "climb":
            u = rng.uniform(size=task.d)
            if number >= n // 2:
                leaders = ranked(trials)[: max(3, number // 10)]
                leader = leaders[int(rng.integers(len(leaders)))]
                start = np.array([leader.params[f"x{j}"] for j in range(task.d)], dtype=float)
                u = np.clip(start + rng.normal(size=task.d) * rng.choice([0.05, 0.15]), 0.0, 1.0)
            params: Any = {f"x{j}": float(u[j]) for j in range(task.d)}
        else:
            suggestion = suggest(search, trials, number, state)
            params, state = suggestion.params, suggestion.state
            u = np.array([params[f"x{j}"] for j in range(task.d)], dtype=float)
        trials.append(
            TrialRecord(
                number=number, state="complete", source="model", params=params, score=task.seen(u, rng), n_epochs=1
            )
        )
    return space, trials


def cuts_of(space: Space, trials: list[TrialRecord], rng: np.random.Generator) -> Iterator[tuple[str, Space]]:
    """Cuts a person might make, by name."""
    findings = diagnose(space, trials, settings={})
    for reviewer in ("paper", "bounding-box", "guarded"):
        proposals = propose(reviewer, space, trials, findings, settings={})
        yield f"{reviewer}, all", _after(space, proposals)
        for proposal in rng.permutation(np.array(proposals, dtype=object))[:2]:
            yield f"{reviewer}, one", _after(space, [proposal])
    best = ranked(trials)[0].params
    for _ in range(5):
        width = rng.uniform(0.1, 0.9)
        names = rng.permutation(space.names)[: 1 if rng.uniform() < 0.6 else len(space.names)]
        made = []
        for name in names:
            centre = float(best[name]) + 0.3 * rng.normal() * width
            low, high = max(0.0, centre - width / 2), min(1.0, centre + width / 2)
            if high - low > 0.02:
                made.append(Proposal(action="narrow", dimension=str(name), low=low, high=high))
        yield "random", _after(space, made)


def _after(space: Space, proposals: Any) -> Space:
    for proposal in proposals:
        if proposal.action == "widen":
            continue
        try:
            space, _ = apply_proposal(space, proposal)
        except EngineError:
            continue
    return space


def run(seed: int, *, is_held_out: bool) -> dict[str, Any]:
    """One sprint and all its cuts."""
    task = (held_out if is_held_out else simulated)(seed)
    rng = np.random.default_rng([seed, 19])
    sampler, n = SAMPLERS[int(rng.integers(len(SAMPLERS)))], N_TRIALS[int(rng.integers(len(N_TRIALS)))]
    space, trials = sprint(task, sampler, n, seed)
    sample = take_sample(space, trials, settings={})
    model = score_model(sample)
    found: dict[str, Any] = {
        "seed": seed, "family": task.family, "sampler": sampler, "n": n, "d": task.d, "noise": task.noise,
        "shifted": bool(np.any(task.shift)), "r2": None if model is None else model.r2, "cuts": [],
    }  # fmt: skip
    if model is None:
        return found
    whole, at = task.best(np.zeros(task.d), np.ones(task.d))
    asked = CutModel(sample, model, space)
    for name, after in cuts_of(space, trials, rng):
        cost = asked.cost(after)
        if cost is None:
            continue
        box = box_of(sample.dimensions, after)
        inside, _ = task.best(box.low, box.high, at)
        gains = task.true(box.spread(rng.uniform(size=(500, task.d))))
        found["cuts"].append(
            {
                "cut": name, "share": cost.share, "chance": cost.chance, "volume": cost.volume,
                "gain_inside": cost.gain_inside, "gain_before": cost.gain_before,
                "loss": whole - inside, "mean_inside": float(gains.mean()),
            }
        )  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--held-out", action="store_true", help="functions that the calibration has not seen")
    parser.add_argument("--out", type=Path, default=Path("cuts.jsonl"))
    parser.add_argument("--fit", type=Path, help="only fit the calibration to what this file holds")
    parser.add_argument("--report", type=Path, help="only print what this file holds")
    args = parser.parse_args()
    if args.fit:
        print_fit(read(args.fit))
        return
    if not args.report:
        there = {one["seed"] for one in read(args.out)} if args.out.exists() else set()
        for seed in range(args.first, args.first + args.runs):
            if seed not in there:
                began = time.process_time()
                made = run(seed, is_held_out=args.held_out)
                made["cpu_seconds"] = round(time.process_time() - began, 2)
                with args.out.open("a") as file:
                    file.write(json.dumps(made) + "\n")
    print_report(read(args.report or args.out))


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in path.read_text().splitlines()]


def print_fit(runs: list[dict[str, Any]]) -> None:
    """The constants of `engine.reviewers.cut_model.CALIBRATION`, by maximum likelihood with a trace of a penalty."""
    from scipy.optimize import minimize

    cuts = [cut for one in runs for cut in one["cuts"]]
    kept = (np.array([cut["share"] for cut in cuts]) * N_FUNCTIONS + 0.5) / (N_FUNCTIONS + 1)
    volume = np.maximum([cut["volume"] for cut in cuts], LEAST_VOLUME)
    x = np.stack([np.ones(len(cuts)), np.log(kept / (1 - kept)), np.log(volume)], axis=1)
    lost = np.array([cut["loss"] > WORSE for cut in cuts])

    def loss(weights: np.ndarray) -> float:
        odds = x @ weights
        return float(np.mean(np.logaddexp(0.0, odds) - lost * odds) + 1e-4 * weights @ weights)

    print(f"{len(cuts)} cuts of {len(runs)} sprints: {np.round(minimize(loss, np.zeros(3)).x, 3).tolist()}")


def print_report(runs: list[dict[str, Any]]) -> None:
    """Reliability: of the cuts to which a chance was given, how many lost the best."""
    cuts = [(one, cut) for one in runs for cut in one["cuts"]]
    for _, cut in cuts:  # as today's constants have it, whatever those of the run were
        cut["chance"] = calibrated(cut["share"], cut["volume"])
    print("| chance told | cuts | mean chance | lost the best |\n|---|---|---|---|")
    edges = (0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.01)
    for low, high in pairwise(edges):
        chosen = [cut for _, cut in cuts if low <= cut["chance"] < high]
        if chosen:
            told = np.mean([cut["chance"] for cut in chosen])
            lost = np.mean([cut["loss"] > WORSE for cut in chosen])
            print(f"| {low:.0%} to {min(high, 1.0):.0%} | {len(chosen)} | {told:.0%} | {lost:.0%} |")
    for key in ("family", "shifted", "sampler", "n"):
        for value in sorted({one[key] for one in runs}):
            chosen = [cut for one, cut in cuts if one[key] == value]
            told, lost = np.mean([c["chance"] for c in chosen]), np.mean([c["loss"] > WORSE for c in chosen])
            print(f"{key} {value}: {len(chosen)} cuts, told {told:.0%}, lost {lost:.0%}")


if __name__ == "__main__":
    main()
