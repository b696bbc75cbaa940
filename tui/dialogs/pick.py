"""One of several: a short menu."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.dialogs.dialog import Dialog
from tui.widgets.columns import Column, Row
from tui.widgets.line_table import LineTable


class Pick(Dialog[str]):
    """Rows of (key, words); enter takes the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "OK", id="pick.take", tooltip="Choose the row", priority=True),
    ]

    def __init__(self, title: str, rows: Sequence[tuple[str, str]], first: str = "") -> None:
        super().__init__(title)
        self.rows = tuple(rows)
        self._at_first = first

    def body(self) -> Iterator[Widget]:
        """The list."""
        yield LineTable([Column("", 40, elastic=True)], id="choices")

    def on_mount(self) -> None:
        """Fill the list; the cursor on the row taken last."""
        table = self.query_one(LineTable)
        table.styles.height = len(self.rows) + 1
        table.set_rows([Row(key, (words,)) for key, words in self.rows])
        table.move_to(self._at_first)

    def action_take(self) -> None:
        """The row under the cursor."""
        self.dismiss(self.query_one(LineTable).cursor_key)
