"""What a cut of the space costs: how well the chance that it excludes the best is calibrated.

    python benchmarks/cuts.py --runs 400 --out cuts-simulated.jsonl
    python benchmarks/cuts.py --fit cuts-simulated.jsonl
    python benchmarks/cuts.py --runs 240 --held-out --out cuts-held-out.jsonl
    python benchmarks/cuts.py --report cuts-held-out.jsonl --diagram docs/cut-reliability.svg

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

EDGES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 1.01)
"""Stretches of told chances."""

LEAST = 0.01
"""No cut is told to be safer: a few hundred cuts of which none lost do not show that."""

MIN_BLOCK = 120
"""Cuts behind a value of the calibration, at least: some ten sprints."""


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
    parser.add_argument("--diagram", type=Path, help="with --report: where to draw the reliability diagram")
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
    if args.report:
        print_report(read(args.report))
        if args.diagram:
            draw_diagram(read(args.report), args.diagram)


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in path.read_text().splitlines()]


def print_fit(runs: list[dict[str, Any]]) -> None:
    """The constants of `engine.reviewers.cut_model`: weights by maximum likelihood, then a rising table over them."""
    from scipy.optimize import minimize

    cuts = [cut for one in runs for cut in one["cuts"]]
    kept = (np.array([cut["share"] for cut in cuts]) * N_FUNCTIONS + 0.5) / (N_FUNCTIONS + 1)
    volume = np.maximum([cut["volume"] for cut in cuts], LEAST_VOLUME)
    x = np.stack([np.log(kept / (1 - kept)), np.log(volume)], axis=1)
    lost = np.array([cut["loss"] > WORSE for cut in cuts])

    def loss(weights: np.ndarray) -> float:
        odds = weights[0] + x @ weights[1:]
        return float(np.mean(np.logaddexp(0.0, odds) - lost * odds) + 1e-4 * weights @ weights)

    by_share, by_volume = np.round(minimize(loss, np.zeros(3)).x[1:], 3)
    print(f"{len(cuts)} cuts of {len(runs)} sprints")
    print(f"WEIGHTS = ({by_share}, {by_volume})")
    print(f"TABLE = {rising(x @ np.array([by_share, by_volume]), lost)}")


def rising(risk: np.ndarray, lost: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Share that lost by risk, made to rise by pooling neighbours that do not; at least `MIN_BLOCK` cuts each."""
    order = np.argsort(risk, kind="stable")
    blocks = [[len(part), float(risk[part].mean()), float(lost[part].mean())]
              for part in np.array_split(order, max(2, len(order) // MIN_BLOCK))]  # fmt: skip
    at = 0
    while at + 1 < len(blocks):
        (n, r, share), (m, q, other) = blocks[at], blocks[at + 1]
        if other > share:
            at += 1
            continue
        blocks[at : at + 2] = [[n + m, (n * r + m * q) / (n + m), (n * share + m * other) / (n + m)]]
        at = max(0, at - 1)
    return tuple((round(r, 2), round(max(share, LEAST), 3)) for _, r, share in blocks)


def read_cuts(runs: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each cut with its sprint, the chance as today's constants have it, whatever those of the run were."""
    cuts = [(one, cut) for one in runs for cut in one["cuts"]]
    for _, cut in cuts:
        cut["chance"] = calibrated(cut["share"], cut["volume"])
    return cuts


def reliability(runs: list[dict[str, Any]]) -> list[dict[str, float]]:
    """For each stretch of told chances: cuts, mean chance, share that lost and its 95 % interval over sprints."""
    cuts = read_cuts(runs)
    rng = np.random.default_rng(0)
    found = []
    for low, high in pairwise(EDGES):
        chosen = [(one["seed"], cut["chance"], cut["loss"] > WORSE) for one, cut in cuts if low <= cut["chance"] < high]
        if not chosen:
            continue
        by_sprint: dict[int, list[bool]] = {}
        for seed, _, is_lost in chosen:
            by_sprint.setdefault(seed, []).append(is_lost)
        sums = np.array([(sum(of), len(of)) for of in by_sprint.values()], dtype=float)
        drawn = sums[rng.integers(len(sums), size=(1000, len(sums)))].sum(axis=1)
        ends = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
        found.append({
            "low": low, "high": min(high, 1.0), "n": len(chosen), "told": float(np.mean([c for _, c, _ in chosen])),
            "lost": float(np.mean([is_lost for *_, is_lost in chosen])), "from": float(ends[0]), "to": float(ends[1]),
        })  # fmt: skip
    return found


def print_report(runs: list[dict[str, Any]]) -> None:
    """Reliability: of the cuts to which a chance was given, how many lost the best."""
    print("| chance told | cuts | mean chance told | lost the best | 95 % interval |\n|---|---|---|---|---|")
    for row in reliability(runs):
        print(
            f"| {row['low']:.0%} to {row['high']:.0%} | {row['n']} | {row['told']:.0%} | {row['lost']:.0%} "
            f"| {row['from']:.0%} to {row['to']:.0%} |"
        )
    cuts = read_cuts(runs)
    for key in ("family", "shifted", "sampler", "n"):
        for value in sorted({one[key] for one in runs}):
            chosen = [cut for one, cut in cuts if one[key] == value]
            if chosen:
                told, lost = np.mean([c["chance"] for c in chosen]), np.mean([c["loss"] > WORSE for c in chosen])
                print(f"{key} {value}: {len(chosen)} cuts, told {told:.0%}, lost {lost:.0%}")
    for kind in sorted({cut["cut"] for _, cut in cuts}):
        chosen = [cut for _, cut in cuts if cut["cut"] == kind]
        told, lost = np.mean([c["chance"] for c in chosen]), np.mean([c["loss"] > WORSE for c in chosen])
        print(f"{kind}: {len(chosen)} cuts, told {told:.0%}, lost {lost:.0%}")


def draw_diagram(runs: list[dict[str, Any]], path: Path) -> None:
    """The reliability diagram as SVG: told across, lost upwards, the diagonal is what should be, bars are 95 %."""
    side, left, top = 300, 50, 16

    def x(share: float) -> float:
        return round(left + side * share, 1)

    def y(share: float) -> float:
        return round(top + side * (1 - share), 1)

    made = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + side + 20}" height="{top + side + 44}" '
        'font-family="sans-serif" font-size="11" fill="#444">',
        f'<rect width="{left + side + 20}" height="{top + side + 44}" fill="#fff"/>',
        f'<polygon points="{x(0)},{y(0)} {x(0)},{y(0.05)} {x(0.95)},{y(1)} {x(1)},{y(1)} {x(1)},{y(0.95)} '
        f'{x(0.05)},{y(0)}" fill="#eee"/>',
        f'<path d="M{x(0)},{y(0)} L{x(1)},{y(1)}" stroke="#999" fill="none"/>',
        f'<rect x="{left}" y="{top}" width="{side}" height="{side}" fill="none" stroke="#444"/>',
    ]
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        made.append(f'<text x="{x(share)}" y="{y(0) + 15}" text-anchor="middle">{share:.0%}</text>')
        made.append(f'<text x="{left - 6}" y="{y(share) + 4}" text-anchor="end">{share:.0%}</text>')
    for row in reliability(runs):
        made.append(f'<path d="M{x(row["told"])},{y(row["from"])} V{y(row["to"])}" stroke="#06c"/>')
        made.append(f'<circle cx="{x(row["told"])}" cy="{y(row["lost"])}" r="3.5" fill="#06c"/>')
    made.append(f'<text x="{x(0.5)}" y="{y(0) + 34}" text-anchor="middle">chance told</text>')
    made.append(
        f'<text x="12" y="{y(0.5)}" text-anchor="middle" transform="rotate(-90 12 {y(0.5)})">lost the best</text>'
    )
    path.write_text("\n".join([*made, "</svg>"]) + "\n")


if __name__ == "__main__":
    main()
