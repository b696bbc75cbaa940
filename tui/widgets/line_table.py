"""A table that repaints a row at a time: what a trial's ticking progress costs is one row, not the whole table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.drawing.styled_lines import Line, both_ends, fit, fit_line, line, plain
from tui.widgets.columns import Cell, Column, Row, column_widths, passing
from tui.widgets.painting import Drawing, Painting, drawing
from tui.widgets.row_order import Order, next_order, ordered

READING: Sequence[Line] = ((), line(("  Reading …", "muted")))
"""Shown until the first rows are there, be they none: nobody says that a place is empty before having looked."""


class LineTable(Painting, can_focus=True):
    """Columns and rows with a cursor; rows are replaced as a whole and only changed ones are sent.

    With ``sticks_to_top`` a cursor on the first row stays there when rows arrive above it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, id="table.down", tooltip="Next row"),
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up", tooltip="Previous row"),
        Binding("ctrl+d,pagedown", "page(1)", "Page down", show=False, id="table.page-down", tooltip="A page down"),
        Binding("ctrl+u,pageup", "page(-1)", "Page up", show=False, id="table.page-up", tooltip="A page up"),
        Binding("g,home", "edge(0)", "First", show=False, id="table.first", tooltip="First row"),
        Binding("G,end", "edge(1)", "Last", show=False, id="table.last", tooltip="Last row"),
        Binding("enter,l", "select", "Open", show=False, id="table.open", tooltip="Open the row"),
    ]

    SORTS_BY_HEAD: ClassVar[bool] = True
    """Whether a click on a head sorts the rows; not those of a tree."""

    @dataclass
    class Moved(Message):
        """The cursor stands on another row."""

        table: "LineTable"
        key: str

    @dataclass
    class Widened(Message):
        """The table has another width: columns and cells that are made for one are made anew."""

        table: "LineTable"

    @dataclass
    class Chosen(Message):
        """Enter was pressed on a row."""

        table: "LineTable"
        key: str

    def __init__(
        self, columns: Sequence[Column], empty: Sequence[Line] = (), *, sticks_to_top: bool = False, **arguments: Any
    ) -> None:
        super().__init__(**arguments)
        self._sticks_to_top = sticks_to_top
        self._columns = tuple(columns)
        self._all: tuple[Row, ...] = ()
        self._shown: Sequence[Row] = ()
        self._cursor = 0
        self._first = 0
        self._filter = ""
        self._width = 0
        self.filter_problem = ""
        """What is wrong with the filter's text where it is an expression; the last readable one stays in force."""
        self._was_read = False
        self._order: Order | None = None
        self.empty: Sequence[Line] | Drawing = tuple(empty)
        """Shown below the head where there are no rows: what to do, for the size at hand where it is a function."""

    @property
    def cursor_key(self) -> str:
        """Key of the row under the cursor; empty without rows."""
        return self._shown[self._cursor].key if self._shown else ""

    @property
    def rows(self) -> Sequence[Row]:
        """Rows that pass the filter."""
        return self._shown

    @property
    def filter_text(self) -> str:
        """The filter in force."""
        return self._filter

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Other columns, shown with the rows that are set next."""
        self._columns = tuple(columns)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows; the cursor stays on its key, or near it when that is gone."""
        self._all, self._was_read = tuple(rows), True
        self._apply()

    def set_filter(self, text: str) -> None:
        """Show only rows whose text passes."""
        self._filter = text
        self._apply()

    def cells_as_text(self) -> list[list[str]]:
        """Head and rows without styles, for a CSV file."""
        rows = [
            [
                row.numbers.get(place, cell if isinstance(cell, str) else plain(cell))
                for place, cell in enumerate(row.cells)
            ]
            for row in self._shown
        ]
        return [[column.title for column in self._columns], *([cell.strip() for cell in row] for row in rows)]

    def move_to(self, key: str) -> None:
        """Put the cursor on a row, where it is shown."""
        for index, row in enumerate(self._shown):
            if row.key == key:
                self._move_cursor(index)
                return

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """The head row and the rows that are scrolled to."""
        widths = column_widths(self._columns, width)
        head = self._cells_line(tuple(self._title(c) for c in self._columns), widths, "muted", marker=" ")
        if not self._was_read:
            return [head, *READING]
        if not self._shown:
            nothing = (line((f"No row matches {self._filter!r}. Press esc to clear the filter.", "muted")),)
            return [head, *(nothing if self._filter else drawing(self.empty)(width, height - 1))]
        room = max(height - 1, 1)
        self._scroll(room)
        visible = self._shown[self._first : self._first + room]
        lines: list[Line] = [head]
        for offset, row in enumerate(visible):
            marker = "▸" if self._first + offset == self._cursor else " "
            lines.append(self._cells_line(row.cells, widths, row.ink, marker))
        hidden = len(self._shown) - self._first - len(visible)
        if hidden or self._first:
            shown = f"{self._first + 1}–{self._first + len(visible)}"
            lines[0] = with_note(head, (f"{shown} of {len(self._shown)}", f"{shown}/{len(self._shown)}"), width)
        return lines

    def highlighted(self, row: int) -> bool:
        """Whether the row is the cursor's."""
        return bool(self._shown) and row == 1 + self._cursor - self._first and self.has_focus

    def action_move(self, step: int) -> None:
        """Move the cursor by rows."""
        self._move_cursor(self._cursor + step)

    def action_page(self, direction: int) -> None:
        """Move the cursor by what is visible."""
        self._move_cursor(self._cursor + direction * max(self.size.height - 2, 1))

    def action_edge(self, last: int) -> None:
        """Move the cursor to the first or the last row."""
        self._move_cursor(len(self._shown) - 1 if last else 0)

    def action_select(self) -> None:
        """Say that the row was chosen."""
        if self._shown:
            self.post_message(self.Chosen(self, self.cursor_key))

    def on_resize(self, event: events.Resize) -> None:
        """Tell those who make columns for a width."""
        if event.size.width != self._width:
            self._width = event.size.width
            self.post_message(self.Widened(self))

    def on_focus(self) -> None:
        """The cursor row shows its background only with focus."""
        self.refresh()

    def on_blur(self) -> None:
        """As `on_focus`."""
        self.refresh()

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves the cursor."""
        self.action_move(3)

    def on_mouse_scroll_up(self) -> None:
        """The wheel moves the cursor."""
        self.action_move(-3)

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; a second one opens."""
        x, y = self.place_of(event)
        if y == 0 and self.SORTS_BY_HEAD:
            self._sort_at(x)
        index = self._first + y - 1
        if not 0 <= index < len(self._shown) or not 0 < y < self.size.height:
            return
        if index == self._cursor:
            self.action_select()
        else:
            self._move_cursor(index)

    def _title(self, column: Column) -> str:
        """A column's title, with the sign of the order where rows are sorted by it."""
        if self._order is None or self._order.title != column.title:
            return column.title
        return f"{self._order.sign}{column.title.strip()}"

    def _sort_at(self, x: int) -> None:
        """Sort by the column whose head was clicked, then the other way, then not."""
        start = 1
        for column, width in zip(self._columns, column_widths(self._columns, self.size.width), strict=True):
            if width and start <= x <= start + width:
                self._order = next_order(self._order, column.title)
                self._apply()
                return
            start += width + 1 if width else 0

    def _apply(self) -> None:
        before, index = self.cursor_key, self._cursor
        key = before
        self._shown = passing(self._all, self._filter)
        titles = [column.title for column in self._columns]
        if self._order is not None and self._order.title in titles:
            self._shown = tuple(ordered(self._shown, titles.index(self._order.title), falling=self._order.falling))
        keys = [row.key for row in self._shown]
        if self._sticks_to_top and index == 0:
            key = keys[0] if keys else ""
        self._cursor = keys.index(key) if key in keys else max(min(index, len(keys) - 1), 0)
        self.repaint()
        if self.cursor_key != before:
            self.post_message(self.Moved(self, self.cursor_key))

    def _move_cursor(self, index: int) -> None:
        index = max(min(index, len(self._shown) - 1), 0)
        if index == self._cursor:
            return
        before = 1 + self._cursor - self._first
        self._cursor = index
        self.repaint()
        self.refresh_rows([y for y in (before, 1 + index - self._first) if 0 < y < self.size.height])
        self.post_message(self.Moved(self, self.cursor_key))

    def _scroll(self, room: int) -> None:
        last_first = max(len(self._shown) - room, 0)
        self._first = min(max(self._first, self._cursor - room + 1, 0), last_first, self._cursor)

    def _cells_line(self, cells: Sequence[Cell], widths: Sequence[int], ink: str, marker: str) -> Line:
        spans: list[tuple[str, str]] = [(marker, "top" if marker.strip() else "")]
        for column, given, width in zip(self._columns, cells, widths, strict=True):
            if not width:
                continue
            cell = _name(given, width) if column.is_name else given
            if isinstance(cell, str):
                spans.append((fit(cell, width, right=column.right), ink))
            else:
                spans.extend((text, own or ink) for text, own in fit_line(cell, width, right=column.right))
            spans.append((" ", ink))
        return tuple(spans)


def _name(cell: Cell, width: int) -> Cell:
    """A cell of one text, cut in its middle where it is too wide."""
    if isinstance(cell, str):
        return both_ends(cell, width)
    return tuple((both_ends(text, width), ink) for text, ink in cell) if len(cell) == 1 else cell


def with_note(head: Line, notes: Sequence[str], width: int) -> Line:
    """A head row with the first of the notes that fits between its titles, as far right as it does.

    Where none fits the last one stands over the end of the row: that rows are hidden is worth more than a title.
    """
    text = fit(plain(head).rstrip(), width)
    for note in notes:
        at = f" {text} ".rfind(" " * (len(note) + 2))  # one blank more on each side: the row's ends need none of them
        if at >= 0:
            return line((text[:at], "muted"), (note, "muted"), (text[at + len(note) :], "muted"))
    return (*fit_line(head, max(width - len(notes[-1]) - 1, 0)), (f" {notes[-1]}", "muted"))
