"""What each way to find thresholds is worth, tuned on documents and read on others.

Protocol. The first 400 documents of the file train one network a seed (``minilm``, ``nha``, 5 epochs, one-cycle, rate
3e-4; the last epoch is taken, so the held-out documents choose nothing). All ways start from JEREX's thresholds 0.85,
0.85, 0.6 on the other 100 documents, with the same network:

* ``plain``: tuned and read on all 100 – what is usually reported;
* ``cross-fitted``: tuned on one half, read on the other, counts of both directions pooled – what to expect on new
  documents; the mean over several ways to halve.

Ways. ``fixed``: the start. ``scut``: SCut's mention threshold, the others as they start; all further ways begin there.
``climb``: 27 combinations a round, δ 0.025, until nothing improves (at most 40 rounds). ``climb, classes``: the same
with one relation threshold a type (eq. 16-21). ``exact``: our search with the exact relation threshold at each point;
``classes``: one a type, for the micro F1 of all; ``shrunk``: drawn toward the global one, half way at 10 gold
relations. ``nha, relations``: ``exact``'s mentions and clusters, as many relations a pair as the count head says.
``nha``: mentions by the count head too.

The folder keeps a checkpoint and the results of each seed: run again to go on where it stopped.

    OMP_NUM_THREADS=1 python benchmarks/ablation_thresholds.py FOLDER --data dev_revised.json --seeds 0 1 2
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

# This folder comes first on the path, and in it model.py would hide the package of that name.
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).resolve().parent]

from model.runtime import prepare_process  # noqa: E402

prepare_process()

import numpy as np  # noqa: E402

from model.calibration.counts import counted_mentions  # noqa: E402
from model.calibration.cross_fitted_score import ROUNDS, tune_from_scratch  # noqa: E402
from model.calibration.documents import evaluator_over  # noqa: E402
from model.calibration.evaluator import ModelEvaluator  # noqa: E402
from model.calibration.fit import initial_thresholds  # noqa: E402
from model.checkpoint import CARD, load_checkpoint  # noqa: E402
from model.data.docred import read_docred, write_docred  # noqa: E402
from model.evaluation.scores import ClassScore  # noqa: E402
from model.hyperparameters import Hyperparameters  # noqa: E402
from model.inference.preparation import prepare_documents  # noqa: E402
from model.thresholds.cross_fit import halves  # noqa: E402
from model.thresholds.evaluator import Evaluator, SubsetEvaluator  # noqa: E402
from model.thresholds.exact import RelationRule  # noqa: E402
from model.thresholds.nha import relation_counts  # noqa: E402
from model.thresholds.report import CalibrationOptions  # noqa: E402
from model.thresholds.scores_at import read  # noqa: E402
from model.thresholds.scut import scut  # noqa: E402
from model.thresholds.thresholds import ThresholdSet  # noqa: E402

N_TRAIN = 400
N_HALVINGS = 5
MODEL = {"encoder": "minilm", "nha": True}
RATE, EPOCHS = 3e-4, 5

Mask = np.ndarray
Tune = Callable[[Evaluator, ThresholdSet], ThresholdSet]
Read = Callable[[ThresholdSet, Mask], ClassScore]


class Printing:
    def report(self, step: int, score: float, *_: Any, **__: Any) -> bool:
        print(f"  epoch {step}: rel_nec F1 {score:.2f}", flush=True)
        return True

    def progress(self, *_: Any, **__: Any) -> bool:
        return True


def train(folder: Path, seed: int, precision: str) -> None:
    from model.training.training_session import Session

    data = {"train": "train.json", "validation": "held_out.json"}
    session = Session(model={**MODEL, "precision": precision}, data=data, base_dir=folder, device="auto")
    hyperparameters = Hyperparameters.from_params({"lr": RATE}, session.workbench.config)
    session.train(
        hyperparameters,
        epochs=EPOCHS,
        max_epochs=EPOCHS,
        scheduler=True,
        seed=seed,
        listener=Printing(),
        out=folder / f"seed-{seed}",
    )


def searching(**options: Any) -> Tune:
    rule = {name: options.pop(name) for name in ("per_class", "shrinkage") if name in options}
    asked = CalibrationOptions(epochs=ROUNDS, rule=RelationRule(**rule), **options)
    return lambda evaluator, start: tune_from_scratch(evaluator, start, asked)


def only_scut(evaluator: Evaluator, start: ThresholdSet) -> ThresholdSet:
    cut = scut(evaluator.mention_scores(), lowest=evaluator.bounds.mention[0], current=start.mention)
    return start.replace(mention=cut.threshold)


def ways(evaluator: ModelEvaluator, cached: Evaluator) -> dict[str, tuple[Tune, Read]]:
    """Each way to find thresholds, and how their relations are counted on some documents."""

    def by_threshold(thresholds: ThresholdSet, documents: Mask) -> ClassScore:
        return read(SubsetEvaluator(cached, documents), thresholds).tasks["rel_nec"]

    def by_counts(*, count_mentions: bool) -> Read:
        def count(thresholds: ThresholdSet, documents: Mask) -> ClassScore:
            kept = counted_mentions(evaluator) if count_mentions else evaluator.kept(thresholds.mention)
            predicted = evaluator.predicted_relations(kept, thresholds.coref)
            return relation_counts(evaluator.candidates(kept, thresholds.coref).subset(documents), predicted)

        return count

    exact = searching(method="exact")
    found: dict[str, Tune] = {
        "fixed": lambda _, start: start,
        "scut": only_scut,
        "climb": searching(method="climb"),
        "climb, classes": searching(method="climb", per_class=True),
        "exact": exact,
        "exact, classes": searching(method="exact", per_class=True),
        "exact, classes, shrunk": searching(method="exact", per_class=True, shrinkage=10.0),
    }
    return {
        **{name: (tune, by_threshold) for name, tune in found.items()},
        "nha, relations": (exact, by_counts(count_mentions=False)),
        "nha": (exact, by_counts(count_mentions=True)),
    }


def pooled(scores: Sequence[ClassScore]) -> float:
    hits, predicted, gold = (sum(getattr(s, name) for s in scores) for name in ("hits", "predicted", "gold"))
    return float(ClassScore(hits=hits, predicted=predicted, gold=gold).f1)


def ablate(checkpoint: Path, held_out: Path, n_halvings: int) -> dict[str, dict[str, float]]:
    model, tokenizer, _ = load_checkpoint(checkpoint)
    documents = prepare_documents(read_docred(held_out), tokenizer, model.encoder.config, model.config)
    start = initial_thresholds(model.config)
    evaluator = evaluator_over(model, documents, start)
    cached = evaluator.cached()
    start = evaluator.bounds.clip_all(start)
    everything = np.ones(len(documents), dtype=bool)
    gold = cached.relation_candidates(start.mention, start.coref).gold_counts.sum(axis=1)
    splits = [halves(gold, np.random.default_rng(seed)) for seed in range(n_halvings)]
    results = {}
    for name, (tune, count) in ways(evaluator, cached).items():
        began = time.perf_counter()
        plain = count(tune(cached, start), everything)
        seconds = time.perf_counter() - began
        crossed = []
        for first in splits:
            ones = tune(SubsetEvaluator(cached, first), start)
            others = tune(SubsetEvaluator(cached, ~first), start)
            crossed.append(pooled([count(others, first), count(ones, ~first)]))
        results[name] = {
            "plain": float(plain.f1),
            "precision": float(plain.precision),
            "recall": float(plain.recall),
            "cross_fitted": statistics.fmean(crossed),
            "seconds": seconds,
        }
        print(f"  {name}: plain {plain.f1:.2f}, cross-fitted {results[name]['cross_fitted']:.2f}", flush=True)
    return results


def table(runs: Sequence[Mapping[str, Mapping[str, float]]]) -> str:
    lines = ["| way | plain F1 | cross-fitted F1 | gap | over fixed | seconds |", "|---|---|---|---|---|---|"]

    def cell(values: Sequence[float]) -> str:
        spread = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
        return f"{statistics.fmean(values):.2f}{spread}"

    for name in runs[0]:
        plain, crossed = ([run[name][column] for run in runs] for column in ("plain", "cross_fitted"))
        gaps = [p - c for p, c in zip(plain, crossed, strict=True)]
        gains = [c - run["fixed"]["cross_fitted"] for c, run in zip(crossed, runs, strict=True)]
        seconds = statistics.fmean(run[name]["seconds"] for run in runs)
        lines.append(f"| {name} | {cell(plain)} | {cell(crossed)} | {cell(gaps)} | {cell(gains)} | {seconds:.1f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where checkpoints and results are kept")
    parser.add_argument("--data", type=Path, help="dev_revised.json of Re-DocRED; needed the first time")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--halvings", type=int, default=N_HALVINGS)
    parser.add_argument("--precision", choices=("32", "bf16"), default="32", help="of the encoder, in training")
    parser.add_argument("--train-only", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "held_out.json").exists():
        documents = read_docred(arguments.data)
        write_docred(documents[:N_TRAIN], folder / "train.json")
        write_docred(documents[N_TRAIN:], folder / "held_out.json")
    runs = []
    for seed in arguments.seeds:
        print(f"seed {seed}", flush=True)
        checkpoint, kept = folder / f"seed-{seed}", folder / f"results-{seed}.json"
        if not (checkpoint / CARD).exists():
            train(folder, seed, arguments.precision)
        if arguments.train_only:
            continue
        if not kept.exists():
            kept.write_text(json.dumps(ablate(checkpoint, folder / "held_out.json", arguments.halvings), indent=2))
        runs.append(json.loads(kept.read_text()))
    if runs:
        print(table(runs))


if __name__ == "__main__":
    main()
