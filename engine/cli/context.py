"""What every verb needs: the workspace it works in, and groups whose misspelt commands name the nearest."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import click

from engine.store.workspace import Workspace, find_workspace, open_workspace, remove_empty_store

GLOBALS = ("--workspace", "--store")

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True, slots=True)
class Invocation:
    """Where a command works.

    Attributes:
        path: The workspace's folder.
        store_url: SQLAlchemy URL of another store, or None.
    """

    path: Path
    store_url: str | None = None

    def workspace(self, *, create: bool = False) -> Workspace:
        """The workspace, which must exist unless it may be made."""
        return open_workspace(self.path, self.store_url, create=create)

    @contextmanager
    def workspace_for(self) -> Iterator[Workspace]:
        """Inside, the workspace, made where there is none; what was made goes again when the block fails."""
        ws = self.unopened()
        made = [folder for folder in (ws.logs, ws.path, *ws.path.parents) if not folder.exists()]
        is_new = ws.store_path is not None and not ws.store_path.exists()
        ws = self.workspace(create=True)
        try:
            yield ws
        except BaseException:
            if is_new:
                remove_empty_store(ws)
                for folder in made:
                    with suppress(OSError):  # somebody has put something into it, and it stays
                        folder.rmdir()
            raise

    def unopened(self) -> Workspace:
        """The workspace without a look at whether it exists."""
        return Workspace(self.path.expanduser().resolve(), self.store_url)


def split_globals(args: list[str]) -> tuple[list[str], Invocation]:
    """Take the global options out of a command's words, wherever they stand before a ``--``.

    Raises:
        click.UsageError: When one has no value.
    """
    found: dict[str, str] = {}
    rest: list[str] = []
    words = iter(args)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--":
            rest += [word, *words]
        elif name not in GLOBALS:
            rest.append(word)
        else:
            given = value if equals else next(words, "")
            if not given:
                raise click.UsageError(f"{name} needs a value")
            found[name] = given
    path = find_workspace(found.get("--workspace"))
    return rest, Invocation(path=path, store_url=found.get("--store") or os.environ.get("TRIMTAB_STORE") or None)


def no_such_command(given: str, known: Iterable[str]) -> click.UsageError:
    """A misspelt command, with the nearest one."""
    near = get_close_matches(given, list(known), n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return click.UsageError(f"no command {given!r} – {hint}")


class Subcommands(click.Group):
    """A verb with commands of its own; a misspelt one names the nearest."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where there is none of that name."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            raise no_such_command(f"{ctx.info_name} {args[0]}", [f"{ctx.info_name} {name}" for name in self.commands])
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Commands in the order they are written in."""
        return list(self.commands)


def as_json(command: Command) -> Command:
    """The option every listing has."""
    return click.option("--json", "json_output", is_flag=True, help="Print JSON; its names are stable (docs/json.md).")(
        command
    )
