"""What the joint model costs beside its own encoder: ratios in one process on one machine.

    python benchmarks/model.py --data /path/to/dev_revised.json --checkpoint CHECKPOINT --json model.json
    python benchmarks/model.py --quick

The real training loop, Lightning included, runs under a meter that lets the bare encoder read the same document after
each step (cost_meter.py). The goals are held against CPU time, which other processes distort least, for ``encoder``:
the encoder as transformers made it, with fused AdamW over all its weights, the whole embedding table included. Beside
it stand the encoder with torch's plain AdamW (what JEREX steps with) and our own accelerated encoder, alone.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# This file's folder comes first on the path, and in it this file would be the module "model".
sys.path[:] = [str(HERE.parent), *(p for p in sys.path if Path(p).resolve() != HERE), str(HERE)]
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.figures import Figure, Table, keep  # noqa: E402
from model.runtime import prepare_process  # noqa: E402

prepare_process()

import torch  # noqa: E402
from cost_bench import VALIDATION_SHARE, Bench, make_bench, meter_training  # noqa: E402
from cost_data import data_ready  # noqa: E402
from cost_memory import Order, measure  # noqa: E402
from cost_meter import summary  # noqa: E402
from cost_shares import training_shares, validation_shares  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table as Printed  # noqa: E402

from model.checkpoint import save_checkpoint  # noqa: E402
from model.network.joint import JointModel  # noqa: E402
from model.thresholds.thresholds import ThresholdSet  # noqa: E402

MEMORY_BUDGET = 512.0
"""MiB above the loaded model that validation at a mention threshold of 0.05 may take, whatever the document."""

GOALS = {"training": 1.25, "validation": 1.3, "low threshold": 5.0}
"""Times the encoder's own: of a step, and of a forward pass."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="documents in DocRED's format; the built-in atlas without it")
    parser.add_argument("--checkpoint", type=Path, help="a trained network; without one a brief training makes it")
    parser.add_argument("--encoder", default="minilm")
    parser.add_argument("--documents", type=int, default=40, help="documents measured on each side")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="few documents, few repeats")
    parser.add_argument("--json", type=Path, help="write the figures here")
    asked = parser.parse_args()
    n, repeats = (8, 2) if asked.quick else (asked.documents, asked.repeats)
    torch.set_num_threads(1)
    console = Console(width=130)
    n_atlas = max(100, round(n / VALIDATION_SHARE))
    bench = make_bench(asked.data, n_atlas, asked.encoder)
    report: dict[str, Any] = {"corpus": corpus_facts(bench, asked.data)}
    console.print(report["corpus"])
    trained = bench.trained(asked.checkpoint)
    report |= ratios(bench, trained, n, repeats)
    report["shares"] = {
        "training": training_shares(bench, bench.model(), n, repeats),
        "validation": validation_shares(bench, trained, n, repeats),
    }
    report["data"] = data_ready(bench.plain, bench.pretrained.tokenizer, max(3, repeats))
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder) / "trained"
        save_checkpoint(
            checkpoint,
            trained,
            bench.pretrained.tokenizer,
            thresholds=ThresholdSet(),
            metrics={},
            data_hash="",
            epoch=0,
        )
        order = Order(
            data=asked.data, n_atlas=n_atlas, encoder=asked.encoder, checkpoint=checkpoint, n=n, quick=asked.quick
        )
        report["memory"] = measure(order)
    report["memory"]["budget_mib"] = MEMORY_BUDGET
    show(console, report)
    figures, tables = figures_of(report), tables_of(report)
    if asked.json:
        keep(asked.json, figures, tables)
    sys.exit(int(any(not figure.is_met for figure in figures)))


def ratios(bench: Bench, trained: JointModel, n: int, repeats: int) -> dict[str, Any]:
    """The three measurements that have goals."""
    normal = meter_training(bench, trained, n, n, repeats)
    low = meter_training(bench, bench.model(threshold_mention=0.05), 1, n, repeats)
    steps = ("encoder", "encoder, plain AdamW", "encoder, accelerated")
    return {
        "training": summary(normal.costs["training"], GOALS["training"], steps),
        "validation": {
            **summary(normal.costs["validation"], GOALS["validation"], ("encoder",)),
            "metrics": {k: v for k, v in normal.metrics.items() if k.endswith("f1_micro")},
        },
        "low threshold": {
            **summary(low.costs["validation"], GOALS["low threshold"], ("encoder",)),
            "mentions_left_out": low.metrics.get("mentions_left_out", 0.0),
        },
    }


def figures_of(report: dict[str, Any]) -> list[Figure]:
    """Ratios to the encoder alone, documents made ready, and memory, each with its goal."""
    figures = []
    for name, goal in GOALS.items():
        part = report[name]
        for other, ratio in part["ratio"].items():
            ms = part["ms_a_document"]
            detail = (
                f"{ms['ours']['cpu']:.1f} against {ms[other]['cpu']:.1f} ms of processor time a document, "
                f"wall {ratio['wall']:.2f}; {part['docs_per_s']['wall']:.2f} documents/s"
            )
            own_goal = goal if other == "encoder" else None
            figures.append(Figure(name=f"{name} / {other}", unit="x", value=ratio["cpu"], goal=own_goal, detail=detail))
    data, memory = report["data"], report["memory"]
    for how, rate in data["docs_per_s"].items():
        figures.append(Figure(name=f"documents made ready, {how}", unit="/s", value=rate, goal=data["goals"][how],
                              at_least=True))  # fmt: skip
    for name in ("training", "validation", "low threshold"):
        goal = memory["budget_mib"] if name == "low threshold" else None
        figures.append(Figure(name=f"memory above the start, {name}", unit="MiB", value=memory[name]["above_mib"],
                              goal=goal, detail=f"at most {memory[name]['peak_rss_mib']:,.0f} MiB in all"))  # fmt: skip
    return figures


def tables_of(report: dict[str, Any]) -> list[Table]:
    """Where the time goes."""
    corpus = report["corpus"]
    told = (
        f"{corpus['documents']} documents of {corpus['data']}, {corpus['mean_pieces']:.0f} word pieces in the mean and "
        f"{corpus['most_pieces']} at most. Processor time of each part of"
    )
    return [
        Table(
            title=f"{told} {name}", head=("part", "ms a document", "%"),
            rows=tuple((part, cost["ms"], cost["percent"]) for part, cost in shares["parts"].items()),
        )
        for name, shares in report["shares"].items()
    ]  # fmt: skip


def corpus_facts(bench: Bench, data: Path | None) -> dict[str, Any]:
    pieces = [e.n_pieces for e in bench.documents.encoded]
    return {
        "data": str(data) if data else "atlas",
        "documents": len(pieces),
        "mean_pieces": sum(pieces) / len(pieces),
        "most_pieces": max(pieces),
        "rows_trained": len(torch.unique(bench.pieces)),
    }


def show(console: Console, report: dict[str, Any]) -> None:
    table = _table("", "beside", "CPU ratio", "wall ratio", "goal", "CPU ms a document", "docs/s (wall)")
    for name in GOALS:
        part = report[name]
        for k, (other, ratio) in enumerate(part["ratio"].items()):
            goal = f"≤ {part['goal']:g} {'met' if ratio['cpu'] <= part['goal'] else 'MISSED'}" if k == 0 else ""
            ms = part["ms_a_document"]
            table.add_row(
                name if k == 0 else "",
                other,
                f"{ratio['cpu']:.2f}",
                f"{ratio['wall']:.2f}",
                goal,
                f"{ms['ours']['cpu']:.1f} / {ms[other]['cpu']:.1f}",
                f"{part['docs_per_s']['wall']:.2f}" if k == 0 else "",
            )
    console.print(table)
    for name, shares in report["shares"].items():
        table = _table(f"{name}, parts", "CPU ms a document", "%")
        for part, cost in {**shares["parts"], **shares.get("once", {})}.items():
            table.add_row(part, f"{cost['ms']:.1f}", f"{cost['percent']:.1f}" if part in shares["parts"] else "")
        console.print(table)
    data = report["data"]
    for how, rate in data["docs_per_s"].items():
        met = "met" if rate >= data["goals"][how] else "MISSED"
        console.print(f"data ready, {how}: {rate:,.0f} documents/s (goal ≥ {data['goals'][how]:,.0f}: {met})")
    memory = report["memory"]
    for name in ("training", "validation", "low threshold"):
        part = memory[name]
        budget = f", budget {memory['budget_mib']:.0f}" if name == "low threshold" else ""
        console.print(
            f"peak RSS, {name}: {part['peak_rss_mib']:,.0f} MiB, {part['above_mib']:,.0f} above start{budget}"
        )
    for name in ("mentions", "lengths"):
        rows = memory[name]
        table = _table(*rows[0])
        for row in rows:
            table.add_row(
                *(f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}" for value in row.values())
            )
        console.print(table)


def _table(*columns: str) -> Printed:
    table = Printed(box=None)
    for column in columns:
        table.add_column(column.replace("_", " "), justify="left" if column == columns[0] else "right")
    return table


if __name__ == "__main__":
    main()
