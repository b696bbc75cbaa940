"""Databases of other tools: written to only where they are that tool's own, and read without a trace.

Optuna and MLflow make their tables in whatever database they are given, also when they are asked to read. So a database
is looked at first, through a handle that cannot write, and one that holds tables of something else is refused.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

from engine.boundary.output import Output
from engine.boundary.own_files import SCHEMA_TABLE
from engine.boundary.sqlite_files import is_sqlite, private_copy, tables_of
from engine.errors import EngineError


@dataclass(frozen=True, slots=True)
class Tool:
    """Whose database it is.

    Attributes:
        name: In words.
        tables: Tables that each of its databases has.
        tells: What one of its databases is called.
    """

    name: str
    tables: frozenset[str]
    tells: str


OPTUNA = Tool("Optuna", frozenset({"studies", "trials"}), "an Optuna storage")
MLFLOW = Tool("MLflow", frozenset({"experiments", "runs"}), "an MLflow tracking store")


OPTIONS = frozenset(("timeout", "uri", "mode", "cache", "immutable", "check_same_thread", "isolation_level"))
"""What may stand behind a question mark in an SQLite URL; anything else there is part of the file's name."""


@contextmanager
def database_to_write(url: str, tool: Tool, workspaces: Sequence[Path] = ()) -> Iterator[str]:
    """Inside, the URL to write to: ``url``, or a new SQLite file's part, which takes its place at the end.

    Args:
        url: SQLAlchemy URL.
        tool: Whose tables are written.
        workspaces: Folders known to be workspaces.

    Raises:
        EngineError: When the database holds something else, or its place is not free.
    """
    file = sqlite_file(url)
    if file is not None and not _is_filled(file):
        with Output(path=file, refusal=EngineError, replace=file.is_file(), workspaces=workspaces).file() as part:
            yield url_of(part)
        return
    if file is not None:
        Output(path=file, refusal=EngineError, replace=True, workspaces=workspaces).check_file()
    refuse_foreign(url, tool, may_be_empty=True)
    yield url if file is None else url_of(file)


@contextmanager
def database_to_read(url: str, tool: Tool) -> Iterator[str]:
    """Inside, the URL to read from: a copy of an SQLite file, or ``url``; the original is not changed by a byte.

    Raises:
        EngineError: When it is not the tool's database.
    """
    file = sqlite_file(url)
    if file is not None and not file.is_file():
        raise EngineError(f"no file {file}")
    refuse_foreign(url, tool)
    if file is None:
        yield url
        return
    try:
        with private_copy(file) as copy:
            yield url_of(copy)
    except OSError as error:
        raise EngineError(f"{file} cannot be read: {error.strerror or error}") from error


def refuse_foreign(url: str, tool: Tool, *, may_be_empty: bool = False) -> None:
    """Refuse a database that holds anything else than a tool's tables, this program's own stores first.

    Raises:
        EngineError: Naming what it holds.
    """
    file = sqlite_file(url)
    shown = str(file) if file is not None else _shown(url)
    if file is not None and _is_filled(file) and not is_sqlite(file):
        raise EngineError(f"{tool.tells} must be a database, got {shown}, which is none", "name another")
    found = tables_of(file) if file is not None else _tables_of_server(url, tool)
    if SCHEMA_TABLE in found:
        raise EngineError(f"{tool.tells} must be a database of its own, got {shown}, a trimtab store", "name another")
    if tool.tables <= found or (may_be_empty and not found):
        return
    held = ", ".join(sorted(found)[:3]) + (" …" if len(found) > 3 else "")
    told = f"whose tables are {held}" if found else "which has no tables"
    raise EngineError(f"{tool.tells} must have the tables of {tool.name}, got {shown}, {told}", "name another")


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite URL; None for the URL of a server.

    What people type behind ``sqlite:///`` is a path, also where it holds a percent sign or a question mark.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    scheme, _, rest = url.partition(":///")
    _, mark, options = rest.partition("?")
    if scheme.partition("+")[0] == "sqlite" and rest and not (mark and set(dict(parse_qsl(options))) & OPTIONS):
        if rest == ":memory:":
            raise EngineError(f"a database must be a file or a server, got {url}", "name a file: sqlite:///study.db")
        decoded = Path(unquote(rest))
        return decoded if decoded.exists() and not Path(rest).exists() else Path(rest)
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise EngineError(f"a database must be named by a URL such as sqlite:///study.db, got {_shown(url)}") from None
    if parsed.get_backend_name() != "sqlite":
        return None
    if not parsed.database or parsed.database == ":memory:":
        raise EngineError(f"a database must be a file or a server, got {url}", "name a file: sqlite:///study.db")
    return Path(parsed.database)


def url_of(file: Path) -> str:
    """The URL under which SQLAlchemy opens exactly this file.

    Percent signs, question marks and braces mean something in a URL, and more to what reads it: SQLAlchemy decodes a
    path from version 2.1 on, Optuna fills braces in.

    Raises:
        EngineError: When this SQLAlchemy has no URL for such a path.
    """
    from sqlalchemy.engine import make_url

    whole = str(file.resolve())
    for shown in (quote(whole), whole):
        url = f"sqlite:///{shown}"
        parsed = make_url(url)
        if parsed.database == whole and not parsed.query and "{" not in url:
            return url
    raise EngineError(
        f"a database's path must be one that SQLAlchemy has a URL for, got {file}",
        "choose a folder without ?, % and braces in its name, or update: pip install -U sqlalchemy",
    )


def _tables_of_server(url: str, tool: Tool) -> frozenset[str]:
    from sqlalchemy import create_engine, inspect
    from sqlalchemy.exc import SQLAlchemyError

    try:
        engine = create_engine(url)
        try:
            return frozenset(inspect(engine).get_table_names())
        finally:
            engine.dispose()
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        told = str(error).splitlines()[0]
        raise EngineError(f"{tool.tells} must be reachable, got {_shown(url)}: {told}") from error


def _shown(url: str) -> str:
    """A URL without its password."""
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else url


def _is_filled(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0
