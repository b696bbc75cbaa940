"""``trimtab trial``: list and look at trials."""

import click

from engine.api import trials as api
from engine.api.views import TrialView
from engine.cli import output, plain
from engine.cli.context import Invocation, Subcommands, as_json


@click.group(cls=Subcommands)
def trial() -> None:
    """Trials: evaluated configurations of a sprint."""


@trial.command(name="list")
@click.argument("sprint")
@click.option("--best", is_flag=True, help="Best first, those without a score left out.")
@as_json
@click.pass_obj
def list_(where: Invocation, sprint: str, best: bool, json_output: bool) -> None:
    """List the trials of SPRINT (id, label, 1E_v1 or thread/1E_v1)."""
    from engine.api.sprints import get_sprint

    ws = where.workspace()
    views = api.list_trials(ws, sprint)
    if best:
        sign = 1 if get_sprint(ws, sprint).direction == "maximize" else -1
        scored = [(view.score, view) for view in views if view.state == "complete" and view.score is not None]
        views = [view for _, view in sorted(scored, key=lambda pair: (-sign * pair[0], pair[1].number))]
    if json_output:
        output.print_json({"trials": [plain.trial(view) for view in views]})
        return
    names = list(dict.fromkeys(name for view in views for name in view.params))
    rows = [_row(view, names) for view in views]
    columns = ("##", "STATE", "SOURCE", "#SCORE", "#EPOCH", "FOLD", "#TIME", *(f"#{name}" for name in names), "NOTE")
    output.print_table(columns, rows, empty="no trials yet")


@trial.command()
@click.argument("sprint")
@click.argument("number", type=int)
@click.option("--log", "n_log", type=int, default=0, help="Also the last N lines of its log.")
@as_json
@click.pass_obj
def show(where: Invocation, sprint: str, number: int, n_log: int, json_output: bool) -> None:
    """Show one trial: parameters, epochs, failure."""
    ws = where.workspace()
    view, epochs = api.get_trial(ws, sprint, number), api.list_epochs(ws, sprint, number)
    if json_output:
        output.print_json(plain.trial(view) | {"epochs": [plain.epoch(one) for one in epochs]})
        return
    output.print_pairs(
        [
            ("trial", f"#{view.number}"),
            ("state", view.state),
            ("reason", view.reason),
            ("source", f"{view.source} {view.source_trial}".strip()),
            ("score", output.number(view.score, 6)),
            *((name, output.value(given)) for name, given in view.params.items()),
            ("fold", f"train {view.fold[0]}, validation {view.fold[1]}"),
            ("seed", view.seed),
            ("attempt", view.attempt),
            ("time", output.duration(view.seconds)),
            ("worker", view.worker),
            ("checkpoint", view.checkpoint),
            ("folder", view.run_dir),
        ]
    )
    if epochs:
        names = list(dict.fromkeys(name for one in epochs for name in one.metrics))
        rows = [
            (one.step, one.phase, output.number(one.score), *(output.number(one.metrics.get(name)) for name in names))
            for one in epochs
        ]
        click.echo()
        output.print_table(("#EPOCH", "PHASE", "#SCORE", *(f"#{name}" for name in names)), rows, empty="")
    if view.failure:
        click.echo(f"\n{view.failure.rstrip()}")
    for line in api.tail_log(ws, sprint, number, n_log) if n_log else ():
        click.echo(line)


@trial.command()
@click.argument("sprint")
@click.argument("number", type=int)
@click.pass_obj
def stop(where: Invocation, sprint: str, number: int) -> None:
    """Stop one running trial, or withdraw a queued one."""
    from engine.api.sprints import stop_trial

    view = stop_trial(where.workspace(), sprint, number)
    click.echo(f"trial #{number} {'is withdrawn' if view.state == 'cancelled' else 'ends after its current step'}")


def _row(view: TrialView, names: list[str]) -> tuple[object, ...]:
    epoch = f"{view.epoch}/{view.n_epochs}" if view.n_epochs else ""
    values = (output.value(view.params[name]) if name in view.params else "" for name in names)
    fold = f"{view.fold[0]}/{view.fold[1]}"
    score, took = output.number(view.score), output.duration(view.seconds)
    return (view.number, view.state, view.source, score, epoch, fold, took, *values, view.reason or view.message)
