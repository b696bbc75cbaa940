"""``trimtab sprint start``, ``run``, ``stop``, ``pause`` and ``resume``."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from engine.api import sprints as api
from engine.api.views import RunView, SprintView
from engine.boundary.exit_codes import ExitCode
from engine.cli import output, to_json
from engine.cli.context import Invocation, as_json
from engine.cli.planning import option_value
from engine.cli.registered import Registered
from engine.trials.states import SprintState
from engine.wording import number

F = TypeVar("F", bound=Callable[..., object])


def placement(command: F) -> F:
    """The options that say where workers run."""
    gpus = click.option("--gpus", type=float, help="Short for --launcher-option gpus=N: GPUs of a worker.")
    cpus = click.option("--cpus", type=float, help="Short for --launcher-option cpus=N: CPUs of a worker on Ray.")
    each = click.option(
        "--gpus-per-slot",
        type=click.IntRange(min=1),
        help="Short for --launcher-option gpus_per_slot=N: GPUs of a worker on this machine.",
    )
    sbatch = click.option("--sbatch", metavar="OPTIONS", help="Short for --launcher-option sbatch=OPTIONS, on SLURM.")
    address = click.option("--address", help="Short for --launcher-option address=URL: the Ray cluster.")
    option = click.option(
        "--launcher-option", "launcher_options", multiple=True, metavar="NAME=VALUE", help="Repeatable."
    )
    launcher = click.option(
        "--launcher",
        type=Registered("engine.launchers.registry:LAUNCHERS"),
        help="What places the workers [local; resume: as before].",
    )
    return launcher(option(address(gpus(cpus(each(sbatch(command)))))))


def options_of_launcher(given: Sequence[str], short: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a launcher from a command's words; ``short`` are those with an option of their own."""
    return {**dict(map(option_value, given)), **{name: value for name, value in short.items() if value is not None}}


@click.command()
@click.argument("sprint")
@click.option("--slots", type=click.IntRange(min=1), default=1, show_default=True, help="Workers at the same time.")
@placement
@click.option("--queue", is_flag=True, help="Start it when the sprint that runs now has finished.")
@as_json
@click.pass_obj
def start(
    where: Invocation,
    /,
    sprint: str,
    slots: int,
    launcher: str | None,
    launcher_options: tuple[str, ...],
    queue: bool,
    json_output: bool,
    **short: Any,
) -> None:
    """Start SPRINT detached and return at once; it keeps running when the terminal is closed.

    --launcher ray places the workers over a Ray cluster, --launcher slurm submits them as a job array; the store must
    then be one that every node reaches.
    """
    ws = where.workspace()
    if queue:
        view = api.queue_sprint(ws, sprint)
        at_work = any(one.state.is_attended for one in api.list_sprints(ws))
        when = "the running sprint has" if at_work else "the next one started has"
        now = "" if at_work else f"; none runs, to start it now: trimtab sprint start {view.id}"
        output.answer(to_json.sprint(view), f"{view.label} starts when {when} finished{now}", json_output)
        return
    options = options_of_launcher(launcher_options, short)
    run = api.start_sprint(ws, sprint, slots, launcher=launcher or "local", options=options)
    _print_run(run, "started", json_output)


@click.command()
@click.argument("sprint")
@click.option("--slots", type=click.IntRange(min=1), default=1, show_default=True, help="Workers at the same time.")
@click.option("--quiet", is_flag=True, help="No progress.")
@as_json
@click.pass_obj
def run(where: Invocation, sprint: str, slots: int, quiet: bool, json_output: bool) -> int:
    """Run SPRINT in the foreground with a progress bar; Ctrl-C stops it cleanly, resume continues it.

    A sprint queued behind it then starts detached.
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
        click.echo(f"{view.label} is {view.standing}: {counts(view)}, best {number(view.best_score)}")
    following = None if interrupted else api.start_queued(ws, slots)
    if following is not None:
        click.echo(f"sprint {following.sprint} was queued and now runs detached, log {following.log_path}", err=True)
    if view.state == SprintState.FAILED:
        raise click.exceptions.Exit(_failed(view))
    if view.state == SprintState.PAUSED and view.failure:
        click.echo(f"trimtab: {view.failure} – next: trimtab sprint resume {view.id}", err=True)
        raise click.exceptions.Exit(1)
    if view.state == SprintState.DONE and view.is_unwell:
        raise click.exceptions.Exit(_failed(view))
    return ExitCode.DONE if view.state == SprintState.DONE and not interrupted else ExitCode.INTERRUPTED


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
    where: Invocation,
    /,
    sprint: str,
    slots: int | None,
    launcher: str | None,
    launcher_options: tuple[str, ...],
    json_output: bool,
    **short: Any,
) -> None:
    """Take a paused, stopped, failed, orphaned or extended SPRINT up again, detached."""
    ws = where.workspace()
    options = options_of_launcher(launcher_options, short)
    run = api.resume_sprint(ws, sprint, slots, launcher=launcher or "", options=options)
    _print_run(run, "resumed", json_output)


def _print_run(run: RunView, done: str, json_output: bool) -> None:
    if json_output:
        output.print_json(to_json.plain(run))
    elif run.already:
        click.echo(f"sprint {run.sprint} is running already: {run.place}, log {run.log_path}")
    else:
        log = "" if run.actors else f", log {run.log_path}"
        click.echo(f"{done} sprint {run.sprint}: {run.place}{log}")


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
