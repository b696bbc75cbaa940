"""The base of every widget that draws lines: it repaints only the rows that changed."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.drawing.styled_lines import Line, fit_line, line
from tui.drawing.theme import ground, ink

Pane = TypeVar("Pane", bound=Widget)

Drawing = Callable[[int, int], Sequence[Line]]
"""Rows for a width and a height in cells."""


class Painting(Widget):
    """Rows of styled text as tall as the widget; a change costs the bytes of the changed rows only.

    Subclasses implement `draw`; whoever changes what it depends on calls `repaint`.
    """

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._rows: list[Line] = []
        self._drawn_for = (-1, -1)

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """The rows to show, for this size in cells; more than ``height`` are cut, fewer are blank."""
        raise NotImplementedError

    def place_of(self, event: events.MouseEvent) -> tuple[int, int]:
        """Column and row that the pointer is on, inside the border."""
        return event.x - self.gutter.left, event.y - self.gutter.top

    def highlighted(self, row: int) -> bool:  # noqa: ARG002
        """Whether a row lies under the cursor."""
        return False

    def repaint(self) -> None:
        """Draw again and send the rows that differ."""
        width, height = self.size
        if not width or not height:
            return
        rows = list(self.draw(width, height))[:height]
        rows += [()] * (height - len(rows))
        if self._drawn_for != (width, height):
            self._rows, self._drawn_for = rows, (width, height)
            self.refresh()
            return
        changed = [y for y, (old, new) in enumerate(zip(self._rows, rows, strict=True)) if old != new]
        self._rows = rows
        self.refresh_rows(changed)

    def refresh_rows(self, rows: Sequence[int]) -> None:
        """Send some rows again."""
        if rows:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in rows))

    def on_resize(self, _event: events.Resize) -> None:
        """A new size means a new drawing."""
        self.repaint()

    def render_line(self, y: int) -> Strip:
        """One row as segments in the theme's colours."""
        theme = self.app.theme
        width = self.size.width
        row = fit_line(self._rows[y] if y < len(self._rows) else (), width)
        below = ground(theme) if self.highlighted(y) else Style(bgcolor=self.rich_style.bgcolor)
        segments = [Segment(text, ink(theme, name) + below) for text, name in row]
        return Strip(segments, width)


def titled(pane: Pane, title: str) -> Pane:
    """A pane that has a thin border with a title, where there is room for borders."""
    pane.add_class("pane")
    pane.border_title = title
    return pane


class Lines(Painting):
    """A painting of given lines, or of what a function draws for the size at hand."""

    def __init__(self, lines: Sequence[Line] | Drawing = (), **arguments: Any) -> None:
        super().__init__(**arguments)
        self._given = drawing(lines)

    def show(self, lines: Sequence[Line] | Drawing) -> None:
        """Show these lines from now on; what a function draws follows the widget's size."""
        self._given = drawing(lines)
        self.repaint()

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """The given lines."""
        return self._given(width, height)


def window(lines: Sequence[Line], first: int, height: int, key: str = "") -> Sequence[Line]:
    """Lines from a first one on, as many as fit; where more follow, the last row says how many, and the key to them."""
    below = len(lines) - first - height
    if below <= 0:
        return lines[first:]
    note = line((f"… {below + 1} more lines", "muted"), (f"  {key}", "bold:accent") if key else "")
    return (*lines[first : first + max(height - 1, 0)], note)


def drawing(lines: Sequence[Line] | Drawing) -> Drawing:
    """The function as it is; fixed lines as one that does not look at the size."""
    if callable(lines):
        return lines
    fixed = tuple(lines)
    return lambda _width, _height: fixed
