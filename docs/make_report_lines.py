"""Writes docs/report-lines.md from the tested contract table: ``python docs/make_report_lines.py``."""

import runpy
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("report-lines.md")
TABLE = Path(__file__).parents[1] / "tests" / "engine" / "metric_sources" / "contract.py"

HEAD = """# What a line is taken for

Made from the tested table in `tests/engine/metric_sources/contract.py` by `python docs/make_report_lines.py`.

`\\r` is a carriage return, `\\b` a backspace, `\\x1b` an escape character, `⏎` the end of a line. A report without an
epoch is counted: the first is epoch 1. The first epoch may be 0: then all are counted from 0. "near" is what a failed
trial names when no score was found at all; everything that is no report, progress or metric is the trial's log.
"""


def lines_page() -> str:
    """The whole page."""
    tables = runpy.run_path(str(TABLE))["TABLES"]
    parts = [HEAD]
    for heading, rows in tables.items():
        has_report = any(row.report for row in rows)
        parts.append(f"\n## {heading}\n\n| {'`report:` | ' if has_report else ''}output | is |\n")
        parts.append(f"|{'---|' if has_report else ''}---|---|\n")
        parts += [table_row(row, has_report) for row in rows]
    return "".join(parts)


def table_row(row: Any, has_report: bool) -> str:
    """One row: the output, and what it is taken for or what came near."""
    said = list(row.taken) + ([f"near: {row.near}"] if row.near and not row.taken else [])
    if row.metric != "score":
        said = [f"(`metric: {row.metric}`) {said[0]}", *said[1:]]
    cells = [code(row.report)] * has_report + [code(row.output), "; ".join(map(escaped, said)) or "log"]
    return "| " + " | ".join(cells) + " |\n"


def code(text: str) -> str:
    """Text in a cell, control characters as escapes."""
    shown = text.replace("\r", "\\r").replace("\b", "\\b").replace("\x1b", "\\x1b").replace("\n", "⏎")
    return f"`` {escaped(shown)} ``" if "`" in shown else f"`{escaped(shown)}`"


def escaped(text: str) -> str:
    """Text that cannot end a cell."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(lines_page(), encoding="utf-8")
