"""``trimtab --once``: threads and sprints printed once; the exit status is their health."""

from engine import api
from tui.format import duration, plural, score, state_sign
from tui.plots.sparkline import trend
from tui.sprint_rows import finished

UNWELL = ("failed", "orphaned")


def print_once(ws: api.Workspace) -> int:
    """Print; 1 when a sprint failed or lost its launcher, else 0."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    threads = api.list_threads(ws)
    if not threads:
        console.print("no thread yet: trimtab thread new FILE, or trimtab demo")
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title, right in (
        ("ID", True),
        ("THREAD", False),
        ("SPRINT", False),
        ("STATE", False),
        ("TRIALS", True),
        ("BEST", True),
        ("ETA", True),
        ("TREND", False),
    ):
        table.add_column(title, justify="right" if right else "left", no_wrap=True)
    unwell = 0
    for thread in threads:
        if not thread.sprints:
            table.add_row("", thread.name, "–", "", "", "", "", "")
        for sprint in thread.sprints:
            unwell += sprint.state in UNWELL
            table.add_row(
                str(sprint.id), thread.name, sprint.short_label or sprint.label, state_sign(sprint.state).text,
                f"{finished(sprint)}/{sprint.n_trials}", score(sprint.best_score),
                duration(sprint.eta_seconds) if sprint.state == "running" else "", trend(sprint.scores, 16),
            )  # fmt: skip
    console.print(table)
    if unwell:
        console.print(f"{plural(unwell, 'sprint')} failed or orphaned: trimtab sprint resume ID")
    return 1 if unwell else 0
