"""A log in full: scroll, wrap, search, follow; whose log it is stands above it."""

from collections.abc import Iterator
from typing import ClassVar

from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.widget import Widget

from engine import api
from tui.dialogs.prompt import Prompt
from tui.drawing.styled_lines import Line, line
from tui.log.pager import WINDOW, LogPager
from tui.log.programs import program_words, run_program
from tui.shell.data_screen import DataScreen
from tui.widgets.painting import Lines

NO_LOG = ((), line(("  No log yet.", "bold:text")), line(("  The log begins when a worker starts the trial.", "muted")))

UNITS = ("B", "kB", "MB", "GB")


class LogScreen(DataScreen):
    """The logs of a trial, of the workers and of the launcher, one at a time.

    Args:
        sprint: Id of the sprint.
        number: The trial whose log comes first; None for the sprint's own logs.
        wanted: A text to search for at once.
    """

    AUTO_FOCUS = "LogPager"
    TITLE_WORD = "log"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", id="log.search", tooltip="Search; lower case matches any case"),
        Binding("n", "find(1)", "Next", id="log.next-match", tooltip="Next match"),
        Binding("N", "find(-1)", "Previous", show=False, id="log.previous-match", tooltip="Previous match"),
        Binding("w", "wrap", "Wrap", id="log.wrap", tooltip="Wrap or truncate long lines"),
        Binding("F", "follow", "Follow", id="log.follow", tooltip="To the end, and on as it grows"),
        Binding("tab", "other(1)", "Next log", id="log.other", tooltip="Cycle the logs of trial, workers, launcher"),
        Binding("shift+tab", "other(-1)", "Log before", show=False, id="log.other-before", tooltip="Previous log"),
        Binding("o", "open('pager')", "Pager", id="log.pager", tooltip="Open in $PAGER"),
        Binding("e", "open('editor')", "Editor", show=False, id="log.editor", tooltip="Open in $VISUAL or $EDITOR"),
    ]

    def __init__(self, sprint: int, number: int | None = None, wanted: str = "") -> None:
        super().__init__()
        self.sprint_id, self.number = sprint, number
        self._logs: tuple[api.LogView, ...] = ()
        self._log: api.LogView | None = None
        self._wanted = wanted
        self._label = ""

    def body(self) -> Iterator[Widget]:
        """What is shown and how far, then the text."""
        yield Lines(id="log-place", classes="one-line")
        yield LogPager(id="log-text")

    def on_mount(self) -> None:
        """Look for more as often as at the store."""
        super().on_mount()
        self._pager.wanted = self._wanted
        self.set_interval(max(self.trimtab.options.interval, 0.5), self._look_for_more)

    def hint(self) -> str:
        """For a newcomer."""
        return "/ search · tab log of worker and launcher · o open in your pager"

    def reload(self) -> None:
        """Read which logs there are, and the end of the one shown."""
        self.fetch("load", self._list, self._listed)

    def copied_text(self) -> str:
        """The lines in sight."""
        return self._pager.visible_text()

    @property
    def _pager(self) -> LogPager:
        return self.query_one(LogPager)

    def _list(self) -> tuple[str, tuple[api.LogView, ...]]:
        ws = self.trimtab.ws
        sprint = api.get_sprint(ws, self.sprint_id)
        return sprint.short_label or sprint.label, api.list_logs(ws, self.sprint_id, self.number)

    def _listed(self, found: tuple[str, tuple[api.LogView, ...]]) -> None:
        self._label, self._logs = found
        known = next((one for one in self._logs if self._log is not None and one.path == self._log.path), None)
        if known is None:
            self._log = self._logs[0] if self._logs else None
            self._begin_log()
        self._tell_place()

    def _begin_log(self) -> None:
        """Show the end of another log."""
        self._pager.follows = True
        self._pager.empty = NO_LOG
        if self._log is None:
            self._pager.show_page(api.LogPage())
        else:
            self._read(None)
        if self._wanted and self._log is not None:
            self.action_find(-1)

    def _read(self, offset: int | None, *, goes_there: bool = False) -> None:
        """Read around an offset, or the end."""
        log = self._log
        if log is None:
            return
        before, after = (WINDOW, 1) if offset is None else (WINDOW, WINDOW)
        where = 1 << 62 if offset is None else offset

        def show(page: api.LogPage) -> None:
            if log == self._log:
                self._pager.show_page(page, at=offset if goes_there else None)

        self.fetch("page", lambda: api.read_log(log, where, before, after), show)

    def _look_for_more(self) -> None:
        if self._pager.follows and self._log is not None and self.is_current:
            self._read(None)

    def on_log_pager_wanted(self, message: LogPager.Wanted) -> None:
        """The pager nears the end of what it has."""
        self._read(None if self._pager.follows else message.offset, goes_there=message.offset == 0)

    def on_log_pager_scrolled(self, _message: LogPager.Scrolled) -> None:
        """Say where one is."""
        self._tell_place()

    def _tell_place(self) -> None:
        log, pager = self._log, self._pager
        subject = f"#{self.number}" if self.number is not None else "launcher and workers"
        self.show_subject(line((f"{self._label} ", "top"), (subject, "bold:text")))

        def place(width: int, _height: int) -> list[Line]:
            if log is None:
                return [()]
            state = "following its end" if pager.follows else f"{pager.share:.0%}"
            others = f" · {len(self._logs) - 1} more: tab" if len(self._logs) > 1 else ""
            wanted = f" · /{pager.wanted}" if pager.wanted else ""
            told = f" {state} of {in_bytes(pager.size_in_bytes)}{'' if pager.wraps else ' · lines cut'}{wanted}"
            head = (f" {log.name}", "bold:text"), (told, "accent" if pager.follows else "text"), (others, "muted")
            used = sum(len(text) for text, _ in head)
            path = log.path if len(log.path) <= width - used - 3 else f"…{log.path[-max(width - used - 4, 1) :]}"
            return [line(*head, (f"  {path}", "muted"))] if width - used > 12 else [line(*head)]

        self.query_one("#log-place", Lines).show(place)

    def action_search(self) -> None:
        """Ask for a text and go to its next occurrence."""

        def search(text: str | None) -> None:
            if text is None:
                return
            self._wanted = self._pager.wanted = text
            self._pager.repaint()
            if text and not self._pager.in_sight(text):
                self.action_find(-1 if self._pager.follows else 1)
            self._tell_place()

        self.app.push_screen(
            Prompt("Search the log", "Text to find; empty ends the search.", self._wanted, offered=True), search
        )

    def action_find(self, step: int) -> None:
        """Go to the next match, or the one before; at an end of the log, on from the other one."""
        log, text, top = self._log, self._wanted, self._pager.top_line
        if log is None:
            return
        if not text:
            self.action_search()
            return
        forward = step > 0
        here = (0 if top is None else top.end if forward else top.start) if not self._pager.follows else 1 << 62

        def find() -> tuple[int | None, bool]:
            place = api.find_in_log(log, text, here, forward=forward)
            if place is not None:
                return place, False
            return api.find_in_log(log, text, 0 if forward else 1 << 62, forward=forward), True

        def go(found: tuple[int | None, bool]) -> None:
            place, is_round = found
            if place is None:
                self.trimtab.toast(f"Not in this log: {text}")
                return
            if is_round and not self._pager.follows:
                self.trimtab.toast("Search wrapped around.")
            self._pager.follows = False
            self._read(place, goes_there=True)

        self.fetch("find", find, go)

    def action_wrap(self) -> None:
        """Wrap, or cut."""
        self._pager.toggle_wrap()
        self._tell_place()

    def action_follow(self) -> None:
        """To the end, and on."""
        self._pager.action_edge(1)

    def action_other(self, step: int) -> None:
        """Another log of the sprint."""
        if self._log is None or len(self._logs) < 2:
            return
        at = next(index for index, one in enumerate(self._logs) if one.path == self._log.path)
        self._log = self._logs[(at + step) % len(self._logs)]
        self._begin_log()
        self._tell_place()

    def action_open(self, kind: str) -> None:
        """Open the file in the person's pager or editor."""
        if self._log is None:
            return
        try:
            words = program_words(kind, self._log.path)
            with self.app.suspend():
                fault = run_program(words)
        except (SuspendNotSupported, ValueError) as error:
            fault = str(error) or f"no {kind} can be opened from here; the file is {self._log.path}"
        self.trimtab.repaint()
        if fault:
            self.trimtab.toast(fault, error=True)


def in_bytes(size: int) -> str:
    """A size in at most four characters and its unit: ``812 B``, ``3.4 MB``."""
    value, unit = float(size), 0
    while value >= 999.5 and unit + 1 < len(UNITS):
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {UNITS[unit]}" if unit == 0 or value >= 10 else f"{value:.1f} {UNITS[unit]}"
