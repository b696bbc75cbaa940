"""The base of every dialog: a box over the screen, escape cancels, nothing blinks."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget

from tui.drawing.styled_lines import Line
from tui.shell.background_calls import Fetching
from tui.widgets.key_line import KeyLine
from tui.widgets.scroll_lines import ScrollLines
from tui.widgets.too_small import TooSmall

Result = TypeVar("Result")

TERMINAL_KEYS = (
    Binding("ctrl+l", "app.repaint", "Repaint", show=False, id="dialog.repaint", tooltip="Repaint a garbled screen"),
    Binding(
        "ctrl+z",
        "app.suspend_process",
        "Suspend",
        show=False,
        id="dialog.suspend",
        tooltip="Back to the shell; fg returns",
    ),
)
"""Of every dialog: the application's own keys do not reach it."""

MOST_CARD = 110
"""Cells of a card's lines at most: longer ones are hard to read."""


class Dialog(Fetching[Result | None], ModalScreen[Result | None], Generic[Result]):
    """A titled box; subclasses give `body`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="dialog.cancel", tooltip="Close without changes", priority=False),
        Binding("question_mark,f1", "app.help", "Help", show=False, id="dialog.help", tooltip="Keys of this dialog"),
        *TERMINAL_KEYS,
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self.heading = title

    def body(self) -> Iterator[Widget]:
        """The widgets inside the box."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """The box."""
        box = Vertical(classes="dialog-box")
        box.border_title = self.heading
        with box:
            yield from self.body()
            yield KeyLine(classes="dialog-keys")
        yield TooSmall()

    def action_cancel(self) -> None:
        """Leave."""
        self.dismiss(None)


def card_width(app: App[Any]) -> int:
    """Cells of a line in a card: what its box, 96 % of the screen at most, leaves between its edges."""
    room = int(app.size.width * 0.96) - 4
    return min(room, MOST_CARD)


class Card(Dialog[bool], inherit_bindings=False):
    """Text to read, made for the card's width; any of the usual keys closes it, those of a pane scroll it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "cancel", "Close", id="card.close", tooltip="Close"),
        *TERMINAL_KEYS,
    ]

    def __init__(self, title: str, text: Callable[[int], Sequence[Line]]) -> None:
        super().__init__(title)
        self._text = text

    @property
    def lines(self) -> tuple[Line, ...]:
        """The text for the width there is."""
        return tuple(self._text(card_width(self.app)))

    def body(self) -> Iterator[Widget]:
        """The text."""
        yield ScrollLines(classes="card-text")

    def on_resize(self) -> None:
        """The text takes the room there is; it stays where one was."""
        lines, text = self.lines, self.query_one(ScrollLines)
        text.styles.width = card_width(self.app)
        height = self.app.size.height
        room = min(height - 6, int(height * 0.96) - 4)  # the box, 96 % of the screen at most, keeps its key line
        text.styles.height = min(len(lines), max(room, 4))
        text.show(lines, keep=True)
