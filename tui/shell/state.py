"""What the interface remembers between starts: theme, open thread and sprint, cursor, filters."""

import contextlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engine.api import EngineError, read_json
from tui.shell.settings_paths import state_file, write_atomically

MOST_WORKSPACES = 50
"""Older workspaces are forgotten."""

MOST_TOP = 10_000
"""Top trials in a review."""

MOST_ASIDE = 9
"""Damaged files that are kept beside each other."""


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
        columns: Columns of the trials table by thread, in order, ``-`` before those that are hidden.
        copy_form: How a trial's configuration was copied last.
    """

    thread: str = ""
    sprint: int | None = None
    dimension: str = ""
    mode: str = "threads"
    filters: dict[str, str] = field(default_factory=dict)
    top_k: int = 0
    columns: dict[str, list[str]] = field(default_factory=dict)
    copy_form: str = ""


@dataclass(slots=True)
class Memory:
    """All that is remembered.

    Attributes:
        theme: Name of the theme that was chosen; empty to follow the terminal's background.
        light: The terminal's background was light the last time.
        hints: Show the hint line, in whatever workspace; from the first start until someone hides it.
        place: Of the workspace that is open.
        notice: What is to be said of the file once, where it was damaged.
    """

    theme: str = ""
    light: bool = False
    hints: bool = True
    place: Place = field(default_factory=Place)
    notice: str = ""


def load_memory(workspace: Path, path: Path | None = None) -> Memory:
    """What was remembered of a workspace; a fresh record where nothing is.

    A file that cannot be read is set aside under another name, so that nothing is lost and the next start is as usual;
    `Memory.notice` says where.
    """
    file = path or state_file("state.json")
    plain, notice = _read(file)
    theme, hints = plain.get("theme", ""), plain.get("hints", not plain.get("workspaces"))
    memory = Memory(theme=theme if isinstance(theme, str) else "", hints=hints is True, notice=notice)
    memory.light = plain.get("light") is True
    known = plain.get("workspaces", {}).get(str(workspace), {})
    for name in Place.__slots__:
        if isinstance(known, dict) and name in known and _fits(name, known[name]):
            setattr(memory.place, name, known[name])
    return memory


def save_memory(memory: Memory, workspace: Path, path: Path | None = None) -> None:
    """Keep it; a disk that refuses is no reason to fail."""
    file = path or state_file("state.json")
    places = dict(_read(file)[0].get("workspaces", {}))
    places.pop(str(workspace), None)
    places[str(workspace)] = asdict(memory.place)
    kept = dict(list(places.items())[-MOST_WORKSPACES:])
    with contextlib.suppress(OSError):
        whole = {"theme": memory.theme, "light": memory.light, "hints": memory.hints, "workspaces": kept}
        write_atomically(file, json.dumps(whole, indent=1))


def forget_theme(path: Path | None = None) -> None:
    """Follow the settings file again, whatever theme was chosen before."""
    file = path or state_file("state.json")
    plain, _ = _read(file)
    if plain.get("theme"):
        with contextlib.suppress(OSError):
            write_atomically(file, json.dumps({**plain, "theme": ""}, indent=1))


def _fits(name: str, value: object) -> bool:
    """Whether a value may stand for a part of a place."""
    if name == "sprint":
        return value is None or (type(value) is int and value > 0)
    if name == "top_k":
        return type(value) is int and 0 <= value <= MOST_TOP
    if name == "filters":
        return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
    if name == "columns":
        return isinstance(value, dict) and all(
            isinstance(keys, list) and all(isinstance(key, str) for key in keys) for keys in value.values()
        )
    return isinstance(value, str)


def _read(file: Path) -> tuple[dict[str, Any], str]:
    """The file's content, and what to say where it was damaged and set aside."""
    if not file.exists():
        return {}, ""
    try:
        plain = read_json(file, refusal=EngineError)
        if isinstance(plain, dict) and isinstance(plain.get("workspaces", {}), dict):
            return plain, ""
        problem = f"{file} must hold an object with workspaces"
    except EngineError as error:
        problem = error.message
    aside = next(file.with_name(f"{file.name}.damaged{n or ''}") for n in range(MOST_ASIDE + 1) if _free(file, n))
    try:
        file.replace(aside)
    except OSError:
        return {}, f"{problem}. The interface starts with defaults."
    return {}, f"{problem}. The file is set aside as {aside.name}; the interface starts with defaults."


def _free(file: Path, number: int) -> bool:
    """Whether a damaged file may be kept under this number; the last one is written over."""
    return number == MOST_ASIDE or not file.with_name(f"{file.name}.damaged{number or ''}").exists()
