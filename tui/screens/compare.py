"""Compare: threads and stages side by side."""

from collections.abc import Iterator

from textual.widget import Widget

from tui.screens.data_screen import DataScreen
from tui.widgets.painting import Lines


class CompareScreen(DataScreen):
    """Threads × stages."""

    TITLE_WORD = "compare"

    def body(self) -> Iterator[Widget]:
        """Nothing yet."""
        yield Lines()
