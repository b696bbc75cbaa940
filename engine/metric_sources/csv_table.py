"""The source ``csv``: a table that the script writes, a row an epoch; padded headers, blank cells and ``;`` too."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.metric_sources.fields import Fields
from engine.metric_sources.reading import Place, Reading, SourceOptions, Stream
from engine.metric_sources.written_files import WrittenFiles, read_text
from engine.values import refuse_unknown_keys

DELIMITERS = ",;\t|"


class CsvTable:
    """Reads the rows of a table as they are added; see the module."""

    def __init__(self, options: SourceOptions, place: Place) -> None:
        columns = options.extra.get("columns") or {}
        if not isinstance(columns, Mapping):
            raise EngineError(f"report: columns must be a mapping such as {{score: val_acc}}, got {columns!r}")
        refuse_unknown_keys(columns, ("score", "epoch", "step"), where="report: columns")
        self._renamed = {str(column).strip(): name for name, column in columns.items()}
        score = str(columns.get("score", "") or options.score_name)
        self._fields = Fields(
            SourceOptions(
                score_name="score" if "score" in columns else options.score_name,
                metric=options.metric,
                epoch_name="epoch" if "epoch" in columns else options.epoch_name,
            )
        )
        self._files = WrittenFiles("csv", options.value, place)
        self._n_rows = 0
        self._columns: list[str] = []
        self.needs = f"write a table {self._files.pattern!r} with a column {score or options.metric!r}"

    def read_line(self, line: str, stream: Stream) -> Sequence[Reading]:
        """Nothing: this source reads files."""
        del line, stream
        return ()

    def read_files(self, *, is_final: bool) -> Sequence[Reading]:
        """The rows added since the last look.

        Raises:
            EngineError: When several tables were written.
        """
        path = self._files.changed(is_final=is_final)
        if path is None:
            return ()
        rows = self._rows(path, is_final)
        new, self._n_rows = rows[self._n_rows :], max(self._n_rows, len(rows))
        return [reading for row in new if (reading := self._fields.reading(row)) is not None]

    def near_misses(self) -> Sequence[str]:
        """The table's columns, or that there is no table."""
        if self._columns:
            return [f"the table has the columns {', '.join(self._columns[:12])}", *self._fields.near_misses]
        return self._files.near_misses()

    def _rows(self, path: Path, is_final: bool) -> list[dict[str, Any]]:
        text = read_text(path)
        if not is_final and not text.endswith("\n"):
            text = text[: text.rfind("\n") + 1]  # the last row is being written
        lines = [line for line in text.splitlines() if line.strip()]
        if not lines:
            return []
        head = lines[0].lstrip("# ")
        delimiter = max(DELIMITERS, key=head.count)
        try:
            table = list(csv.reader([head, *lines[1:]], delimiter=delimiter, skipinitialspace=True))
        except csv.Error as error:
            raise EngineError(f"report: csv must match a table, got {path}: {error}") from None
        if not table:
            return []
        self._columns = [cell.strip() for cell in table[0]]
        names = [self._renamed.get(cell, cell) for cell in self._columns]
        return [
            {name: cell.strip() for name, cell in zip(names, row, strict=False) if name and cell.strip()}
            for row in table[1:]
            if [cell.strip() for cell in row] != self._columns  # a header that an appending script wrote again
        ]
