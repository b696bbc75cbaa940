"""How far a trial is: pure functions."""

from engine import api


def progress(trial: api.TrialView) -> float:
    """Share of its epochs that a trial has done, 0 … 1."""
    if trial.state == api.TrialState.COMPLETE:
        return 1.0
    n_epochs = max(trial.n_epochs, 1)
    done = max(trial.epoch - 1, 0) + trial.fraction if trial.state == api.TrialState.RUNNING else float(trial.epoch)
    return min(done / n_epochs, 1.0)


def epochs_text(trial: api.TrialView) -> str:
    """How many of its epochs: ``9/25``; empty while it waits."""
    return "" if trial.state == api.TrialState.QUEUED else f"{trial.epoch}/{trial.n_epochs or '?'}"


def thin_bar(fraction: float, width: int) -> str:
    """A progress bar of ``width`` cells, as thin as a line."""
    full = round(min(max(fraction, 0.0), 1.0) * width)
    return "━" * full + "╌" * (width - full)


def holds(trial: api.TrialView, pause: str) -> bool:
    """Whether a running trial stands still at an epoch's end: a report puts the fraction back to 0.

    Args:
        trial: The trial.
        pause: How its sprint is paused, ``epoch`` or ``trial``; empty where it is not.
    """
    return trial.state == api.TrialState.RUNNING and pause == "epoch" and trial.epoch > 0 and trial.fraction == 0
