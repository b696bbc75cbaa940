"""The report of a calibration for people: the path, every task before and after, relation types, what it took."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from model.calibration.session import Result
from model.thresholds.thresholds import ThresholdSet

MOST_ROWS = 12
"""Rows of the path that a table shows: the first, the last ones, and where the score rose."""


def print_report(console: Console, result: Result, *, n_classes: int) -> None:
    """Prints everything.

    Args:
        console: Where.
        result: What.
        n_classes: Relation types shown, those with most gold first; the JSON has all.
    """
    found = result.calibration
    console.print(_path(result))
    console.print(_before_after("task", found.task_rows()))
    rows = found.class_rows(result.names)
    if n_classes and rows:
        console.print(_before_after("relation", rows[:n_classes]))
        if len(rows) > n_classes:
            console.print(f"… and {len(rows) - n_classes} more types (--json has all)", highlight=False)
    console.print(_values(found.thresholds), highlight=False)
    if result.honest is not None:
        honest = result.honest
        console.print(
            f"rel_nec F1 untuned {honest.start.f1:.2f} · tuned and scored here {honest.plain.f1:.2f} · "
            f"cross-fitted {float(honest.fitted.f1):.2f} (gap {honest.gap:.2f})",
            highlight=False,
        )
    facts = result.facts
    memory = sum(facts[f"{part}_mib"] for part in ("states", "mention_pairs", "relations"))
    console.print(
        f"{facts['documents']:.0f} documents read in {result.read_seconds:.1f} s · {found.n_points} combinations in "
        f"{result.search_seconds:.1f} s · {memory:.0f} MiB · stopped: {found.stopped}",
        highlight=False,
    )
    for name in ("mentions_left_out", "relations_left_out", "documents_read_again", "unknown_gold_relations"):
        if facts[name]:
            console.print(f"{name.replace('_', ' ')}: {facts[name]:.0f}", highlight=False)


def _path(result: Result) -> Table:
    found = result.calibration
    table = _table("step", "moved", "mention", "coref", "relation", "rel_nec F1", "gain")
    table.add_row("start", "", *_cells(found.before.thresholds), f"{found.before.f1:.2f}", "")
    rows = [row for row in found.path if row.gain or row is found.path[-1]]
    left_out = len(rows) - MOST_ROWS
    for row in rows[-MOST_ROWS:] if left_out > 0 else rows:
        table.add_row(str(row.iteration), row.what, *_cells(row.thresholds), f"{row.f1:.2f}", f"{row.gain:+.2f}")
    return table


def _before_after(key: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = _table(key, "gold", "P before", "after", "R before", "after", "F1 before", "after", "gain")
    names = ("precision_before", "precision_after", "recall_before", "recall_after", "f1_before", "f1_after")
    for row in rows:
        table.add_row(row[key], str(row["gold"]), *(f"{row[name]:.2f}" for name in names), f"{row['gain']:+.2f}")
    return table


def _cells(thresholds: ThresholdSet) -> tuple[str, str, str]:
    values = thresholds.relation
    relation = f"{values.min():.2g}…{values.max():.2g}" if thresholds.is_per_class else f"{values:.4g}"
    return f"{thresholds.mention:.4g}", f"{thresholds.coref:.4g}", relation


def _values(thresholds: ThresholdSet) -> str:
    mention, coref, relation = _cells(thresholds)
    return f"thresholds: mention {mention} · coref {coref} · relation {relation}"


def _table(*columns: str) -> Table:
    table = Table(box=None)
    for column in columns:
        is_text = column == "moved" or (column == columns[0] and column != "step")
        table.add_column(column, justify="left" if is_text else "right")
    return table
