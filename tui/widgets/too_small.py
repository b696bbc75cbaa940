"""What stands in place of a screen that does not fit."""

from collections.abc import Sequence

from tui.drawing.styled_lines import Line, wrap
from tui.widgets.painting import Painting

NEEDED = (80, 23)
"""Columns and rows the interface needs: tmux keeps one of the usual 80x24 for its status line."""


class TooSmall(Painting):
    """One sentence; shown by CSS below `NEEDED`, over everything, of which the rest is hidden."""

    def draw(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002
        """What is needed and what there is."""
        size = self.app.size
        told = f"Terminal too small: {size.width}x{size.height}, needs {NEEDED[0]}x{NEEDED[1]}"
        return wrap(told, width, "warning")
