"""The trials of a sprint as flat records, for `trimtab.sprint` in notebooks."""

from os import PathLike
from pathlib import Path
from typing import Any


def sprint_records(ref: int | str, workspace: "str | PathLike[str] | None" = None) -> list[dict[str, Any]]:
    """One record a trial with the columns of the CSV export, in order of number.

    Args:
        ref: Number of the sprint, or its label.
        workspace: Folder of the workspace; found as the command line finds it where None.

    Raises:
        EngineError: When there is no such workspace or sprint.
    """
    from engine.api.exchange import sprint_content
    from engine.exchange.table_rows import rows
    from engine.store.workspace import find_workspace, open_workspace

    ws = open_workspace(find_workspace(None if workspace is None else Path(workspace)))
    return rows(sprint_content(ws, ref))
