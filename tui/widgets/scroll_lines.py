"""Lines that may be taller than the widget: scrolled by the keys of a table while focused."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType

from tui.drawing.styled_lines import Line
from tui.widgets.painting import Drawing, Painting, drawing, window


class ScrollLines(Painting, can_focus=True):
    """Given lines, from a first one on; the last row says how many are below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll(1)", "Down", show=False, id="pane.down", tooltip="Scroll down"),
        Binding("up,k", "scroll(-1)", "Up", show=False, id="pane.up", tooltip="Scroll up"),
        Binding(
            "ctrl+d,pagedown,space", "page(1)", "Page down", show=False, id="pane.page-down", tooltip="A page down"
        ),
        Binding("ctrl+u,pageup", "page(-1)", "Page up", show=False, id="pane.page-up", tooltip="A page up"),
        Binding("g,home", "edge(0)", "First", show=False, id="pane.first", tooltip="To the beginning"),
        Binding("G,end", "edge(1)", "Last", show=False, id="pane.last", tooltip="To the end"),
    ]

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._drawing = drawing(())
        self._given: tuple[Line, ...] = ()
        self._given_for = (0, 0)
        self._first = 0

    @property
    def first(self) -> int:
        """Number of the first line shown."""
        return self._first

    def show(self, lines: Sequence[Line] | Drawing, *, keep: bool = False) -> None:
        """Show these lines from now on: from the beginning, or with ``keep`` from where one was.

        What a function draws follows the widget's size.
        """
        self._drawing = drawing(lines)
        self._lay_out(*self.size)
        self._first = self._clamped(self._first if keep else 0)
        self.repaint()

    def go_to(self, row: int) -> None:
        """Make a line the first one shown, as far as there are enough below it."""
        self._first = self._clamped(row)
        self.repaint()

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """The lines from the first one on."""
        if self._given_for != (width, height):
            self._lay_out(width, height)
        self._first = self._clamped(self._first)
        return window(self._given, self._first, height)

    def action_scroll(self, step: int) -> None:
        """By rows."""
        self.go_to(self._first + step)

    def action_page(self, direction: int) -> None:
        """By what is visible."""
        self.go_to(self._first + direction * max(self.size.height - 2, 1))

    def action_edge(self, last: int) -> None:
        """To the beginning or the end."""
        self.go_to(len(self._given) if last else 0)

    def on_mouse_scroll_down(self, _event: events.MouseScrollDown) -> None:
        """The wheel scrolls."""
        self.action_scroll(3)

    def on_mouse_scroll_up(self, _event: events.MouseScrollUp) -> None:
        """The wheel scrolls."""
        self.action_scroll(-3)

    def _lay_out(self, width: int, height: int) -> None:
        self._given, self._given_for = tuple(self._drawing(width, height)), (width, height)

    def _clamped(self, row: int) -> int:
        return max(min(row, len(self._given) - max(self.size.height, 1)), 0)
