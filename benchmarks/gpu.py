"""What a training takes on a GPU: documents a second and memory, beside the encoder alone.

    python benchmarks/gpu.py --data /path/to/dev_revised.json --out gpu.json
    python benchmarks/gpu.py --quick

The real training loop, Lightning included, for each encoder, batch size and precision; then the encoder as transformers
made it, stepped by torch's fused AdamW over the same documents in batches of the same size. Encoders: MiniLM where its
package is installed; a network of BERT base's size; and that one stretched to a Longformer. The latter two have random
weights: what they cost does not depend on what they know. Their names are those of configurations, not of weights.
"""

# ruff: noqa: ARG002 - a listener has the signatures that training calls

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# This file's folder comes first on the path, and in it model.py would be the module "model".
sys.path[:] = [str(HERE.parent), *(p for p in sys.path if Path(p).resolve() != HERE), str(HERE)]

from model.runtime import prepare_process  # noqa: E402

prepare_process()

import torch  # noqa: E402
from cost_bench import SEED, Bench, make_bench  # noqa: E402
from cost_meter import BareEncoder  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from model.data.batch import to_device  # noqa: E402
from model.encoder.loading import Pretrained, load_encoder, minilm_folder  # noqa: E402
from model.encoder.longformer import save_encoder, stretch  # noqa: E402
from model.hyperparameters import Hyperparameters  # noqa: E402
from model.thresholds.thresholds import ThresholdSet  # noqa: E402
from model.training.train import Run, train  # noqa: E402

WARM_UP = 1
"""Epochs that are run and not counted."""

RATE = 2e-4
"""Learning rate: a network that learns finds mentions, and then validation has pairs to look at."""


class Clock:
    """A listener that times the parts of each epoch.

    Attributes:
        rows: Seconds of training and of validation, by epoch.
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self._validates_since = 0.0

    def progress(self, epoch: int, fraction: float, message: str = "") -> bool:
        if message == "training":
            self._validates_since = time.perf_counter()
        return True

    def report(self, step: int, score: float, metrics: Mapping[str, float], phase: str = "train") -> bool:
        seconds = time.perf_counter() - self._validates_since
        self.rows.append({"docs_per_s": metrics["docs_per_s"], "validation_s": seconds, "loss": metrics["loss"]})
        return True

    def best(self, name: str, choose: Any) -> float:
        """Of the epochs that count."""
        value: float = choose(row[name] for row in self.rows[WARM_UP:])
        return value


def measure(bench: Bench, device: str, n: int, epochs: int, batch_size: int, precision: str) -> dict[str, float]:
    """One row: a training of ``n`` documents, then the bare encoder over the same."""
    training, validation = bench.train_side(n), bench.validation_side(n)
    model = bench.model(batch_size=batch_size, precision=precision, schedule="linear")
    clock = Clock()
    run = Run(max_epochs=WARM_UP + epochs, epochs=WARM_UP + epochs, seed=SEED, device=device)
    reset_memory(device)
    train(
        model,
        training,
        validation,
        Hyperparameters.from_params({"lr": RATE, "pct_start": 0.1}, model.config),
        run,
        clock,
        thresholds=ThresholdSet(mention=0.5),
    )
    peak = peak_gib(device)
    model.to("cpu")
    batches = [training.text(list(range(i, min(i + batch_size, n)))) for i in range(0, len(training), batch_size)]
    encoder = BareEncoder(bench.network().to(device), None)
    encoder.noise = encoder.noise.to(device)
    rates = []
    for _ in range(WARM_UP + epochs):
        synchronize(device)
        start = time.perf_counter()
        for batch in batches:
            with torch.autocast(device.partition(":")[0], torch.bfloat16, enabled=precision == "bf16"):
                encoder.step(to_device(batch, torch.device(device)))
        synchronize(device)
        rates.append(len(training) / (time.perf_counter() - start))
    ours = clock.best("docs_per_s", max)
    return {
        "batch_size": batch_size,
        "docs_per_s": ours,
        "encoder_docs_per_s": max(rates[WARM_UP:]),
        "ratio": max(rates[WARM_UP:]) / ours,
        "validated_docs_per_s": len(validation) / clock.best("validation_s", min),
        "peak_gib": peak,
        "last_loss": clock.rows[-1]["loss"],
    }


def encoders(folder: Path) -> dict[str, str]:
    """What is measured by the name it is shown under: an encoder's name or folder."""
    from transformers import BertConfig, BertModel

    tokenizer = load_encoder("tiny").tokenizer
    torch.manual_seed(SEED)
    network = BertModel(BertConfig(vocab_size=max(30522, len(tokenizer))), add_pooling_layer=False)
    base = Pretrained(name="bert-base", network=network, tokenizer=tokenizer, source="random")
    save_encoder(network, tokenizer, folder / "bert-base", 512)
    save_encoder(stretch(base, positions=4096, window=512), tokenizer, folder / "longformer-base", 4096)
    pretrained = {"minilm": "minilm"} if minilm_folder() else {}
    return {**pretrained, "bert-base": str(folder / "bert-base"), "longformer-base": str(folder / "longformer-base")}


def synchronize(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def reset_memory(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def peak_gib(device: str) -> float:
    """GiB of GPU memory that PyTorch reserved since the last reset."""
    return torch.cuda.max_memory_reserved() / 2**30 if device.startswith("cuda") else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="documents in DocRED's format; the built-in atlas without it")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--documents", type=int, default=80, help="documents trained, and as many validated, an epoch")
    parser.add_argument("--epochs", type=int, default=3, help="epochs that count; the fastest is taken")
    parser.add_argument("--encoders", nargs="+", help="only these rows")
    parser.add_argument("--quick", action="store_true", help="8 documents, 1 epoch")
    parser.add_argument("--out", type=Path, default=Path("gpu-benchmark.json"), help="the JSON")
    asked = parser.parse_args()
    n, epochs = (8, 1) if asked.quick else (asked.documents, asked.epochs)
    console = Console(width=130)
    report: dict[str, Any] = {
        "machine": {
            "gpu": torch.cuda.get_device_name(asked.device) if asked.device.startswith("cuda") else None,
            "torch": torch.__version__,
            "cores": os.cpu_count(),
        },
        "rows": [],
    }
    console.print(report["machine"])
    with tempfile.TemporaryDirectory() as folder:
        for name, source in encoders(Path(folder)).items():
            if asked.encoders and name not in asked.encoders:
                continue
            bench = make_bench(asked.data, max(100, 5 * n), source)
            for precision in ("32", "bf16"):
                for batch_size in (1, 8):
                    row = measure(bench, asked.device, n, epochs, batch_size, precision)
                    report["rows"].append({"encoder": name, "precision": precision, **row})
                    console.print(report["rows"][-1], highlight=False)
    asked.out.write_text(json.dumps(report, indent=1) + "\n")
    show(console, report)


def show(console: Console, report: Mapping[str, Any]) -> None:
    table = Table(box=None)
    for column in (
        "encoder",
        "precision",
        "batch",
        "trained docs/s",
        "encoder's own",
        "ratio",
        "validated docs/s",
        "GiB",
    ):
        table.add_column(column, justify="left" if column == "encoder" else "right")
    for row in report["rows"]:
        table.add_row(
            row["encoder"],
            row["precision"],
            str(row["batch_size"]),
            f"{row['docs_per_s']:.1f}",
            f"{row['encoder_docs_per_s']:.1f}",
            f"{row['ratio']:.2f}",
            f"{row['validated_docs_per_s']:.1f}",
            f"{row['peak_gib']:.1f}",
        )
    console.print(table)


if __name__ == "__main__":
    main()
