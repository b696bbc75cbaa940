"""Lines of dots, eight to a cell: two across and four down, as braille letters."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

BLANK = 0x2800
"""The braille letter without a dot."""

DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bit of each dot of a cell by column, then by row from above."""


class Dots:
    """A grid of dots in which lines of several inks lie over each other; a cell has the ink that came last.

    Attributes:
        columns: Cells across.
        rows: Cells down.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self._bits: dict[tuple[int, int], int] = {}
        self._inks: dict[tuple[int, int], str] = {}

    @property
    def width(self) -> int:
        """Dots across."""
        return 2 * self.columns

    @property
    def height(self) -> int:
        """Dots down."""
        return 4 * self.rows

    def put(self, across: int, down: int, ink: str) -> None:
        """Set one dot; outside the grid nothing happens."""
        if 0 <= across < self.width and 0 <= down < self.height:
            cell = across // 2, down // 4
            self._bits[cell] = self._bits.get(cell, 0) | DOTS[across % 2][down % 4]
            self._inks[cell] = ink

    def line(self, points: Sequence[tuple[float, float]], ink: str) -> None:
        """Join points (across, down), in dots, by straight lines."""
        for (x0, y0), (x1, y1) in pairwise(points):
            n = max(round(max(abs(x1 - x0), abs(y1 - y0))), 1)
            for i in range(n + 1):
                self.put(round(x0 + (x1 - x0) * i / n), round(y0 + (y1 - y0) * i / n), ink)

    def cells(self) -> Iterator[tuple[int, int, str, str]]:
        """(column, row, letter, ink) of every cell with a dot."""
        for (column, row), bits in self._bits.items():
            yield column, row, chr(BLANK + bits), self._inks[column, row]
