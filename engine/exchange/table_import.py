"""From a table whose columns are understood to a sprint: states, scores, times, values by the thread's own types."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, cast

from engine.errors import EngineError
from engine.exchange.bookkeeping import lower_is_better
from engine.exchange.cells import NOTHING, are_numbers, structure_in, typed_value, value_in
from engine.exchange.columns import Column, plan_columns
from engine.exchange.content import SprintContent
from engine.exchange.conventions import TableConventions
from engine.exchange.delimited_text import ForeignTable
from engine.exchange.format import ExportTarget, ImportRequest, ImportSource, Reading
from engine.exchange.space_inference import inferred_conditions, inferred_space
from engine.space.space import Space
from engine.trials.states import Direction, TrialState
from engine.trials.trial import EpochReport, TrialRecord, TrialSource
from engine.values import Value

SOURCES = ("random", "model", "primed-cold", "primed-warm", "manual")
"""Where a trial's parameters can have come from; a foreign one counts as typed by hand."""

DURATION = re.compile(r"(?:(\d+) days? )?(?:\+?(\d+):)?(\d+):(\d+(?:\.\d+)?)")
"""A duration as pandas writes it: ``0 days 00:05:12.250``."""

MILLISECONDS = 1e11
"""Unix times beyond this many seconds are milliseconds: it is the year 5138."""


@dataclass(frozen=True, kw_only=True)
class TableFormat:
    """A format that is one tool's table: what differs from tool to tool are its `TableConventions`.

    Attributes:
        name: As in ``--format NAME``.
        title: In a few words.
        conventions: How the tool names its columns.
    """

    name: str
    title: str
    conventions: TableConventions
    can_write: bool = False
    can_read: bool = True

    def is_target(self, target: ExportTarget) -> bool:  # noqa: ARG002 - the protocol's
        """Nothing is written in it."""
        return False

    def is_source(self, source: ImportSource) -> bool:
        """Whether the table has the tool's columns."""
        return source.is_text and self.conventions.fits(flattened(source.table).header)

    def write(self, content: SprintContent, target: ExportTarget) -> str:  # noqa: ARG002 - the protocol's
        """Refuse: it is only read."""
        raise EngineError(f"a sprint cannot be written as {self.title}", "export it as CSV")

    def read(self, source: ImportSource, request: ImportRequest) -> Reading:
        """Read the table."""
        return read_table(self.name, source.table, self.conventions, request)


def read_table(name: str, table: ForeignTable, conventions: TableConventions, request: ImportRequest) -> Reading:
    """Read a table as a finished sprint.

    Args:
        name: Of the format.
        table: The table.
        conventions: Of the tool that wrote it.
        request: What a person said, and the space of the thread.

    Raises:
        EngineError: When its columns make no sprint.
    """
    flat = flattened(table)
    columns = plan_columns(flat, conventions, request.corrections, request.space)
    score = next((column for column in columns if column.role == "score"), None)
    if score is None:
        return Reading(
            format=name,
            content=SprintContent(label=PurePath(flat.source).stem, space=Space(dimensions=()), trials=(), metric=""),
            columns=columns,
        )
    rows = _Rows(flat, columns, conventions, request.space)
    trials = rows.trials()
    if not any(trial.score is not None for trial in trials):
        raise EngineError(
            f"{flat.source} must have a finished trial with a number as its score, column {score.name} has none",
            "name another with --score",
        )
    ran = [trial.params for trial in trials if trial.state.is_scored]
    names = [column.called for column in columns if column.role == "hyperparameter"]
    seen = {name: [t.params[name] for t in trials if name in t.params] for name in names}
    return Reading(
        format=name,
        content=SprintContent(
            label=PurePath(flat.source).stem,
            space=inferred_space(seen, inferred_conditions(ran)) if request.space is None else request.space,
            trials=trials,
            direction=request.direction
            or (Direction.MINIMIZE if lower_is_better(score.called) else Direction.MAXIMIZE),
            metric=score.called,
        ),
        columns=columns,
    )


def flattened(table: ForeignTable) -> ForeignTable:
    """A table whose cells with dictionaries became columns: ``config`` with ``{'lr': 0.1}`` is ``config/lr``."""
    nested = [
        name
        for name in table.header
        if (cells := table.cells(name)) and all(isinstance(structure_in(cell), dict) for cell in cells)
    ]
    if not nested:
        return table
    taken = {name: [_leaves(structure_in(row.get(name)) or {}, name) for row in table.rows] for name in nested}
    header: list[str] = []
    for name in table.header:
        header += dict.fromkeys(key for leaves in taken[name] for key in leaves) if name in taken else [name]
    rows = []
    for number, row in enumerate(table.rows):
        plain = {name: cell for name, cell in row.items() if name not in taken}
        rows.append(plain | {key: cell for name in nested for key, cell in taken[name][number].items()})
    return ForeignTable(
        source=table.source,
        header=tuple(dict.fromkeys(header)),
        rows=rows,
        lines=table.lines,
        decimal_comma=table.decimal_comma,
    )


def _leaves(nested: Mapping[Any, Any], path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in nested.items():
        if isinstance(value, Mapping):
            found |= _leaves(value, f"{path}/{key}")
        elif value is not None:
            found[f"{path}/{key}"] = list(value) if isinstance(value, tuple) else value
    return found


class _Rows:
    """The rows of a table as trials."""

    def __init__(
        self, table: ForeignTable, columns: Sequence[Column], conventions: TableConventions, space: Space | None
    ) -> None:
        self.table, self.conventions, self.space = table, conventions, space
        self.params = {column.name: column.called for column in columns if column.role == "hyperparameter"}
        self.metrics = {column.name: column.called for column in columns if column.role == "metric"}
        self.facts = {column.called: column.name for column in columns if column.role == "fact"}
        self.score = next(column.name for column in columns if column.role == "score")
        self.whole = {column for column in self.params if self._is_whole(column)}

    def trials(self) -> list[TrialRecord]:
        return [self._trial(number, row) for number, row in enumerate(self.table.rows)]

    def _trial(self, number: int, row: Mapping[str, Any]) -> TrialRecord:
        score = self._number(row.get(self.score))
        state, reason = self._state(row, score)
        if not state.is_scored:
            score = None
        params = self._values(row)
        metrics = {
            called: value for name, called in self.metrics.items() if (value := self._number(row.get(name))) is not None
        }
        n_epochs = self._whole(row, "n_epochs")
        started, finished = (self._moment(row, fact) for fact in ("started_at", "finished_at"))
        seconds = self._seconds(row)
        if seconds is None and started is not None and finished is not None:
            seconds = max(0.0, finished - started)
        last = EpochReport(
            step=max(1, n_epochs),
            phase="train",
            score=math.nan if score is None else score,
            metrics=metrics,
            at=finished or 0.0,
        )
        source = str(self._fact(row, "source") or "")
        return TrialRecord(
            number=number,
            state=state,
            source=cast(TrialSource, source) if source in SOURCES else "manual",
            params=params,
            score=score,
            seed=self._whole(row, "seed"),
            fold=(self._whole(row, "train_fold"), self._whole(row, "val_fold")),
            seconds=seconds,
            n_epochs=n_epochs or bool(metrics),
            reason=reason,
            reports=(last,) if metrics else (),
            started_at=started,
            finished_at=finished,
        )

    def _values(self, row: Mapping[str, Any]) -> dict[str, Value]:
        comma = self.table.decimal_comma
        found: dict[str, Value] = {}
        for column, name in self.params.items():
            cell = row.get(column)
            if self.space is not None and name in self.space.names:
                value = typed_value(cell, self.space[name], decimal_comma=comma)
            else:
                value = value_in(cell, decimal_comma=comma)
                value = int(value) if column in self.whole and value is not NOTHING else value
            if value is not NOTHING:
                found[name] = value
        return found

    def _is_whole(self, column: str) -> bool:
        """Whether pandas wrote whole numbers as ``16.0`` because some cells are empty."""
        cells = self.table.cells(column)
        values = [value_in(cell, decimal_comma=self.table.decimal_comma) for cell in cells]
        values = [value for value in values if value is not NOTHING]
        return (
            len(values) < len(self.table.rows)
            and bool(values)
            and are_numbers(values)
            and all(float(value).is_integer() for value in values)
            and max(values) > 1
        )

    def _state(self, row: Mapping[str, Any], score: float | None) -> tuple[TrialState, str]:
        """What became of a row's trial, and why where it did not end well."""
        said = self._fact(row, "state")
        reason = str(self._fact(row, "reason") or "")
        state = TrialState.COMPLETE if said is None else self.conventions.state_of(str(said)) or TrialState.CANCELLED
        if str(self._fact(row, "failed")).lower() == "true":
            return TrialState.FAILED, reason or "it is marked as failed"
        if state == TrialState.CANCELLED and not reason:
            reason = f"not finished: its state was {said}"
        if (
            state == TrialState.FAILED
            and not reason
            and said is not None
            and str(said).lower() not in ("failed", "fail")
        ):
            reason = f"its state was {said}"
        if state == TrialState.COMPLETE and score is None:
            shown = "" if row.get(self.score) is None else str(row[self.score]).strip()
            return TrialState.FAILED, reason or f"its score must be a number, got {shown!r}"
        return state, reason

    def _fact(self, row: Mapping[str, Any], fact: str) -> Any:
        cell = row.get(self.facts[fact]) if fact in self.facts else None
        return None if cell is None or value_in(cell) is NOTHING else cell

    def _number(self, cell: Any) -> float | None:
        value = value_in(cell, decimal_comma=self.table.decimal_comma)
        return float(value) if are_numbers([value]) and math.isfinite(value) else None

    def _whole(self, row: Mapping[str, Any], fact: str) -> int:
        number = self._number(self._fact(row, fact))
        return int(number) if number is not None and number >= 0 else 0

    def _seconds(self, row: Mapping[str, Any]) -> float | None:
        cell = self._fact(row, "seconds")
        number = self._number(cell)
        if number is not None or cell is None:
            return number
        match = DURATION.fullmatch(str(cell).strip())
        if match is None:
            return None
        days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return 86400 * days + 3600 * hours + 60 * minutes + seconds

    def _moment(self, row: Mapping[str, Any], fact: str) -> float | None:
        """A moment as Unix time; one without a time zone is local time, as the tool's own program shows it."""
        cell = self._fact(row, fact)
        if isinstance(cell, datetime):
            at = cell
        else:
            number = self._number(cell)
            if number is not None or cell is None:
                return number / 1000 if number is not None and number > MILLISECONDS else number
            try:
                at = datetime.fromisoformat(str(cell).strip().replace(" UTC", "+00:00"))
            except ValueError:
                return None
        if at.tzinfo is None and not self.conventions.naive_times_are_local:
            at = at.replace(tzinfo=UTC)
        return at.timestamp()
