"""Rows in the order of one column: numbers as numbers, texts as texts, what is missing last."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tui.drawing.styled_lines import plain
from tui.widgets.columns import Cell, Row

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")

MISSING = ("", "–", "-")
"""Texts of cells without a value."""


@dataclass(frozen=True, slots=True)
class Order:
    """By which column, and which way.

    Attributes:
        title: Of the column.
        falling: The greatest value first.
    """

    title: str
    falling: bool = False

    @property
    def sign(self) -> str:
        """What stands in the head."""
        return "▼" if self.falling else "▲"


def next_order(order: Order | None, title: str) -> Order | None:
    """What a further click on a head means: rising, falling, as the rows came."""
    if order is None or order.title != title:
        return Order(title)
    return None if order.falling else Order(title, falling=True)


def ordered(rows: Sequence[Row], column: int, *, falling: bool) -> list[Row]:
    """Rows by the values of a column; equal ones stay as they were, and those without a value stand last."""
    with_value = [row for row in rows if _text(row.cells[column]) not in MISSING]
    without = [row for row in rows if _text(row.cells[column]) in MISSING]
    return sorted(with_value, key=lambda row: _key(row.cells[column]), reverse=falling) + without


def _text(cell: Cell) -> str:
    return (cell if isinstance(cell, str) else plain(cell)).strip()


def _key(cell: Cell) -> tuple[int, float, str]:
    text = _text(cell)
    found = NUMBER.search(text) if not text[:1].isalpha() else None
    return (0, float(found.group()), text) if found is not None else (1, 0.0, text.casefold())
