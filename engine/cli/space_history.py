"""``trimtab space undo|redo|diff|log|catalogue``: where a thread's space comes from, and the way back."""

import click

from engine.api import space_history as api
from engine.cli import output, to_json
from engine.cli.context import Invocation, as_json
from engine.cli.space_table import print_edited
from engine.objectives.named_spaces import catalogue as named_spaces
from engine.wording import timestamp


@click.command()
@click.argument("thread")
@click.option("--steps", type=click.IntRange(min=1), default=1, show_default=True, help="How many edits.")
@as_json
@click.pass_obj
def undo(where: Invocation, thread: str, steps: int, json_output: bool) -> None:
    """Take the newest edit back, a person's or an automatic reviewer's."""
    print_edited(api.undo(where.workspace(), thread, steps), json_output)


@click.command()
@click.argument("thread")
@click.option("--steps", type=click.IntRange(min=1), default=1, show_default=True, help="How many edits.")
@as_json
@click.pass_obj
def redo(where: Invocation, thread: str, steps: int, json_output: bool) -> None:
    """Make the edit that was undone last again."""
    print_edited(api.redo(where.workspace(), thread, steps), json_output)


@click.command()
@click.argument("thread")
@click.argument("first", required=False)
@click.argument("second", required=False)
@as_json
@click.pass_obj
def diff(where: Invocation, thread: str, first: str | None, second: str | None, json_output: bool) -> None:
    """Show how two spaces of THREAD differ, each named by its number or by a sprint [the first, the working one]."""
    changes = api.diff_spaces(where.workspace(), thread, first, second)
    if json_output:
        output.print_json({"changes": [to_json.plain(one) for one in changes]})
        return
    rows = [(one.name, one.before or "–", one.after or "–") for one in changes]
    output.print_table(("DIMENSION", "BEFORE", "AFTER"), rows, empty="no difference")


@click.command()
@as_json
def catalogue(json_output: bool) -> None:
    """List the named spaces that a thread file can begin from: space: NAME, or space: {from: NAME, …}."""
    named = named_spaces()
    if json_output:
        output.print_json({"spaces": named})
        return
    rows = [(name, ", ".join(dimensions)) for name, dimensions in named.items()]
    output.print_table(("SPACE", "DIMENSIONS"), rows, empty="no named spaces")


@click.command()
@click.argument("thread")
@as_json
@click.pass_obj
def log(where: Invocation, thread: str, json_output: bool) -> None:
    """List every decision about the space: who, when and why; undone decisions too."""
    entries = api.edit_log(where.workspace(), thread)
    if json_output:
        output.print_json({"edits": [to_json.edit(one) for one in entries]})
        return
    rows = [
        (
            one.number,
            timestamp(one.at),
            one.author,
            one.action + (" (undone)" if one.undone else ""),
            one.dimension,
            f"{one.before} → {one.after}",
            one.sprint_label,
            one.reason,
        )
        for one in entries
    ]
    columns = ("##", "WHEN", "WHO", "ACTION", "DIMENSION", "CHANGE", "AFTER", "WHY")
    output.print_table(columns, rows, empty="no edits yet")
