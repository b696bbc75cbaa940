"""The base of every dialog: a box over the screen, escape cancels, nothing blinks."""

from collections.abc import Iterator
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget

from tui.fetching import Fetching
from tui.widgets.key_line import KeyLine
from tui.widgets.painting import Lines
from tui.widgets.too_small import TooSmall

Result = TypeVar("Result")


class Dialog(Fetching[Result | None], ModalScreen[Result | None], Generic[Result]):
    """A titled box; subclasses give `body`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape", "cancel", "Cancel", id="dialog.cancel", tooltip="Leave without doing anything", priority=False
        )
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


class Card(Dialog[bool]):
    """Text to read; any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,q,space", "cancel", "Close", show=False, id="card.close", tooltip="Close"),
        Binding("down,j", "scroll(1)", "Down", show=False, id="card.down", tooltip="Scroll down"),
        Binding("up,k", "scroll(-1)", "Up", show=False, id="card.up", tooltip="Scroll up"),
        Binding("pagedown,ctrl+d", "scroll(10)", "Page down", show=False, id="card.page-down", tooltip="Scroll a page"),
        Binding("pageup,ctrl+u", "scroll(-10)", "Page up", show=False, id="card.page-up", tooltip="Scroll a page back"),
    ]

    def __init__(self, title: str, lines: list[tuple[tuple[str, str], ...]]) -> None:
        super().__init__(title)
        self.lines = lines
        self._first = 0

    def body(self) -> Iterator[Widget]:
        """The text."""
        text = Lines(self.lines, classes="card-text")
        text.styles.height = min(len(self.lines), max(self.app.size.height - 6, 4))
        yield text

    def action_scroll(self, step: int) -> None:
        """Scroll by rows."""
        text = self.query_one(".card-text", Lines)
        self._first = max(min(self._first + step, len(self.lines) - text.size.height), 0)
        text.show(self.lines[self._first :])
