"""Which columns a table shows, and in which order."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.dialogs.choose import Choose
from tui.widgets.line_table import LineTable


class ColumnChoice(Choose):
    """Rows of columns with marks that can be moved; enter gives all keys in order, ``-`` before the hidden ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "J", "shift(1)", "Move down", id="columns.down", tooltip="Move the column further right", priority=True
        ),
        Binding("K", "shift(-1)", "Move up", id="columns.up", tooltip="Move the column further left", priority=True),
    ]

    def __init__(self, title: str, rows: Sequence[tuple[str, str]], marked: Sequence[str]) -> None:
        super().__init__(title, rows, marked)

    def action_shift(self, step: int) -> None:
        """Move the column under the cursor."""
        rows, key = list(self.rows), self.query_one(LineTable).cursor_key
        at = next(index for index, (own, _) in enumerate(rows) if own == key)
        to = at + step
        if 0 <= to < len(rows):
            rows[at], rows[to] = rows[to], rows[at]
            self.rows = tuple(rows)
            self._fill()

    def action_take(self) -> None:
        """All of them, in order."""
        self.dismiss(tuple(key if key in self.marked else f"-{key}" for key, _ in self.rows))
