"""Writing what is on screen to files: the table as CSV, the whole screen as SVG."""

import csv
import io
import time
from pathlib import Path

from tui.widgets.line_table import LineTable

KEPT_BLANKS = '<svg xml:space="preserve" '
"""Programs other than browsers drop blanks at a text's beginning without it, and columns move."""

FOLDER = "exports"
"""Beside the store."""


def write_screen(workspace: Path, name: str, svg: str, table: LineTable | None) -> str:
    """Write the files and say where they are.

    Args:
        workspace: Its folder.
        name: Of the screen; the time is added.
        svg: The screen's picture.
        table: The table on it.

    Raises:
        OSError: When they cannot be written.
    """
    folder = workspace / FOLDER
    stem = f"{name.replace(' ', '-')}-{time.strftime('%Y%m%d-%H%M%S')}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{stem}.svg").write_text(svg.replace("<svg ", KEPT_BLANKS, 1), encoding="utf-8")
    if table is not None:
        buffer = io.StringIO()
        csv.writer(buffer).writerows(table.cells_as_text())
        (folder / f"{stem}.csv").write_text(buffer.getvalue(), encoding="utf-8")
    return f"written: {folder / stem}.svg" + (" and .csv" if table is not None else "")
