"""What each column of a table is taken for: a hyperparameter, the score, a metric, a fact of the trial, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Literal

from engine.errors import EngineError
from engine.exchange.bookkeeping import bookkeeping, is_metric_name
from engine.exchange.cells import NOTHING, are_numbers, value_in
from engine.exchange.content import identifiers
from engine.exchange.conventions import TableConventions
from engine.exchange.delimited_text import ForeignTable
from engine.space.space import Space
from engine.values import refuse_unknown_keys

ColumnRole = Literal["hyperparameter", "score", "metric", "fact", "ignored"]
"""What a column can be taken for."""

SCORES = ("score", "value", "values_0", "objective", "reward")
"""Columns that are taken for the score when none is named (ours, Optuna's, NNI's)."""

FACTS_IN_WORDS: Mapping[str, str] = {
    "number": "number of the trial",
    "state": "state",
    "failed": "state",
    "seconds": "duration",
    "started_at": "start",
    "finished_at": "end",
    "n_epochs": "epochs",
    "reason": "reason",
}
"""Facts of a trial as the preview names them."""

WIDTH = 40
"""Characters in which the preview shows a column's values."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of an imported table.

    Attributes:
        name: In the header.
        role: What it is taken for.
        called: The hyperparameter's, metric's or fact's name here; empty for an ignored one.
        why: Why, in a few words.
        shown: Its values in few characters, for the preview.
    """

    name: str
    role: ColumnRole
    called: str = ""
    why: str = ""
    shown: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Corrections:
    """What a person says of the columns; patterns such as ``config/*`` are allowed.

    Attributes:
        params: Columns that are hyperparameters, ``COLUMN`` or ``COLUMN=NAME``.
        metrics: Columns that are metrics.
        ignored: Columns that are left out.
        score: The score's column; empty to find it.
        may_lack_score: Whether a table with several metrics, none of them named, is planned without a score.
    """

    params: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    score: str = ""
    may_lack_score: bool = False


def plan_columns(
    table: ForeignTable, conventions: TableConventions, corrections: Corrections, space: Space | None = None
) -> tuple[Column, ...]:
    """Say what every column is taken for.

    Args:
        table: The table.
        conventions: Of the tool that wrote it.
        corrections: What a person said; they go before everything else.
        space: Of the thread that is imported into, whose hyperparameters are recognized by name; None for a new one.

    Raises:
        EngineError: When a correction names no column, no score is found that may not be lacking, or no hyperparameter
            is left.
    """
    return _Planner(table, conventions, corrections, space).plan()


class _Planner:
    """One table's columns, looked at one by one; what a person said goes before everything else."""

    def __init__(
        self, table: ForeignTable, conventions: TableConventions, corrections: Corrections, space: Space | None
    ) -> None:
        self.table, self.conventions, self.space = table, conventions, space
        self.given = _Given(table, corrections)
        self.values = {name: column_values(table, name) for name in table.header}
        self.has_params = any(conventions.stripped(name, conventions.params) for name in table.header)

    def plan(self) -> tuple[Column, ...]:
        found = {name: self._column(name) for name in self.table.header}
        if score := self._score(found):
            why = "as you said" if self.given.score else found[score].why if found[score].role == "metric" else "score"
            found[score] = Column(name=score, role="score", called=self._plain(score), why=why)
        wanted = {
            name: self.given.renamed.get(name) or self._plain(name)
            for name, column in found.items()
            if column.role == "hyperparameter"
        }
        if not wanted:
            raise EngineError(
                f"{self.table.source} must have a column for each hyperparameter, got {', '.join(self.table.header)}",
                "name one with --param",
            )
        called = self._names(wanted)
        return tuple(
            replace(column, called=called.get(name, column.called), shown=_shown(self.values[name]))
            for name, column in found.items()
        )

    def _names(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Hyperparameters' names here; those of the thread are kept as they are."""
        own = set(self.space.names) if self.space is not None else set()
        ordered = sorted(wanted.values(), key=lambda name: name not in own)
        called = identifiers(dict.fromkeys(ordered))
        return {column: called[name] for column, name in wanted.items()}

    def _plain(self, name: str) -> str:
        """A column's name without the prefix that its tool gives it."""
        prefixes = (*self.conventions.params, *self.conventions.metrics)
        return self.conventions.stripped(name, prefixes) or name

    def _column(self, name: str) -> Column:
        """By what a person said, by the thread, by the tool; else by name and values."""
        conventions = self.conventions
        if (role := self.given.roles.get(name)) is not None:
            return Column(name=name, role=role, called=self._plain(name), why="as you said")
        fact = conventions.facts.get(name, "")
        if fact and (fact != "state" or self._holds_states(name)):
            return Column(name=name, role="fact", called=fact, why=FACTS_IN_WORDS.get(fact, fact))
        if self._is_of_thread(name):
            return Column(name=name, role="hyperparameter", why="a hyperparameter of the thread")
        what = conventions.leaves_out(name) or ("" if self.values[name] else "empty")
        return Column(name=name, role="ignored", why=what) if what else self._guessed(name)

    def _guessed(self, name: str) -> Column:
        conventions, values = self.conventions, self.values[name]
        if conventions.stripped(name, conventions.params):
            return self._hyperparameter(name, "by its prefix")
        if self.has_params or conventions.stripped(name, conventions.metrics):
            return self._beside_hyperparameters(name)
        if what := bookkeeping(name, values):
            return Column(name=name, role="ignored", why=what)
        if is_metric_name(name) and are_numbers(values):
            return Column(name=name, role="metric", called=name, why="by its name")
        return self._hyperparameter(name, "neither a metric nor a fact of the run")

    def _hyperparameter(self, name: str, why: str) -> Column:
        """A column that a thread does not know is no loss where it is a constant."""
        values = self.values[name]
        if self.space is not None and len(values) > 1 and len({repr(value) for value in values}) == 1:
            return Column(name=name, role="ignored", why="constant, and not in the thread")
        return Column(name=name, role="hyperparameter", why=why)

    def _beside_hyperparameters(self, name: str) -> Column:
        """A column of a table that marks its hyperparameters, and this is none of them."""
        values = self.values[name]
        if what := bookkeeping(name, values, by_content=False):
            return Column(name=name, role="ignored", why=what)
        if are_numbers(values):
            return Column(name=name, role="metric", called=self._plain(name), why="a number, not a hyperparameter")
        return Column(name=name, role="ignored", why="text, not a hyperparameter")

    def _is_of_thread(self, name: str) -> bool:
        plain = self.given.renamed.get(name) or self._plain(name)
        return self.space is not None and not {plain, identifiers([plain])[plain]}.isdisjoint(self.space.names)

    def _holds_states(self, name: str) -> bool:
        return all(self.conventions.state_of(str(cell)) is not None for cell in self.table.cells(name))

    def _score(self, columns: Mapping[str, Column]) -> str:
        if self.given.score:
            return self.given.score
        candidates = list(dict.fromkeys((*self.conventions.scores, *SCORES)))
        known = next((name for name in candidates if name in columns and columns[name].why != "as you said"), None)
        if known is not None:
            return known
        metrics = [name for name, column in columns.items() if column.role == "metric"]
        if len(metrics) == 1:
            return metrics[0]
        if metrics and self.given.may_lack_score:
            return ""
        if metrics:
            raise EngineError(
                f"{self.table.source} must have one score, it has {len(metrics)} metrics: {', '.join(metrics)}",
                f"name one: --score {metrics[0]}",
            )
        raise EngineError(
            f"{self.table.source} has no score column among {', '.join(candidates)}, "
            f"it has {', '.join(self.table.header)}",
            "name it with --score",
        )


class _Given:
    """A person's corrections, matched to the columns of a table."""

    def __init__(self, table: ForeignTable, corrections: Corrections) -> None:
        self.table = table
        self.may_lack_score = corrections.may_lack_score
        self.roles: dict[str, ColumnRole] = {}
        self.renamed: dict[str, str] = {}
        for text in corrections.params:
            pattern, name = self._renaming(text)
            matched = self._matched(pattern, "--param")
            if name and len(matched) > 1:
                raise EngineError(f"--param {text}: one column can have that name, {pattern} fits {len(matched)}")
            for column in matched:
                self.roles[column] = "hyperparameter"
                if name:
                    self.renamed[column] = name
        for pattern in corrections.metrics:
            self.roles |= dict.fromkeys(self._matched(pattern, "--metric"), "metric")
        for pattern in corrections.ignored:
            self.roles |= dict.fromkeys(self._matched(pattern, "--ignore"), "ignored")
        self.score = ""
        if corrections.score:
            if corrections.score not in table.header:
                raise EngineError(
                    f"{table.source} has no score column {corrections.score}, it has {', '.join(table.header)}",
                    "name it with --score",
                )
            self.score = corrections.score

    def _renaming(self, text: str) -> tuple[str, str]:
        if text in self.table.header or "=" not in text:
            return text, ""
        column, _, name = text.rpartition("=")
        return column, name

    def _matched(self, pattern: str, option: str) -> list[str]:
        if pattern in self.table.header:
            return [pattern]
        matched = [name for name in self.table.header if fnmatchcase(name, pattern)]
        if not matched:
            refuse_unknown_keys({pattern: None}, self.table.header, where=f"{option} of {self.table.source}")
        return matched


def column_values(table: ForeignTable, name: str) -> list[Any]:
    """The values of a column as they read without a type, missing ones left out."""
    found = (value_in(cell, decimal_comma=table.decimal_comma) for cell in table.cells(name))
    return [value for value in found if value is not NOTHING]


def _shown(values: Sequence[Any]) -> str:
    """Values in few characters: a range, or the first few."""
    if not values:
        return ""
    if are_numbers(values):
        low, high = min(values), max(values)
        return f"{low:g}" if low == high else f"{low:g} … {high:g}"
    texts = list(dict.fromkeys(map(str, values)))
    shown = ", ".join(texts[:3])
    more = f" +{len(texts) - 3}" if len(texts) > 3 else ""
    return (shown if len(shown) <= WIDTH else f"{shown[: WIDTH - 1]}…") + more
