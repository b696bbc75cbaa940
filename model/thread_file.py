"""Reads the parts of a thread file that a training needs; the engine reads the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from model.config_reader import refuse_unknown
from model.errors import ModelError

KEYS = (
    "thread",
    "objective",
    "command",
    "python",
    "cwd",
    "isolated",
    "shell",
    "tty",
    "env",
    "files",
    "constants",
    "report",
    "model",
    "data",
    "space",
    "spaces",
    "constraints",
    "stages",
    "checkpoint",
    "metric",
    "direction",
    "notes",
)
"""What a thread file may hold, as the engine reads it; only ``model`` and ``data`` matter here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadFile:
    """The ``model:`` and ``data:`` options of a file.

    Attributes:
        model: Model options.
        data: Data options.
        base_dir: The folder that paths count from.
    """

    model: Mapping[str, Any]
    data: Mapping[str, Any]
    base_dir: Path


def read_thread_file(path: Path) -> ThreadFile:
    """Reads a YAML file.

    Raises:
        ModelError: If it cannot be read, is no YAML or lacks a part.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path} must be a readable file: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} must be YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path} must hold keys such as model and data; given: {type(content).__name__}")
    refuse_unknown(content, KEYS, f"keys of {path}")
    parts = {}
    for key in ("model", "data"):
        part = content.get(key) or {}
        if not isinstance(part, dict):
            raise ModelError(f"{path}: {key} must be a mapping; given: {part!r}")
        parts[key] = part
    return ThreadFile(model=parts["model"], data=parts["data"], base_dir=path.resolve().parent)


def parse_settings(settings: Sequence[str]) -> dict[str, Any]:
    """``name=value`` pairs of the command line, values read as YAML reads them.

    Raises:
        ModelError: If a setting has no ``=``, or its value is no YAML.
    """
    values = {}
    for setting in settings:
        name, separator, text = setting.partition("=")
        if not separator or not name:
            raise ModelError(f"a setting must be written name=value; given: {setting!r}", "for example --set lr=1e-4")
        try:
            values[name.strip()] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ModelError(
                f"the value of {name.strip()} must be YAML; given: {text!r}", " ".join(str(error).split())
            ) from error
    return values
