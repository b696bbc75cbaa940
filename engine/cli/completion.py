"""Completion of a command line: verbs, options and choices by click, names of the workspace from its store.

What an argument or option names is told by its own name (`NAMES`), so that a new command completes without a word.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

from engine.api.words import COMPLETE, words_to_complete
from engine.cli.context import Invocation, split_globals
from engine.cli.registered import Registered
from engine.errors import EngineError
from engine.store import names
from engine.store.workspace import Workspace

Named = Iterable[tuple[str, str]]
"""What can be typed, and what it is."""


def answer_shell(command: click.Command, environ: Mapping[str, str]) -> int:
    """Print what may follow the words that the shell has; the exit status is 1 for a shell that click does not know."""
    shell = environ[COMPLETE].partition("_")[0]
    known = get_completion_class(shell)
    if known is None:
        return 1
    words, incomplete = words_to_complete(environ)
    completer = known(command, {}, "trimtab", COMPLETE)
    for item in completions(completer, words, incomplete):
        click.echo(completer.format_completion(item))
    return 0


def completions(completer: ShellComplete, words: list[str], incomplete: str) -> list[CompletionItem]:
    """What may stand in the place of the word that the cursor is in.

    Args:
        completer: Of the shell, for the whole command.
        words: Finished words after the program's name.
        incomplete: What is typed of the word; may be empty.
    """
    try:
        rest, where = split_globals(words)
    except (click.UsageError, EngineError):  # the value of a global option is being typed
        return [CompletionItem(incomplete, type="dir")] if words[-1:] == ["--workspace"] else []
    completer.ctx_args["obj"] = where
    _name_values(completer.cli, rest)
    return completer.get_completions(rest, incomplete)


def _name_values(command: click.Command, words: list[str]) -> None:
    """Let the parameters of the command that the words lead to complete names of the workspace."""
    context = click.Context(command)
    for word in words:
        if not isinstance(command, click.Group):
            break
        command = command.get_command(context, word) or command
    for param in command.params:
        if isinstance(param.type, click.Path | click.File | click.Choice | Registered):
            continue
        told = str(param.name)
        if told in FILES and isinstance(param, click.Argument):
            setattr(param, "shell_complete", _file)  # noqa: B010 - a method, for this one call
        elif (source := NAMES.get(told)) is not None:
            setattr(param, "shell_complete", _completer(source))  # noqa: B010


def _completer(
    source: Callable[[Workspace, click.Context], Named],
) -> Callable[[click.Context, str], list[CompletionItem]]:
    def complete(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        where: Invocation = ctx.find_root().obj
        return [
            CompletionItem(value, help=what)
            for value, what in source(where.unopened(), ctx)
            if value.startswith(incomplete)
        ]

    return complete


def _file(_ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Leave it to the shell."""
    return [CompletionItem(incomplete, type="file")]


def _threads(ws: Workspace, _ctx: click.Context) -> Named:
    return names.thread_names(ws)


def _sprints(ws: Workspace, ctx: click.Context) -> Named:
    """Each sprint in the shortest words that name it alone; of one thread where the command names a thread."""
    known = names.sprint_names(ws)
    thread = ctx.params.get("thread") or (ctx.params.get("name") if ctx.command.name == "branch" else None)
    shorts = [sprint.short for sprint in known]
    for sprint in known:
        if thread in (None, sprint.thread):
            spoken = sprint.short if shorts.count(sprint.short) == 1 else f"{sprint.thread}/{sprint.short}"
            yield (spoken if " " not in spoken else str(sprint.id)), f"{sprint.state}, {sprint.label}"


def _trials(ws: Workspace, ctx: click.Context) -> Named:
    sprint = names.sprint_called(ws, str(ctx.params.get("sprint")))
    rows = names.trial_numbers(ws, sprint) if sprint is not None else []
    return [(str(number), state) for number, state in rows]


def _hyperparameters(ws: Workspace, ctx: click.Context) -> Named:
    thread = str(ctx.params.get("thread") or "")
    return [(name, f"hyperparameter of {thread}") for name in names.hyperparameters(ws, thread)]


def _settings(ws: Workspace, ctx: click.Context) -> Named:
    sprint = names.sprint_called(ws, str(ctx.params.get("sprint")))
    return [(f"{name}=", "") for name in (names.sampled(ws, sprint) if sprint is not None else [])]


def _stages(_ws: Workspace, _ctx: click.Context) -> Named:
    from engine.sprint.stages import BUILT_IN

    return [(stage.name, stage.title) for stage in BUILT_IN]


FILES = ("source", "target")
"""Arguments that are files or folders, though other words are taken as well."""

NAMES: dict[str, Callable[[Workspace, click.Context], Any]] = {
    "thread": _threads,
    "threads": _threads,
    "name": lambda ws, ctx: _threads(ws, ctx) if ctx.parent and ctx.parent.info_name == "thread" else [],
    "sprint": _sprints,
    "sprints": _sprints,
    "source": _sprints,
    "replaced": _sprints,
    "stage": _stages,
    "number": _trials,
    "numbers": _trials,
    "trial": _trials,
    "dimension": _hyperparameters,
    "dimensions": _hyperparameters,
    "values": _settings,
}
"""What a parameter of that name stands for."""
