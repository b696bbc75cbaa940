"""What the terminal is told of sprints, whichever screen is open: a bell and a notification at the end, progress."""

from collections.abc import Callable, Sequence

from engine import api
from tui.drawing.format import score
from tui.terminal import escapes


class Announcer:
    """Compares what it sees with what it saw.

    Args:
        write: Sends an escape sequence to the terminal.
        toast: Shows a notice, with a hint below it.
        name: Of the workspace, for the terminal's title while nothing runs.
    """

    def __init__(self, write: Callable[[str], None], toast: Callable[[str, str], None], name: str) -> None:
        self._write = write
        self._toast = toast
        self._name = name
        self._states: dict[int, api.SprintState] = {}
        self._told = ""

    def seen(self, sprints: Sequence[api.SprintView]) -> None:
        """Take note of every sprint's state; say what came to its end since the last call."""
        for sprint in sprints:
            before = self._states.get(sprint.id)
            self._states[sprint.id] = sprint.state
            if before is not None and before.is_at_work and sprint.state.is_at_rest:
                self._ended(sprint)
        self._tell([sprint for sprint in sprints if sprint.state.is_at_work])

    def _ended(self, sprint: api.SprintView) -> None:
        state = "stopped" if sprint.stopped else sprint.state
        text = f"{sprint.thread} {sprint.short_label} is {state}: best {score(sprint.best_score)}"
        self._write(escapes.notification_sequence(text))
        self._toast(text, "4 open the sprint" if sprint.state.is_unwell else "2 reviews it")

    def _tell(self, running: Sequence[api.SprintView]) -> None:
        """Title and progress; nothing is sent while they stay the same."""
        done, planned = sum(sprint.n_ended for sprint in running), sum(sprint.n_trials for sprint in running)
        label = running[-1].short_label if len(running) == 1 else f"{len(running)} sprints"
        told = f"trimtab {label} {done}/{planned}" if running else f"trimtab {self._name}"
        if told == self._told or (not running and not self._told):
            return
        self._told = told
        self._write(escapes.title_sequence(told))
        self._write(escapes.progress_sequence(round(100 * done / max(planned, 1)) if running else None))
