"""What the interface remembers between starts: theme, open thread and sprint, cursor, filters."""

import contextlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tui.shell.settings_paths import state_file, write_atomically

MOST_WORKSPACES = 50
"""Older workspaces are forgotten."""


@dataclass(slots=True)
class Place:
    """Where one workspace was left.

    Attributes:
        thread: Open thread.
        sprint: Id of the open sprint.
        dimension: Selected dimension of the review.
        mode: Screen.
        filters: Filter text by screen.
        top_k: Top trials in the review; 0 lets the engine choose.
    """

    thread: str = ""
    sprint: int | None = None
    dimension: str = ""
    mode: str = "threads"
    filters: dict[str, str] = field(default_factory=dict)
    top_k: int = 0


@dataclass(slots=True)
class Memory:
    """All that is remembered.

    Attributes:
        theme: Name of the theme.
        hints: Show the hint line, in whatever workspace; from the first start until someone hides it.
        place: Of the workspace that is open.
    """

    theme: str = ""
    hints: bool = True
    place: Place = field(default_factory=Place)


def load_memory(workspace: Path, path: Path | None = None) -> Memory:
    """What was remembered of a workspace; a fresh record where nothing readable is."""
    plain = _read(path or state_file("state.json"))
    memory = Memory(theme=str(plain.get("theme", "")), hints=plain.get("hints", not plain.get("workspaces")) is True)
    known = plain.get("workspaces", {}).get(str(workspace), {})
    for name in Place.__slots__:
        if name in known and isinstance(known[name], type(getattr(memory.place, name)) | int):
            setattr(memory.place, name, known[name])
    return memory


def save_memory(memory: Memory, workspace: Path, path: Path | None = None) -> None:
    """Keep it; a disk that refuses is no reason to fail."""
    file = path or state_file("state.json")
    plain = _read(file)
    places = dict(plain.get("workspaces", {}))
    places.pop(str(workspace), None)
    places[str(workspace)] = asdict(memory.place)
    kept = dict(list(places.items())[-MOST_WORKSPACES:])
    with contextlib.suppress(OSError):
        write_atomically(file, json.dumps({"theme": memory.theme, "hints": memory.hints, "workspaces": kept}, indent=1))


def _read(file: Path) -> dict[str, Any]:
    try:
        plain = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return plain if isinstance(plain, dict) and isinstance(plain.get("workspaces", {}), dict) else {}
