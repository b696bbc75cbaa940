"""Parquet: the columns of the CSV table with their types."""

from typing import Any

from engine.boundary.table import MOST_COLUMNS, MOST_ROWS
from engine.errors import EngineError
from engine.exchange.content import SprintContent
from engine.exchange.csv_table import CONVENTIONS
from engine.exchange.delimited_text import ForeignTable
from engine.exchange.format import ExportTarget, ImportRequest, ImportSource, Reading
from engine.exchange.output import output_of
from engine.exchange.table_import import read_table
from engine.exchange.table_rows import FACTS, PARAM, rows
from engine.space.dimension import Dimension

MAGIC = b"PAR1"
"""First bytes of every Parquet file."""

TEXT_FACTS = ("state", "source", "reason", "started_at", "finished_at")
REAL_FACTS = ("score", "seconds")
"""Facts that are no whole numbers."""


class ParquetTable:
    """A Parquet file; needs pyarrow."""

    name = "parquet"
    title = "a Parquet table"
    can_write = True
    can_read = True

    def is_target(self, target: ExportTarget) -> bool:
        """By its suffix."""
        return not target.is_url and target.path.suffix.lower() in (".parquet", ".pq")

    def is_source(self, source: ImportSource) -> bool:
        """By its first bytes."""
        return not source.is_url and source.magic.startswith(MAGIC)

    def write(self, content: SprintContent, target: ExportTarget) -> str:
        """Write the table's columns with their types; categories, and lists among them, are text."""
        pyarrow, parquet = _pyarrow()
        number, whole, text = pyarrow.float64(), pyarrow.int64(), pyarrow.string()
        facts = dict.fromkeys(FACTS, whole) | dict.fromkeys(REAL_FACTS, number) | dict.fromkeys(TEXT_FACTS, text)
        kinds = {"float": number, "int": whole}
        params = {f"{PARAM}{d.name}": self._kind(d, content, kinds, text) for d in content.space}
        schema = pyarrow.schema([*facts.items(), *params.items()])
        table = [
            {
                key: str(value) if schema.field(key).type == text and value is not None else value
                for key, value in row.items()
            }
            for row in rows(content)
        ]
        with output_of(target).file() as part:
            parquet.write_table(pyarrow.Table.from_pylist(table, schema=schema), part)
        return f"{len(content.trials)} trials in {target.text}"

    def read(self, source: ImportSource, request: ImportRequest) -> Reading:
        """Read a table; its columns are told as those of CSV are."""
        pyarrow, parquet = _pyarrow()
        try:
            size = parquet.read_metadata(source.path)
            if size.num_rows > MOST_ROWS or size.num_columns > MOST_COLUMNS:
                raise EngineError(
                    f"{source.text}: at most {MOST_ROWS:,} rows and {MOST_COLUMNS:,} columns are read, it has "
                    f"{size.num_rows:,} and {size.num_columns:,}"
                )
            found = parquet.read_table(source.path)
            listed = found.to_pylist()
        except (OSError, ValueError, pyarrow.ArrowException) as error:
            raise EngineError(f"{source.text} cannot be read as Parquet: {str(error).splitlines()[0]}") from error
        if not listed:
            raise EngineError(f"{source.text} must have a row for each trial, got none")
        header = tuple(name for name in found.column_names if not name.startswith("__index_level_"))
        table = ForeignTable(source=source.text, header=header, rows=[{k: row[k] for k in header} for row in listed])
        return read_table(self.name, table, CONVENTIONS, request)

    def _kind(self, dimension: Dimension, content: SprintContent, kinds: dict[str, Any], text: Any) -> Any:
        """A column's type is its dimension's, but for values of another type, which an imported sprint may have."""
        values = [trial.params[dimension.name] for trial in content.trials if dimension.name in trial.params]
        numbers = (int,) if dimension.kind == "int" else (int, float)
        fits = all(isinstance(value, numbers) and not isinstance(value, bool) for value in values)
        return kinds.get(dimension.kind, text) if fits else text


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise EngineError("Parquet needs pyarrow", "pip install 'trimtab[parquet]', or use CSV") from None
    return pyarrow, parquet


FORMAT = ParquetTable()
"""What the registry loads."""
