"""Delimited text as spreadsheets and trackers write it: separator and decimal mark are found, not asked for."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.boundary.table import Row, parse_table
from engine.errors import EngineError

SEPARATORS = (",", ";", "\t", "|")
"""What may stand between two cells; of those that divide every line alike, the one that gives most cells wins."""

MISSING = frozenset(
    ("", "None", "nan", "NaN", "NAN", "-nan", "null", "NULL", "Null", "NA", "N/A", "n/a", "<NA>", "#N/A", "NaT")
)
"""What trackers and pandas write where there is no value."""

WHOLE = re.compile(r"[-+]?(0|[1-9]\d{0,400})")
REAL = re.compile(r"[-+]?(\d{1,400}\.?\d{0,400}|\.\d{1,400})([eE][-+]?\d{1,6})?")
LEADING_ZERO = re.compile(r"[-+]?0\d")
DECIMAL_COMMA = re.compile(r"[-+]?(\d+|\d{1,3}(\.\d{3})+),\d+([eE][-+]?\d+)?")
DECIMAL_POINT = re.compile(r"[-+]?\d*\.\d+([eE][-+]?\d+)?")
HINT = re.compile(r'"?sep=(.)"?[ \t]*', flags=re.IGNORECASE)

N_TRIED = 50
"""Lines at the beginning that the separator is told from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignTable:
    """A table as it was read, its cells not yet understood.

    Attributes:
        source: What to call it in errors.
        header: Names of the columns, each once.
        rows: Cells by column: text as it stood, a native value where the file has types, None where there is nothing.
        lines: Line of each row, for errors; empty where the file has none.
        decimal_comma: Whether ``0,5`` is a half.
    """

    source: str
    header: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]
    lines: Sequence[int] = ()
    decimal_comma: bool = False

    def cells(self, name: str) -> list[Any]:
        """The cells of a column that hold something."""
        return [row[name] for row in self.rows if row.get(name) is not None]


def table_of_text(text: str, source: str) -> ForeignTable:
    """Read delimited text with a header line.

    Args:
        text: The whole file.
        source: What to call it in errors.

    Raises:
        EngineError: Without a row, for a column that is there twice, or a line of another length.
    """
    first, _, rest = text.partition("\n")
    hint = HINT.fullmatch(first.rstrip("\r"))  # a line ``sep=;`` that spreadsheets put before the header
    body = rest if hint else text
    separator = hint[1] if hint else _separator(body)
    table = parse_table(body, source, refusal=EngineError, delimiter=separator)
    rows = [
        {name: cell.strip() or None for name, cell in zip(table.columns, row.cells, strict=True)} for row in table.rows
    ]
    return ForeignTable(
        source=source,
        header=tuple(table.columns),
        rows=rows,
        lines=[row.line + bool(hint) for row in table.rows],
        decimal_comma=separator != "," and _has_decimal_commas(table.rows),
    )


def number_in(text: str, *, decimal_comma: bool = False) -> int | float | None:
    """The finite number that text spells; None for anything else, so that ``007`` and ``1_000`` stay text."""
    shown = text.strip()
    if decimal_comma and DECIMAL_COMMA.fullmatch(shown):
        shown = shown.replace(".", "").replace(",", ".")
    if WHOLE.fullmatch(shown):
        return int(shown)
    if REAL.fullmatch(shown) and not LEADING_ZERO.match(shown):
        value = float(shown)
        return value if abs(value) != float("inf") else None
    return None


def _separator(text: str) -> str:
    """The separator that divides every line into the same number of cells, the most there are."""
    lines = text.splitlines(keepends=True)
    head = "".join(lines[:N_TRIED])
    widths: dict[str, set[int]] = {}
    for separator in SEPARATORS:
        try:
            widths[separator] = {len(row) for row in csv.reader(io.StringIO(head), delimiter=separator) if row}
        except csv.Error:
            widths[separator] = set()
    header = {separator: lines[0].count(separator) if lines else 0 for separator in SEPARATORS}
    dividing = [separator for separator in SEPARATORS if max(widths[separator], default=0) > 1 and header[separator]]
    even = [separator for separator in dividing if len(widths[separator]) == 1]
    candidates = even or dividing
    return max(candidates, key=lambda separator: max(widths[separator])) if candidates else ","


def _has_decimal_commas(rows: Sequence[Row]) -> bool:
    """Whether ``0,5`` is a number here: some cell is written so, and none with a decimal point."""
    cells = [cell.strip() for row in rows for cell in row.cells]
    return any(map(DECIMAL_COMMA.fullmatch, cells)) and not any(map(DECIMAL_POINT.fullmatch, cells))
