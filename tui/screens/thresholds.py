"""Thresholds of a trial: how they moved epoch by epoch, what each bought, and how long calibration helped."""

from collections.abc import Iterator

from textual.widget import Widget

from engine import api
from tui.format import number, score
from tui.screens.data_screen import DataScreen
from tui.text import line
from tui.trial_details import draw_group
from tui.widgets.line_table import Column, LineTable, Row
from tui.widgets.painting import Lines

TASKS = ("mention", "coref", "relation")
COLUMNS = (
    Column("EPOCH", 6, right=True),
    Column("PHASE", 12),
    *(Column(f"θ {task.upper()}", 11, right=True) for task in TASKS),
    Column("SCORE", 8, right=True),
    Column("GAIN", 8, right=True),
)
EMPTY = ((), line(("  no epoch yet", "bold:text")), line(("  esc", "bold:accent"), "  back to the trial"))


class ThresholdsScreen(DataScreen):
    """A row an epoch, curves below."""

    TITLE_WORD = "thresholds"

    def __init__(self, sprint: int, number: int) -> None:
        super().__init__()
        self.sprint_id = sprint
        self.number = number
        self.reports: tuple[api.EpochReport, ...] = ()

    def body(self) -> Iterator[Widget]:
        """Table and curves."""
        yield LineTable(COLUMNS, EMPTY, id="epochs")
        yield Lines(id="threshold-curves", classes="rule-top")

    def table(self) -> LineTable:
        """Epochs."""
        return self.query_one("#epochs", LineTable)

    def reload(self) -> None:
        """Read the epochs."""
        self.fetch("load", lambda: tuple(api.list_epochs(self.trimtab.ws, self.sprint_id, self.number)), self.loaded)

    def loaded(self, reports: tuple[api.EpochReport, ...]) -> None:
        """Show them."""
        self.reports = reports
        self.table().set_rows(epoch_rows(reports))
        self.show_subject(line((f"trial #{self.number}", "bold:text"), (f" · {len(reports)} epochs", "")))
        self._draw()

    def on_resize(self) -> None:
        """Curves follow the size."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        panel = self.query_one("#threshold-curves", Lines)
        panel.show(draw_group("thresholds", self.reports, (), panel.size.width, panel.size.height))


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
