"""The first row of every screen: where one is, and what the store's state is."""

from collections.abc import Sequence

from tui.drawing.styled_lines import Line, fit_line, line, width_of
from tui.widgets.painting import Painting


class TopLine(Painting):
    """Name of the screen, what it shows, and at the right the workspace or what is wrong."""

    def __init__(self, title: str) -> None:
        super().__init__(classes="top-line")
        self._title = title
        self._filter = ""
        self._subject: Line = ()
        self._problem = ""
        self._busy = ""

    def show(self, subject: Line) -> None:
        """What the screen shows."""
        self._subject = subject
        self.repaint()

    def show_filter(self, text: str) -> None:
        """The filter in force; empty when all rows are shown."""
        self._filter = text
        self.repaint()

    def show_problem(self, problem: str) -> None:
        """What is wrong at the moment; empty when all is well."""
        self._problem = problem
        self.repaint()

    def show_busy(self, words: str) -> None:
        """What is lasting; empty when nothing is."""
        if words != self._busy:
            self._busy = words
            self.repaint()

    def draw(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002
        """One row."""
        left = line(
            ("trimtab", "bold:accent"),
            (" ─ ", "edge"),
            (self._title, "bold:text"),
            (f" /{self._filter}" if self._filter else "", "bold:top"),
            *self._sep(),
            *self._subject,
        )
        left = left if width_of(left) < width else left[2:]  # the name of the program tells least
        right = self._right(width - width_of(left) - 1)
        room = max(width - width_of(right) - 1, 0)
        return [(*fit_line(left, room), (" ", ""), *right)]

    def _sep(self) -> Line:
        return ((" ─ ", "edge"),) if self._subject else ()

    def _right(self, room: int) -> Line:
        if self._busy:
            return line((f"{self._busy} ", "running"))
        if self._problem:
            return line((f"! {self._problem[:40]} ", "error"))
        badge = getattr(self.app, "badge", "")
        if getattr(getattr(self.app, "options", None), "readonly", False):
            badge = f"{badge} · read-only" if len(badge) + 14 <= room else "read-only"
        return line((f"{badge} ", "muted")) if badge and len(badge) + 2 <= room else ()
