"""How wide the columns of the trials table are, and which of them fit; pure functions."""

from collections.abc import Mapping, Sequence

from rich.cells import cell_len

from engine import api
from tui.drawing.format import state_sign, value_text
from tui.drawing.styled_lines import Line, fit, fit_line, plain, width_of
from tui.trials.columns import (
    DIGITS,
    FIELDS,
    MOST_WIDTH,
    NEWEST,
    NOTE,
    PARAMETER,
    PINNED,
    Basis,
    TrialColumn,
    cell_width,
)

MARK = 2
"""Cells before the first column: the cursor, and whether the trial is selected."""

LEAST_NOTE, NOTE_WIDTH = 12, 24
"""Cells of the note: as the last column, below which it waits for the next step sideways; and before other columns."""

ASCENDING, DESCENDING = "▲", "▼"

FIXED = {"epochs": 6, "score": 7, "time": 6, "source": 11}
"""Cells of what is written alike in every sprint."""

RUNNING_EPOCHS = 13
"""Cells of the epochs with a running trial's bar."""

Fitting = Sequence[tuple[TrialColumn, int]]
"""Columns that are shown, with their cells."""


class ValueWidths(dict[str, int]):
    """How wide each hyperparameter's values are. A trial keeps its parameters, so each is looked at once."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        """Hyperparameters with a text or a list among their values."""
        self._measured: set[int] = set()

    def measure(self, trials: Sequence[api.TrialView]) -> None:
        """Look at the trials that are new."""
        for trial in trials:
            if trial.number not in self._measured:
                self._measured.add(trial.number)
                for name, value in trial.params.items():
                    if isinstance(value, str | list):
                        self.texts.add(name)
                    self[name] = max(self.get(name, 1), cell_width(value_text(value, DIGITS)))


def column_cells(
    columns: Sequence[TrialColumn], trials: Sequence[api.TrialView], values: Mapping[str, int], sort: str
) -> dict[str, int]:
    """Cells of each column by its key: what stands in it, its title, the sign of the sort."""
    fixed = {**FIXED, NEWEST: len(str(max(len(trials) - 1, 0))) + 1}
    states = {trial.state for trial in trials}
    fixed["state"] = max((cell_width(state_sign(state).text) for state in states), default=0)
    if api.TrialState.RUNNING in states:
        fixed["epochs"] = RUNNING_EPOCHS
    widths = {}
    for column in columns:
        if column.key.startswith(PARAMETER):
            size = values.get(column.key.removeprefix(PARAMETER), 1)
        elif column.key == "tags":
            size = max((cell_width(column.cell(trial, Basis())) for trial in trials if trial.tags), default=1)
        else:
            size = fixed.get(column.key, 0)
        title = cell_width(column.title) + (2 if column.key == sort else 0)
        widths[column.key] = min(max(size, title), MOST_WIDTH)
    return widths


def fitting(columns: Sequence[TrialColumn], widths: Mapping[str, int], width: int, left: int) -> Fitting:
    """The pinned columns, then those from ``left`` on that fit; a note behind all others takes what is left.

    One column at least stands beside the pinned ones, cut where it must be.
    """
    shown = [(column, widths[column.key]) for column in FIELDS[:PINNED]]
    room = width - MARK - sum(cells + 1 for _, cells in shown) - 1
    for column in columns[left:]:
        cells = widths[column.key]
        if column.key == NOTE:
            cells = max(LEAST_NOTE, room) if column is columns[-1] else NOTE_WIDTH
        if cells > room and len(shown) > PINNED:
            break
        shown.append((column, min(cells, max(room, 1))))
        room -= cells + 1
    return shown


def last_left(columns: Sequence[TrialColumn], widths: Mapping[str, int], width: int) -> int:
    """How far the table can be scrolled sideways: until its last column is shown."""
    for left in range(len(columns)):
        if fitting(columns, widths, width, left)[-1][0] is columns[-1]:
            return left
    return 0


def head_line(shown: Fitting, width: int, sort: str, *, descending: bool, more: tuple[bool, bool]) -> Line:
    """Titles, the sign of the sort, and signs where there are more columns.

    Args:
        shown: The columns.
        width: Of the table.
        sort: Key of the column it is sorted by.
        descending: From the largest on.
        more: Whether columns are hidden at the left, and at the right.
    """
    spans: list[tuple[str, str]] = [(" " * MARK, "")]
    for index, (column, cells) in enumerate(shown):
        if column.key == sort:
            title = f"{fit(column.title, cells - 2).rstrip()} {DESCENDING if descending else ASCENDING}"
            spans.append((fit(title, cells, right=column.right), "top"))
        else:
            spans.append((fit(column.title, cells, right=column.right), "muted"))
        spans.append(("‹", "accent") if more[0] and index == PINNED - 1 else (" ", ""))
    if more[1]:
        return (*fit_line(tuple(spans), max(width - 1, 0)), ("›", "accent"))
    return tuple(spans)


def with_room_note(head: Line, notes: Sequence[str], width: int) -> Line:
    """The head with the first of the notes that fits behind its titles; none where that would cover a title.

    A title may carry the sign of the sort, and the sprint's line above says how many trials there are.
    """
    ends: Line = ((" ", ""), head[-1]) if plain(head).endswith("›") else ()
    titles = list(head[:-1] if ends else head)
    while titles and not titles[-1][0].strip():
        titles.pop()
    if titles:
        titles[-1] = (titles[-1][0].rstrip(), titles[-1][1])
    room = width - width_of(tuple(titles)) - len(ends) - 1
    note = next((note for note in notes if cell_len(note) < room), "")
    if not note:
        return head
    return (*fit_line(tuple(titles), width - cell_len(note) - len(ends)), (note, "muted"), *ends)
