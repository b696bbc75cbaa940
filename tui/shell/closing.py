"""What the shell says after the interface is closed: what still runs, and the command that comes back to it."""

import shlex
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from engine import api
from tui.options import Options

MOST_NAMED = 5
"""Sprints named one by one."""


def closing_words(options: Options, sprints: Iterable[api.SprintView]) -> str:
    """Name what still runs or holds its workers, and how to come back; empty where nothing does."""
    attended = [sprint for sprint in sprints if sprint.state.is_attended]
    if not attended:
        return ""
    named = [
        f"{one.thread} {one.short_label or one.label} ({one.standing}, {one.n_ended}/{one.n_trials} trials)"
        for one in attended[:MOST_NAMED]
    ]
    if len(attended) > MOST_NAMED:
        named.append(f"{len(attended) - MOST_NAMED} more")
    return f"Still running: {', '.join(named)}.\nReattach with: {come_back_command(options)}"


def come_back_command(options: Options) -> str:
    """The command that opens this workspace again, as it is typed in the folder where it was left."""
    words = [*program()]
    if _resolved(options.workspace) != _resolved(api.find_workspace()):
        words += ["--workspace", str(options.workspace)]
    shown = options.store_url or ""
    if shown and shown != api.named_store():
        words += ["--store", shown if api.masked_text(shown) == shown else "URL"]  # a password is not for the screen
    return shlex.join(words)


def program() -> list[str]:
    """The words that start trimtab here: its name where the shell finds it, else the path of its script."""
    script = Path(sys.executable).parent / "trimtab"
    found = shutil.which("trimtab")
    if not script.exists():
        return ["trimtab"] if found else [sys.executable, "-m", "tui"]
    if found and Path(found).resolve() == script.resolve():
        return ["trimtab"]
    here = Path.cwd()
    beside = script.relative_to(here) if script.is_relative_to(here) else script
    return [f"./{beside}" if len(beside.parts) == 1 else str(beside)]


def _resolved(folder: Path) -> Path:
    return folder.expanduser().resolve()
