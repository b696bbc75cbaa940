"""The trial that the live screen's lower half is about: the one under the cursor, or the running one as it changes."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine import api
from tui.drawing.styled_lines import Line, line
from tui.live.view import without_date
from tui.log.rows import line_inks

LOG_LINES = 60
"""Lines of the log that are read; more are in the pager."""

LAUNCHER = "launcher"


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """A trial with what the lower half shows of it.

    Attributes:
        trial: The trial; None while there is none.
        log_name: Whose log it is: ``trial #7``, or ``launcher`` where the trial has none.
        log: Its end.
        own: Its epochs; empty where the view needs none.
        best: Those of the sprint's best trial, where that is another one.
        space: The sprint's hyperparameters; empty where the view needs none.
    """

    trial: api.TrialView | None = None
    log_name: str = LAUNCHER
    log: tuple[str, ...] = ()
    own: tuple[api.EpochReport, ...] = ()
    best: tuple[api.EpochReport, ...] = ()
    space: tuple[api.Dimension, ...] = ()


def running_trial(trials: Sequence[api.TrialView]) -> int | None:
    """Number of the trial to follow: the newest that runs, else the newest that began, else none."""
    running = [trial.number for trial in trials if trial.state == api.TrialState.RUNNING]
    return max(running or [trial.number for trial in trials if trial.epoch > 0], default=None)


def read_log_end(ws: api.Workspace, sprint: int, number: int | None) -> tuple[str, tuple[str, ...]]:
    """Whose log is shown for a trial, and its end: the trial's own, the launcher's where it has none."""
    if number is not None and (own := api.tail_log(ws, sprint, number, LOG_LINES)):
        return f"trial #{number}", tuple(own)
    return LAUNCHER, tuple(api.tail_log(ws, sprint, None, LOG_LINES))


def log_pane(shown: Selection, *, follows: bool, runs: bool, height: int) -> list[Line]:
    """Whose log it is, whether it follows the running trial, and its last lines in the inks of their levels.

    Args:
        shown: The selection.
        follows: Whether the running trial is followed.
        runs: Whether a trial runs.
        height: Rows, the head's included.
    """
    state = (
        ("following the running trial", "accent") if follows and runs else ("F follows", "muted") if runs else ("", "")
    )
    head = line((f" log of {shown.log_name}", "bold:text"), ("  ", ""), state, ("  L open", "muted"))
    texts = [without_date(text) for text in shown.log]
    rows = list(zip(texts, line_inks(texts), strict=True))[-max(height - 1, 0) :] if height > 1 else []
    return [head, *(line((text, ink or "muted")) for text, ink in rows or [("No log yet.", "muted")])]
