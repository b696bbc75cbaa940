"""Some of several: a list with marks."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.dialogs.dialog import Dialog
from tui.widgets.columns import Column, Row
from tui.widgets.line_table import LineTable


class Choose(Dialog[tuple[str, ...]]):
    """Rows of (key, words) with a mark each; space switches one, enter takes the marked ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "take", "Accept selected", id="choose.take", tooltip="Accept the selected rows", priority=True
        ),
        Binding("space", "switch", "Mark", id="choose.switch", tooltip="Select or deselect the row", priority=True),
    ]

    def __init__(self, title: str, rows: Sequence[tuple[str, str]], marked: Sequence[str]) -> None:
        super().__init__(title)
        self.rows = tuple(rows)
        self.marked = set(marked)

    def body(self) -> Iterator[Widget]:
        """The list."""
        yield LineTable([Column("", 3), Column("", 60, elastic=True)], id="choices")

    def on_mount(self) -> None:
        """Fill the list."""
        self._fill()

    def on_resize(self) -> None:
        """The list takes the room there is."""
        self.query_one(LineTable).styles.height = min(len(self.rows) + 1, max(self.app.size.height - 8, 4))

    def _fill(self) -> None:
        self.query_one(LineTable).set_rows(
            [
                Row(key, ("[x]" if key in self.marked else "[ ]", words), "" if key in self.marked else "muted")
                for key, words in self.rows
            ]
        )

    def action_switch(self) -> None:
        """Mark or unmark."""
        self.marked ^= {self.query_one(LineTable).cursor_key}
        self._fill()

    def action_take(self) -> None:
        """The marked ones, in order."""
        self.dismiss(tuple(key for key, _ in self.rows if key in self.marked))
