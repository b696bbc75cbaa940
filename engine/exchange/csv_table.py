"""CSV, one row a trial and one column a hyperparameter: our own table, and any other that nobody signs."""

import csv

from engine.exchange.content import SprintContent
from engine.exchange.conventions import TableConventions
from engine.exchange.format import ExportTarget, ImportRequest, ImportSource, Reading
from engine.exchange.output import output_of
from engine.exchange.table_import import read_table
from engine.exchange.table_rows import FACTS, PARAM, header, rows

SUFFIXES = (".csv", ".tsv")
"""Files that are written as delimited text, the second with tabs."""

CONVENTIONS = TableConventions(
    params=(PARAM, "params_", "params.", "config/", "config.", "parameters/", "param."),
    metrics=("metrics.", "metrics/", "metric_"),
    facts={
        **{name: name for name in FACTS if name != "score"},
        "status": "state",
        "duration": "seconds",
        "State": "state",
        "Status": "state",
    },
)
"""Our own columns, and prefixes that several tools share."""


class CsvTable:
    """Delimited text with a header line."""

    name = "csv"
    title = "a CSV table"
    can_write = True
    can_read = True

    def is_target(self, target: ExportTarget) -> bool:
        """Files of text by their suffix."""
        return not target.is_url and target.path.suffix.lower() in SUFFIXES

    def is_source(self, source: ImportSource) -> bool:
        """Any text: whoever wrote it, it is read as a table."""
        return source.is_text

    def write(self, content: SprintContent, target: ExportTarget) -> str:
        """Write a table with a header line; an empty cell is an inactive hyperparameter."""
        separator = "\t" if target.path.suffix.lower() == ".tsv" else ","
        table = rows(content)
        with output_of(target).file() as part, part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=separator)
            writer.writerow(header(content))
            writer.writerows(row.values() for row in table)
        return f"{len(content.trials)} trials in {target.text}"

    def read(self, source: ImportSource, request: ImportRequest) -> Reading:
        """Read a table; its columns are told by their names and values."""
        return read_table(self.name, source.table, CONVENTIONS, request)


FORMAT = CsvTable()
"""What the registry loads."""
