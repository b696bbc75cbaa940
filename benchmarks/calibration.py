"""What moving thresholds costs, against validating once at one threshold set.

Three things are timed on the same documents in one process, alternating, and compared by their medians:

* ``single``: a validation pass at one threshold set – encoder, spans, predictions, scores;
* ``pass_27``: a validation pass that scores 27 combinations (three values of each, δ 0.05) and picks the best;
* ``calibration_epoch``: one epoch of the calibration phase after training (27 combinations, δ 0.025), the documents
  having been read; ``first`` starts with nothing remembered, ``mean`` is over the whole phase.

From untouched thresholds (0.85, 0.85, 0.6), the documents having been read, ``searches`` then compares the climb, which
ends where nothing improves, with the exact search: seconds of each, and after how many the exact search was where
the climb ends. As the paper climbs, a validation pass an iteration, it takes ``climb_in_passes`` seconds.

Times are seconds of processor time, which other programs on the machine do not lengthen.

Goals: pass_27 ≤ 1.5 × single, calibration epoch ≤ 0.3 × single.

    python benchmarks/calibration.py                                     # trains MiniLM on atlas for a minute first
    python benchmarks/calibration.py --checkpoint FOLDER --data FILE     # Re-DocRED, a trained checkpoint
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# This folder comes first on the path, and in it model.py would hide the package of that name.
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).resolve().parent]

from model.runtime import prepare_process  # noqa: E402

prepare_process()

from model.calibration.documents import evaluator_over  # noqa: E402
from model.checkpoint import load_checkpoint  # noqa: E402
from model.data.atlas import generate  # noqa: E402
from model.data.docred import read_docred  # noqa: E402
from model.evaluation.scoring import Scorer  # noqa: E402
from model.hyperparameters import Hyperparameters  # noqa: E402
from model.inference.predict import predict  # noqa: E402
from model.inference.preparation import prepare_documents  # noqa: E402
from model.thresholds.epoch import make_step  # noqa: E402
from model.thresholds.report import CalibrationOptions  # noqa: E402
from model.thresholds.scores_at import read  # noqa: E402
from model.thresholds.scut import scut  # noqa: E402
from model.thresholds.search import calibrate  # noqa: E402
from model.thresholds.thresholds import ThresholdSet  # noqa: E402

GOALS = {"pass_27": 1.5, "calibration_epoch_first": 0.3, "calibration_epoch_mean": 0.3}
ALL = ("mention", "coref", "relation")


class Silent:
    def report(self, *_: Any, **__: Any) -> bool:
        return True

    def progress(self, *_: Any, **__: Any) -> bool:
        return True


def trained_on_atlas(folder: Path, encoder: str) -> Path:
    from model.training.training_session import Session

    session = Session(
        model={"encoder": encoder}, data={"atlas": {"documents": 100, "seed": 1}}, base_dir=folder, device="cpu"
    )
    hyperparameters = Hyperparameters.from_params({"lr": 3e-4}, session.workbench.config)
    session.train(
        hyperparameters, epochs=4, max_epochs=4, scheduler=True, seed=0, listener=Silent(), out=folder / "checkpoint"
    )
    return folder / "checkpoint"


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def search_times(ready: Callable[[], Any], repeats: int) -> dict[str, Any]:
    """The climb and the exact search from untouched thresholds."""
    start = ThresholdSet()
    times: dict[str, list[float]] = {"climb": [], "exact_to_the_climbs_end": [], "exact": []}
    for _ in range(repeats):
        evaluator = ready()
        took, climbed = timed(lambda e=evaluator: calibrate(e.cached(), start, CalibrationOptions(method="climb")))
        times["climb"].append(took)
        evaluator, reached, began = ready(), [], time.process_time()

        def looked(row: Any, reached: list[float] = reached, goal: float = climbed.after.f1) -> bool:
            if row.f1 >= goal:
                reached.append(time.process_time())
            return True

        found = calibrate(evaluator.cached(), start, CalibrationOptions(method="exact"), on_row=looked)
        times["exact"].append(time.process_time() - began)
        times["exact_to_the_climbs_end"].append(reached[0] - began)
    return {
        "seconds": {name: statistics.median(values) for name, values in times.items()},
        "rel_nec_f1": {"start": climbed.before.f1, "climb": climbed.after.f1, "exact": found.after.f1},
        "iterations_of_the_climb": len(climbed.path),
        "points_of_the_exact_search": len(found.path),
    }


def measure(checkpoint: Path, data: Path | None, n_documents: int, repeats: int, memory: int) -> dict[str, Any]:
    model, tokenizer, _ = load_checkpoint(checkpoint)
    plain = generate(n_documents, seed=9) if data is None else read_docred(data)[-n_documents:]
    documents = prepare_documents(plain, tokenizer, model.encoder.config, model.config)
    scorer = Scorer(plain, model.schema)

    def fresh(around: ThresholdSet) -> Any:
        return evaluator_over(model, documents, around, memory=memory)

    # Where a training would stand: SCut's mention threshold, the rest as they begin, one exact look.
    start = ThresholdSet(relation=0.4)
    evaluator = fresh(start)
    start = start.replace(mention=scut(evaluator.mention_scores()).threshold)
    start = calibrate(
        evaluator.cached(), start, CalibrationOptions(method="exact", guard=False, max_points=10)
    ).thresholds
    times: dict[str, list[float]] = {name: [] for name in ("single", *GOALS)}
    for _ in range(repeats):
        times["single"].append(timed(lambda: scorer.score(predict(model, documents, start)))[0])

        def pass_27() -> Any:
            cached = fresh(start).cached()
            step = make_step(start, dict.fromkeys(ALL, 0.05), cached)
            assert step.n_combinations == 27
            return read(cached, step.after)

        times["pass_27"].append(timed(pass_27)[0])
        ready = fresh(start)
        epochs: list[float] = []
        began = time.process_time()

        def epoch_done(_: Any, epochs: list[float] = epochs) -> bool:
            epochs.append(time.process_time())
            return True

        found = calibrate(ready.cached(), start, CalibrationOptions(method="climb"), on_row=epoch_done)
        times["calibration_epoch_first"].append(epochs[0] - began)
        times["calibration_epoch_mean"].append((epochs[-1] - began) / len(epochs))
    medians = {name: statistics.median(values) for name, values in times.items()}
    ratios = {name: medians[name] / medians["single"] for name in GOALS}
    searches = search_times(lambda: fresh(ThresholdSet()), repeats)
    searches["seconds"]["climb_in_passes"] = searches["iterations_of_the_climb"] * medians["pass_27"]
    return {
        "documents": len(plain),
        "words": sum(document.n_words for document in plain),
        "thresholds": start.to_dict(),
        "rel_nec_f1": {"start": found.before.f1, "calibrated": found.after.f1},
        "calibration_epochs": len(found.path),
        "seconds": medians,
        "ratio_to_single": ratios,
        "goals": GOALS,
        "met": {name: ratios[name] <= goal for name, goal in GOALS.items()},
        "searches": searches,
        "memory": ready.facts(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, help="a trained checkpoint; without it one is trained on atlas")
    parser.add_argument("--data", type=Path, help="documents in DocRED's format; without it atlas")
    parser.add_argument("--documents", type=int, default=60, help="how many, the last ones of --data")
    parser.add_argument("--encoder", default="minilm", help="of the network trained on atlas")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--memory", type=int, default=1024, help="MiB")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = arguments.checkpoint or trained_on_atlas(Path(folder), arguments.encoder)
        result = measure(checkpoint, arguments.data, arguments.documents, arguments.repeats, arguments.memory)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
