"""The application: screens, keys, themes, signals; every feature lives in a screen."""

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from engine import api
from tui.drawing.theme import DEFAULT_THEME, THEMES
from tui.options import Options
from tui.shell.messages import BackgroundTold, StoreChanged, StoreLost
from tui.shell.poller import Poller
from tui.shell.state import load_memory, save_memory
from tui.terminal import background, escapes
from tui.terminal.ascii_filter import AsciiFilter, filter_for_terminal
from tui.terminal.cell_diff import FrugalApp
from tui.terminal.job_control import repaint_on_continue

if TYPE_CHECKING:
    from tui.shell.data_screen import DataScreen
    from tui.shell.notifications import Announcer
    from tui.widgets.line_table import LineTable

SCREENS = {
    "threads": "tui.threads.screen:ThreadsScreen",
    "review": "tui.review.screen:ReviewScreen",
    "plan": "tui.plan.screen:PlanScreen",
    "live": "tui.live.screen:LiveScreen",
    "compare": "tui.compare.screen:CompareScreen",
}
"""Screens by name, in the order of the keys 1 … 5; each is imported when it is first shown."""

HAND_OVER = 0.001
"""Seconds after which a thread that reads lets the interface go on; of Python's own 5 ms a key would wait several."""


def screen_maker(name: str) -> Callable[[], Screen[Any]]:
    """A function that imports and makes a screen."""

    def make() -> Screen[Any]:
        module, _, cls = SCREENS[name].partition(":")
        return cast("Screen[Any]", getattr(import_module(module), cls)())

    return make


class TrimtabApp(FrugalApp, inherit_bindings=False):
    """The interface on one workspace."""

    TITLE = "trimtab"
    CSS_PATH = ["app.tcss", *(f"{name}/screen.tcss" for name in SCREENS)]  # noqa: RUF012
    MODES: ClassVar[dict[str, Any]] = {name: screen_maker(name) for name in SCREENS}
    DEFAULT_MODE = "first"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-tiny"),
        (80, "-narrow"),
        (100, "-middle"),
        (120, "-wide"),
        (180, "-vast"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (23, "-short"), (36, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "show('threads')", "Threads", show=False, id="app.threads", tooltip="Threads and their sprints"),
        Binding(
            "2", "show('review')", "Review", show=False, id="app.review", tooltip="Review the sprint and trim its space"
        ),
        Binding("3", "show('plan')", "Plan", show=False, id="app.plan", tooltip="Plan the next sprint"),
        Binding("4", "show('live')", "Live", show=False, id="app.live", tooltip="Watch the running sprint"),
        Binding("5", "show('compare')", "Compare", show=False, id="app.compare", tooltip="Compare threads and stages"),
        Binding("question_mark,f1", "help", "Help", show=False, id="app.help", tooltip="Keys of this screen"),
        Binding("colon,ctrl+p", "palette", "Commands", show=False, id="app.palette", tooltip="Every action by name"),
        Binding(
            "ctrl+t",
            "next_theme",
            "Theme",
            show=False,
            id="app.theme",
            tooltip="Next theme: dark, light, high contrast",
        ),
        Binding("ctrl+l", "repaint", "Repaint", show=False, id="app.repaint", tooltip="Repaint a garbled screen"),
        Binding(
            "ctrl+z",
            "suspend_process",
            "Suspend",
            show=False,
            id="app.suspend",
            tooltip="Back to the shell; fg returns",
        ),
        Binding("q,ctrl+c,ctrl+q", "quit", "Quit", id="app.quit", tooltip="Close the interface; sprints keep running"),
    ]

    def __init__(self, options: Options) -> None:
        self.options = options
        self.memory = load_memory(options.workspace.expanduser().resolve())
        start = "live" if options.demo is not None else self.memory.place.mode
        self._start = start if start in SCREENS else "threads"
        super().__init__()
        for theme in THEMES.values():
            self.register_theme(theme)
        self.shows_hints = self.memory.hints if options.guide is None else options.guide
        chosen = options.theme or self.memory.theme or self.theme_for(background.by_environment())
        # Not by assignment: a theme that changes parses every style sheet again, twice before the first frame.
        self.set_reactive(App.theme, chosen if chosen in THEMES else DEFAULT_THEME)
        self.stylesheet.set_variables(self.get_css_variables())
        self.animation_level = "none"
        sieve = AsciiFilter() if options.ascii else filter_for_terminal()
        if sieve is not None:
            self._filters.append(sieve)
        self._follows = not (options.theme or self.memory.theme)
        """Whether the theme follows the terminal's background."""
        self._hears = False
        self.badge = options.workspace.name
        self.problem: api.EngineError | None = None
        self.plan_after: int | None = None
        """The finished sprint that the plan screen is to go on from, with the stage that follows; None for none."""
        self._ws: api.Workspace | None = None
        self._poller: Poller | None = None

    @cached_property
    def announcer(self) -> "Announcer":
        """What tells the terminal of sprints; with the engine's records, which the first frame does without."""
        from tui.shell.notifications import Announcer

        return Announcer(self.write, self.toast, self.badge)

    @property
    def ready(self) -> bool:
        """Whether the workspace is open."""
        return self._ws is not None

    @property
    def ws(self) -> api.Workspace:
        """The workspace; only once `ready`."""
        assert self._ws is not None
        return self._ws

    def on_mount(self) -> None:
        """Handle SIGTERM and SIGCONT, apply a person's keys, and open the store after the first frame."""
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not on the main thread, in tests
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)
            repaint_on_continue(self)
        sys.setswitchinterval(HAND_OVER)
        self.write(escapes.title_sequence(f"trimtab {self.badge}"))
        self.call_after_refresh(self._open)

    def on_unmount(self) -> None:
        """Stop polling; keep the place."""
        if self._poller is not None:
            self._poller.stop()
        self.keep_memory()

    def _open(self) -> None:
        from tui.shell.workspace_opening import apply_settings, open_store

        apply_settings(self)
        self._ask_background()
        if self.current_mode == "first":
            self.switch_mode(self._start)  # imports the screen; the thread imports the database only then
        self.run_worker(lambda: open_store(self), thread=True, exit_on_error=False, group="open", name="open")

    def get_default_screen(self) -> Screen[Any]:
        """The first frame; the screen it stands for is imported after it."""
        from tui.shell.splash import FirstScreen

        return FirstScreen(self._start)

    def opened(self, ws: api.Workspace) -> None:
        """The workspace is open: load the screen and begin to poll."""
        self._ws = ws
        gc.freeze()  # libraries stay: collections that walked them all would stop the interface for 50 ms and more
        screen = self.data_screen
        if screen is not None:
            screen.reload()
        self._poller = Poller(ws, max(self.options.interval, 0.25), self.post_message)
        self._poller.start()

    def open_failed(self, problem: api.EngineError) -> None:
        """The workspace cannot be opened: close, and let the command line say why."""
        self.problem = problem
        self.exit(return_code=2)

    @property
    def data_screen(self) -> "DataScreen | None":
        """The screen with data that is on top, dialogs aside."""
        from tui.shell.data_screen import DataScreen

        return next((s for s in reversed(self.screen_stack) if isinstance(s, DataScreen)), None)

    def on_store_changed(self, _message: StoreChanged) -> None:
        """Something is new."""
        screen = self.data_screen
        if screen is None:
            return
        screen.reload()
        if not screen.SEES_SPRINTS:
            ws = self.ws
            screen.fetch("load-sprints", lambda: api.list_sprints(ws), self.announcer.seen)

    def on_store_lost(self, message: StoreLost) -> None:
        """The store cannot be read: a state on the screen, not an error."""
        if self.data_screen is not None:
            self.data_screen.show_problem(f"store: {message.problem}")

    def action_show(self, name: str) -> None:
        """Switch to a screen, leaving what was opened on top of it."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.switch_mode(name)

    def go_back(self) -> None:
        """One step back: the opened detail, else the threads."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif self.current_mode != "threads":
            self.switch_mode("threads")

    def show_sprint(self, mode: str, thread: str, sprint: int | None) -> None:
        """Switch to a screen with a sprint."""
        self.memory.place.thread, self.memory.place.sprint = thread, sprint
        self.action_show(mode)

    def save_place(self, screen_word: str) -> None:
        """Remember which screen is open."""
        if screen_word in SCREENS:
            self.memory.place.mode = screen_word
        self.keep_memory()

    def keep_memory(self) -> None:
        """Write what is remembered: now, because a closed terminal leaves no time for it later."""
        if self.options.readonly:
            return
        save_memory(self.memory, self.options.workspace.expanduser().resolve())

    def action_help(self) -> None:
        """Keys of this screen."""
        from tui.dialogs.help import help_card
        from tui.widgets.key_line import every_binding

        screen = self.screen
        title = getattr(screen, "TITLE_WORD", "") or getattr(screen, "heading", "") or "trimtab"
        self.push_screen(help_card(self, every_binding(screen), title))

    def action_palette(self) -> None:
        """Every action by name."""
        from tui.shell.palette import Palette

        self.push_screen(Palette())

    def action_repaint(self) -> None:
        """Repaint everything."""
        self.repaint()

    def action_next_theme(self) -> None:
        """The next built-in theme."""
        names = list(THEMES)
        self.choose_theme(names[(names.index(self.theme) + 1) % len(names)])

    def choose_theme(self, name: str) -> None:
        """Show a theme now and at later starts; empty to follow the terminal's background again."""
        self.memory.theme = name
        self._follows = not name
        self.theme = name or self.theme_for(background.by_environment())
        self._ask_background()
        self.toast(f"Theme: {name.removeprefix('trimtab-') or 'as the terminal'}")

    def theme_for(self, is_dark: bool | None) -> str:
        """The theme for a background; for one that is not known the one that fitted last."""
        return "trimtab-light" if (self.memory.light if is_dark is None else not is_dark) else DEFAULT_THEME

    def follow_background(self) -> None:
        """Be told what the terminal says of its background; `_open` asks it after the first frame."""
        self._hears = True
        background.listen(lambda is_dark: self.post_message(BackgroundTold(is_dark)))

    def _ask_background(self) -> None:
        """Ask where the theme follows and the answer is taken out of the keys; elsewhere it would be typed."""
        if self._follows and self._hears:
            self.write(background.QUERY)

    def on_background_told(self, message: BackgroundTold) -> None:
        """The terminal has answered: a theme that nobody chose follows."""
        self.memory.light = not message.is_dark
        if self._follows and self.theme != self.theme_for(message.is_dark):
            self.theme = self.theme_for(message.is_dark)

    async def action_quit(self) -> None:
        """Close the interface only."""
        self.exit()

    def toast(self, text: str, hint: str = "", *, error: bool = False) -> None:
        """A notice that goes by itself; it takes the place of older ones, save errors, for together they hide much."""
        if not any(notice.severity == "error" for notice in self._notifications):
            self.clear_notifications()
        message = api.visible(f"{text}\n{hint}" if hint else text, keep="\n")
        self.notify(message, severity="error" if error else "information", timeout=8 if error else 4, markup=False)

    def write(self, sequence: str) -> None:
        """Send an escape sequence to the terminal."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)

    def copy(self, text: str) -> None:
        """Copy by OSC 52 and say what was copied."""
        text = api.visible(text, keep="\n\t")  # what is pasted must not be obeyed either
        sequence = escapes.clipboard_sequence(text) if text else ""
        if not sequence:
            self.toast(
                "Nothing to copy here" if not text else "Too long for the terminal's clipboard", "E writes a file"
            )
            return
        self._clipboard = text
        self.write(sequence)
        self.toast(f"Copied: {text[:60]}")

    def export_screen(self, name: str, table: "LineTable | None") -> None:
        """Write what is on screen to ``exports/`` in the workspace and say where."""
        from tui.shell.exporting import write_screen

        if self.options.readonly:
            self.toast("--readonly writes nothing", "start without --readonly to export", error=True)
            return
        workspace = self.options.workspace.expanduser().resolve()
        try:
            self.toast(write_screen(workspace, name, self.export_screenshot(), table))
        except api.EngineError as problem:
            self.toast(problem.message, problem.hint, error=True)
