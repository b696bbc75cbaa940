"""``trimtab thread``: make, list and look at threads."""

import shlex
from pathlib import Path

import click

from engine.api import threads as api
from engine.cli import output, to_json
from engine.cli.comparison import compare
from engine.cli.context import Invocation, Subcommands, as_json
from engine.cli.space_table import print_space
from engine.cli.sprints import print_sprints
from engine.cli.trials import TrialNumber
from engine.wording import number, timestamp


@click.group(cls=Subcommands)
def thread() -> None:
    """Threads: ordered sprints on one model configuration."""


thread.add_command(compare)


@thread.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="Use this name in place of the file's.")
@as_json
@click.pass_obj
def new(where: Invocation, file: Path, name: str | None, json_output: bool) -> None:
    """Make a thread from FILE (docs/thread-file.md); makes the workspace where there is none."""
    from dataclasses import replace

    spec = api.load_thread_file(file)
    if name:
        spec = replace(spec, name=name)
    api.check_thread(spec)
    warnings = api.thread_warnings(spec)
    with where.workspace_for() as ws:
        view = api.create_thread(ws, spec)
    if json_output:
        output.print_json({**to_json.thread(view), "warnings": warnings})
    else:
        for text in warnings:
            click.echo(f"warning: {text}", err=True)
        n = len(spec.space.dimensions)
        click.echo(f"thread {view.name}: {n} dimensions; next: trimtab sprint new {shlex.quote(view.name)}")


@thread.command(name="try")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--set", "given", multiple=True, metavar="NAME=VALUE", help="A hyperparameter's value; repeatable [random]."
)
@click.option("--epochs", type=click.IntRange(min=1), default=1, show_default=True, help="Epochs to train.")
@click.option("--train-parts", type=click.IntRange(min=1), default=1, help="Train on 1/N of the data [all].")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), default=120.0, show_default=True)
@as_json
def try_(file: Path, given: tuple[str, ...], epochs: int, train_parts: int, seconds: float, json_output: bool) -> int:
    """Run the objective of FILE once in the foreground and show how each line was read; nothing is stored.

    Exits with 1 when the command fails or reports no score.
    """
    from engine.cli.rehearsing import run_try

    return run_try(file, given=given, epochs=epochs, train_parts=train_parts, seconds=seconds, json_output=json_output)


@thread.command()
@as_json
def schema(json_output: bool) -> None:
    """Print the JSON Schema of the thread file, by which editors check and complete it (docs/thread-file.md)."""
    del json_output  # there is nothing but JSON
    output.print_json(api.thread_file_schema())


@thread.command(name="list")
@click.option("--all", "archived", is_flag=True, help="Include archived threads.")
@as_json
@click.pass_obj
def list_(where: Invocation, archived: bool, json_output: bool) -> None:
    """List threads with the best score of their latest sprints."""
    views = api.list_threads(where.workspace(), archived=archived)
    if json_output:
        output.print_json({"threads": [to_json.thread(view) for view in views]})
        return
    rows = []
    for view in views:
        last = view.sprints[-1] if view.sprints else None
        rows.append(
            (
                view.name + (" (archived)" if view.archived else ""),
                view.objective,
                len(view.sprints),
                last.short_label if last else "",
                last.state if last else "",
                number(last.best_score) if last else "",
            )
        )
    columns = ("THREAD", "OBJECTIVE", "#SPRINTS", "LATEST", "STATE", "#BEST")
    output.print_table(columns, rows, empty="no threads yet: trimtab thread new FILE")


@thread.command()
@click.argument("name")
@as_json
@click.pass_obj
def show(where: Invocation, name: str, json_output: bool) -> None:
    """Show one thread: its configuration, its working space, its sprints."""
    from engine.api.spaces import working_space

    ws = where.workspace()
    view = api.get_thread(ws, name)
    space = working_space(ws, view.name)
    if json_output:
        output.print_json(to_json.thread(view) | {"space": to_json.space(space)})
        return
    options = [(f"{part}.{key}", value) for part, given in view.options.items() for key, value in _items(part, given)]
    output.print_pairs(
        [
            ("thread", view.name),
            ("objective", view.objective),
            *options,
            ("metric", f"{view.metric} ({view.direction})"),
            ("checkpoint", view.checkpoint),
            ("stages", ", ".join(view.stages)),
            ("made", timestamp(view.created_at)),
            ("notes", view.notes),
        ]
    )
    click.echo()
    print_space(space)
    click.echo()
    print_sprints(view.sprints)


@thread.command()
@click.argument("name")
@click.argument("new_name")
@click.argument("sprint")
@click.argument("trial", type=TrialNumber())
@click.option("--epoch", type=click.IntRange(min=1), help="Its checkpoint after this epoch [the last].")
@as_json
@click.pass_obj
def branch(
    where: Invocation, name: str, new_name: str, sprint: str, trial: int, epoch: int | None, json_output: bool
) -> None:
    """Make NEW_NAME from NAME, its trials starting from a checkpoint of TRIAL in SPRINT."""
    view = api.branch_thread(where.workspace(), name, new_name, sprint, trial, epoch)
    if json_output:
        output.print_json(to_json.thread(view))
    else:
        click.echo(f"thread {view.name} starts from {view.checkpoint}")


@thread.command()
@click.argument("name")
@click.option("--undo", is_flag=True, help="Show it again.")
@as_json
@click.pass_obj
def archive(where: Invocation, name: str, undo: bool, json_output: bool) -> None:
    """Hide a thread from listings; nothing is deleted."""
    view = api.archive_thread(where.workspace(), name, archived=not undo)
    output.answer(to_json.thread(view), f"thread {view.name} is {'shown again' if undo else 'archived'}", json_output)


@thread.command()
@click.argument("name")
@click.argument("new_name")
@as_json
@click.pass_obj
def rename(where: Invocation, name: str, new_name: str, json_output: bool) -> None:
    """Give a thread another name; labels of its sprints stay."""
    view = api.rename_thread(where.workspace(), name, new_name)
    output.answer(to_json.thread(view), f"thread {name} is now {view.name}", json_output)


@thread.command()
@click.argument("name")
@click.argument("text")
@as_json
@click.pass_obj
def notes(where: Invocation, name: str, text: str, json_output: bool) -> None:
    """Replace a thread's notes."""
    view = api.set_notes(where.workspace(), name, text)
    output.answer(to_json.thread(view), f"thread {view.name} has {'new notes' if text else 'no notes'}", json_output)


def _items(part: str, given: object) -> list[tuple[str, object]]:
    if isinstance(given, dict):
        return [
            (key, value)
            for key, value in given.items()
            if not (part == "model" and key in ("command", "command_options"))
        ]
    return [("template", given)]
