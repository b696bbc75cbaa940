"""Search quality at equal cost: sprints with three reviewers against their rivals.

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
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
# Before this file's folder, in which another benchmark would be the module "engine".
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from search_report import print_report, report_tables
from search_rivals import full_only, skopt_alone, tpe_hyperband
from search_sprints import PAPER, QUICK, SIXTH, WARM_EPOCHS, Outcome, Sizes, run_trial, thread
from search_tasks import MAX_EPOCHS, TASKS

from benchmarks.figures import keep
from engine.review.rank_agreement import compare_stages
from engine.space.draw import draw

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
    parser.add_argument("--json", type=Path, help="write the tables here")
    args = parser.parse_args()
    if args.report:
        tell(args.report, args.json)
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
    tell([args.out], args.json)


def tell(folders: Sequence[Path], kept: Path | None) -> None:
    """Print what was run, and keep its tables."""
    runs, correlations = read_runs(folders)
    print_report(runs, correlations)
    if kept is not None:
        keep(kept, (), report_tables(runs))


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
