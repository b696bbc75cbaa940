"""The tree of threads: a table whose rows fold."""

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from tui.widgets.line_table import LineTable


class TreeTable(LineTable):
    """A table whose parents' rows hide and show their children."""

    SORTS_BY_HEAD = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "turn(0)", "Fold", show=False, id="tree.fold", tooltip="Collapse the thread, or move to it"),
        Binding(
            "right,l", "turn(1)", "Unfold", show=False, id="tree.unfold", tooltip="Expand the thread, or move into it"
        ),
    ]

    @dataclass
    class Turned(Message):
        """A row is to be folded, or with ``open`` to be unfolded."""

        table: "TreeTable"
        key: str
        open: bool

    def action_turn(self, is_open: int) -> None:
        """Say which row."""
        if self.cursor_key:
            self.post_message(self.Turned(self, self.cursor_key, bool(is_open)))
