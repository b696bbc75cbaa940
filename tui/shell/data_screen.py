"""The base of every screen: reads the engine in worker threads, never blocks, shows errors as toasts."""

from collections.abc import Iterator
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from tui.drawing.styled_lines import Line, line
from tui.shell.background_calls import Fetching, problem_text
from tui.shell.panes import Panes
from tui.widgets.key_line import KeyLine, every_binding
from tui.widgets.line_table import LineTable
from tui.widgets.painting import Lines
from tui.widgets.too_small import TooSmall
from tui.widgets.top_line import TopLine

READONLY = "Read-only: look at everything, change nothing."
"""The hint of every screen that could change something."""


class FilterLine(Input, inherit_bindings=False):
    """The filter's text; escape clears it, enter goes back to the table."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Keep", id="filter.keep", tooltip="Keep the filter and return to the rows"),
        Binding("escape", "clear_filter", "Clear", id="filter.clear", tooltip="Clear the filter and close it"),
        *(own for own in Input.BINDINGS if isinstance(own, Binding) and own.key != "enter"),
    ]

    def action_clear_filter(self) -> None:
        """Clear, then leave."""
        self.value = ""
        self.post_message(self.Submitted(self, ""))


NOT_READ = ((), line(("  not read", "bold:text")), line(("  ctrl+l", "bold:accent"), "  reads"))


class DataScreen(Fetching[None]):
    """Top line, hint, body, filter, key line.

    Subclasses give `body`, `reload` and, where they have one, the table that ``/`` filters.
    """

    AUTO_FOCUS = "LineTable, .field, PairMatrix"  # never the hidden filter, which would swallow every key
    TITLE_WORD: ClassVar[str] = ""
    WRITES: ClassVar[frozenset[str]] = frozenset()
    """Actions that change something: disabled with ``--readonly``."""
    FILTER_EXAMPLE: ClassVar[str] = "filter (enter keep · esc clear)"
    """In the empty line of the filter."""
    SEES_SPRINTS: ClassVar[bool] = False
    """Whether the screen reads every sprint anyway and tells the announcer; for others the app does."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "filter",
            "Filter",
            show=False,
            id="screen.filter",
            tooltip="Show only rows that contain a text; !text excludes",
        ),
        Binding(
            "escape,backspace",
            "back",
            "Back",
            show=False,
            id="screen.back",
            tooltip="Cancel loading / clear filter / back",
        ),
        Binding(
            "y",
            "copy",
            "Copy",
            show=False,
            id="screen.copy",
            tooltip="Copy the selected item to the terminal's clipboard",
        ),
        Binding(
            "E",
            "export",
            "Export",
            show=False,
            id="screen.export",
            tooltip="Export the screen as CSV and SVG",
        ),
        Binding(
            "H",
            "hints",
            "Hints",
            show=False,
            id="screen.hints",
            tooltip="Show or hide hints, now and at later starts",
        ),
        Binding(
            "z",
            "zoom",
            "Zoom",
            show=False,
            id="screen.zoom",
            tooltip="Zoom one pane, then the next; after the last, show all",
        ),
        Binding(
            "less_than_sign",
            "move_line(-1)",
            "Move line left",
            show=False,
            id="screen.line-left",
            tooltip="Move the line between two panes to the left",
        ),
        Binding(
            "greater_than_sign",
            "move_line(1)",
            "Move line right",
            show=False,
            id="screen.line-right",
            tooltip="Move the line between two panes to the right",
        ),
        Binding("ctrl+l", "redraw", "Read again", show=False, id="screen.reload", tooltip="Reload and repaint"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._was_read = False
        self.panes = Panes(self)

    def body(self) -> Iterator[Widget]:
        """The widgets between top line and key line."""
        raise NotImplementedError

    def reload(self) -> None:
        """Fetch everything the screen shows."""

    def table(self) -> LineTable | None:
        """The table that the filter filters and copy and export take their rows from."""
        return None

    def hint(self) -> str:
        """The hint line's sentence for a newcomer."""
        return "? keys of this screen · : find any action by name"

    def compose(self) -> ComposeResult:
        """Top line, hint, body, filter, key line."""
        yield TopLine(self.TITLE_WORD)
        yield Lines(id="hint", classes="hint")
        yield from self.body()
        filter_line = FilterLine(placeholder=self.FILTER_EXAMPLE, id="filter", compact=True)
        filter_line.cursor_blink = False
        filter_line.display = False
        yield filter_line
        yield KeyLine(classes="key-line")
        yield TooSmall()

    def on_mount(self) -> None:
        """Apply the remembered filter."""
        if self.table() is not None:
            text = self.trimtab.memory.place.filters.get(self.TITLE_WORD, "")
            self.query_one("#filter", FilterLine).value = text
            self._filter_by(text)
        self.set_class(self.trimtab.options.ascii, "-ascii")

    def on_screen_resume(self) -> None:
        """Come back with fresh data."""
        self.trimtab.save_place(self.TITLE_WORD)
        if self.trimtab.ready:
            self.reload()
        self.show_hint()

    def show_subject(self, subject: Line) -> None:
        """What the top line says the screen shows."""
        self.query_one(TopLine).show(subject)

    def show_problem(self, problem: str) -> None:
        """What is wrong at the moment, on the top line."""
        self.query_one(TopLine).show_problem(problem)

    def show_busy(self, words: str) -> None:
        """What is lasting, on the top line."""
        self.query_one(TopLine).show_busy(words)

    def called_off(self, group: str) -> None:
        """What was called off may be asked for again."""
        if group == "load":
            table = self.table()
            if table is not None and not table.rows:
                table.empty = NOT_READ
                table.set_rows(())
            self.trimtab.toast("Loading was cancelled", "ctrl+l reload")

    def succeeded(self, group: str) -> None:
        """A read that ended well clears the top line."""
        if group == "load":
            self._was_read = True
            self.show_problem("")
            self.show_hint()

    def failed(self, group: str, problem: Exception) -> None:
        """A read that failed stays visible on the top line after its toast is gone."""
        super().failed(group, problem)
        if group == "load":
            self.show_problem(problem_text(problem))

    def show_hint(self) -> None:
        """Renew the hint line; what it says may rest on what was read, so it says nothing before."""
        shown = self.trimtab.shows_hints
        looks_only = self.trimtab.options.readonly and self.WRITES
        told = f" → {READONLY if looks_only else self.hint() if self._was_read else 'Reading …'}" if shown else ""
        leave = "  H hides hints"
        for hint in self.query("#hint").results(Lines):  # a screen may come to the front before it is composed
            hint.display = shown
            hint.show(
                lambda width, _height: [((told, "accent"), (leave if len(told + leave) <= width else "", "muted"))]
            )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Readonly: actions that write are dimmed."""
        if action in self.WRITES and self.trimtab.options.readonly:
            return None
        if action == "move_line":
            return bool(self.panes.pairs())
        return action != "filter" or self.table() is not None

    def why_not(self, action: str) -> str:  # noqa: ARG002
        """Why an action of the screen is not possible now, in a sentence; empty where that is plain."""
        return ""

    def on_key(self, event: events.Key) -> None:
        """A key whose action is not possible now says so: the footer leaves it out, and silence would look broken."""
        active = every_binding(self).get(event.key)
        if active is not None and not active.enabled and active.binding.action != "filter":
            action = active.binding.action.partition("(")[0]
            word = active.binding.description.lower()
            self.trimtab.toast(self.why_not(action) or f"Not available here: {word}", "? keys of this screen")

    def action_filter(self) -> None:
        """Open the filter line."""
        filter_line = self.query_one("#filter", FilterLine)
        filter_line.display = True
        filter_line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as one types."""
        table = self.table()
        if event.input.id == "filter" and table is not None:
            self._filter_by(event.value)

    def _filter_by(self, text: str) -> None:
        """Filter the table; the text stays in sight on the top line, and is remembered."""
        table = self.table()
        if table is not None:
            table.set_filter(text)
            self.query_one(TopLine).show_filter(text)
            self.trimtab.memory.place.filters[self.TITLE_WORD] = text

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Leave the filter line."""
        table = self.table()
        if event.input.id == "filter" and table is not None and not table.filter_problem:
            event.input.display = False
            table.focus()

    def action_back(self) -> None:
        """Call off what lasts, else clear the filter, else go back."""
        if self.call_off() or self.panes.restore():
            return
        table = self.table()
        if table is not None and table.filter_text:
            self.query_one("#filter", FilterLine).value = ""
            self._filter_by("")
            return
        self.trimtab.go_back()

    def action_zoom(self) -> None:
        """Let the next pane fill the screen."""
        self.panes.zoom_next()
        if self.panes.zoomed is not None:
            self.trimtab.toast("Pane zoomed", "z next pane · esc all panes")

    def action_move_line(self, direction: int) -> None:
        """Give one of two panes more room."""
        if not self.panes.move(direction):
            self.trimtab.toast("The pane cannot grow further")

    def action_hints(self) -> None:
        """Show or hide the hint line, for good."""
        app = self.trimtab
        app.shows_hints = app.memory.hints = not app.shows_hints
        app.keep_memory()
        self.show_hint()
        if not app.shows_hints:
            app.toast("Hints are hidden. Press H to show them.", "? keys of a screen")

    def action_redraw(self) -> None:
        """Read again and repaint everything."""
        self.trimtab.repaint()
        self.reload()

    def copied_text(self) -> str:
        """What ``y`` copies: the cursor's row."""
        table = self.table()
        if table is None or not table.cursor_key:
            return ""
        return next((row.text for row in table.rows if row.key == table.cursor_key), "")

    def action_copy(self) -> None:
        """Copy to the terminal's clipboard."""
        self.trimtab.copy(self.copied_text())

    def action_export(self) -> None:
        """Write the table as CSV and the screen as SVG into the workspace, without the notices that hide some of it."""
        app = self.trimtab
        app.clear_notifications()
        app.call_later(app.call_after_refresh, app.export_screen, self.TITLE_WORD, self.table())
