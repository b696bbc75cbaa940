"""``trimtab sprint start``, ``run``, ``stop``, ``pause`` and ``resume``."""

from collections.abc import Callable
from typing import TypeVar

import click

from engine.api import sprints as api
from engine.api.views import RunView, SprintView
from engine.cli import output, to_json
from engine.cli.context import Invocation, as_json
from engine.trials.states import SprintState

F = TypeVar("F", bound=Callable[..., object])


def placement(command: F) -> F:
    """The options that say where workers run."""
    gpus = click.option("--gpus", type=click.FloatRange(min=0), default=1.0, show_default=True, help="Ray: of a slot.")
    address = click.option("--address", default="auto", show_default=True, help="Ray: of the cluster.")
    launcher = click.option("--launcher", type=click.Choice(["local", "ray"]), default="local", show_default=True)
    return launcher(address(gpus(command)))


@click.command()
@click.argument("sprint")
@click.option("--slots", type=click.IntRange(min=1), default=1, show_default=True, help="Workers at the same time.")
@placement
@click.option("--queue", is_flag=True, help="Start it when the sprint that runs now has finished.")
@as_json
@click.pass_obj
def start(
    where: Invocation,
    sprint: str,
    slots: int,
    launcher: str,
    address: str,
    gpus: float,
    queue: bool,
    json_output: bool,
) -> None:
    """Start SPRINT detached and return at once; it goes on when the terminal is closed.

    --launcher ray places the workers over a Ray cluster; the store must then be one that every node reaches.
    """
    ws = where.workspace()
    if queue:
        view = api.queue_sprint(ws, sprint)
        at_work = any(one.state.is_attended for one in api.list_sprints(ws))
        when = "the running sprint has" if at_work else "the next one started has"
        now = "" if at_work else f"; none runs, to start it now: trimtab sprint start {view.id}"
        output.answer(to_json.sprint(view), f"{view.label} starts when {when} finished{now}", json_output)
        return
    if launcher == "ray":
        run = api.start_on_ray(ws, sprint, slots, address=address, gpus=gpus)
    else:
        run = api.start_sprint(ws, sprint, slots)
    _print_run(run, "started", json_output)


@click.command()
@click.argument("sprint")
@click.option("--slots", type=click.IntRange(min=1), default=1, show_default=True, help="Workers at the same time.")
@click.option("--quiet", is_flag=True, help="No progress.")
@as_json
@click.pass_obj
def run(where: Invocation, sprint: str, slots: int, quiet: bool, json_output: bool) -> int:
    """Run SPRINT in the foreground with a progress bar; Ctrl-C ends it in good order, resume goes on.

    A sprint that was queued behind it starts detached at its end.
    """
    from engine.cli.progress import run_with_progress

    ws = where.workspace()
    view = run_with_progress(ws, sprint, slots, quiet=quiet or json_output)
    interrupted = view.state == SprintState.ORPHANED
    if interrupted:  # a person's Ctrl-C is a stop; only a killed launcher leaves an orphan
        view = api.stop_sprint(ws, view.id)
        click.echo(f"interrupted; next: trimtab sprint resume {view.id}", err=True)
    if json_output:
        output.print_json(to_json.sprint(view))
    else:
        click.echo(f"{view.label} is {view.standing}: {counts(view)}, best {output.number(view.best_score)}")
    following = None if interrupted else api.start_queued(ws, slots)
    if following is not None:
        click.echo(f"sprint {following.sprint} was queued and goes on detached, log {following.log_path}", err=True)
    if view.state == SprintState.FAILED:
        raise click.exceptions.Exit(_failed(view))
    if view.state == SprintState.PAUSED and view.failure:
        click.echo(f"trimtab: {view.failure} – next: trimtab sprint resume {view.id}", err=True)
        raise click.exceptions.Exit(1)
    return 0 if view.state == SprintState.DONE and not interrupted else 130


@click.command()
@click.argument("sprint")
@click.option("--now", is_flag=True, help="At once, not after the running epoch.")
@click.option("--after", type=click.Choice(["epoch", "trial"]), default="epoch", show_default=True)
@as_json
@click.pass_obj
def stop(where: Invocation, sprint: str, now: bool, after: str, json_output: bool) -> None:
    """Stop SPRINT; interrupted trials keep their number and run again on resume."""
    view = api.stop_sprint(where.workspace(), sprint, now=now, after=after)
    output.answer(to_json.sprint(view), f"{view.label} is {view.standing}", json_output)


@click.command()
@click.argument("sprint")
@click.option("--after", type=click.Choice(["epoch", "trial"]), default="epoch", show_default=True)
@as_json
@click.pass_obj
def pause(where: Invocation, sprint: str, after: str, json_output: bool) -> None:
    """Hold SPRINT after its running epoch or trial; its workers stay warm."""
    view = api.pause_sprint(where.workspace(), sprint, after)
    output.answer(to_json.sprint(view), f"{view.label} pauses after its running {after}", json_output)


@click.command()
@click.argument("sprint")
@click.option("--slots", type=click.IntRange(min=1), help="Workers at the same time [as before].")
@placement
@as_json
@click.pass_obj
def resume(
    where: Invocation, sprint: str, slots: int | None, launcher: str, address: str, gpus: float, json_output: bool
) -> None:
    """Take a paused, stopped, failed, orphaned or extended SPRINT up again, detached."""
    ws = where.workspace()
    if launcher == "ray":
        before = api.get_sprint(ws, sprint)
        run = api.start_on_ray(ws, before.id, slots or before.slots or 1, address=address, gpus=gpus)
    else:
        run = api.resume_sprint(ws, sprint, slots)
    _print_run(run, "resumed", json_output)


def _print_run(run: RunView, done: str, json_output: bool) -> None:
    if json_output:
        output.print_json(to_json.plain(run))
    elif run.launcher == "ray":
        click.echo(f"{done} sprint {run.sprint}: actors {', '.join(run.actors)} on the Ray cluster {run.host}")
    elif run.already:
        click.echo(f"sprint {run.sprint} is running already: launcher {run.pid} on {run.host}, log {run.log_path}")
    else:
        click.echo(f"{done} sprint {run.sprint}: launcher {run.pid} on {run.host}, log {run.log_path}")


def counts(view: SprintView) -> str:
    """Trials by state, in words."""
    counted = [
        (view.n_complete, "complete"),
        (view.n_pruned, "pruned"),
        (view.n_failed, "failed"),
        (view.n_running, "running"),
        (view.n_queued, "queued"),
        (view.n_cancelled, "cancelled"),
        (view.n_warm, "warm-primed"),
    ]
    return ", ".join(f"{n} {what}" for n, what in counted if n) or "0 trials"


def _failed(view: SprintView) -> int:
    click.echo(f"trimtab: {view.failure or 'the sprint failed'}", err=True)
    return 1


commands = (start, run, stop, pause, resume)
"""In the order of the help."""
