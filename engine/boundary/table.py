"""Tables of text from outside (CSV): limits of size, rows and columns, and every row knows its line."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from engine.boundary.input import read_text
from engine.boundary.refusal import Refusal

MOST_BYTES = 256 * 2**20
"""A million trials of twenty columns have 200 MB."""

MOST_ROWS = 200_000
"""Trials that an import takes; the store is built for tens of thousands."""

MOST_COLUMNS = 2_000
"""Columns; a W&B table of a large run has some hundreds."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        line: Of the file, from 1; the first of a row that spans several.
        cells: As they are written, in the order of the columns.
    """

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text.

    Attributes:
        source: File name, for errors.
        columns: Names in the header line.
        rows: Rows below it, blank ones left out; each has as many cells as there are columns.
    """

    source: str
    columns: list[str]
    rows: list[Row]


def read_table(path: Path, *, refusal: Refusal, delimiter: str = ",", limit: int = MOST_BYTES) -> Table:
    """Read a file with a header line.

    Args:
        path: Where.
        refusal: The exception of who reads.
        delimiter: What keeps cells apart.
        limit: Most bytes.

    Raises:
        Exception: The refusal, when it cannot be read, is no table, or passes a limit; with the line.
    """
    text = read_text(path, limit=limit, refusal=refusal)
    return parse_table(text, str(path), refusal=refusal, delimiter=delimiter)


def parse_table(text: str, source: str, *, refusal: Refusal, delimiter: str = ",") -> Table:
    """The table that a text holds: rows of equal length below a header line whose names are distinct.

    Raises:
        Exception: The refusal, with the line, for text that is no table or passes a limit.
    """
    header, *rows = _rows(text, source, delimiter, refusal) or [Row(1, [])]
    if not rows:
        raise refusal(f"{source} must have a header line and a line for each trial, got none", "")
    columns = [name.strip() for name in header.cells]
    if len(columns) > MOST_COLUMNS:
        raise refusal(f"{source}, line {header.line}: at most {MOST_COLUMNS} columns are read, got {len(columns)}", "")
    seen: set[str] = set()
    for name in columns:
        if name in seen:
            raise refusal(f"{source}, line {header.line}: every column must be named once, got {name!r} twice", "")
        seen.add(name)
    for row in rows:
        if len(row.cells) != len(columns):
            raise refusal(
                f"{source}, line {row.line}: {len(columns)} cells are needed as in the header, got {len(row.cells)}",
                "",
            )
    return Table(source=source, columns=columns, rows=rows)


def _rows(text: str, source: str, delimiter: str, refusal: Refusal) -> list[Row]:
    """Rows with something in them.

    Raises:
        Exception: The refusal, with the line, for a NUL, an unclosed quote, a cell that is too long, or too many rows.
    """
    nul = text.find("\0")
    if nul >= 0:
        raise refusal(f"{source}, line {text.count(chr(10), 0, nul) + 1}: a table must be text, got NUL", "")
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) > MOST_ROWS:
                raise refusal(f"{source}, line {line}: at most {MOST_ROWS:,} rows are read", "")
            rows.append(Row(line, cells))
    except csv.Error as error:
        raise refusal(f"{source}, line {before + 1}: a row must be CSV: {error}", "") from None
    return rows
