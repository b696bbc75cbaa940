"""Live: a sprint as it runs, or as it ran; stop, pause, resume, extend."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from engine import api
from tui import terminal
from tui.dialogs.confirm import Confirm
from tui.dialogs.prompt import Prompt
from tui.format import plural, score
from tui.plots.curve import Series, draw_curves, running_best
from tui.screens.data_screen import DataScreen
from tui.sprint_rows import finished, progress_line
from tui.text import Line, line
from tui.trial_rows import COLUMNS, in_order, trial_row
from tui.widgets.line_table import LineTable
from tui.widgets.machine_line import MachineLine
from tui.widgets.painting import Lines

NO_SPRINT = ((), line(("  no sprint yet", "bold:text")), line(("  3", "bold:accent"), "  plan one"))
OPENING = ((), line(("  opening the workspace …", "muted")))
WAITING = ((), line(("  no trial yet", "bold:text")), line(("  the worker is loading data and encoder", "muted")))
LOG_LINES = 60
"""Lines of the log that are read; more are in the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveData:
    """What the screen shows.

    Attributes:
        sprint: The sprint.
        trials: Its trials.
        log: Tail of the newest running trial's log, else of the launcher's.
        free: Names of its free dimensions.
        others: Other sprints that run or wait for a resume.
    """

    sprint: api.SprintView
    trials: tuple[api.TrialView, ...]
    log: tuple[str, ...]
    others: tuple[api.SprintView, ...]


class LiveScreen(DataScreen):
    """Progress, trials, best so far, log."""

    TITLE_WORD = "live"
    WRITES = frozenset({"stop", "stop_now", "pause", "resume", "extend", "stop_trial"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "review", "Review", id="live.review", tooltip="Review what there is so far"),
        Binding("s", "stop", "Stop", id="live.stop", tooltip="Stop the sprint: running trials end first"),
        Binding("P", "pause", "Pause", id="live.pause", tooltip="Pause: running trials end, no new one begins"),
        Binding("S", "resume", "Start", id="live.resume", tooltip="Start or resume the sprint"),
        Binding(
            "x", "stop_trial", "Stop trial", show=False, id="live.stop-trial", tooltip="Stop the trial under the cursor"
        ),
        Binding(
            "K",
            "stop_now",
            "Stop now",
            show=False,
            id="live.stop-now",
            tooltip="Stop at once; running trials go back to the queue",
        ),
        Binding("e", "extend", "Extend", show=False, id="live.extend", tooltip="Add trials to the budget"),
        Binding("p", "plan", "Plan", id="live.plan", tooltip="Plan the next sprint"),
        Binding(
            "right_square_bracket", "other(1)", "Next sprint", show=False, id="live.next", tooltip="Next running sprint"
        ),
        Binding(
            "left_square_bracket",
            "other(-1)",
            "Previous sprint",
            show=False,
            id="live.previous",
            tooltip="Previous running sprint",
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.data: LiveData | None = None
        self._names: dict[int, tuple[str, ...]] = {}
        self._last_state: dict[int, str] = {}

    def body(self) -> Iterator[Widget]:
        """Progress line, table, curve and log."""
        yield Lines(id="progress", classes="one-line")
        yield LineTable(COLUMNS, OPENING, id="trials")
        yield Lines(id="news", classes="one-line")
        with Horizontal(id="below", classes="rule-top"):
            yield Lines(id="curve")
            yield Lines(id="log", classes="rule-left")
        yield MachineLine(id="machine", classes="one-line")

    def table(self) -> LineTable:
        """The trials."""
        return self.query_one("#trials", LineTable)

    def hint(self) -> str:
        """For a newcomer."""
        if self.data is not None and self.data.sprint.state == "done":
            return "the sprint has ended: press r to see what it showed"
        return "real trainings are running, also when you quit; at the end r reviews"

    def reload(self) -> None:
        """Read sprint, trials and log."""
        self.fetch("load", self._read, self.loaded)

    def _read(self) -> LiveData | None:
        ws, place = self.trimtab.ws, self.trimtab.memory.place
        sprints = api.list_sprints(ws)
        if not sprints:
            return None
        active = [s for s in sprints if s.state in ("running", "stopping", "orphaned", "paused")]
        chosen = next((s for s in sprints if s.id == place.sprint), None) or (active or sprints)[-1]
        trials = tuple(api.list_trials(ws, chosen.id))
        running = [t.number for t in trials if t.state == "running"]
        log = tuple(api.tail_log(ws, chosen.id, running[-1] if running else None, LOG_LINES))
        if chosen.id not in self._names:
            self._names[chosen.id] = _varying(trials)
        return LiveData(sprint=chosen, trials=trials, log=log, others=tuple(s for s in active if s.id != chosen.id))

    def loaded(self, data: LiveData | None) -> None:
        """Show it."""
        self.data = data
        table = self.table()
        if data is None:
            table.empty = NO_SPRINT
            table.set_rows(())
            return
        sprint = data.sprint
        self.trimtab.memory.place.thread, self.trimtab.memory.place.sprint = sprint.thread, sprint.id
        table.empty = WAITING
        names = _varying(data.trials)
        table.set_rows([trial_row(t, best=sprint.best_trial, names=names) for t in in_order(data.trials)])
        others = f" · {plural(len(data.others), 'other sprint')}: ]" if data.others else ""
        label = sprint.short_label or sprint.label
        self.show_subject(
            line(
                (f"{sprint.thread} ", "bold:text"),
                (label, "top"),
                f" · {sprint.sampler} · {sprint.fidelity.code}",
                (others, "muted"),
            )
        )
        self.query_one("#progress", Lines).show([progress_line(sprint, self.size.width)])
        self.query_one("#news", Lines).show([news(sprint)])
        self.query_one("#machine", MachineLine).follow(sprint.state in ("running", "stopping"))
        self._draw_below()
        self._announce(sprint)
        self.show_hint()

    def on_resize(self) -> None:
        """Curve and log follow the size."""
        if self.data is not None:
            self.call_after_refresh(self._draw_below)

    def _draw_below(self) -> None:
        if self.data is None:
            return
        curve, log = self.query_one("#curve", Lines), self.query_one("#log", Lines)
        curve.show(best_so_far(self.data.sprint, self.data.trials, max(curve.size.width - 1, 10), curve.size.height))
        log.show([line((without_date(text), "muted")) for text in self.data.log[-max(log.size.height, 1) :]])

    def _announce(self, sprint: api.SprintView) -> None:
        """A bell and a notification when it ends; progress in the terminal's title."""
        before = self._last_state.get(sprint.id)
        self._last_state[sprint.id] = sprint.state
        running = sprint.state in ("running", "stopping")
        percent = round(100 * finished(sprint) / max(sprint.n_trials, 1))
        if running or before in ("running", "stopping"):
            word = f"{finished(sprint)}/{sprint.n_trials}" if running else sprint.state
            self.trimtab.write(terminal.title_sequence(f"trimtab {sprint.short_label} {word}"))
            self.trimtab.write(terminal.progress_sequence(percent if running else None))
        if before in ("running", "stopping") and sprint.state in ("done", "failed", "paused"):
            text = f"{sprint.thread} {sprint.short_label} is {sprint.state}: best {score(sprint.best_score)}"
            self.trimtab.write(terminal.notification_sequence(text))
            self.trimtab.toast(text, "r reviews it")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what the sprint's state allows."""
        allowed = super().check_action(action, parameters)
        state = self.data.sprint.state if self.data is not None else ""
        if action in ("stop", "pause", "stop_now") and state not in ("running", "stopping", "orphaned", "paused"):
            return False
        if action == "pause" and state != "running":
            return False
        if action == "resume" and state not in ("draft", "ready", "paused", "orphaned", "failed", "done"):
            return False
        if (
            action == "resume"
            and self.data is not None
            and state == "done"
            and finished(self.data.sprint) >= self.data.sprint.n_trials
        ):
            return False
        return allowed

    def on_line_table_chosen(self, message: LineTable.Chosen) -> None:
        """Enter opens the trial."""
        if self.data is not None:
            from tui.screens.trial import TrialScreen

            self.app.push_screen(TrialScreen(self.data.sprint.id, int(message.key)))

    def action_review(self) -> None:
        """Review."""
        if self.data is not None:
            self.trimtab.show_sprint("review", self.data.sprint.thread, self.data.sprint.id)

    def action_plan(self) -> None:
        """Plan the next one."""
        self.trimtab.action_show("plan")

    def action_other(self, step: int) -> None:
        """Another running sprint."""
        if self.data is not None and self.data.others:
            other = self.data.others[0 if step > 0 else -1]
            self.trimtab.memory.place.thread, self.trimtab.memory.place.sprint = other.thread, other.id
            self.reload()

    def action_stop(self) -> None:
        """Stop after the running trials."""
        self._stop(
            "Running trials end after their epoch and run again when it is resumed; nothing finished is lost.",
            now=False,
        )

    def action_stop_now(self) -> None:
        """Stop at once."""
        self._stop("Running trials are broken off and go back to the queue. The sprint can be resumed later.", now=True)

    def _stop(self, consequence: str, *, now: bool) -> None:
        if self.data is None:
            return
        sprint, ws = self.data.sprint, self.trimtab.ws

        def stop(yes: bool | None) -> None:
            if yes:
                self.fetch("command", lambda: api.stop_sprint(ws, sprint.id, now=now), lambda _: self.reload())

        word = "stop at once" if now else "stop"
        self.app.push_screen(Confirm(f"{word}: {sprint.short_label or sprint.label}?", consequence, "Stop"), stop)

    def action_pause(self) -> None:
        """Pause."""
        if self.data is not None:
            ws, sprint = self.trimtab.ws, self.data.sprint.id
            self.fetch("command", lambda: api.pause_sprint(ws, sprint), lambda _: self.reload())

    def action_resume(self) -> None:
        """Start or resume."""
        if self.data is None:
            return
        ws, sprint = self.trimtab.ws, self.data.sprint
        call = api.start_sprint if sprint.state in ("draft", "ready") else api.resume_sprint
        self.fetch("command", lambda: call(ws, sprint.id), lambda _: self.reload())

    def action_extend(self) -> None:
        """Add trials to the budget."""
        if self.data is None:
            return
        ws, sprint = self.trimtab.ws, self.data.sprint

        def extend(text: str | None) -> None:
            if text:
                self.fetch("command", lambda: api.extend_sprint(ws, sprint.id, int(text)), lambda _: self.reload())

        check = lambda text: "" if text.isdigit() and int(text) > 0 else "a whole number above 0"  # noqa: E731
        self.app.push_screen(Prompt(f"extend {sprint.short_label}", "how many trials more", "10", check), extend)

    def action_stop_trial(self) -> None:
        """Stop one trial."""
        key = self.table().cursor_key
        if self.data is None or not key:
            return
        ws, sprint, number = self.trimtab.ws, self.data.sprint.id, int(key)
        trial = next((t for t in self.data.trials if t.number == number), None)
        if trial is None or trial.state not in ("running", "queued"):
            self.trimtab.toast(f"trial #{number} is not running")
            return

        def stop(yes: bool | None) -> None:
            if yes:
                self.fetch("command", lambda: api.stop_trial(ws, sprint, number), lambda _: self.reload())

        self.app.push_screen(
            Confirm(f"stop trial #{number}?", "It ends at its next report and counts as cancelled.", "Stop"), stop
        )


def news(sprint: api.SprintView) -> Line:
    """What a person should do now, in one line."""
    if sprint.alarms:
        return line((f"▲ {sprint.alarms[0]}", "warning"))
    if sprint.state == "done":
        return line(
            ("✓ this sprint has ended: ", "good"),
            ("r", "bold:accent"),
            " reviews it, ",
            ("e", "bold:accent"),
            " extends it",
        )
    if sprint.state == "orphaned":
        return line(
            ("! its launcher is gone, nothing runs: ", "error"),
            ("S", "bold:accent"),
            " resumes; nothing finished is lost",
        )
    if sprint.state == "failed":
        return line((f"✗ {sprint.failure or 'it failed'}: ", "error"), ("S", "bold:accent"), " tries again")
    if sprint.state in ("draft", "ready"):
        return line(("○ not started: ", "muted"), ("S", "bold:accent"), " starts it")
    if sprint.state == "paused":
        return line(("‖ paused: ", "warning"), ("S", "bold:accent"), " goes on")
    return ()


def without_date(text: str) -> str:
    """A log line without its date: the screen is narrow and the day is known."""
    return text[11:] if text[:2] == "20" and text[10:11] == " " else text


def best_so_far(sprint: api.SprintView, trials: tuple[api.TrialView, ...], width: int, height: int) -> list[Line]:
    """Scores by number, and the best so far as a step."""
    scored = [(float(t.number), t.score) for t in trials if t.state == "complete" and t.score is not None]
    points = Series(points=tuple(scored))
    best = Series(points=running_best(scored, sprint.direction), mark="", ink="top", stepped=True)
    head = line((" best so far", "top"), (f"  {sprint.metric}", "muted"))
    return [
        head,
        *draw_curves([points, best], width=width, height=max(height - 1, 2), x_label="trial", empty="no score yet"),
    ]


def _varying(trials: tuple[api.TrialView, ...]) -> tuple[str, ...]:
    """Names of parameters that differ between trials: the free dimensions."""
    names: dict[str, set[str]] = {}
    for trial in trials:
        for name, value in trial.params.items():
            names.setdefault(name, set()).add(str(value))
    return tuple(name for name, values in names.items() if len(values) > 1)
