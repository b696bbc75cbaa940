"""What JEREX-L's options are worth on Re-DocRED dev, beside the original JEREX.

    python benchmarks/quality.py --data /path/to/dev_revised.json --out runs --variants base pos --seeds 0 1 2
    python benchmarks/quality.py --out runs --report

First 400 documents to train, last 100 to validate; learning rate 2e-4, 5 epochs, batch size 1, linear warmup over 10 %
and linear decay: run B of the reference. Every run writes one JSON file; what is there already is not run again, so a
run cut short can be taken up, and several processes may share a folder if they take different variants or seeds.
Scores are read at the default thresholds (.85/.85/.6) and at those an exact search finds on the same 100 documents;
``cross-fitted`` is the honest one of these: thresholds found on one half, read on the other.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

HERE = Path(__file__).resolve().parent
# In this file's folder stands a model.py that is not the package.
sys.path[:] = [str(HERE.parent), *(p for p in sys.path if Path(p).resolve() != HERE), str(HERE)]
os.environ.setdefault("OMP_NUM_THREADS", "1")

from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

TASKS = ("mention", "coref", "entity", "rel_nec")

ORIGINAL = {"mention": (81.6, 0.3), "coref": (67.9, 0.1), "entity": (63.8, 0.3), "rel_nec": (22.8, 0.2)}
"""The original at the default thresholds, three seeds, mean and standard deviation (reference, section 1, run B)."""


@dataclass(frozen=True)
class Variant:
    """Model options and hyperparameters that differ from the base."""

    options: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, float] = field(default_factory=dict)
    stretched: bool = False


VARIANTS = {
    "base": Variant(),
    "pos": Variant(options={"pos": True}),
    "asl": Variant(options={"asl": True}),
    "dtl": Variant(options={"dtl": True}),
    # Rates apart are worth something only if they differ: new heads learn faster than a pretrained encoder.
    "lr0-l2": Variant(
        options={"grouping": "LR0-L2"},
        params={f"lr_{task}": 5e-4 for task in ("mention", "coref", "entity", "relation")},
    ),
    "longformer": Variant(stretched=True),
    "longformer-pos": Variant(options={"pos": True}, stretched=True),
}


@dataclass(frozen=True)
class Settings:
    """What every run of a folder has in common; a folder holds runs of one kind only."""

    n_train: int = 400
    n_validation: int = 100
    epochs: int = 5
    lr: float = 2e-4
    pct_start: float = 0.1
    encoder: str = "minilm"
    precision: str = "32"
    device: str = "cpu"


def run_one(variant: Variant, seed: int, settings: Settings, out: Path, tell: Any) -> dict[str, Any]:
    """One training, read at default and at calibrated thresholds."""
    from model.calibration.cross_fitted_score import honest_figure, tune_from_scratch
    from model.calibration.documents import evaluator_over
    from model.hyperparameters import Hyperparameters
    from model.thresholds.report import CalibrationOptions
    from model.thresholds.scores_at import read
    from model.training.training_session import Session

    encoder = str(stretched(settings.encoder, out)) if variant.stretched else settings.encoder
    session = Session(
        model={"encoder": encoder, "schedule": "linear", "precision": settings.precision, **variant.options},
        data={"train": "train.json", "validation": "validation.json"},
        base_dir=out,
        device=settings.device,
    )
    bench = session.workbench
    params = {"lr": settings.lr, "pct_start": settings.pct_start, **variant.params}
    listener, start, cpu = _Epochs(tell), time.perf_counter(), time.process_time()
    session.train(
        Hyperparameters.from_params(params, bench.config),
        epochs=settings.epochs,
        max_epochs=settings.epochs,
        scheduler=True,
        seed=seed,
        listener=listener,
    )
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    initial, exact = bench.thresholds(), CalibrationOptions(method="exact")
    evaluator = evaluator_over(bench.model, bench.validation, initial, device=settings.device).cached()
    tuned = read(evaluator, tune_from_scratch(evaluator, initial, exact))
    return {
        "options": dict(variant.options),
        "params": params,
        "seed": seed,
        "epochs": listener.rows,
        "default": {task: read(evaluator, initial).tasks[task].f1 for task in TASKS},
        "calibrated": {task: tuned.tasks[task].f1 for task in TASKS},
        "calibrated_thresholds": tuned.thresholds.to_dict(),
        "cross_fitted_rel_nec": honest_figure(evaluator, bench.config, exact, seed).to_dict()["cross_fitted_f1"],
        "seconds": seconds,
        "cpu_seconds": cpu,
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "facts": bench.facts(),
    }


def stretched(encoder: str, out: Path) -> Path:
    """The encoder as a Longformer, made once."""
    from model.encoder.loading import load_encoder
    from model.encoder.longformer import save_encoder, stretch

    folder = out / "encoders" / f"{encoder}-longformer"
    if not (folder / "config.json").exists():
        source = load_encoder(encoder)
        save_encoder(stretch(source, positions=1024, window=256), source.tokenizer, folder, 1024)
    return folder


class _Epochs:
    """A listener that keeps the figures of every epoch."""

    def __init__(self, tell: Any) -> None:
        self.rows: list[dict[str, float]] = []
        self._tell = tell

    def report(self, step: int, score: float, metrics: Mapping[str, float], phase: str = "train") -> bool:
        self.rows.append({"epoch": step, "score": score, **metrics})
        figures = " · ".join(f"{t} {metrics[f'{t}_f1_micro']:.1f}" for t in TASKS)
        self._tell(f"{phase} {step}: loss {metrics['loss']:.3f} · {figures} · {metrics['docs_per_s']:.2f} docs/s")
        return True

    def progress(self, *_: Any) -> bool:
        return True


def write_data(data: Path, settings: Settings, out: Path) -> None:
    """The two sides of the split, as files that a checkpoint's card could name."""
    documents = json.loads(data.read_text(encoding="utf-8"))
    if len(documents) < settings.n_train + settings.n_validation:
        sys.exit(f"{data} must hold {settings.n_train + settings.n_validation} documents; it has {len(documents)}")
    sides = {"train": documents[: settings.n_train], "validation": documents[-settings.n_validation :]}
    for name, side in sides.items():
        write_json(out / f"{name}.json", side)


def write_json(path: Path, value: Any) -> None:
    """Whole or not at all: other processes may be reading."""
    part = path.with_suffix(f".{os.getpid()}.tmp")
    part.write_text(json.dumps(value) + "\n", encoding="utf-8")
    part.replace(path)


def check_settings(settings: Settings, out: Path) -> None:
    """Runs of different settings do not mix in a folder."""
    path = out / "settings.json"
    if not path.exists():
        write_json(path, asdict(settings))
    there = json.loads(path.read_text(encoding="utf-8"))
    if there != asdict(settings):
        sys.exit(f"{out} holds runs of other settings ({there}); name another folder")


def read_results(out: Path) -> dict[str, list[dict[str, Any]]]:
    """The runs of a folder by variant, in the order of :data:`VARIANTS`."""
    return {
        name: found
        for name in VARIANTS
        if (found := [json.loads(p.read_text(encoding="utf-8")) for p in sorted(out.glob(f"{name}-seed*.json"))])
    }


def mean_sd(values: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation over seeds; 0 for one."""
    return fmean(values), stdev(values) if len(values) > 1 else 0.0


def show(console: Console, results: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """The tables: default thresholds, then calibrated ones."""
    for which, title in (("default", "thresholds .85/.85/.6"), ("calibrated", "exact thresholds, tuned on validation")):
        table = Table(box=None, title=f"micro F1, {title}", title_justify="left")
        columns = (*TASKS, *(("rel_nec, cross-fitted",) if which == "calibrated" else ()), "seeds", "minutes")
        for column in ("variant", *columns):
            table.add_column(column, justify="left" if column == "variant" else "right")
        if which == "default":
            table.add_row("original JEREX", *(_cell(*ORIGINAL[task]) for task in TASKS), "3", "")
        for name, runs in results.items():
            cells = [_cell(*mean_sd([run[which][task] for run in runs])) for task in TASKS]
            if which == "calibrated":
                cells.append(_cell(*mean_sd([run["cross_fitted_rel_nec"] for run in runs])))
            minutes = fmean(run["seconds"] for run in runs) / 60
            table.add_row(name, *cells, str(len(runs)), f"{minutes:.1f}")
        console.print(table)
    base = results.get("base")
    if base:
        lacking = [t for t in TASKS if fmean(run["default"][t] for run in base) < ORIGINAL[t][0]]
        console.print(f"base against the original: {'below in ' + ', '.join(lacking) if lacking else 'no task below'}")


def _cell(mean: float, sd: float) -> str:
    return f"{mean:.1f} ± {sd:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="Re-DocRED's dev_revised.json")
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS)[:6])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--precision", choices=("32", "bf16"), default="32", help="of the encoder; the original: 32")
    parser.add_argument("--device", default="cpu", help="cpu or cuda:N")
    parser.add_argument("--smoke", action="store_true", help="8 and 4 documents, one epoch, to see that it works")
    parser.add_argument("--report", action="store_true", help="only print the tables of what is there")
    asked = parser.parse_args()
    console = Console(width=130)
    if not asked.report:
        from model.runtime import prepare_process

        prepare_process()
        if asked.data is None:
            parser.error("--data is needed to train")
        settings = Settings(precision=asked.precision, device=asked.device)
        if asked.smoke:
            settings = replace(settings, n_train=8, n_validation=4, epochs=1)
        asked.out.mkdir(parents=True, exist_ok=True)
        check_settings(settings, asked.out)
        write_data(asked.data, settings, asked.out)
        # Seed by seed, so that the first figures of all variants come early.
        for seed in asked.seeds:
            for name in asked.variants:
                path = asked.out / f"{name}-seed{seed}.json"
                if path.exists():
                    continue
                console.print(f"{name}, seed {seed}", highlight=False)
                write_json(path, run_one(VARIANTS[name], seed, settings, asked.out, console.print))
    show(console, read_results(asked.out))


if __name__ == "__main__":
    main()
