"""The logs of a sprint, read page by page."""

from dataclasses import dataclass, replace
from pathlib import Path

from engine.boundary.text import visible_log
from engine.logs.pages import LogPage, find_line, read_page
from engine.store.workspace import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class LogView:
    """A log file.

    Attributes:
        name: Whose: ``trial #7``, ``worker 0`` or ``launcher``.
        path: The file.
    """

    name: str
    path: str


def list_logs(ws: Workspace, ref: int | str, number: int | None = None) -> tuple[LogView, ...]:
    """The logs of a sprint that there are: a trial's own, its worker's first among the workers', the launcher's.

    Args:
        ws: The workspace.
        ref: The sprint.
        number: The trial; None for the sprint's alone.

    Raises:
        EngineError: When there is no such sprint or trial.
    """
    from engine.api.lookup import sprint_row
    from engine.api.trials import trial_row
    from engine.store import queries
    from engine.store.database import reading

    with reading(ws) as session:
        sprint_id = sprint_row(session, ref).id or 0
        row = None if number is None else trial_row(session, sprint_id, number)[1]
        workers = queries.workers(session, sprint_id)
        mine = next((one.slot for one in workers if row is not None and one.id == row.worker_id), None)
    slots = sorted({one.slot for one in workers}, key=lambda slot: (slot != mine, slot))
    logs = [] if number is None else [(f"trial #{number}", ws.trial_log(sprint_id, number))]
    logs += [(f"worker {slot}", ws.worker_log(sprint_id, slot)) for slot in slots]
    logs.append(("launcher", ws.launcher_log(sprint_id)))
    return tuple(LogView(name=name, path=str(path)) for name, path in logs if path.is_file())


def read_log(log: LogView, offset: int, n_before: int, n_after: int) -> LogPage:
    """Lines of a log around a byte's offset, control characters visible; see `engine.logs.pages.read_page`."""
    page = read_page(Path(log.path), offset, n_before, n_after)
    lines = tuple(replace(one, text=visible_log(one.text)) for one in page.lines)
    return replace(page, lines=lines)


def find_in_log(log: LogView, text: str, offset: int, *, forward: bool = True) -> int | None:
    """Offset of the next line of a log that contains a text; see `engine.logs.pages.find_line`."""
    return find_line(Path(log.path), text, offset, forward=forward)
