"""The pager's text: a window of a log's lines, scrolled by rows; more is asked for near its ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from engine import api
from tui.drawing.styled_lines import Line, line
from tui.log.rows import contains, line_inks, log_rows
from tui.widgets.painting import Painting

WINDOW = 400
"""Lines that are read before and behind the first one shown."""

SHIFT = 8
"""Cells that a step sideways takes."""


class LogPager(Painting, can_focus=True):
    """Lines of a log from a first row on, or its end as it grows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, id="log.down", tooltip="Line down"),
        Binding("up,k", "move(-1)", "Up", show=False, id="log.up", tooltip="Line up"),
        Binding("ctrl+d,pagedown,space", "page(1)", "Page down", show=False, id="log.page-down", tooltip="Page down"),
        Binding("ctrl+u,pageup", "page(-1)", "Page up", show=False, id="log.page-up", tooltip="Page up"),
        Binding("g,home", "edge(0)", "First", show=False, id="log.first", tooltip="Go to the start"),
        Binding("G,end", "edge(1)", "Last", show=False, id="log.last", tooltip="Go to the end and follow"),
        Binding("right,l", "shift(1)", "Right", show=False, id="log.right", tooltip="Scroll sideways"),
        Binding("left,h", "shift(-1)", "Left", show=False, id="log.left", tooltip="Back"),
    ]

    @dataclass
    class Wanted(Message):
        """Lines around an offset are to be read."""

        offset: int

    @dataclass
    class Scrolled(Message):
        """Another part is shown."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._page = api.LogPage()
        self._inks: list[str] = []
        self._first, self._row = 0, 0
        self._asked = -1
        self._shift = 0
        self.wraps = True
        """Whether long lines go on in the next row."""
        self.wanted = ""
        """What is searched for and marked."""
        self.follows = True
        """Whether the end is shown, and what is written from now on."""
        self.empty: Sequence[Line] = ((), line(("  Reading …", "muted")))

    @property
    def size_in_bytes(self) -> int:
        """Of the log when it was last read."""
        return self._page.size

    @property
    def top_line(self) -> api.LogLine | None:
        """The line of the first row shown; None of an empty log."""
        return self._page.lines[self._first] if self._page.lines else None

    @property
    def share(self) -> float:
        """How much of the log is above the end of the screen, 0 … 1."""
        shown = self._shown(self.size.width, self.size.height)
        return 1.0 if not shown or not self._page.size else self._page.lines[shown[-1][0]].end / self._page.size

    def show_page(self, page: api.LogPage, *, at: int | None = None) -> None:
        """Show another window.

        Args:
            page: Its lines.
            at: Offset of the line that becomes the first one shown; the one shown now stays where None.
        """
        place = self.top_line.start if at is None and self.top_line is not None else at or 0
        row = self._row if at is None else 0
        self._page, self._asked = page, -1
        self._inks = line_inks(one.text for one in page.lines)
        starts = [one.start for one in page.lines]
        self._first = max((index for index, start in enumerate(starts) if start <= place), default=0)
        self._row = row if page.lines and starts[self._first] == place else 0
        self._settle()

    def visible_text(self) -> str:
        """The lines in sight, as they are in the log."""
        shown = self._shown(self.size.width, self.size.height)
        return "\n".join(self._page.lines[index].text for index in dict.fromkeys(index for index, _ in shown))

    def in_sight(self, wanted: str) -> bool:
        """Whether a line on the screen contains a text."""
        shown = self._shown(self.size.width, self.size.height)
        return any(contains(self._page.lines[index].text, wanted) for index in {index for index, _ in shown})

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """The rows in sight."""
        if not self._page.lines:
            return self.empty
        return [row for _, row in self._shown(width, height)]

    def action_move(self, step: int) -> None:
        """By rows."""
        if not self._page.lines:
            return
        self._stay()
        width = self.size.width
        while step and self._page.lines:
            rows = len(self._rows_of(self._first, width))
            if step > 0 and self._row + 1 < rows:
                self._row += 1
            elif step > 0 and self._first + 1 < len(self._page.lines):
                self._first, self._row = self._first + 1, 0
            elif step < 0 and self._row:
                self._row -= 1
            elif step < 0 and self._first:
                self._first -= 1
                self._row = len(self._rows_of(self._first, width)) - 1
            else:
                break
            step -= 1 if step > 0 else -1
        self._settle()

    def action_page(self, direction: int) -> None:
        """By what is visible, a row kept."""
        self.action_move(direction * max(self.size.height - 1, 1))

    def action_edge(self, last: int) -> None:
        """Go to the start, or to the end and on as it grows."""
        self.follows = bool(last)
        self._first, self._row = 0, 0
        self.post_message(self.Wanted(self._page.size if last else 0))

    def action_shift(self, step: int) -> None:
        """Sideways."""
        if not self.wraps:
            self._shift = max(self._shift + step * SHIFT, 0)
            self.repaint()

    def toggle_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        self._stay()
        self.wraps, self._shift, self._row = not self.wraps, 0, 0
        self._settle()

    def on_mouse_scroll_down(self, _event: events.MouseScrollDown) -> None:
        """The wheel scrolls."""
        self.action_move(3)

    def on_mouse_scroll_up(self, _event: events.MouseScrollUp) -> None:
        """The wheel scrolls."""
        self.action_move(-3)

    def _stay(self) -> None:
        """Leave the end: what is the first row now stays so."""
        if self.follows:
            self._first, self._row = self._last_place(self.size.width, self.size.height)
            self.follows = False

    def _settle(self) -> None:
        """Keep within the log, ask for more near the window's ends, and show it."""
        width, height = self.size
        if width and height and self._page.lines:
            last = self._last_place(width, height)
            if self._page.is_last and (self._first, self._row) >= last:
                self._first, self._row = last
                self.follows = True
            behind = len(self._page.lines) - self._first
            if not self.follows and (
                (self._first < WINDOW // 4 and not self._page.is_first)
                or (behind < height + WINDOW // 4 and not self._page.is_last)
            ):
                self._ask(self._page.lines[self._first].start)
        self.repaint()
        self.post_message(self.Scrolled())

    def _ask(self, offset: int) -> None:
        if offset != self._asked:
            self._asked = offset
            self.post_message(self.Wanted(offset))

    def _shown(self, width: int, height: int) -> list[tuple[int, Line]]:
        """The rows in sight with the number of their line in the window."""
        if not self._page.lines or not width or not height:
            return []
        first, row = self._last_place(width, height) if self.follows else (self._first, self._row)
        shown: list[tuple[int, Line]] = []
        for index in range(first, len(self._page.lines)):
            rows = self._rows_of(index, width)
            shown += [(index, one) for one in (rows[row:] if index == first else rows)]
            if len(shown) >= height:
                break
        return shown[:height]

    def _last_place(self, width: int, height: int) -> tuple[int, int]:
        """Line and row from which the rest of the window fills the screen."""
        left = height
        for index in range(len(self._page.lines) - 1, -1, -1):
            rows = len(self._rows_of(index, width))
            if rows >= left:
                return index, rows - left
            left -= rows
        return 0, 0

    def _rows_of(self, index: int, width: int) -> list[Line]:
        text, ink = self._page.lines[index].text, self._inks[index]
        return log_rows(text, ink, width, wraps=self.wraps, shift=self._shift, wanted=self.wanted)
