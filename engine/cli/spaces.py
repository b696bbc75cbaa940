"""``trimtab space``: the working space of a thread's next sprint."""

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from engine.api import spaces as api
from engine.api.constraining import preview_constraints
from engine.api.space_history import restore_space
from engine.cli import output, to_json
from engine.cli.context import Invocation, Subcommands, as_json
from engine.cli.registered import Registered
from engine.cli.space_history import catalogue, diff, log, redo, undo
from engine.cli.space_table import print_edited
from engine.errors import EngineError
from engine.space import edits
from engine.space.dimension import Dimension
from engine.space.edit_preview import EditEffect
from engine.space.edits import Edited
from engine.space.proposal import Proposal
from engine.space.space import Space
from engine.values import Value, is_value

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(cls=Subcommands)
def space() -> None:
    """The working space of a thread's next sprint; every edit is logged and can be undone."""


for command in (undo, redo, diff, log, catalogue):
    space.add_command(command)


@space.command()
@click.argument("thread")
@as_json
@click.pass_obj
def show(where: Invocation, thread: str, json_output: bool) -> None:
    """Show the space the thread's next sprint will search."""
    print_edited(api.working_space(where.workspace(), thread), json_output)


def editing(command: Command) -> Command:
    """The options every edit has."""
    for option in (
        click.option("--reason", default="", help="Reason, for the log."),
        click.option("--sprint", default=None, help="The sprint whose review gave the evidence."),
        click.option("--author", default="", help="Who decides [you]."),
        click.option("--dry-run", is_flag=True, help="Show what would change; change nothing."),
    ):
        command = option(command)
    return as_json(command)


class Negatives(click.Command):
    """A command among whose words ``-2`` is a number, not an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let words that begin with a minus pass only where one of them is a number."""
        ctx.ignore_unknown_options = any(re.fullmatch(r"-[\d.][\d.eE+-]*", word) for word in args)
        return super().parse_args(ctx, args)


@space.command(cls=Negatives)
@click.argument("thread")
@click.argument("dimension")
@click.argument("value")
@editing
@click.pass_obj
def freeze(where: Invocation, /, thread: str, dimension: str, value: str, **options: Any) -> None:
    """Hold DIMENSION at VALUE: any value inside its domain."""
    now = api.working_space(where.workspace(), thread).space[dimension]
    proposal = Proposal(action="freeze", dimension=dimension, value=edits.typed_value(now, value))
    _edit(where, thread, proposal, **options)


@space.command()
@click.argument("thread")
@click.argument("dimension")
@editing
@click.pass_obj
def unfreeze(where: Invocation, /, thread: str, dimension: str, **options: Any) -> None:
    """Let DIMENSION range again over what it ranged over before."""
    _edit(where, thread, Proposal(action="unfreeze", dimension=dimension), **options)


@space.command()
@click.argument("thread")
@click.argument("dimension")
@click.option("--low", type=float)
@click.option("--high", type=float)
@editing
@click.pass_obj
def narrow(
    where: Invocation, /, thread: str, dimension: str, low: float | None, high: float | None, **options: Any
) -> None:
    """Restrict DIMENSION to a range inside its present one."""
    proposal = Proposal(action="narrow", dimension=dimension, low=low, high=high)
    _edit(where, thread, proposal, lambda now: edits.narrow(now, dimension, low, high), **options)


@space.command()
@click.argument("thread")
@click.argument("dimension")
@click.option("--low", type=float)
@click.option("--high", type=float)
@editing
@click.pass_obj
def widen(
    where: Invocation, /, thread: str, dimension: str, low: float | None, high: float | None, **options: Any
) -> None:
    """Extend DIMENSION to a range around its present one, within its domain."""
    proposal = Proposal(action="widen", dimension=dimension, low=low, high=high)
    _edit(where, thread, proposal, lambda now: edits.widen(now, dimension, low, high), **options)


@space.command(cls=Negatives)
@click.argument("thread")
@click.argument("dimension")
@click.argument("kept", nargs=-1, required=True)
@editing
@click.pass_obj
def choices(where: Invocation, /, thread: str, dimension: str, kept: tuple[str, ...], **options: Any) -> None:
    """Keep only these categories of DIMENSION; removed categories may come back."""
    now = api.working_space(where.workspace(), thread).space[dimension]
    wanted = tuple(edits.typed_value(now, text) if now.kind == "categorical" else text for text in kept)
    _edit(where, thread, Proposal(action="choices", dimension=dimension, choices=wanted), **options)


@space.command(cls=Negatives)
@click.argument("thread")
@click.argument("name")
@click.option("--was", required=True, help="What the training used so far: earlier trials count as having had it.")
@click.option("--low", type=float, help="Lower bound, for a number.")
@click.option("--high", type=float, help="Upper bound, for a number.")
@click.option("--int", "whole", is_flag=True, help="Whole numbers only.")
@click.option("--log", is_flag=True, help="Explore on a logarithmic scale.")
@click.option("--step", type=float, help="Distance of the values.")
@click.option("--choice", "choices", multiple=True, help="A category; once for each. null leaves the option out.")
@click.option("--order", is_flag=True, help="The categories are in an order.")
@click.option("--words", default="", help="Words to add to the thread's command, such as '--dropout {dropout}'.")
@click.option("--note", default="", help="Where the range comes from.")
@click.option("--reason", default="", help="Why, for the log.")
@click.option("--author", default="", help="Who decides [you].")
@as_json
@click.pass_obj
def add(where: Invocation, /, thread: str, name: str, was: str, words: str, **options: Any) -> None:
    """Let the hyperparameter NAME join a living THREAD; its next sprints search it."""
    choices, bounds = options["choices"], (options["low"], options["high"])
    if choices and bounds != (None, None):
        raise EngineError(f"{name}: either choices or bounds must be given, got both", "leave one of them out")
    given: dict[str, Any] = {"type": "categorical" if choices else "int" if options["whole"] else "float"}
    given |= {"was": spelt(was), "note": options["note"]}
    given |= {"choices": [spelt(choice) for choice in choices]} if choices else {"low": bounds[0], "high": bounds[1]}
    given |= {key: options[key] for key in ("log", "order", "step") if options[key]}
    dimension = Dimension.from_dict(name, given)
    told = {key: options[key] for key in ("author", "reason")}
    view = api.add_dimension(where.workspace(), thread, dimension, words=words, **told)
    print_edited(view, options["json_output"])


@space.command()
@click.argument("thread")
@click.argument("sprint")
@click.argument("dimensions", nargs=-1)
@click.option("--top", "top_k", type=click.IntRange(min=1), help="How many of the best trials count as top.")
@click.option("--author", default="", help="Who decides [you].")
@click.option("--reason", default="", help="Why, for the log [the rule's own reasons].")
@click.option(
    "--reviewer",
    type=Registered("engine.reviewers.registry:REVIEWERS"),
    default="",
    help="Let a reviewer decide in place of the rule.",
)
@click.option("--dry-run", is_flag=True, help="Only say what it would do.")
@as_json
@click.pass_obj
def accept(
    where: Invocation,
    thread: str,
    sprint: str,
    dimensions: tuple[str, ...],
    top_k: int | None,
    author: str,
    reason: str,
    reviewer: str,
    dry_run: bool,
    json_output: bool,
) -> None:
    """Make the edits recommended after SPRINT; a dimension that is named is edited even if not recommended."""
    ws = where.workspace()
    if reviewer:
        if dimensions or author or reason or dry_run:
            raise EngineError(
                "a reviewer decides on every dimension, in its own name and for its own reasons",
                "leave out dimensions, --author, --reason and --dry-run",
            )
        from engine.api.auto import review_automatically

        view, _ = review_automatically(ws, sprint, reviewer, top_k=top_k, thread=thread)
        print_edited(view, json_output)
    elif dry_run:
        _print_effect(api.preview_accept(ws, thread, sprint, dimensions or None, top_k=top_k), json_output)
    else:
        after = api.accept_all(ws, thread, sprint, dimensions or None, top_k=top_k, author=author, reason=reason)
        print_edited(after, json_output)


@space.command()
@click.argument("thread")
@click.argument("dimension", required=False)
@click.option("--after", type=click.IntRange(min=0), metavar="N", help="The whole space as after decision N; 0: first.")
@click.option("--reason", default="", help="Why, for the log.")
@as_json
@click.pass_obj
def restore(
    where: Invocation, thread: str, dimension: str | None, after: int | None, reason: str, json_output: bool
) -> None:
    """Give DIMENSION back the range the thread began with, or with --after the space what it was then."""
    if (dimension is None) == (after is None):
        raise click.UsageError("name either a dimension or, with --after, a decision of `trimtab space log`")
    if after is not None:
        print_edited(restore_space(where.workspace(), thread, after, reason=reason), json_output)
        return
    assert dimension is not None
    print_edited(api.restore(where.workspace(), thread, dimension, reason=reason), json_output)


@space.command()
@click.argument("thread")
@click.argument("constraints", nargs=-1)
@editing
@click.pass_obj
def constrain(
    where: Invocation,
    thread: str,
    constraints: tuple[str, ...],
    reason: str,
    sprint: str | None,
    author: str,
    dry_run: bool,
    json_output: bool,
) -> None:
    """Set the constraints between dimensions, such as "sum(w_*) == 1" or "a < b"; none removes them."""
    ws = where.workspace()
    if not dry_run:
        after = api.constrain(ws, thread, constraints, sprint=sprint, author=author, reason=reason)
        print_edited(after, json_output)
        return
    found = preview_constraints(ws, thread, sprint, constraints)
    _print_effect(found.effect, json_output, with_trials=sprint is not None)
    if found.n_rejected and not json_output:
        share = found.n_rejected / found.n_drawn
        output.print_pairs([("draws", f"{share:.0%} of random points break one and are drawn again")])


def _edit(
    where: Invocation,
    thread: str,
    proposal: Proposal,
    check: Callable[[Space], Edited] | None = None,
    *,
    reason: str,
    sprint: str | None,
    author: str,
    dry_run: bool,
    json_output: bool,
) -> None:
    """Check an edit against the working space, then make it or say what it would do."""
    ws = where.workspace()
    if check is not None:
        check(api.working_space(ws, thread).space)
    effect = api.preview_edit(ws, thread, sprint, proposal)
    if dry_run:
        _print_effect(effect, json_output, with_trials=sprint is not None)
    else:
        view = api.apply_edit(ws, thread, proposal, sprint=sprint, author=author, reason=reason)
        if json_output:
            output.print_json(to_json.space(view))
        else:
            loses = f" – {effect.loses}" if effect.loses else ""
            click.echo(f"{proposal.dimension}: {effect.before} → {effect.after}{loses}")
            if effect.cost is not None:
                click.echo(effect.cost.words)


def spelt(text: str) -> Value:
    """Typed text as the value that YAML would read: numbers, true, false, null, lists; else text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if is_value(value) else text


def _print_effect(effect: EditEffect, json_output: bool, *, with_trials: bool = True) -> None:
    """What an edit would do, in words or as JSON."""
    if json_output:
        output.print_json(to_json.effect(effect))
        return
    pairs: list[tuple[str, object]] = [("error", effect.error), ("before", effect.before), ("after", effect.after)]
    kept = f"{effect.n_kept} of {effect.n_before} trials" if with_trials else ""
    cost = "" if effect.cost is None else effect.cost.words
    output.print_pairs([*pairs, ("keeps", kept), ("excludes", effect.loses.removeprefix("excludes ")), ("cost", cost)])
