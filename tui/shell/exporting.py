"""Writing what is on screen to files: the table as CSV, the whole screen as SVG."""

import csv
import io
import time
from pathlib import Path

from engine import api
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
        EngineError: When they cannot be written.
    """
    stem = f"{name.replace(' ', '-')}-{time.strftime('%Y%m%d-%H%M%S')}"
    picture = _new(workspace, workspace / FOLDER / f"{stem}.svg", svg.replace("<svg ", KEPT_BLANKS, 1))
    if table is not None:
        buffer = io.StringIO()
        csv.writer(buffer).writerows(table.cells_as_text())
        _new(workspace, picture.with_suffix(".csv"), buffer.getvalue())
    return f"Written: {picture}" + (" and .csv" if table is not None else "")


def _new(workspace: Path, path: Path, content: str) -> Path:
    written = api.Output(path=path, refusal=api.EngineError).write_numbered(content)
    return api.Workspace(workspace.resolve()).own(written)
