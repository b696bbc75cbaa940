"""What a person sets for good, in ``~/.config/trimtab/settings.yaml``; what the command line says counts more."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from engine.api import EngineError
from tui.options import MIN_INTERVAL
from tui.shell.settings_paths import config_file, write_atomically

FILE = "settings.yaml"

MOST_BYTES = 2**16


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One setting.

    Attributes:
        default: Its value where the file gives none.
        text: What it does.
        choices: The values there are; empty where any of the default's type will do.
        least: The smallest number.
    """

    default: bool | float | str
    text: str
    choices: tuple[str, ...] = ()
    least: float | None = None

    def schema(self) -> dict[str, Any]:
        """The setting in JSON Schema."""
        kind = {bool: "boolean", float: "number", str: "string"}[type(self.default)]
        found: dict[str, Any] = {"type": kind, "description": self.text, "default": self.default}
        if self.choices:
            found["enum"] = list(self.choices)
        if self.least is not None:
            found["minimum"] = self.least
        return found

    def read(self, value: object) -> bool | float | str | None:
        """The value in the setting's type; None where it cannot be."""
        if isinstance(self.default, bool):
            return value if isinstance(value, bool) else None
        if isinstance(self.default, float):
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return float(value) if is_number and float(value) >= (self.least or 0.0) else None  # type: ignore[arg-type]
        return value if isinstance(value, str) and (not self.choices or value in self.choices) else None

    @property
    def wanted(self) -> str:
        """What it must be, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if isinstance(self.default, bool):
            return "true or false"
        return f"a number of {self.least:g} or more" if self.least is not None else "a text"


SETTINGS: Mapping[str, Setting] = {
    "theme": Setting(
        default="auto",
        choices=("auto", "dark", "light", "contrast"),
        text="Colours; auto follows the terminal's background.",
    ),
    "mouse": Setting(default=True, text="Report the mouse, where the terminal has one."),
    "ascii": Setting(default=False, text="Show printable ASCII only."),
    "interval": Setting(default=1.0, least=MIN_INTERVAL, text="Seconds between looks at the store."),
}
"""Every setting by name."""

Values = dict[str, Any]


def settings_schema() -> dict[str, Any]:
    """JSON Schema of the file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of trimtab's interface",
        "type": "object",
        "additionalProperties": False,
        "properties": {name: setting.schema() for name, setting in SETTINGS.items()},
    }


def settings_file() -> Path:
    """Where the file lies."""
    return config_file(FILE)


def load_settings(path: Path | None = None) -> tuple[Values, list[EngineError]]:
    """The values that the file gives, and what is wrong with the others; nothing where there is no file.

    Raises:
        EngineError: When the file is not readable as a mapping at all.
    """
    file = path or settings_file()
    if not file.exists():
        return {}, []
    from engine.api import read_text, read_yaml, visible  # with PyYAML, 15 ms: only for those who have such a file

    text = read_text(file, limit=MOST_BYTES, refusal=EngineError)
    if not any(line.split("#")[0].strip() for line in text.splitlines()):
        return {}, []
    read = read_yaml(text, str(file), EngineError)
    values: Values = {}
    problems: list[EngineError] = []
    for name, value in read.plain.items():
        where = f"{file}, line {read.lines[name,]}"
        if name not in SETTINGS:
            near = get_close_matches(name, SETTINGS, n=1)
            hint = f"did you mean {near[0]}?" if near else "see: trimtab config show"
            problems.append(EngineError(f"{where}: unknown setting {visible(str(name))[:80]!r}", hint))
        elif SETTINGS[name].read(value) is None:
            wanted = f"{name} must be {SETTINGS[name].wanted}, got {visible(json.dumps(value, default=str))[:80]}"
            problems.append(EngineError(f"{where}: {wanted}"))
        else:
            values[name] = SETTINGS[name].read(value)
    return values, problems


def named_setting(name: str) -> Setting:
    """A setting by its name.

    Raises:
        EngineError: When there is none.
    """
    if name not in SETTINGS:
        near = get_close_matches(name, SETTINGS, n=1)
        known = f"there are: {', '.join(SETTINGS)}"
        raise EngineError(f"no setting {name!r}", f"did you mean {near[0]}?" if near else known)
    return SETTINGS[name]


def set_setting(name: str, text: str, path: Path | None = None) -> object:
    """Write one setting into the file, comments and order kept; the value that it has now.

    Raises:
        EngineError: When there is no such setting, the value cannot be, or the file cannot be read or written.
    """
    from engine.api import core_scalar, read_text, with_values

    setting = named_setting(name)
    try:
        value = setting.read(text if setting.choices else core_scalar(text))
    except ValueError:
        value = None
    if value is None:
        raise EngineError(f"{name} must be {setting.wanted}, got {text!r}")
    file = path or settings_file()
    before = read_text(file, limit=MOST_BYTES, refusal=EngineError) if file.exists() else ""
    is_blank = not any(line.split("#")[0].strip() for line in before.splitlines())
    entry = f"{name}: {json.dumps(value)}\n"
    after = before + entry if is_blank else with_values(before, {(name,): value}, str(file), EngineError)
    try:
        write_atomically(file, after)
    except OSError as problem:
        raise EngineError(f"{file} must be writable, got: {problem.strerror}") from problem
    return value
