"""Reads the parts of a thread file that a training needs; the engine reads the rest."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.boundary.input import read_text
from model.boundary.yaml_text import read_value, read_yaml
from model.config_reader import refuse_unknown
from model.errors import ModelError

if TYPE_CHECKING:
    from model.config import ModelConfig

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

MOST_BYTES = 2**20
"""Of a file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadFile:
    """The ``model:`` and ``data:`` options of a file.

    Attributes:
        model: Model options.
        data: Data options.
        base_dir: The folder that paths count from.
        source: The file's name, for errors.
        lines: Line of every key by its path, for errors.
    """

    model: Mapping[str, Any]
    data: Mapping[str, Any]
    base_dir: Path
    source: str
    lines: Mapping[tuple[str, ...], int]

    def model_config(self, settings: Mapping[str, Any]) -> "ModelConfig":
        """The model's configuration, with options of the command line over those of the file; data are checked, too.

        Raises:
            ModelError: If an option does not fit; with its line where the file has it.
        """
        from model.config import ModelConfig
        from model.data.source import DataConfig

        with located(self.source, self.lines, "data"):
            DataConfig.from_mapping(self.data)
        with located(self.source, self.lines, "model"):
            config = ModelConfig.from_mapping(self.model)
        return ModelConfig.from_mapping({**self.model, **settings}) if settings else config


def read_thread_file(path: Path) -> ThreadFile:
    """Reads a YAML file.

    Raises:
        ModelError: If it cannot be read, is no YAML or lacks a part; with its line.
    """
    source = str(path)
    read = read_yaml(read_text(path, limit=MOST_BYTES, refusal=ModelError), source, ModelError)
    with located(source, read.lines):
        refuse_unknown(read.plain, KEYS, "keys of a thread file")
    parts = {}
    for key in ("model", "data"):
        part = read.plain.get(key) or {}
        if not isinstance(part, dict):
            raise ModelError(f"{source}, line {read.lines[key,]}: {key} must be a mapping; given: {part!r}")
        parts[key] = part
    return ThreadFile(
        model=parts["model"], data=parts["data"], base_dir=path.resolve().parent, source=source, lines=read.lines
    )


@contextmanager
def located(source: str, lines: Mapping[tuple[str, ...], int], part: str = "") -> Iterator[None]:
    """Adds the file, and the line of the key that an error names, to the errors of a block.

    Args:
        source: The file.
        lines: Of its keys, by path.
        part: The part whose keys are read, such as ``model``; empty for the top.
    """
    try:
        yield
    except ModelError as error:
        top = (part,) if part else ()
        named = (path for path in lines if path[: len(top)] == top and len(path) == len(top) + 1)
        key = next((path for path in named if re.search(rf"\b{re.escape(path[-1])}\b", error.message)), top)
        where = f"{source}, line {lines[key]}" if key in lines else source
        raise ModelError(f"{where}: {error.message}", error.hint, failed=error.failed) from error


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
        values[name.strip()] = read_value(text, f"--set {name.strip()}", ModelError)
    return values
