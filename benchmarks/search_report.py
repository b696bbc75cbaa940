"""The report of the search benchmark: regret with intervals, mean ranks, excluded optima, stage correlations."""

from collections import defaultdict
from typing import Any

import numpy as np

from benchmarks.figures import Table, table_of
from engine.space.dimension import Dimension

Run = dict[str, Any]


def print_report(runs: list[Run], correlations: list[dict[str, Any]]) -> None:
    methods = list(dict.fromkeys(r["method"] for r in runs))
    tasks = list(dict.fromkeys(r["task"] for r in runs))
    regret = {(r["task"], r["seed"], r["method"]): r["regret"] for r in runs}
    cells = sorted({(r["task"], r["seed"]) for r in runs})
    cells = [c for c in cells if all((*c, m) in regret for m in methods)]

    print("\nmedian regret (quartiles); synthetic in standard deviations of the function, digits 1 - test macro F1")
    print(f"{'task':20}" + "".join(f"{m:>26}" for m in methods))
    for task in tasks:
        line = f"{task:20}"
        for m in methods:
            values = [regret[(t, s, m)] for t, s in cells if t == task]
            q = np.quantile(values, [0.25, 0.5, 0.75]) if values else [np.nan] * 3
            line += f"{q[1]:>10.4f} ({q[0]:.4f}-{q[2]:.4f})"
        print(line + f"   {sum(t == task for t, _ in cells)} seeds")

    print("\nmean rank over (task, seed), 1 = best, with a 95 % bootstrap interval over seeds within tasks")
    means, low, high = mean_ranks(cells, methods, regret)
    for i in np.argsort(means):
        seconds = np.mean([r["cpu_seconds"] for r in runs if r["method"] == methods[i]])
        cost = np.mean([r["cost"] for r in runs if r["method"] == methods[i]])
        rank = f"{means[i]:.2f} ({low[i]:.2f}-{high[i]:.2f})"
        print(f"{methods[i]:18} {rank}   cost {cost:.0f} epochs, {seconds:.1f} CPU s")

    print("\nreviews: how often a cut excluded the optimum (all known ones), or brought it in; volume kept (median)")
    for m in methods:
        stages = defaultdict(list)
        for r in runs:
            if r["method"] == m:
                for cut in r["cuts"]:
                    stages[cut["stage"]].append((cut, r["task"]))
        for stage, cuts in stages.items():
            known = [c for c, _ in cuts if c["excluded"] is not None]
            n_known = len(known)
            print(
                f"{m:18} {stage:5} excluded {sum(c['excluded'] for c in known)}/{n_known}, "
                f"gained {sum(c['gained'] for c in known)}/{n_known}, "
                f"volume {np.median([c['volume'] for c, _ in cuts]):.3f}, {_digits_excluded(runs, m, stage)}"
            )
    if correlations:
        print("\nSpearman between stages, mean over seeds")
        table = defaultdict(list)
        for c in correlations:
            if c["spearman"] is not None:
                table[(c["task"], c["before"], c["after"])].append(c["spearman"])
        for (task, before, after), values in table.items():
            print(f"{task:20} {before:>5} - {after:5} {np.mean(values):+.2f}  ({len(values)} seeds)")


def report_tables(runs: list[Run]) -> list[Table]:
    """Median regret by task and method, and the mean rank of each method."""
    methods = list(dict.fromkeys(r["method"] for r in runs))
    tasks = sorted({r["task"] for r in runs})
    regret = {(r["task"], r["seed"], r["method"]): r["regret"] for r in runs}
    cells = [c for c in sorted({(r["task"], r["seed"]) for r in runs}) if all((*c, m) in regret for m in methods)]
    medians = []
    for task in tasks:
        seeds = [seed for of, seed in cells if of == task]
        medians.append(
            {"task": task, "seeds": str(len(seeds))}
            | {m: float(np.median([regret[(task, seed, m)] for seed in seeds])) if seeds else None for m in methods}
        )
    means, low, high = mean_ranks(cells, methods, regret)
    ranks = [
        {
            "method": methods[i],
            "mean rank": f"{means[i]:.2f}",
            "95 % interval": f"{low[i]:.2f} to {high[i]:.2f}",
            "cost, epochs": float(np.mean([r["cost"] for r in runs if r["method"] == methods[i]])),
            "processor s": float(np.mean([r["cpu_seconds"] for r in runs if r["method"] == methods[i]])),
        }
        for i in np.argsort(means)
    ]
    return [
        table_of(
            "Median regret, in standard deviations of the function, for digits 1 − macro F1 on test images", medians
        ),
        table_of("Mean rank over tasks and seeds, 1 is best; the interval by resampling seeds within tasks", ranks),
    ]


def mean_ranks(cells: list[tuple[str, int]], methods: list[str], regret: dict[tuple[str, int, str], float]) -> Any:
    """Mean rank of each method over tasks, and the ends of a 95 % bootstrap interval over seeds within tasks."""
    ranks = np.array([_ranks([regret[(*c, m)] for m in methods]) for c in cells])
    by_task = [
        np.array([i for i, c in enumerate(cells) if c[0] == task]) for task in dict.fromkeys(t for t, _ in cells)
    ]
    rng = np.random.default_rng(0)
    means = np.mean([ranks[rows].mean(axis=0) for rows in by_task], axis=0)
    boot = np.array(
        [np.mean([ranks[rng.choice(rows, len(rows))].mean(axis=0) for rows in by_task], axis=0) for _ in range(2000)]
    )
    return means, *np.quantile(boot, [0.025, 0.975], axis=0)


def _ranks(values: list[float]) -> list[float]:
    v = np.array(values)
    return [float((v < x).sum() + ((v == x).sum() + 1) / 2) for x in v]


def _digits_excluded(runs: list[Run], method: str, stage: str) -> str:
    """On digits the optimum is unknown: the share of the ten best configurations of all methods that lie outside."""
    pool = [tuple(one) for r in runs if r["task"] == "digits" for one in r["full"]]
    if not pool:
        return ""
    best = [p for p, _ in sorted(pool, key=lambda one: -one[1])[:10]]
    outside = []
    for r in runs:
        if r["task"] == "digits" and r["method"] == method:
            for cut in r["cuts"]:
                if cut["stage"] == stage:
                    dims = [Dimension.from_dict(name, plain) for name, plain in cut["space"].items()]
                    outside += [any(not d.contains(p[d.name]) for d in dims) for p in best]
    return f"digits: {np.mean(outside):.0%} of the pool's ten best outside" if outside else ""
