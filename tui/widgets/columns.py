"""Columns and rows of a table: how wide they are, and which rows a filter lets through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tui.drawing.styled_lines import Line, plain

Cell = str | Line
"""Plain text, or spans with inks."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        title: In capitals on the head row.
        width: Cells; for an elastic column the least it needs.
        right: Aligned to the right.
        elastic: Takes a share of the room that is left.
        most: Cells an elastic column takes at most, so that a row can be read across; 0 without a limit.
        rank: Columns of higher rank go first when the table is too narrow; 0 never goes.
        is_name: What is too wide is cut in the middle: names differ at either end.
    """

    title: str
    width: int
    right: bool = False
    elastic: bool = False
    rank: int = 0
    most: int = 0
    is_name: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        key: Names it across updates, so that the cursor stays with it.
        cells: One a column.
        ink: Of cells that bring none.
        parent: Key of the row it belongs to in a tree; a filter shows it with that one, and that one with it.
        numbers: By place, what an export says in place of a cell that is drawn.
    """

    key: str
    cells: tuple[Cell, ...]
    ink: str = ""
    parent: str = ""
    numbers: Mapping[int, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All its text, for the filter."""
        return " ".join(cell if isinstance(cell, str) else plain(cell) for cell in self.cells)


def matches(text: str, wanted: str) -> bool:
    """Whether text passes a filter: a substring whatever the case, or with ``!`` before it its absence."""
    if wanted.startswith("!"):
        return wanted[1:].lower() not in text.lower() if wanted[1:] else True
    return wanted.lower() in text.lower()


def passing(rows: Sequence[Row], wanted: str) -> tuple[Row, ...]:
    """Rows that pass a filter; in a tree what passes brings its parent and its children along.

    With ``!`` a row that contains the text goes, and its children go with it.
    """
    if not wanted:
        return tuple(rows)
    own = {row.key: matches(row.text, wanted) for row in rows}
    if wanted.startswith("!"):
        return tuple(row for row in rows if own[row.key] and own.get(row.parent, True))
    parents = {row.parent for row in rows if own[row.key]}
    return tuple(row for row in rows if own[row.key] or row.key in parents or own.get(row.parent, False))


def column_widths(columns: Sequence[Column], width: int) -> list[int]:
    """Cells of each column, 0 for those left out; one blank stands between columns, two before the first."""
    shown = list(columns)
    while len(shown) > 1 and 1 + sum(c.width + 1 for c in shown) > width:
        last = max(shown, key=lambda c: (c.rank, columns.index(c)))
        if last.rank == 0:
            break
        shown.remove(last)
    spare = max(width - 1 - sum(c.width + 1 for c in shown), 0)
    elastic = [c for c in shown if c.elastic]
    widths = []
    for column in columns:
        if column not in shown:
            widths.append(0)
        elif column.elastic:
            share = spare // len(elastic) + (spare % len(elastic) if column is elastic[-1] else 0)
            widths.append(min(column.width + share, column.most or column.width + share))
        else:
            widths.append(column.width)
    return widths
