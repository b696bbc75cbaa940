"""What stands there while the workspace is opened: the first frame, painted before anything heavy is loaded."""

from textual.app import ComposeResult
from textual.screen import Screen

from tui.drawing.styled_lines import line
from tui.widgets.key_line import KeyLine
from tui.widgets.painting import Lines
from tui.widgets.too_small import TooSmall
from tui.widgets.top_line import TopLine

READING = ((), (), line(("  Reading …", "muted")))


class FirstScreen(Screen[None]):
    """Top line and key line of the screen that comes next; the keys that belong to all screens work already."""

    DEFAULT_CSS = "FirstScreen > #reading { height: 1fr; }"

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title_word = title

    def compose(self) -> ComposeResult:
        """Where the next screen has them, so that little is sent again."""
        yield TopLine(self._title_word)
        yield Lines(READING, id="reading")
        yield KeyLine(classes="key-line")
        yield TooSmall()
