"""Writes docs/command-line.md from every ``--help``: ``python docs/make_command_line.py``. A test compares."""

from collections.abc import Iterator
from pathlib import Path

import click

from engine.cli.main import cli as engine_cli
from model.cli import verbs as model_cli
from tui.arguments import ENGINE_VERBS, MODEL_VERBS
from tui.cli import trimtab

PAGE = Path(__file__).with_name("command-line.md")

HEAD = """# Command line

Made from `--help` by `python docs/make_command_line.py`. Exit codes: 0 done, 1 failed, 2 wrong input, 130 interrupted.
`--json` prints [JSON](json.md).
"""

WIDTH = 78
"""Columns of the help texts, as click folds them where the output is no terminal."""

Words = tuple[str, ...]


def command_line_page() -> str:
    """The whole page."""
    top = click.Context(trimtab, info_name="trimtab", **trimtab.context_settings)
    sections = [_section(trimtab, ("trimtab",), top)]
    for group, verbs in ((trimtab, sorted(trimtab.commands)), (engine_cli, ENGINE_VERBS), (model_cli, MODEL_VERBS)):
        parent = click.Context(group, info_name="trimtab", **group.context_settings)
        for verb in verbs:
            command = group.get_command(parent, verb)
            assert command is not None, verb
            sections += [_section(*found) for found in _commands(command, ("trimtab", verb), parent)]
    return HEAD + "".join(sections)


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
