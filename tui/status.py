"""``trimtab --once``: threads and sprints printed once; the exit status is their health."""

import shlex
from collections.abc import Callable

from engine import api
from tui.drawing.format import NOTHING, duration, plural, score
from tui.plots.sparkline import trend
from tui.shell.closing import program
from tui.threads.sprint_rows import sprint_sign


def print_once(ws: api.Workspace, *, ascii_only: bool = False) -> int:
    """Print; 1 when a sprint failed, was paused by its failures or lost its launcher, else 0.

    Args:
        ws: The workspace.
        ascii_only: Printable ASCII only.
    """
    from rich.table import Table

    console = api.visible_console()
    written: Callable[[str], str] = api.to_ascii if ascii_only else str
    threads = api.list_threads(ws)
    if not threads:
        n_archived = len(api.list_threads(ws, archived=True))
        archived = f"No threads to show: {plural(n_archived, 'thread')} archived"
        console.print(
            archived if n_archived else "No threads yet. Create one: trimtab thread new FILE, or trimtab demo"
        )
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title, right in (
        ("ID", True),
        ("THREAD", False),
        ("SPRINT", False),
        ("STATE", False),
        ("TRIALS", False),
        ("BEST", True),
        ("ETA", True),
        ("TREND", False),
    ):
        table.add_column(title, justify="right" if right else "left", no_wrap=True)
    unwell = 0
    for thread in threads:
        if not thread.sprints:
            table.add_row("", thread.name, written(NOTHING), "", "", "", "", "")
        for sprint in thread.sprints:
            unwell += sprint.is_unwell
            state, course = sprint_sign(sprint).text, trend(sprint.scores, 16)
            table.add_row(
                str(sprint.id), thread.name, sprint.short_label or sprint.label, written(state),
                api.progress_counts(sprint), written(score(sprint.best_score)),
                duration(sprint.eta_seconds) if sprint.state == api.SprintState.RUNNING else "", written(course),
            )  # fmt: skip
    console.print(table)
    if unwell:
        resume = shlex.join([*program(), "sprint", "resume", "ID"])
        console.print(f"{plural(unwell, 'sprint')} failed, paused by failures or orphaned: {resume}")
    return 1 if unwell else 0
