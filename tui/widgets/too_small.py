"""What stands in place of a screen that does not fit."""

from collections.abc import Sequence

from tui.drawing.styled_lines import Line, line
from tui.widgets.painting import Painting

NEEDED = (80, 24)
"""Columns and rows the interface needs."""


class TooSmall(Painting):
    """One sentence; shown by CSS below `NEEDED`, over everything, of which the rest is hidden."""

    def draw(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002
        """What is needed and what there is."""
        size = self.app.size
        return [
            line((f"{NEEDED[0]}x{NEEDED[1]} needed, have {size.width}x{size.height}", "warning")),
            line("make it larger"),
        ]
