"""The protocol of an exchange format: how a sprint leaves for another tool, how another tool's work comes in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol, runtime_checkable

from engine.boundary.input import read_text
from engine.boundary.table import MOST_BYTES
from engine.errors import EngineError
from engine.exchange.columns import Column, Corrections
from engine.exchange.content import SprintContent
from engine.exchange.delimited_text import ForeignTable, table_of_text
from engine.space.space import Space
from engine.trials.states import Direction

N_MAGIC = 16
"""Bytes at a file's beginning by which databases and Parquet are known."""

DATABASE_SUFFIXES = frozenset((".db", ".sqlite", ".sqlite3", ".db3"))
"""How files of SQLite databases are called."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportTarget:
    """Where a sprint goes.

    Attributes:
        text: As it was typed: a file, a storage URL, a tracking URI.
        study: Name of the study or experiment; the sprint's label where empty.
        replace: Replace a file that is there.
        workspaces: Folders known to be workspaces, whose own files are no target.
    """

    text: str
    study: str = ""
    replace: bool = False
    workspaces: tuple[Path, ...] = ()

    @property
    def is_url(self) -> bool:
        """Whether it names a service or database rather than a file."""
        return "://" in self.text

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.text).expanduser()


@dataclass(frozen=True, kw_only=True)
class ImportSource:
    """Where another tool's work is.

    Attributes:
        text: As it was typed: a file or a storage URL.
    """

    text: str

    @property
    def is_url(self) -> bool:
        """Whether it names a service or database rather than a file."""
        return "://" in self.text

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.text).expanduser()

    @cached_property
    def magic(self) -> bytes:
        """The file's first bytes; empty for a URL.

        Raises:
            EngineError: When there is no such file.
        """
        if self.is_url:
            return b""
        if not self.path.is_file():
            raise EngineError(f"an import needs a file or a storage URL, got {self.text}, which is no file")
        try:
            with self.path.open("rb") as file:
                return file.read(N_MAGIC)
        except OSError as error:
            raise EngineError(f"{self.text} cannot be read: {error.strerror or error}") from error

    @property
    def is_text(self) -> bool:
        """Whether it is a file that is no database and no Parquet."""
        return not self.is_url and not self.magic.startswith((b"SQLite format 3\0", b"PAR1"))

    @cached_property
    def table(self) -> ForeignTable:
        """The file as a table of delimited text.

        Raises:
            EngineError: When it is none.
        """
        return table_of_text(read_text(self.path, limit=MOST_BYTES, refusal=EngineError), self.text)


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportRequest:
    """What a person wants read, and what the thread already says.

    Attributes:
        study: Which study, where the source has several.
        corrections: What a person says of a table's columns.
        direction: Which way the score is better; None to tell from its name.
        space: Of the thread that is imported into; None for a new one.
    """

    study: str = ""
    corrections: Corrections = field(default_factory=Corrections)
    direction: Direction | None = None
    space: Space | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What was read.

    Attributes:
        format: Name of the format it was read as.
        content: The sprint.
        columns: What each column of a table was taken for; empty for a study.
    """

    format: str
    content: SprintContent
    columns: Sequence[Column] = ()


@runtime_checkable
class ExchangeFormat(Protocol):
    """One way to write or read sprints; `engine.exchange.registry` says how it is added.

    Attributes:
        name: As in ``--format NAME``.
        title: In a few words, for help and errors.
        can_write: Whether `write` is there.
        can_read: Whether `read` is there.
    """

    name: str
    title: str
    can_write: bool
    can_read: bool

    def is_target(self, target: ExportTarget) -> bool:
        """Whether a target without ``--format`` means this format."""
        ...

    def is_source(self, source: ImportSource) -> bool:
        """Whether a source without ``--format`` was written by this tool."""
        ...

    def write(self, content: SprintContent, target: ExportTarget) -> str:
        """Write a sprint; return what was written where, in words.

        Raises:
            EngineError: When it cannot be written.
        """
        ...

    def read(self, source: ImportSource, request: ImportRequest) -> Reading:
        """Read a finished sprint.

        Raises:
            EngineError: When the source is not what it should be.
        """
        ...
