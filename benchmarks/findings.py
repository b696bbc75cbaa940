"""False alarms and power of the review's findings, on sprints of the real samplers.

    python benchmarks/findings.py --runs 200 --samplers random tpe --out findings.json
    python benchmarks/findings.py --report findings.json

Every sprint searches floats in [0, 1] whose domain is [-1, 2]. The score is

- ``noise``: nothing but noise; every warning is a false alarm;
- ``inside``: two relevant dimensions (three of 14) with the optimum inside the range;
- ``beyond``: the same, with the optimum of one of them beyond a bound.

Scores have a standard deviation of 1 over the range; noise has 0.3 (1 where nothing is planted). Rows give counts, so
that any rate and its uncertainty follow from them. Runs are seeded; what the output file holds is not run again.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
# Before this file's folder, in which another benchmark would be the module "engine".
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.figures import Table, keep
from engine.diagnostics import diagnose
from engine.samplers.suggest import Search, suggest
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord

SAMPLERS = ("random", "tpe", "gp", "gp-optuna")
SIZES = {6: (60, 30), 14: (80, 40)}
"""Trials and random ones among them, by dimensions."""

SHAPES = ("noise", "inside", "beyond")


def planted(shape: str, d: int, rng: np.random.Generator) -> tuple[dict[int, float], dict[int, str]]:
    """Optimum of each relevant dimension, and the side of those beyond a bound."""
    if shape == "noise":
        return {}, {}
    relevant = [int(j) for j in rng.permutation(d)[: 2 if d < 10 else 3]]
    optimum = {j: float(rng.uniform(0.25, 0.75)) for j in relevant}
    if shape == "inside":
        return optimum, {}
    side = ("low", "high")[int(rng.integers(2))]
    optimum[relevant[0]] = -0.15 if side == "low" else 1.15
    return optimum, {relevant[0]: side}


def sprint(
    shape: str, sampler: str, d: int, seed: int
) -> tuple[Space, list[TrialRecord], dict[int, float], dict[int, str]]:
    """One sprint through the engine's own sampler, in memory."""
    rng = np.random.default_rng([seed, 7])
    optimum, beyond = planted(shape, d, rng)
    weights = dict(zip(optimum, (6.0, 5.0, 4.0), strict=False))

    def value(u: np.ndarray) -> float:
        return -sum(weights[j] * abs(u[j] - at) ** 1.5 for j, at in optimum.items())

    spread = float(np.std([value(u) for u in rng.uniform(size=(500, d))])) or 1.0
    noise = 0.3 if optimum else 1.0
    space = Space(
        dimensions=tuple(Dimension(name=f"x{j}", kind="float", low=0.0, high=1.0, domain=(-1.0, 2.0)) for j in range(d))
    )
    n, n_random = SIZES[d]
    options = {"n_startup_trials": 4} if sampler == "tpe" else {}
    search = Search(
        space=space,
        settings={},
        sampler=sampler,
        options=options,
        n_random=n_random,
        seed=seed,
        direction=Direction.MAXIMIZE,
    )
    trials: list[TrialRecord] = []
    state: Any = {}
    for number in range(n):
        suggestion = suggest(search, trials, number, state)
        state = suggestion.state
        u = np.array([suggestion.params[f"x{j}"] for j in range(d)], dtype=float)
        trials.append(
            TrialRecord(
                number=number, state="complete", source=suggestion.source, params=suggestion.params,
                score=value(u) / spread + noise * float(rng.normal()), n_epochs=1, seconds=30.0,
            )
        )  # fmt: skip
    return space, trials, optimum, beyond


def judged(shape: str, sampler: str, d: int, seed: int) -> Counter[str]:
    """What the review says of one sprint, counted against what was planted."""
    space, trials, optimum, beyond = sprint(shape, sampler, d, seed)
    findings = diagnose(space, trials, settings={})
    relevant = {f"x{j}" for j in optimum}
    true_bounds = {(f"x{j}", side) for j, side in beyond.items()}
    counted: Counter[str] = Counter()
    ranked = next((f for f in findings if f.kind == "importance" and "relevant" in f.evidence), None)
    named = set() if ranked is None else set(ranked.evidence["relevant"])
    counted["relevant found"] = len(named & relevant)
    counted["relevant planted"] = len(relevant)
    counted["idle called relevant"] = len(named - relevant)
    counted["idle planted"] = d - len(relevant)
    counted["bounds planted"] = len(true_bounds)
    false_warning = False
    for finding in findings:
        if finding.kind == "boundary" and finding.severity == "warning":
            is_true = (finding.dimension, finding.evidence["side"]) in true_bounds
            counted["bounds warned, true" if is_true else "bounds warned, false"] += 1
            false_warning |= not is_true
        elif finding.severity == "warning":
            counted[f"{finding.kind} warned"] += 1
            false_warning = True
        if finding.kind == "irrelevant":
            counted["frozen, relevant" if finding.dimension in relevant else "frozen, idle"] += 1
    counted["sprints with a false warning"] = int(false_warning)
    return counted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200, help="sprints a row")
    parser.add_argument("--samplers", nargs="+", choices=SAMPLERS, default=["random", "tpe"])
    parser.add_argument("--dimensions", nargs="+", type=int, choices=list(SIZES), default=list(SIZES))
    parser.add_argument(
        "--out", type=Path, default=Path("findings.json"), help="counts; what it holds is not run again"
    )
    parser.add_argument("--report", type=Path, help="only print what this file holds")
    parser.add_argument("--json", type=Path, help="write the table here")
    args = parser.parse_args()
    path = args.report or args.out
    rows: dict[str, dict[str, Any]] = json.loads(path.read_text()) if path.exists() else {}
    if not args.report:
        for seed in range(args.runs):
            for sampler in args.samplers:
                for d in args.dimensions:
                    for shape in SHAPES:
                        row = rows.setdefault(f"{sampler} {d} {shape}", {"runs": 0, "cpu_seconds": 0.0, "counts": {}})
                        if row["runs"] > seed:
                            continue
                        began = time.process_time()
                        counts = Counter(row["counts"]) + judged(shape, sampler, d, seed)
                        row |= {"runs": seed + 1, "counts": dict(counts)}
                        row["cpu_seconds"] = round(row["cpu_seconds"] + time.process_time() - began, 2)
            part = path.with_suffix(".part")
            part.write_text(json.dumps(rows, indent=1) + "\n")
            part.replace(path)
    table = rates(rows)
    for cells in (table.head, ("---",) * len(table.head), *table.rows):
        print(f"| {' | '.join(map(str, cells))} |")
    if args.json:
        keep(args.json, (), [table])


def rates(rows: dict[str, dict[str, Any]]) -> Table:
    """How often each finding was made, with and without something to find."""
    head = (
        "sampler", "dimensions", "planted", "sprints", "false warning", "relevant found", "idle called relevant",
        "bound beyond found", "relevant frozen",
    )  # fmt: skip
    made = []
    for name, row in rows.items():
        counts = Counter(row["counts"])
        cells = [
            share(counts["sprints with a false warning"], row["runs"]),
            share(counts["relevant found"], counts["relevant planted"]),
            share(counts["idle called relevant"], counts["idle planted"]),
            share(counts["bounds warned, true"], counts["bounds planted"]),
            share(counts["frozen, relevant"], counts["relevant planted"]),
        ]
        made.append((*name.split(), str(row["runs"]), *cells))
    return Table(title="", head=head, rows=tuple(made))


def share(part: int, whole: int) -> str:
    return f"{part} of {whole}" if whole else "–"


if __name__ == "__main__":
    main()
