"""Search quality at equal cost: sprints with three reviewers against their rivals (issue 5, item 14).

    python benchmarks/search.py --seeds 20 --tasks hartmann3 hartmann6 --out runs
    python benchmarks/search.py --report runs

Cost is epochs × share of the training data. A thread of sprints is 1E (1 epoch on 1/6), Warm (7 epochs on 1/6) and
Full (25 epochs on all, under the engine's Hyperband, as many trials as the epochs of nine unpruned ones pay for); the
rivals spend as much at full fidelity, or under Optuna's Hyperband. Every method's answer is the
configuration it scored best at full length; it is judged by its true regret (synthetic) or by fresh trainings on test
images (digits). Every task and seed writes one file; what is there is not run again, so a run cut short can be taken
up, and several processes may share a folder if they take different tasks or seeds.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
# Before this file's folder, in which another benchmark would be the module "engine".
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from search_report import print_report
from search_tasks import MAX_EPOCHS, TASKS

from engine.comparison import compare_stages
from engine.diagnostics import diagnose
from engine.edits import apply_proposal
from engine.reviewers.registry import propose
from engine.samplers.random import draw
from engine.space import Space
from engine.stages import HYPERBAND
from engine.suggest import Search, suggest
from engine.trial import EpochReport, TrialRecord, ranked
from engine.verdict import make_verdict

SIXTH = 6
WARM_EPOCHS = 7


@dataclass(frozen=True)
class Sizes:
    """Trials of the three stages and how many of them are random."""

    explore: tuple[int, int] = (120, 60)
    warm: tuple[int, int] = (90, 30)
    full: int = 9

    @property
    def budget(self) -> float:
        """Epochs over all training data."""
        return self.explore[0] / SIXTH + self.warm[0] * WARM_EPOCHS / SIXTH + self.full * MAX_EPOCHS


PAPER = Sizes()
QUICK = Sizes(explore=(40, 20), warm=(30, 10), full=3)


@dataclass
class Outcome:
    """What one method did with one seed."""

    params: Mapping[str, Any]
    cost: float
    n_full: int
    cuts: list[dict[str, Any]] = field(default_factory=list)
    seen: list[tuple[dict[str, Any], float]] = field(default_factory=list)


def run_trial(task, params, *, train_parts, epochs, number, seed) -> float:
    score = float("nan")
    for epoch, value in enumerate(task.train(params, train_parts=train_parts, number=number, seed=seed), 1):
        score = value
        if epoch == epochs:
            break
    return score


def full_sprint(
    task, space: Space, *, epochs: int, seed: int, primed: Sequence[Mapping[str, Any]]
) -> list[TrialRecord]:
    """The Full stage: TPE under Hyperband as the engine's template has it, until its budget of epochs is used.

    Every trial finishes before the next begins, so the rungs fill in order of number, as with one worker.
    """
    verdict = make_verdict("hyperband", HYPERBAND, study_key=f"bench{seed}", direction="maximize")
    assert verdict is not None
    options = {"n_startup_trials": 4}
    search = Search(
        space=space, settings={}, sampler="tpe", options=options, n_random=0, seed=seed, direction="maximize"
    )
    trials: list[TrialRecord] = []
    curves: dict[int, dict[int, float]] = {}
    state: Mapping[str, Any] = {}
    used = 0
    while used < epochs:
        number = len(trials)
        if number < len(primed):
            params, source = dict(primed[number]), "primed-cold"
        else:
            found = suggest(search, trials, number, state)
            params, source, state = found.params, found.source, found.state
        curve = curves[number] = {}
        reason = ""
        for epoch, score in enumerate(task.train(params, train_parts=1, number=number, seed=seed), 1):
            curve[epoch] = score
            used += 1
            if epoch < MAX_EPOCHS and verdict.decides_at(epoch):
                reason = verdict.reason_to_prune(curves, number, epoch)
            if reason or used >= epochs:
                break
        whole = len(curve) == MAX_EPOCHS
        trials.append(
            TrialRecord(
                number=number, state="complete" if whole else "pruned", source=source, params=params,
                score=curve[len(curve)], n_epochs=len(curve), reason=reason,
                reports=tuple(EpochReport(step=step, phase="train", score=value) for step, value in curve.items()),
            )
        )  # fmt: skip
    return trials


def sprint(task, space: Space, *, sampler, n, n_random, train_parts, epochs, seed) -> list[TrialRecord]:
    """One sprint through the engine's own samplers, in memory."""
    options = {"n_startup_trials": 4} if sampler == "tpe" else {}
    search = Search(
        space=space, settings={}, sampler=sampler, options=options, n_random=n_random, seed=seed, direction="maximize"
    )
    trials: list[TrialRecord] = []
    state: Mapping[str, Any] = {}
    for number in range(n):
        suggestion = suggest(search, trials, number, state)
        params, source, state = suggestion.params, suggestion.source, suggestion.state
        score = run_trial(task, params, train_parts=train_parts, epochs=epochs, number=number, seed=seed)
        fold = (number % train_parts, number % 3 if train_parts > 1 else 0)
        trials.append(
            TrialRecord(
                number=number, state="complete", source=source, params=params, score=score, fold=fold, n_epochs=epochs
            )
        )
    return trials


def reviewed(task, space: Space, trials, reviewer: str, cuts: list[dict[str, Any]], stage: str) -> Space:
    """The space after a review, and what the review cost: is an optimum still inside?"""
    if reviewer == "uncut":
        return space
    findings = diagnose(space, trials, settings={}) if reviewer == "guarded" else ()
    proposals = propose(reviewer, space, trials, findings, settings={})
    after = space
    for proposal in proposals:
        after, _ = apply_proposal(after, proposal)
    held_before = [not space.misfits(o, {}) for o in task.optima]
    held_after = [not after.misfits(o, {}) for o in task.optima]
    cuts.append(
        {
            "stage": stage,
            "n_proposals": len(proposals),
            "volume": float(np.prod([_width(space[d.name], d) for d in after])),
            "excluded": any(held_before) and not any(held_after) if task.optima else None,
            "gained": any(held_after) and not any(held_before) if task.optima else None,
            "space": after.to_dict(),
        }
    )
    return after


def _width(before, after) -> float:
    if after.is_frozen:
        return 1e-3
    if after.kind == "categorical":
        return len(after.choices) / len(before.choices)
    return before.to_unit(after.bounds[1]) - before.to_unit(after.bounds[0])


_EXPLORED: dict[tuple[Any, ...], list[TrialRecord]] = {}


def thread(task, seed: int, sizes: Sizes, sampler: str, reviewer: str) -> Outcome:
    """1E, review, Warm, review, Full primed with the best three. The first sprint is the same for every reviewer."""
    key = (task.name, seed, sizes, sampler)
    if key not in _EXPLORED:
        _EXPLORED.clear()
        n, n_random = sizes.explore
        _EXPLORED[key] = sprint(
            task, task.space, sampler=sampler, n=n, n_random=n_random, train_parts=SIXTH, epochs=1, seed=seed * 10 + 1
        )
    cuts: list[dict[str, Any]] = []
    space = reviewed(task, task.space, _EXPLORED[key], reviewer, cuts, "1E")
    n, n_random = sizes.warm
    warm = sprint(
        task, space, sampler=sampler, n=n, n_random=n_random, train_parts=SIXTH, epochs=WARM_EPOCHS, seed=seed * 10 + 2
    )
    space = reviewed(task, space, warm, reviewer, cuts, "Warm")
    best = [t.params for t in ranked(warm) if not space.misfits(t.params, {})][: min(3, sizes.full)]
    full = full_sprint(task, space, epochs=sizes.full * MAX_EPOCHS, seed=seed * 10 + 3, primed=best)
    whole = ranked(full)
    return Outcome(whole[0].params, sizes.budget, len(whole), cuts, [(dict(t.params), t.score) for t in whole])


def full_only(task, seed: int, sizes: Sizes, sampler: str) -> Outcome:
    """The whole budget at full fidelity, through one of the engine's samplers."""
    n = int(sizes.budget // MAX_EPOCHS)
    n_random = n if sampler == "random" else min(4, n // 3)
    trials = sprint(
        task, task.space, sampler=sampler, n=n, n_random=n_random, train_parts=1, epochs=MAX_EPOCHS, seed=seed * 10 + 4
    )
    return Outcome(ranked(trials)[0].params, n * MAX_EPOCHS, n, [], [(dict(t.params), t.score) for t in trials])


def skopt_alone(task, seed: int, sizes: Sizes) -> Outcome:
    """`gp_minimize` as anybody would call it, at full fidelity."""
    import warnings

    from skopt import gp_minimize
    from skopt.space import Integer, Real

    space, n = task.space, int(sizes.budget // MAX_EPOCHS)
    made = [
        (Real if d.kind == "float" else Integer)(*(d.bounds), prior="log-uniform" if d.log else "uniform", name=d.name)
        for d in space
    ]
    seen: list[tuple[dict[str, Any], float]] = []

    def loss(point) -> float:
        params = dict(zip(space.names, point, strict=True))
        score = run_trial(task, params, train_parts=1, epochs=MAX_EPOCHS, number=len(seen), seed=seed * 10 + 5)
        seen.append((params, score))
        return -score

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gp_minimize(loss, made, n_calls=n, n_initial_points=min(5, n // 2), random_state=seed)
    return Outcome(max(seen, key=lambda s: s[1])[0], n * MAX_EPOCHS, n, [], seen)


def tpe_hyperband(task, seed: int, sizes: Sizes) -> Outcome:
    """Optuna's TPE and Hyperband, all data, epochs as the resource, until the budget is spent."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=4, multivariate=True)
    pruner = optuna.pruners.HyperbandPruner(min_resource=1, max_resource=MAX_EPOCHS, reduction_factor=3)
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner, study_name=f"bench{seed}")
    cost, seen = 0, []
    while cost < sizes.budget:
        trial = study.ask()
        params = {}
        for d in task.space:
            ask = trial.suggest_float if d.kind == "float" else trial.suggest_int
            low, high = d.bounds if d.kind == "float" else (int(d.bounds[0]), int(d.bounds[1]))
            params[d.name] = ask(d.name, low, high, log=d.log)
        score, pruned = 0.0, False
        for epoch, value in enumerate(task.train(params, train_parts=1, number=trial.number, seed=seed * 10 + 6), 1):
            score, cost = value, cost + 1
            trial.report(value, epoch)
            if pruned := (trial.should_prune() and epoch < MAX_EPOCHS):
                break
            if cost >= sizes.budget:
                pruned = epoch < MAX_EPOCHS
                break
        study.tell(trial, None if pruned else score, state=optuna.trial.TrialState.PRUNED if pruned else None)
        seen.append((params, score, pruned))
    whole = [s for s in seen if not s[2]] or seen
    return Outcome(max(whole, key=lambda s: s[1])[0], cost, len(whole), [], [(p, s) for p, s, _ in whole])


Method = Callable[[Any, int, Sizes, str], Outcome]

METHODS: dict[str, Method] = {
    "random": lambda task, seed, sizes, _: full_only(task, seed, sizes, "random"),
    "skopt": lambda task, seed, sizes, _: skopt_alone(task, seed, sizes),
    "tpe": lambda task, seed, sizes, _: full_only(task, seed, sizes, "tpe"),
    "tpe+hyperband": lambda task, seed, sizes, _: tpe_hyperband(task, seed, sizes),
    "sprints-uncut": lambda task, seed, sizes, sampler: thread(task, seed, sizes, sampler, "uncut"),
    "sprints-box": lambda task, seed, sizes, sampler: thread(task, seed, sizes, sampler, "bounding-box"),
    "sprints-paper": lambda task, seed, sizes, sampler: thread(task, seed, sizes, sampler, "paper"),
    "sprints-guarded": lambda task, seed, sizes, sampler: thread(task, seed, sizes, sampler, "guarded"),
}


def stage_correlations(task, seed: int, n: int) -> list[dict[str, Any]]:
    """Rank correlation of the same n random configurations at the three fidelities."""
    import random

    rng = random.Random(seed)
    points = [draw(task.space.dimensions, rng) for _ in range(n)]
    stages = {"1E": (SIXTH, 1), "Warm": (SIXTH, WARM_EPOCHS), "Full": (1, MAX_EPOCHS)}
    scores = {
        stage: {
            f"#{i}": run_trial(task, p, train_parts=parts, epochs=epochs, number=i, seed=seed)
            for i, p in enumerate(points)
        }
        for stage, (parts, epochs) in stages.items()
    }
    return [
        {
            "before": a.before,
            "after": a.after,
            "n": a.n,
            "spearman": a.spearman,
            "kendall": a.kendall,
            "fisher": a.fisher,
        }
        for a in compare_stages(scores).agreements
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", choices=list(TASKS), default=list(TASKS))
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--seeds", type=int, default=20, help="how many")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="a third of the paper's trials")
    parser.add_argument("--sampler", default="gp", help="of the first two sprints (the paper: gp)")
    parser.add_argument("--correlation-points", type=int, default=40, help="0 leaves the stage correlations out")
    parser.add_argument("--out", type=Path, default=Path("search-runs"), help="folder of the runs")
    parser.add_argument("--report", nargs="+", type=Path, help="only print what these folders hold")
    args = parser.parse_args()
    if args.report:
        print_report(*read_runs(args.report))
        return
    settings = {"sizes": asdict(QUICK if args.quick else PAPER), "sampler": args.sampler}
    args.out.mkdir(parents=True, exist_ok=True)
    # Seed by seed, so that a run cut short has as many of every task.
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        for name in args.tasks:
            path = args.out / f"{name}-seed{seed}.json"
            if path.exists():
                if (there := json.loads(path.read_text())["settings"]) != json.loads(json.dumps(settings)):
                    sys.exit(f"{path} was run with other settings ({there}); name another folder")
                continue
            n_points = args.correlation_points if seed < 3 else 0
            made = run_cell(TASKS[name], seed, QUICK if args.quick else PAPER, args.sampler, args.methods, n_points)
            part = path.with_suffix(".tmp")
            part.write_text(json.dumps({"settings": settings, **made}) + "\n")
            part.replace(path)
            print(f"{name}, seed {seed}: {sum(run['cpu_seconds'] for run in made['runs']):.0f} CPU s", flush=True)
    print_report(*read_runs([args.out]))


def run_cell(task, seed: int, sizes: Sizes, sampler: str, methods: Sequence[str], n_points: int) -> dict[str, Any]:
    """Every method on one task with one seed, and how the stages agree there."""
    runs = []
    for method in methods:
        began, cpu = time.perf_counter(), time.process_time()
        outcome = METHODS[method](task, seed, sizes, sampler)
        runs.append(
            {
                "task": task.name,
                "seed": seed,
                "method": method,
                "regret": task.regret(outcome.params, seed=seed),
                "cost": outcome.cost,
                "n_full": outcome.n_full,
                "seconds": round(time.perf_counter() - began, 2),
                "cpu_seconds": round(time.process_time() - cpu, 2),
                "params": {k: float(v) for k, v in outcome.params.items()},
                "cuts": outcome.cuts,
                "full": [[{k: float(v) for k, v in p.items()}, s] for p, s in outcome.seen],
            }
        )
    found = stage_correlations(task, seed, n_points) if n_points else []
    return {"runs": runs, "correlations": [{"task": task.name, "seed": seed, **one} for one in found]}


def read_runs(folders: Sequence[Path]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The runs and the correlations of folders, seed by seed."""
    cells = [json.loads(path.read_text()) for folder in folders for path in sorted(folder.glob("*-seed*.json"))]
    cells.sort(key=lambda cell: cell["runs"][0]["seed"])
    return [run for cell in cells for run in cell["runs"]], [one for cell in cells for one in cell["correlations"]]


if __name__ == "__main__":
    main()
