"""What is printed: tables for people, JSON for programs."""

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from engine.boundary.streams import json_text
from engine.boundary.text import visible
from engine.values import Value
from engine.wording import NOTHING, SEVERITY_SIGNS, STATES, short

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

PIPE_WIDTH = 200
"""Columns where the output is no terminal: wide enough that nothing is folded into the next line."""

COLOURS = {"running": "cyan", "good": "green", "warning": "yellow", "error": "red", "muted": "", "info": ""}
"""Of the terminal, by the ink of a state's sign."""

STATE_STYLES = {word: COLOURS[sign.ink] for word, sign in {**SEVERITY_SIGNS, **STATES}.items()} | {"error": "red"}
"""Colours are a help, never the only sign: the word stands there too."""


def print_json(content: dict[str, Any]) -> None:
    """JSON, indented, as UTF-8; a NaN in it would be a mistake and is refused."""
    click.echo(json_text(content, indent=2, allow_nan=False))


def answer(content: dict[str, Any], words: str, json_output: bool) -> None:
    """One thing that was done: as JSON where asked for, else in words."""
    if json_output:
        print_json(content)
    else:
        click.echo(words)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """A table without a frame, or a sentence where there are no rows. Columns that begin with ``#`` align right."""
    filled = [list(row) for row in rows]
    if not filled:
        click.echo(empty)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        right = column.startswith("#")
        table.add_column(column.removeprefix("#"), justify="right" if right else "left", overflow="fold")
    for row in filled:
        table.add_row(*(_cell(one) for one in row))
    console().print(table)


def print_pairs(pairs: Iterable[tuple[str, object]]) -> None:
    """Names and values, one line each; empty values are left out."""
    from rich.text import Text

    shown = [(name, value) for name, value in pairs if value not in (None, "", (), {})]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        console().print(Text.assemble((f"{name:<{width}}  ", "bold"), _cell(value)), soft_wrap=True)


def console() -> "Console":
    """Where tables go: the terminal as it is, or wide when it is none."""
    from engine.boundary.console import visible_console

    return visible_console(file=sys.stdout, width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)


def value(given: Value) -> str:
    """A hyperparameter's value in few characters."""
    return short(given) if isinstance(given, float) else str(given)


def _cell(given: object) -> "Text":
    from rich.text import Text

    text = visible(given if isinstance(given, str) else NOTHING if given is None else str(given), keep="\n")
    return Text(text, style=STATE_STYLES.get(text, ""))
