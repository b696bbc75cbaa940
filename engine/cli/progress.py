"""A sprint in the foreground: a progress bar on a terminal, a line per finished trial elsewhere."""

import sys
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from engine.api import sprints as api
from engine.api import trials as trial_api
from engine.api.views import SprintView, TrialView
from engine.boundary.console import visible_console
from engine.cli import output
from engine.store.workspace import Workspace
from engine.trials.states import TrialState
from engine.wording import duration, number

ENDS = ("trial.complete", "trial.pruned", "trial.failed", "trial.cancelled")
"""Events after which a trial is done with."""


def run_with_progress(ws: Workspace, ref: str, slots: int, *, quiet: bool) -> SprintView:
    """Run a sprint to its end and show how far it is."""
    if quiet:
        return api.run_sprint(ws, ref, None, slots)
    view = api.get_sprint(ws, ref)
    if sys.stderr.isatty():
        return _with_bar(ws, view, slots)

    def tell(event: Any) -> None:
        if event is not None and event.kind in ENDS and event.number is not None:
            click.echo(_line(trial_api.get_trial(ws, view.id, event.number)), err=True)

    return api.run_sprint(ws, view.id, tell, slots)


def _with_bar(ws: Workspace, view: SprintView, slots: int) -> SprintView:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=visible_console(stderr=True)) as bar:
        task = bar.add_task(view.short_label, total=view.n_trials, note="")

        def tell(event: Any) -> None:
            if event is not None:
                if event.kind in ENDS and event.number is not None:
                    bar.console.print(_line(trial_api.get_trial(ws, view.id, event.number)), highlight=False)
                return
            now = api.get_sprint(ws, view.id)
            running = [one for one in trial_api.list_trials(ws, view.id) if one.state == TrialState.RUNNING]
            at = ", ".join(f"#{one.number} epoch {one.epoch}/{one.n_epochs} {one.fraction:.0%}" for one in running[:2])
            done = now.n_complete + now.n_pruned + now.n_failed
            note = f"best {number(now.best_score)}  {at}"
            bar.update(task, completed=done, total=now.n_trials, note=note)

        return api.run_sprint(ws, view.id, tell, slots)


def _line(trial: TrialView) -> str:
    values = " ".join(f"{name}={output.value(given)}" for name, given in trial.params.items())
    note = trial.reason or "; ".join(trial.findings)
    reason = f" ({note})" if note else ""
    score, took = number(trial.score), duration(trial.seconds)
    return f"#{trial.number} {trial.state} {score} {took} {values}{reason}"
