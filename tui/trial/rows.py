"""Trials as table rows: pure functions."""

from collections.abc import Sequence

from engine import api
from tui.drawing.format import bar, duration, score, state_sign, value_text
from tui.drawing.styled_lines import Line, line
from tui.widgets.columns import Column, Row

BAR = 8
"""Cells of an epoch bar."""

SOURCES = {
    "random": "random",
    "model": "model",
    "primed-cold": "primed",
    "primed-warm": "taken over",
    "manual": "by hand",
}

COLUMNS = (
    Column("#", 4, right=True),
    Column("STATE", 10),
    Column("EPOCHS", 15),
    Column("SCORE", 7, right=True),
    Column("TIME", 7, right=True, rank=1),
    Column("FROM", 7, rank=3),
    Column("PARAMETERS / WHY", 20, elastic=True),
)


def progress(trial: api.TrialView) -> float:
    """Share of its epochs that a trial has done, 0 … 1."""
    if trial.state == api.TrialState.COMPLETE:
        return 1.0
    n_epochs = max(trial.n_epochs, 1)
    done = max(trial.epoch - 1, 0) + trial.fraction if trial.state == api.TrialState.RUNNING else float(trial.epoch)
    return min(done / n_epochs, 1.0)


def epochs_cell(trial: api.TrialView) -> Line:
    """A bar and how many epochs: ``████·· 3/5``."""
    if trial.state == api.TrialState.QUEUED:
        return ()
    ink = (
        "running"
        if trial.state == api.TrialState.RUNNING
        else "muted"
        if trial.state == api.TrialState.PRUNED
        else "all"
    )
    return line((bar(progress(trial), BAR), ink), (f" {trial.epoch}/{trial.n_epochs or '?'}", "muted"))


def holds(trial: api.TrialView, pause: str) -> bool:
    """Whether a running trial stands still at an epoch's end: a report puts the fraction back to 0.

    Args:
        trial: The trial.
        pause: How its sprint is paused, ``epoch`` or ``trial``; empty where it is not.
    """
    return trial.state == api.TrialState.RUNNING and pause == "epoch" and trial.epoch > 0 and trial.fraction == 0


def trial_row(trial: api.TrialView, *, best: int | None, names: Sequence[str], pause: str = "") -> Row:
    """One trial; the best one is marked with a word, not only a colour; `pause` as in `holds`."""
    held = holds(trial, pause)
    sign = state_sign("paused" if held else trial.state)
    is_best = best is not None and trial.number == best
    last: Line
    if trial.state.is_cut_short and trial.reason:
        last = line((trial.reason, sign.ink))
    elif held:
        last = line(("paused after the epoch; S goes on", "warning"))
    elif trial.state == api.TrialState.RUNNING and pause:
        last = line(
            (f"pauses after this epoch; {trial.message}" if pause == "epoch" else "the last before the pause", "muted")
        )
    elif trial.state == api.TrialState.RUNNING and trial.message:
        last = line((trial.message, "muted"))
    elif trial.findings:
        last = line(("; ".join(trial.findings), "warning"))
    else:
        last = line((params_text(trial, names), ""))
    return Row(
        str(trial.number),
        (
            str(trial.number),
            line((sign.text, sign.ink)),
            epochs_cell(trial),
            line((score(trial.score), "bold:top" if is_best else "")),
            duration(trial.seconds) if trial.state != api.TrialState.RUNNING else "",
            line((SOURCES.get(trial.source, trial.source), "muted")),
            line(("best " if is_best else "", "top"), *last),
        ),
        "muted" if trial.state.is_cut_short and trial.state != api.TrialState.FAILED else "",
    )


def params_text(trial: api.TrialView, names: Sequence[str]) -> str:
    """Parameters in few characters, free dimensions first."""
    ordered = [*(n for n in names if n in trial.params), *(n for n in trial.params if n not in names)]
    return " ".join(f"{name}={value_text(trial.params[name], 3)}" for name in ordered)


def in_order(trials: Sequence[api.TrialView]) -> list[api.TrialView]:
    """Running ones first, then the rest from the newest to the oldest, queued ones last."""
    weight = {"running": 0, "queued": 2}
    return sorted(
        trials, key=lambda t: (weight.get(t.state, 1), t.number if t.state == api.TrialState.QUEUED else -t.number)
    )
