"""Commands to a sprint: start, stop, pause, resume, extend, stop one trial; only what its state allows."""

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType

from engine import api
from tui.dialogs.confirm import Confirm
from tui.dialogs.prompt import Prompt
from tui.live.selection import Selection
from tui.shell.data_screen import DataScreen


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveData:
    """What the screen shows.

    Attributes:
        sprint: The sprint.
        trials: Its trials.
        selection: The trial that the lower half is about.
        others: Other sprints that run or wait for a resume, those made after this one first.
        sprints: All sprints of the workspace.
        rate: Units a second that the running trials train at together, as of their last epochs.
    """

    sprint: api.SprintView
    trials: tuple[api.TrialView, ...]
    selection: Selection
    others: tuple[api.SprintView, ...]
    sprints: tuple[api.SprintView, ...] = ()
    rate: float = 0.0


class CommandingScreen(DataScreen):
    """A screen on one sprint whose table's cursor is on a trial."""

    WRITES = frozenset({"stop", "stop_now", "pause", "resume", "extend", "stop_trial"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("X", "stop", "Stop", id="live.stop", tooltip="Stop the sprint after the running epochs"),
        Binding("P", "pause", "Pause", id="live.pause", tooltip="Pause: running trials wait after their epoch"),
        Binding("R", "resume", "Start", id="live.resume", tooltip="Start or resume the sprint"),
        Binding(
            "x", "stop_trial", "Stop trial", show=False, id="live.stop-trial", tooltip="Stop the trial under the cursor"
        ),
        Binding(
            "K",
            "stop_now",
            "Stop now",
            show=False,
            id="live.stop-now",
            tooltip="Stop at once; running trials return to the queue",
        ),
        Binding("e", "extend", "Extend", show=False, id="live.extend", tooltip="Add trials to the budget"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.data: LiveData | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what the sprint's state allows."""
        allowed = super().check_action(action, parameters)
        state = self.data.sprint.state if self.data is not None else None
        if action in ("stop", "pause", "stop_now") and not (state is not None and state.is_open):
            return False
        if action == "pause" and state != api.SprintState.RUNNING:
            return False
        if action == "resume" and (state is None or state.is_at_work):
            return False
        if (
            action == "resume"
            and self.data is not None
            and state == api.SprintState.DONE
            and self.data.sprint.n_ended >= self.data.sprint.n_trials
        ):
            return False
        return allowed

    def action_stop(self) -> None:
        """Stop after the running epochs."""
        self._stop(
            "Running trials stop after their epoch and are repeated on resume. Finished trials are kept.",
            now=False,
        )

    def action_stop_now(self) -> None:
        """Stop at once."""
        self._stop("Running trials are interrupted and return to the queue. The sprint can be resumed.", now=True)

    def _stop(self, consequence: str, *, now: bool) -> None:
        if self.data is None:
            return
        sprint, ws = self.data.sprint, self.trimtab.ws

        def stop(yes: bool | None) -> None:
            if yes:
                self.change("command", lambda: api.stop_sprint(ws, sprint.id, now=now), lambda _: self.reload())

        word = "Stop at once" if now else "Stop"
        self.app.push_screen(Confirm(f"{word}: {sprint.short_label or sprint.label}?", consequence, "Stop"), stop)

    def action_pause(self) -> None:
        """Pause."""
        if self.data is not None:
            ws, sprint = self.trimtab.ws, self.data.sprint.id
            self.change("command", lambda: api.pause_sprint(ws, sprint), lambda _: self.reload())

    def action_resume(self) -> None:
        """Start or resume."""
        if self.data is None:
            return
        ws, sprint = self.trimtab.ws, self.data.sprint
        call = api.start_sprint if not sprint.state.is_started else api.resume_sprint
        self.change("command", lambda: call(ws, sprint.id), lambda _: self.reload())

    def action_extend(self) -> None:
        """Add trials to the budget."""
        if self.data is None:
            return
        ws, sprint = self.trimtab.ws, self.data.sprint

        def extend(text: str | None) -> None:
            if text:
                self.change("command", lambda: api.extend_sprint(ws, sprint.id, int(text)), lambda _: self.reload())

        check = lambda text: "" if text.isdigit() and int(text) > 0 else "Enter a whole number above 0"  # noqa: E731
        title = f"Extend {sprint.short_label}"
        self.app.push_screen(Prompt(title, "Additional trials", "10", check, offered=True), extend)

    def action_stop_trial(self) -> None:
        """Stop one trial."""
        table = self.table()
        key = table.cursor_key if table is not None else ""
        if self.data is None or not key:
            return
        ws, sprint, number = self.trimtab.ws, self.data.sprint.id, int(key)
        trial = next((t for t in self.data.trials if t.number == number), None)
        if trial is None or trial.state.is_finished:
            self.trimtab.toast(f"Trial #{number} is not running")
            return

        def stop(yes: bool | None) -> None:
            if yes:
                self.change("command", lambda: api.stop_trial(ws, sprint, number), lambda _: self.reload())

        self.app.push_screen(
            Confirm(f"Stop trial #{number}?", "The trial stops at its next report and counts as cancelled.", "Stop"),
            stop,
        )
