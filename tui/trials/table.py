"""The table of trials: a column a hyperparameter; it builds only the rows in sight and scrolls sideways by columns."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, overload

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from engine import api
from tui.drawing.styled_lines import Line, fit_line, line
from tui.trials.columns import (
    FIELDS,
    NEWEST,
    PARAMETER,
    PINNED,
    Basis,
    TrialColumn,
    all_columns,
    arranged,
    full_head,
    full_row,
    sorted_trials,
)
from tui.trials.layout import MARK, Fitting, ValueWidths, column_cells, fitting, head_line, last_left, with_room_note
from tui.widgets.columns import Row
from tui.widgets.line_table import READING, LineTable
from tui.widgets.painting import drawing

MOST_KEPT = 400
"""Drawn rows that are kept: some screens of them."""


class TrialRows(Sequence[Row]):
    """Trials as rows, each made when it is asked for."""

    def __init__(self, trials: Sequence[api.TrialView], make: Callable[[api.TrialView], Row]) -> None:
        self.trials = trials
        self._make = make

    def __len__(self) -> int:
        return len(self.trials)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return TrialRows(self.trials[index], self._make)
        return self._make(self.trials[index])

    def __iter__(self) -> Iterator[Row]:
        return map(self._make, self.trials)


class TrialsTable(LineTable):
    """Trials of one sprint, sorted, filtered by an expression, some of them selected."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sort(1)", "Sort", id="trials.sort", tooltip="Sort by the next column (marked in the header)"),
        Binding("S", "reverse", "Reverse", show=False, id="trials.reverse", tooltip="Reverse the sort order"),
        Binding("v,space", "mark", "Select", id="trials.select", tooltip="Select or deselect the trial"),
        Binding("right,l", "sideways(1)", "Right", show=False, id="trials.right", tooltip="Scroll columns right"),
        Binding("left,h", "sideways(-1)", "Left", show=False, id="trials.left", tooltip="Scroll columns left"),
        Binding(
            "C", "columns", "Columns", show=False, id="trials.columns", tooltip="Choose and reorder the columns"
        ),
    ]  # fmt: skip

    SORTS_BY_HEAD: ClassVar[bool] = False
    """By its own columns instead."""

    @dataclass
    class Selected(Message):
        """Other trials are selected."""

        numbers: tuple[int, ...]

    @dataclass
    class Arranged(Message):
        """Other columns were chosen: keys in order, ``-`` before those that are hidden."""

        keys: tuple[str, ...]

    def __init__(self, empty: Sequence[Line] = (), **arguments: Any) -> None:
        super().__init__((), empty, sticks_to_top=True, **arguments)
        self._trials: Sequence[api.TrialView] = ()
        self._names: tuple[str, ...] = ()
        self._free: tuple[str, ...] = ()
        self._basis = Basis()
        self._shown_columns: list[TrialColumn] = []
        self._wanted: tuple[str, ...] = ()
        self._widths = ValueWidths()
        self._cells_of: dict[str, int] = {}
        self._layout: object = None
        self._sort, self._descending = NEWEST, True
        self._left = 0
        self._filtered = api.parse_filter("")
        self._selected: dict[int, None] = {}
        self._lines: dict[int, tuple[api.TrialView, Line]] = {}
        self._sorted: Sequence[api.TrialView] = ()
        self.direction = api.Direction.MAXIMIZE
        """Of the score: the best one first."""

    @property
    def selected(self) -> tuple[int, ...]:
        """Numbers of the selected trials, in the order in which they were."""
        return tuple(self._selected)

    @property
    def order(self) -> Sequence[api.TrialView]:
        """Trials that pass the filter, as they are sorted."""
        return self._sorted

    @property
    def cursor_trial(self) -> api.TrialView | None:
        """The trial under the cursor."""
        return self._sorted[self._cursor] if self._sorted else None

    @property
    def concerned(self) -> tuple[int, ...]:
        """Numbers of the trials that a verb is about: the selected ones, else the one under the cursor."""
        trial = self.cursor_trial
        return self.selected or (() if trial is None else (trial.number,))

    def show(
        self, trials: Sequence[api.TrialView], free: Sequence[str], basis: Basis, wanted: Sequence[str] = ()
    ) -> None:
        """Show the trials of a sprint; the cursor stays on its trial.

        Args:
            trials: All of them, in order of number.
            free: Hyperparameters that the sprint searches: their columns are shown at first.
            basis: What cells depend on besides.
            wanted: Columns a person chose, as in `Arranged`.
        """
        self._trials, self._basis, self._was_read = trials, basis, True
        self._widths.measure(trials)
        names = (*free, *(name for name in self._widths if name not in free))
        if (names, tuple(free), tuple(wanted)) != (self._names, self._free, self._wanted):
            self._names, self._free, self._wanted = names, tuple(free), tuple(wanted)
            self._filtered, self.filter_problem = self._read_filter(self.filter_text)
        self._arrange()
        there = {trial.number for trial in trials} if self._selected else set()
        self._selected = {number: None for number in self._selected if number in there}
        self._apply()

    def forget(self) -> None:
        """Another sprint is shown next: nothing of this one is kept."""
        self._selected, self._widths, self._lines, self._left = {}, ValueWidths(), {}, 0

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Only to show that there are none."""
        assert not rows
        self.show((), (), Basis())

    def set_filter(self, text: str) -> None:
        """Show only trials that pass the expression; while it cannot be read the last one stays in force."""
        filtered, self.filter_problem = self._read_filter(text)
        if not self.filter_problem:
            self._filtered = filtered
        self._filter = text
        self._apply()

    def move_to(self, key: str) -> None:
        """Put the cursor on a trial, where it is shown."""
        index = next((at for at, trial in enumerate(self._sorted) if str(trial.number) == key), None)
        if index is not None:
            self._move_cursor(index)

    def deselect(self) -> bool:
        """Select nothing; whether anything was."""
        if not self._selected:
            return False
        self._selected = {}
        self.repaint()
        self.post_message(self.Selected(()))
        return True

    def cells_as_text(self) -> list[list[str]]:
        """The trials that are shown with every number in full, for a CSV file."""
        return [full_head(self._names), *(full_row(trial, self._names) for trial in self._sorted)]

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """The head row and the rows that are scrolled to."""
        shown = self._fitting(width)
        more = (self._left > 0, self._left + len(shown) - PINNED < len(self._shown_columns))
        head = head_line(shown, width, self._sort, descending=self._descending, more=more)
        if not self._was_read:
            return [head, *READING]
        if not self._sorted:
            text = f"No trial matches {self._filter}. Press esc to clear the filter."
            nothing = (line((text, "muted")),)
            return [head, *(nothing if self._filter and self._trials else drawing(self.empty)(width, height - 1))]
        room = max(height - 1, 1)
        self._scroll(room)
        visible = self._sorted[self._first : self._first + room]
        layout = ([(column.key, cells) for column, cells in shown], self._basis)
        if layout != self._layout or len(self._lines) > MOST_KEPT:
            self._lines, self._layout = {}, layout
        lines = [head, *(self._row_line(trial, shown, index) for index, trial in enumerate(visible, self._first))]
        if len(self._sorted) > len(visible):
            seen = f"{self._first + 1}–{self._first + len(visible)}"
            lines[0] = with_room_note(head, (f"{seen} of {len(self._sorted)}", f"{seen}/{len(self._sorted)}"), width)
        return lines

    def action_sort(self, step: int) -> None:
        """By the next column."""
        columns = [FIELDS[0], FIELDS[1], *self._shown_columns]
        keys = [column.key for column in columns]
        at = keys.index(self._sort) if self._sort in keys else -step
        self._sort_by(columns[(at + step) % len(columns)])

    def action_reverse(self) -> None:
        """The other way round."""
        self._descending = not self._descending
        self._apply()

    def action_mark(self) -> None:
        """Select the trial under the cursor, or deselect it, and go on to the next."""
        trial = self.cursor_trial
        if trial is None:
            return
        if trial.number in self._selected:
            del self._selected[trial.number]
        else:
            self._selected[trial.number] = None
        self.repaint()
        self.action_move(1)
        self.post_message(self.Selected(self.selected))

    def action_sideways(self, step: int) -> None:
        """Scroll columns right or left; number and state stay."""
        left = min(max(self._left + step, 0), last_left(self._shown_columns, self._cells_of, self.size.width))
        if left != self._left:
            self._left = left
            self.repaint()

    def action_columns(self) -> None:
        """Ask which columns are shown, and in which order."""
        from tui.trials.column_choice import ColumnChoice

        def keep(keys: tuple[str, ...] | None) -> None:
            if keys is not None:
                self._wanted, self._left = keys, 0
                self._arrange()
                self._apply()
                self.post_message(self.Arranged(keys))

        every = arranged(self._all_columns(), [key.removeprefix("-") for key in self._wanted], self._all_keys())
        marked = [column.key for column in self._shown_columns]
        titles = [(column.key, column.title) for column in every]
        self.app.push_screen(ColumnChoice("Columns", titles, marked), keep)

    def on_click(self, event: events.Click) -> None:
        """A click on the head sorts by that column; one more reverses."""
        x, y = self.place_of(event)
        if y:
            return
        start = MARK
        for column, cells in self._fitting(self.size.width):
            if start <= x <= start + cells:
                if column.key == self._sort:
                    self.action_reverse()
                else:
                    self._sort_by(column)
                return
            start += cells + 1

    def _sort_by(self, column: TrialColumn) -> None:
        self._sort, self._descending = column.key, column.descending
        if column.key == "score":
            self._descending = self.direction == api.Direction.MAXIMIZE
        self._measure_columns()
        self._bring_into_sight(column.key)
        self._apply()

    def _bring_into_sight(self, key: str) -> None:
        """Scroll sideways until a column is shown."""
        at = next((index for index, column in enumerate(self._shown_columns) if column.key == key), None)
        if at is None:
            return
        self._left = min(self._left, at)
        while self._left < at and key not in [column.key for column, _ in self._fitting(self.size.width)]:
            self._left += 1

    def _all_columns(self) -> Sequence[TrialColumn]:
        return all_columns(self._names, self._widths.texts)

    def _all_keys(self) -> list[str]:
        return [column.key for column in self._all_columns()]

    def _arrange(self) -> None:
        """Columns to show: of hyperparameters those that are searched, tags where there are any."""
        hidden = {PARAMETER + name for name in self._names if name not in self._free}
        if not any(trial.tags for trial in self._trials):
            hidden.add("tags")
        shown = [key for key in self._all_keys() if key not in hidden]
        self._shown_columns = arranged(self._all_columns(), self._wanted, shown)

    def _read_filter(self, text: str) -> tuple[api.TrialFilter, str]:
        try:
            return api.parse_filter(text, self._names), ""
        except api.FilterError as problem:
            return self._filtered, f"{problem.message}. {problem.hint}"

    def _apply(self) -> None:
        """Filter and sort, and keep the cursor on its trial."""
        self._measure_columns()
        before = self.cursor_key
        wanted = self._filtered
        passing = [t for t in self._trials if wanted.passes(t)] if wanted.alternatives else self._trials
        columns = {column.key: column for column in (*FIELDS[:PINNED], *self._shown_columns)}
        column = columns.get(self._sort, FIELDS[0])
        self._sorted = sorted_trials(passing, column, descending=self._descending)
        self._shown = TrialRows(self._sorted, self._row)
        stays_at_top = self._cursor == 0 and self._sort == NEWEST
        at = None
        if before and not stays_at_top:
            number = int(before)
            at = next((index for index, trial in enumerate(self._sorted) if trial.number == number), None)
        self._cursor = at if at is not None else max(min(self._cursor, len(self._sorted) - 1), 0)
        self._left = min(self._left, last_left(self._shown_columns, self._cells_of, self.size.width))
        self.repaint()
        if self.cursor_key != before:
            self.post_message(self.Moved(self, self.cursor_key))

    def _row(self, trial: api.TrialView) -> Row:
        cells = tuple(column.cell(trial, self._basis) for column in (*FIELDS[:PINNED], *self._shown_columns))
        return Row(str(trial.number), cells, row_ink(trial))

    def _fitting(self, width: int) -> Fitting:
        return fitting(self._shown_columns, self._cells_of, width, self._left)

    def _measure_columns(self) -> None:
        """Before anything is laid out: how wide the columns are."""
        columns = (*FIELDS[:PINNED], *self._shown_columns)
        self._cells_of = column_cells(columns, self._trials, self._widths, self._sort)

    def _row_line(self, trial: api.TrialView, shown: Fitting, index: int) -> Line:
        kept = self._lines.get(trial.number)
        if kept is None or kept[0] is not trial:
            kept = self._lines[trial.number] = (trial, self._text_of(trial, shown))
        cursor = ("▸", "top") if index == self._cursor else (" ", "")
        mark = ("◆", "accent") if trial.number in self._selected else (" ", "")
        return (cursor, mark, *kept[1])

    def _text_of(self, trial: api.TrialView, shown: Fitting) -> Line:
        ink = row_ink(trial)
        spans: list[tuple[str, str]] = []
        for column, cells in shown:
            cell = column.cell(trial, self._basis)
            given = line((cell, ink)) if isinstance(cell, str) else cell
            spans.extend((text, own or ink) for text, own in fit_line(given, cells, right=column.right))
            spans.append((" ", ""))
        return tuple(spans)


def row_ink(trial: api.TrialView) -> str:
    """Of a row's plain cells: what ended early is muted, what failed is not."""
    if trial.state == api.TrialState.FAILED:
        return "error"
    return "muted" if trial.state.is_cut_short else ""
