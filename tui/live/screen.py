"""Live: a sprint as it runs, or as it ran; stop, pause, resume, extend."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from engine import api
from tui.dialogs.prompt import Prompt
from tui.drawing.format import plural
from tui.drawing.styled_lines import Line, line
from tui.live.commanding import LiveData
from tui.live.selection import Selection, log_pane, read_log_end, running_trial
from tui.live.trial_verbs import TrialVerbsScreen
from tui.live.view import VIEWS, against_best, best_so_far, news, speed, why_line
from tui.threads.sprint_rows import progress_line
from tui.trial.details import parameter_lines
from tui.trials.columns import Basis
from tui.trials.table import TrialsTable
from tui.widgets.line_table import LineTable
from tui.widgets.machine_line import MachineLine
from tui.widgets.painting import Lines, titled

NO_SPRINT = (
    (),
    line(("  No sprint yet", "bold:text")),
    line(("  3", "bold:accent"), "  plan a sprint for an existing thread"),
    line(("  1", "bold:accent"), "  list the threads; n creates one"),
)
OPENING = ((), line(("  Opening the workspace …", "muted")))
WAITING = ((), line(("  No trial yet", "bold:text")), line(("  The worker is loading data and model", "muted")))
IDLE = WAITING[:2]
"""Of a sprint that does not run."""

MOST_SPEEDS = 16
"""Running trials whose speeds are added up."""

HINTS = {
    "done": "Sprint finished. Press r to review it.",
    "stopped": "Sprint stopped. R resume · r review so far",
    "draft": "Not started. R start · p plan another sprint",
    "ready": "Not started. R start · p plan another sprint",
    "queued": "Queued. Starts when the sprint before it ends.",
    "paused": "R resume · r review so far",
    "orphaned": "Finished trials are kept. R resume · r review so far",
    "failed": "R retry · r review so far",
}
"""For a newcomer, by the sprint's state."""

Epochs = tuple[tuple[object, ...], tuple[api.EpochReport, ...]]
"""How a trial stood, and its epochs then."""


class LiveScreen(TrialVerbsScreen):
    """Progress, trials, best so far, log."""

    TITLE_WORD = "live"
    SEES_SPRINTS = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "review", "Review", id="live.review", tooltip="Review the trials so far"),
        Binding(
            "V",
            "view(1)",
            "View",
            id="live.view",
            tooltip="Cycle best so far, score, loss, loss parts, learning rate, parameters",
        ),
        Binding("L", "log", "Log", id="live.log", tooltip="Open the full log of the trial, its worker or the launcher"),
        Binding("f", "find", "Find in log", show=False, id="live.find", tooltip="Search the log"),
        Binding(
            "F",
            "follow",
            "Follow",
            id="live.follow",
            tooltip="Follow the running trial, then each new one",
        ),
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
        self._view = VIEWS[0]
        self._follows = True
        self._selected: tuple[int, int] | None = None
        self._epochs: dict[int, Epochs] = {}
        self._shown_sprint: int | None = None
        self._searched: dict[int, tuple[str, ...]] = {}

    def body(self) -> Iterator[Widget]:
        """Progress line, table, curve and log."""
        yield Lines(id="progress", classes="one-line")
        yield titled(TrialsTable(OPENING, id="trials"), "Trials")
        yield Lines(id="news", classes="one-line")
        with Horizontal(id="below", classes="rule-top rules"):
            yield titled(Lines(id="curve"), "Curve")
            yield titled(Lines(id="log", classes="rule-left"), "Log")
        yield MachineLine(id="machine", classes="one-line")

    def hint(self) -> str:
        """For a newcomer."""
        if self.table().empty == NO_SPRINT:
            return "No trials yet. Press 3 to plan a sprint."
        sprint = self.data.sprint if self.data is not None else None
        state = "" if sprint is None else "stopped" if sprint.stopped else sprint.state
        return HINTS.get(state, "Training continues after you quit. Press r to review when it finishes.")

    def reload(self) -> None:
        """Read sprint, trials and log."""
        self.fetch("load", self._read, self.loaded)

    def _read(self) -> LiveData | None:
        ws, place = self.trimtab.ws, self.trimtab.memory.place
        sprints = tuple(api.list_sprints(ws))
        if not sprints:
            return None
        active = [s for s in sprints if s.state.is_open]
        chosen = next((s for s in sprints if s.id == place.sprint), None) or (active or sprints)[-1]
        held_up = (*api.store_waits(ws, chosen.id), *api.stopped_workers(ws, chosen.id))
        chosen = replace(chosen, alarms=(*held_up, *chosen.alarms))
        trials = tuple(api.list_trials(ws, chosen.id))
        self._searched_by(chosen.id)
        running = [t for t in trials if t.state == api.TrialState.RUNNING][-MOST_SPEEDS:]
        others = tuple(s for s in active if s.id > chosen.id) + tuple(s for s in active if s.id < chosen.id)
        self._epochs = {t.number: self._epochs_of(chosen.id, t) for t in running}
        rate = speed([reports for _, reports in self._epochs.values()], chosen.declaration.rate)
        return LiveData(
            sprint=chosen, trials=trials, selection=self._read_selection(chosen, trials), others=others,
            rate=rate, sprints=sprints,
        )  # fmt: skip

    def _read_selection(self, sprint: api.SprintView, trials: tuple[api.TrialView, ...]) -> Selection:
        """The selected trial, or the running one while that is followed, with what the view needs of it."""
        ws, by_number = self.trimtab.ws, {t.number: t for t in trials}
        chosen = self._selected
        is_chosen = not self._follows and chosen is not None and chosen[0] == sprint.id and chosen[1] in by_number
        number = chosen[1] if is_chosen and chosen is not None else running_trial(trials)
        trial = None if number is None else by_number[number]
        log_name, log = read_log_end(ws, sprint.id, number)
        if trial is None or self._view == VIEWS[0]:
            return Selection(trial=trial, log_name=log_name, log=log)
        best = None if sprint.best_trial in (None, number) else by_number.get(sprint.best_trial)
        return Selection(
            trial=trial, log_name=log_name, log=log, own=self._epochs_of(sprint.id, trial)[1],
            best=() if best is None else self._epochs_of(sprint.id, best)[1],
            space=api.sprint_space(ws, sprint.id).dimensions if self._view == "parameters" else (),
        )  # fmt: skip

    def _epochs_of(self, sprint: int, trial: api.TrialView) -> Epochs:
        """A trial's epochs, read again only when it began or reported one: a report puts the fraction back to 0."""
        mark = (sprint, trial.attempt, trial.state, trial.phase, trial.epoch, trial.fraction == 0, trial.score)
        known = self._epochs.get(trial.number)
        if known is not None and known[0] == mark:
            return known
        return mark, tuple(api.list_epochs(self.trimtab.ws, sprint, trial.number))

    def loaded(self, data: LiveData | None) -> None:
        """Show it."""
        self.data = data
        self.refresh_bindings()
        table = self.table()
        if data is None:
            table.empty = NO_SPRINT
            table.set_rows(())
            self.show_hint()
            return
        sprint = data.sprint
        self.trimtab.announcer.seen(data.sprints)
        self.trimtab.memory.place.thread, self.trimtab.memory.place.sprint = sprint.thread, sprint.id
        table.empty = WAITING if sprint.state.is_at_work else IDLE
        if sprint.id != self._shown_sprint:
            self._shown_sprint = sprint.id
            table.forget()
        table.direction = sprint.direction
        basis = Basis(best=sprint.best_trial, pause=sprint.pause_mode)
        table.show(data.trials, self._searched_by(sprint.id), basis, self.wanted_columns)
        if self._selected is not None and self._selected[0] != sprint.id:
            self._follows, self._selected = True, None
        if self._follows and data.selection.trial is not None:
            table.move_to(str(data.selection.trial.number))
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
        self.query_one("#progress", Lines).show(lambda width, _height: [progress_line(sprint, width)])
        self._show_news()
        self.query_one("#machine", MachineLine).follow(
            sprint.state.is_at_work, data.rate, sprint.declaration.units_short
        )
        self._draw_below()
        self.show_hint()

    def _searched_by(self, sprint: int) -> tuple[str, ...]:
        """Hyperparameters that a sprint searches; its space is fixed, so it is read once."""
        if sprint not in self._searched:
            space = api.sprint_space(self.trimtab.ws, sprint)
            self._searched[sprint] = tuple(one.name for one in space.dimensions if not one.is_frozen)
        return self._searched[sprint]

    def on_line_table_moved(self, _message: LineTable.Moved) -> None:
        """The lower half follows the cursor; a trial that was stopped or failed says why in full."""
        self._show_news()
        data, key = self.data, self.table().cursor_key
        shown = None if data is None else data.selection.trial
        if data is None or not key or (shown is not None and str(shown.number) == key):
            return
        self._follows, self._selected = False, (data.sprint.id, int(key))
        self._reselect()

    def _reselect(self) -> None:
        """Read the selected trial anew, nothing else."""
        data = self.data
        if data is None:
            return

        def show(selection: Selection) -> None:
            if self.data is not None and self.data.sprint.id == data.sprint.id:
                self.data = replace(self.data, selection=selection)
                if self._follows and selection.trial is not None:
                    self.table().move_to(str(selection.trial.number))
                self._draw_below()

        self.fetch("selection", lambda: self._read_selection(data.sprint, data.trials), show)

    def _show_news(self) -> None:
        if self.data is None:
            return
        sprint, key = self.data.sprint, self.table().cursor_key
        trial = next((t for t in self.data.trials if str(t.number) == key), None)
        problem = self.table().filter_problem
        said = line((problem, "error"))
        self.query_one("#news", Lines).show(
            lambda width, _height: [said if problem else why_line(trial, width) or news(sprint)]
        )

    def _filter_by(self, text: str) -> None:
        """What is wrong with an expression stands below the table."""
        super()._filter_by(text)
        self._show_news()

    def _draw_below(self) -> None:
        data, view, follows = self.data, self._view, self._follows
        if data is None:
            return
        shown, sprint = data.selection, data.sprint
        number = None if shown.trial is None else shown.trial.number
        runs = any(t.state == api.TrialState.RUNNING for t in data.trials)

        def curve(width: int, height: int) -> list[Line]:
            room = max(width - 1, 10)
            if view == VIEWS[0]:
                return best_so_far(sprint, data.trials, room, height, number)
            if view == "parameters":
                rows = parameter_lines(shown.trial, shown.space) if shown.trial is not None else []
                head = line((" parameters ", "bold:text"), (f"#{number}" if number is not None else "", "top"))
                return [head, *(line(" ", *row) for row in rows)]
            best = sprint.best_trial if sprint.best_trial != number else None
            return against_best(view, (number, shown.own), (best, shown.best), sprint.declaration, room, height)

        self.query_one("#curve", Lines).show(curve)
        self.query_one("#log", Lines).show(
            lambda _width, height: log_pane(shown, follows=follows, runs=runs, height=height)
        )

    def action_view(self, step: int) -> None:
        """The next view, or the one before."""
        self._view = VIEWS[(VIEWS.index(self._view) + step) % len(VIEWS)]
        self._reselect()

    def action_follow(self) -> None:
        """Select the running trial, and the next ones as they begin."""
        self._follows, self._selected = True, None
        self._reselect()

    def action_log(self) -> None:
        """The log of the selected trial in full."""
        self._open_log()

    def action_find(self) -> None:
        """Ask for a text, and open the log where it occurs last."""

        def find(text: str | None) -> None:
            if text:
                self._open_log(text)

        self.app.push_screen(Prompt("Search the log", "Lower case matches any case."), find)

    def _open_log(self, wanted: str = "") -> None:
        if self.data is not None:
            from tui.log.screen import LogScreen

            trial = self.data.selection.trial
            self.app.push_screen(LogScreen(self.data.sprint.id, None if trial is None else trial.number, wanted))

    def on_line_table_chosen(self, message: LineTable.Chosen) -> None:
        """Enter opens the trial."""
        if self.data is not None:
            from tui.trial.screen import TrialScreen

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
