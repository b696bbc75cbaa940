"""Thresholds of a trial: how they moved epoch by epoch, SCut's curve, the hill climb, what each relation type got."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from engine import api
from tui.drawing.format import number, plural, score
from tui.drawing.styled_lines import Line, line, paragraph_width
from tui.examples.screen import nothing_lines
from tui.plots.curve_groups import draw_group
from tui.shell.data_screen import DataScreen
from tui.thresholds.lines import class_threshold_lines, climb_lines, scut_lines
from tui.widgets.columns import Column, Row
from tui.widgets.line_table import LineTable
from tui.widgets.scroll_lines import ScrollLines

TASKS = ("mention", "coref", "relation")
COLUMNS = (
    Column("EPOCH", 6, right=True),
    Column("PHASE", 12),
    *(Column(f"θ {task.upper()}", 11, right=True) for task in TASKS),
    Column("SCORE", 8, right=True),
    Column("GAIN", 8, right=True),
)
EMPTY = ((), line(("  no epoch yet", "bold:text")), line(("  esc", "bold:accent"), "  back to the trial"))
VIEWS = ("thresholds", "SCut", "hill climb", "relation types")
"""What the lower half shows, in the order of the key that switches it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ThresholdData:
    """What the screen shows.

    Attributes:
        reports: Epochs.
        trace: What the thresholds did, or why that is not known.
        says: What the objective says of its metrics.
    """

    reports: tuple[api.EpochReport, ...]
    trace: api.Artifact[api.ThresholdTrace]
    says: api.Declaration


class ThresholdsScreen(DataScreen):
    """A row an epoch; below it one of four views."""

    TITLE_WORD = "thresholds"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "view(1)", "View", id="thresholds.view", tooltip="Curves, SCut, hill climb, relation types"),
        Binding("V", "view(-1)", "View before", show=False, id="thresholds.view-before", tooltip="The view before"),
    ]

    def __init__(self, sprint: int, number: int) -> None:
        super().__init__()
        self.sprint_id = sprint
        self.number = number
        self.data: ThresholdData | None = None
        self._view = VIEWS[0]

    def body(self) -> Iterator[Widget]:
        """Table and view."""
        yield LineTable(COLUMNS, EMPTY, id="epochs")
        yield ScrollLines(id="threshold-view", classes="rule-top")

    def table(self) -> LineTable:
        """Epochs."""
        return self.query_one("#epochs", LineTable)

    def hint(self) -> str:
        """For a newcomer."""
        return "v cycle SCut's curve, hill climb, relation types · j k choose the epoch"

    def reload(self) -> None:
        """Read epochs and trace."""
        self.fetch("load", self._read, self.loaded)

    def _read(self) -> ThresholdData:
        ws = self.trimtab.ws
        reports = tuple(api.list_epochs(ws, self.sprint_id, self.number))
        try:
            trace = api.threshold_trace(ws, self.sprint_id, self.number)
        except api.EngineError as error:  # the epochs are there all the same
            trace = api.Artifact(content=None, absence=error.message, advice=error.hint)
        return ThresholdData(reports=reports, trace=trace, says=api.get_sprint(ws, self.sprint_id).declaration)

    def loaded(self, data: ThresholdData) -> None:
        """Show them."""
        first = self.data is None
        self.data = data
        self.table().set_rows(epoch_rows(data.reports))
        if first and data.reports:
            self.table().action_edge(1)
        self._fit()
        self._draw()

    def on_resize(self) -> None:
        """The table follows the size."""
        self.call_after_refresh(self._fit)

    def on_line_table_moved(self, _message: LineTable.Moved) -> None:
        """The climb follows the cursor."""
        if self._view == "hill climb":
            self._draw(keep=True)

    def on_line_table_chosen(self, _message: LineTable.Chosen) -> None:
        """Enter shows what was tried in the epoch."""
        self._view = "hill climb"
        self._draw()

    def _fit(self) -> None:
        """The table takes what it needs and leaves at least two thirds to the view."""
        n_rows = len(self.data.reports) if self.data is not None else 0
        self.table().styles.height = min(max(n_rows, 3) + 1, max((self.size.height - 2) // 3, 5))

    def _draw(self, *, keep: bool = False) -> None:
        panel = self.query_one("#threshold-view", ScrollLines)
        self.show_subject(
            line(
                (f"trial #{self.number}", "bold:text"),
                f" · {plural(len(self.data.reports) if self.data is not None else 0, 'epoch')} · ",
                (self._view, "top"),
                (f" {VIEWS.index(self._view) + 1}/{len(VIEWS)}", "muted"),
            )
        )
        panel.show(lambda width, height: self._lines(paragraph_width(width), max(height, 6)), keep=keep)

    def _lines(self, width: int, height: int) -> list[Line]:
        data = self.data
        if data is None:
            return []
        if self._view == "thresholds":
            return draw_group("thresholds", data.reports, (), data.says, width, height)
        trace = data.trace.content
        if trace is None:
            return nothing_lines(data.trace, width)
        if self._view == "SCut":
            return scut_lines(trace.scut, width, height)
        if self._view == "hill climb":
            key = self.table().cursor_key
            return climb_lines(trace, int(key) if key else None, width, height)
        return class_threshold_lines(trace)

    def action_view(self, step: int) -> None:
        """The next view."""
        self._view = VIEWS[(VIEWS.index(self._view) + step) % len(VIEWS)]
        self._draw()


def epoch_rows(reports: tuple[api.EpochReport, ...]) -> list[Row]:
    """One row an epoch: thresholds that moved are marked, the score's gain is signed."""
    rows = []
    before: api.EpochReport | None = None
    for report in reports:
        cells = []
        for task in TASKS:
            value = report.metrics.get(f"threshold_{task}")
            moved = before is not None and before.metrics.get(f"threshold_{task}") != value
            cells.append(line((number(value, 3), "bold:top" if moved else "")))
        gain = "" if before is None else f"{report.score - before.score:+.2f}"
        rows.append(Row(str(report.step), (str(report.step), report.phase, *cells, score(report.score), gain)))
        before = report
    return rows
