"""What every verb needs: the workspace it works in, and groups whose misspelt commands name the nearest."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import click

from engine.api.words import store_checks_named
from engine.errors import EngineError
from engine.store.workspace import (
    Workspace,
    find_workspace,
    is_missing,
    missing_text,
    named_store,
    named_workspace,
    open_workspace,
    remove_empty_store,
    similar_workspaces,
)

GLOBALS = ("--workspace", "--store")

GROUP = "--group"

SWITCHES = ("--readonly", "--ascii")

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True, slots=True)
class Invocation:
    """Where a command works.

    Attributes:
        path: The workspace's folder.
        store_url: SQLAlchemy URL of another store, or None.
        group: Whether the folder's group may use the workspace.
        is_named: Whether a person or TRIMTAB_WORKSPACE named the folder.
        readonly: Look only.
        ascii_only: Print ASCII only.
    """

    path: Path
    store_url: str | None = None
    group: bool = False
    is_named: bool = False
    readonly: bool = False
    ascii_only: bool = False

    def workspace(self, *, create: bool = False) -> Workspace:
        """The workspace, which must exist unless it may be made; a folder that was named is not made unasked."""
        if create and self.is_named and is_missing(self.path):
            confirm_new_workspace(self.path)
        create = create or self.group
        return open_workspace(self.path, self.store_url, create=create, group=self.group, readonly=self.readonly)

    @contextmanager
    def workspace_for(self) -> Iterator[Workspace]:
        """Inside, the workspace, made where there is none; what was made goes again when the block fails."""
        ws = self.unopened()
        made = [folder for folder in (ws.logs, ws.path, *ws.path.parents) if not folder.exists()]
        is_new = ws.store_path is not None and not ws.store_path.exists()
        try:
            yield self.workspace(create=True)
        except BaseException:
            if is_new:
                with suppress(EngineError):
                    remove_empty_store(ws)
            for folder in made:
                with suppress(OSError):  # somebody has put something into it, and it stays
                    folder.rmdir()
            raise

    def unopened(self) -> Workspace:
        """The workspace without a look at whether it exists."""
        return Workspace(self.path.expanduser().resolve(), self.store_url, self.readonly)


def refuse_undecodable(words: Iterable[str]) -> None:
    """Refuse words that are not UTF-8: neither a store nor a terminal could be given them.

    Raises:
        click.UsageError: Naming the first one.
    """
    for word in words:
        if any("\ud800" <= character <= "\udfff" for character in word):
            raise click.UsageError(f"the words of a command must be UTF-8, got {ascii(word)[:100]}")


def split_globals(args: list[str]) -> tuple[list[str], Invocation]:
    """Take the global options out of a command's words, wherever they stand before a ``--``.

    Raises:
        click.UsageError: When one has no value.
    """
    found: dict[str, str] = {}
    rest: list[str] = []
    group = False
    switches: set[str] = set()
    words = iter(store_checks_named(args))
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--":
            rest += [word, *words]
        elif word == GROUP:
            group = True
        elif word in SWITCHES:
            switches.add(word)
        elif name not in GLOBALS:
            rest.append(word)
        else:
            given = value if equals else next(words, "")
            if not given:
                raise click.UsageError(f"{name} needs a value")
            found[name] = given
    path = find_workspace(found.get("--workspace"))
    return rest, Invocation(
        path=path,
        store_url=found.get("--store") or named_store(),
        group=group,
        is_named="--workspace" in found or named_workspace() is not None,
        readonly="--readonly" in switches,
        ascii_only="--ascii" in switches,
    )


def confirm_new_workspace(path: Path) -> None:
    """Ask whether a workspace that was named shall be made; without a terminal only a likely slip is refused.

    Raises:
        EngineError: When the person says no, or nobody can be asked and a workspace of nearly that name lies beside it.
    """
    if sys.stdin.isatty():
        if not click.confirm(f"{missing_text(path)} Create {path}?", err=True):
            raise EngineError(f"No workspace was created at {path}", "name another with --workspace DIR")
    elif similar_workspaces(path):
        raise EngineError(missing_text(path), f"to create one there, first run: mkdir {path}")


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
