"""Writes docs/command-line.md and the man page docs/trimtab.1 from every ``--help``.

Run ``python docs/make_command_line.py``; tests compare both pages with what they are made of.
"""

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from engine.boundary.exit_codes import MEANINGS
from engine.cli.main import cli as engine_cli
from model.cli import verbs as model_cli
from tui.arguments import ENGINE_VERBS, MODEL_VERBS
from tui.cli import trimtab

PAGE = Path(__file__).with_name("command-line.md")

HEAD = """# Command line

Made from `--help` by `python docs/make_command_line.py`. `--json` prints [JSON](json.md).
`man trimtab` says the same; `trimtab completion bash --install` lets Tab complete commands, options and names.

| exit code | meaning |
|---|---|
""" + "".join(f"| {code:d} | {meaning} |\n" for code, meaning in MEANINGS.items())

MAN_PAGE = Path(__file__).with_name("trimtab.1")

MAN_END = """.SH ENVIRONMENT
.TP
.B TRIMTAB_WORKSPACE
Folder of the workspace, as with \\-\\-workspace.
.TP
.B TRIMTAB_STORE
URL of a shared store, as with \\-\\-store.
.TP
.B TRIMTAB_DEBUG
Show tracebacks in place of one line.
.SH FILES
.TP
.I store.db
In the workspace: threads, sprints, trials, edits. Beside it lie runs/, logs/ and backups/.
"""

WIDTH = 78
"""Columns of the help texts, as click folds them where the output is no terminal."""

Words = tuple[str, ...]


def command_line_page() -> str:
    """The whole page."""
    return HEAD + "".join(_section(*command) for command in all_commands())


def man_page() -> str:
    """The whole manual of section 1."""
    codes = [line for code, said in MEANINGS.items() for line in (".TP", f".B {code:d}", _roff(said.replace("`", "")))]
    (top, _, context), *below = all_commands()
    name = f"trimtab \\- {_roff(str(top.get_short_help_str(200)).rstrip('.'))}"
    head = [".TH TRIMTAB 1", ".SH NAME", name, ".SH SYNOPSIS", ".B trimtab", "[OPTIONS] [COMMAND] [ARGS]..."]
    head += [".SH DESCRIPTION", *_paragraphs(top), ".SH OPTIONS", *_options(top, context), ".SH COMMANDS"]
    for command, words, inner in below:
        pieces = " ".join(command.collect_usage_pieces(inner))
        head += [f".SS {_roff(' '.join(words))} {_roff(pieces)}", *_paragraphs(command), *_options(command, inner)]
    return "\n".join([*head, ".SH EXIT STATUS", *codes]) + "\n" + MAN_END


def _roff(text: str) -> str:
    """Text with roff's own signs made plain."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def _paragraphs(command: click.Command) -> list[str]:
    """The help of a command, paragraph by paragraph."""
    blocks = inspect.cleandoc(command.help or "").replace("\b\n", "").split("\n\n")
    return [line for block in blocks if block for line in (".PP", _roff(" ".join(block.split())))]


def _options(command: click.Command, context: click.Context) -> list[str]:
    """Its options, each with its help."""
    records = [
        record
        for param in command.get_params(context)
        if isinstance(param, click.Option) and (record := param.get_help_record(context))
    ]
    return [line for flags, said in records for line in (".TP", f".B {_roff(flags)}", _roff(" ".join(said.split())))]


def all_commands() -> Iterator[tuple[click.Command, Words, click.Context]]:
    """Every command of every package with its words, the program itself first."""
    top = click.Context(trimtab, info_name="trimtab", **trimtab.context_settings)
    yield trimtab, ("trimtab",), top
    for group, verbs in ((trimtab, sorted(trimtab.commands)), (engine_cli, ENGINE_VERBS), (model_cli, MODEL_VERBS)):
        parent = click.Context(group, info_name="trimtab", **group.context_settings)
        for verb in verbs:
            command = group.get_command(parent, verb)
            assert command is not None, verb
            yield from _commands(command, ("trimtab", verb), parent)


def _commands(
    command: click.Command, words: Words, parent: click.Context
) -> Iterator[tuple[click.Command, Words, click.Context]]:
    """A command and all below it, in the order of their help."""
    context = click.Context(command, info_name=words[-1], parent=parent, **command.context_settings)
    yield command, words, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                yield from _commands(found, (*words, name), context)


def _section(command: click.Command, words: Words, context: click.Context) -> str:
    context.terminal_width = WIDTH
    depth = "#" * max(2, min(len(words), 4))
    return f"\n{depth} {' '.join(words)}\n\n```text\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(command_line_page(), encoding="utf-8")
    MAN_PAGE.write_text(man_page(), encoding="utf-8")
