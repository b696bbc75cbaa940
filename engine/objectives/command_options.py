"""What a thread file says about its command beside the template: interpreter, folder, environment, files, report."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from engine.boundary.input import read_bytes
from engine.errors import EngineError
from engine.metric_sources.report_options import ReportOptions
from engine.objectives.constants import with_constants
from engine.objectives.file_settings import with_settings
from engine.objectives.template import FILE, fill_text, fill_value, names_in
from engine.values import Value, refuse_unknown_keys

MOST_BYTES = 4 * 2**20
"""Of a script whose constants are replaced, or that is looked through."""

KEYS = ("python", "cwd", "isolated", "shell", "tty", "env", "files", "constants", "report")
"""Keys of a thread file that belong to its ``command``."""

RUN_DIR = "{run_dir}"


@dataclass(frozen=True, kw_only=True, slots=True)
class FileCopy:
    """A configuration file that each trial gets a copy of, ``{file.NAME}`` in the template.

    Attributes:
        source: The file, relative to the thread file's folder.
        settings: Templates of values by the path of the setting.
    """

    source: str
    settings: Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandOptions:
    """How a command is run and read.

    Attributes:
        python: What ``python`` means in the command; empty for the Python that trimtab runs in.
        cwd: Folder the command runs in, relative to the thread file's; may name ``{run_dir}`` and other facts.
        isolated: Whether each trial runs in a copy of that folder.
        shell: Whether ``/bin/sh`` runs the command, values quoted.
        tty: Whether its standard output is a terminal, so that a program that buffers reports live.
        env: Templates of environment variables; None takes a variable away.
        files: Copied configuration files by name.
        constants: Templates of the values of module-level names, by script.
        report: Where scores are read.
    """

    python: str = ""
    cwd: str = ""
    isolated: bool = False
    shell: bool = False
    tty: bool = False
    env: Mapping[str, str | None] = field(default_factory=dict)
    files: Mapping[str, FileCopy] = field(default_factory=dict)
    constants: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    report: ReportOptions = field(default_factory=ReportOptions)

    @classmethod
    def read(cls, given: Mapping[str, Any], *, metric: str = "score", names: Mapping[str, Value] | None = None) -> Self:
        """From the keys of a thread file.

        Args:
            given: The keys in `KEYS` that the file has.
            metric: The thread's name of the score.
            names: What ``{names}`` may stand there, with example values; None where that is not known.

        Raises:
            EngineError: Naming the key, for what is unknown or does not fit.
        """
        refuse_unknown_keys(given, KEYS, where="command options")
        files = {str(name): _file_copy(name, one) for name, one in _mapping(given, "files").items()}
        constants = {}
        for script, values in _mapping(given, "constants").items():
            if not isinstance(values, Mapping):
                raise EngineError(f"constants: {script} must name constants and their values, got {values!r}")
            constants[str(script)] = {str(name): value for name, value in values.items()}
        return cls(
            python=_text(given, "python"),
            cwd=_text(given, "cwd"),
            isolated=_flag(given, "isolated"),
            shell=_flag(given, "shell"),
            tty=_flag(given, "tty"),
            env={str(name): _variable(name, value) for name, value in _mapping(given, "env").items()},
            files=files,
            constants=constants,
            report=ReportOptions.read(given.get("report"), metric=metric, names=names),
        )

    def check(self, base_dir: Path, values: Mapping[str, Value]) -> None:
        """Fill everything in with example values, to hear what is wrong before a trial does.

        Args:
            base_dir: Folder of the thread file.
            values: As `engine.objectives.template.example_values` gives them.

        Raises:
            EngineError: For a folder, file, setting or constant that is not there, or a name that means nothing.
        """
        self.interpreter(base_dir)
        if not names_in(self.cwd) and not self.folder(base_dir, values).is_dir():
            raise EngineError(f"cwd must be a folder, got {self.cwd!r}", f"looked at {self.folder(base_dir, values)}")
        fill_text(self.cwd, values)
        for value in self.env.values():
            fill_text(value or "", values)
        for copy in self.files.values():
            with_settings(base_dir / copy.source, _filled(copy.settings, values))
        for script, constants in self.constants.items():
            with_constants(read_script(base_dir / script), _filled(constants, values), where=script)

    def names(self) -> set[str]:
        """Names that the options use, so that a hyperparameter that stands only here is one that is used."""
        texts = [self.cwd, *(value or "" for value in self.env.values())]
        for values in (*(copy.settings for copy in self.files.values()), *self.constants.values()):
            texts += [value for value in values.values() if isinstance(value, str)]
        return {name for text in texts for name in names_in(text)}

    def steps(self) -> dict[str, Value]:
        """The fact ``steps``, with any value, where the report says how many make an epoch."""
        return {} if self.report.every is None else {"steps": self.report.every}

    def own_names(self) -> dict[str, Value]:
        """What the template may name because of these keys, with any values: copied files, and steps."""
        return {**{f"{FILE}{name}": copy.source for name, copy in self.files.items()}, **self.steps()}

    def folder(self, base_dir: Path, values: Mapping[str, Value]) -> Path:
        """The folder the command runs in, before any copy of it."""
        return (base_dir / Path(fill_text(self.cwd, values)).expanduser()).resolve() if self.cwd else base_dir

    def interpreter(self, base_dir: Path) -> Path | None:
        """The program that ``python`` means; None for the one trimtab runs in.

        Raises:
            EngineError: When it is no program that can be run.
        """
        if not self.python:
            return None
        given = base_dir / Path(self.python).expanduser()
        if (given / "bin" / "python").exists():
            found: str | None = str(given / "bin" / "python")  # the folder of a virtual environment
        else:
            found = str(given) if "/" in self.python else shutil.which(self.python)
        if found is None or not Path(found).is_file() or not os.access(found, os.X_OK):
            raise EngineError(f"python must be a Python that can be run, got {self.python!r}")
        return Path(os.path.abspath(found))  # noqa: PTH100 (a virtual environment is known by the link, not its target)


def read_script(path: Path) -> bytes:
    """The source of a script.

    Raises:
        EngineError: When it cannot be read, or is larger than scripts are.
    """
    return read_bytes(path, limit=MOST_BYTES, refusal=lambda message, hint: EngineError(f"constants: {message}", hint))


def _filled(values: Mapping[str, object], names: Mapping[str, Value]) -> dict[str, object]:
    return {name: fill_value(value, names) for name, value in values.items()}


def _mapping(given: Mapping[str, Any], key: str) -> Mapping[Any, Any]:
    value = given.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise EngineError(f"{key} must be a mapping, got {value!r}")
    return value


def _text(given: Mapping[str, Any], key: str) -> str:
    value = given.get(key)
    if value is not None and not isinstance(value, str):
        raise EngineError(f"{key} must be text, got {value!r}")
    return value or ""


def _flag(given: Mapping[str, Any], key: str) -> bool:
    value = given.get(key)
    if value not in (None, True, False):
        raise EngineError(f"{key} must be true or false, got {value!r}")
    return bool(value)


def _variable(name: object, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    raise EngineError(f"env: {name} must be text or a number, got {value!r}", "null takes a variable away")


def _file_copy(name: object, given: object) -> FileCopy:
    if not str(name).isidentifier():
        raise EngineError(f"files: a name must be one word, as in {{file.hyp}}, got {name!r}")
    if not isinstance(given, Mapping):
        raise EngineError(f"files: {name} must be a mapping such as {{from: hyp.yaml, set: {{…}}}}, got {given!r}")
    refuse_unknown_keys(given, ("from", "set"), where=f"files: {name}")
    source, settings = given.get("from"), given.get("set") or {}
    if not isinstance(source, str) or not source:
        raise EngineError(f"files: {name} needs from: and the file to copy, got {source!r}")
    if not isinstance(settings, Mapping):
        raise EngineError(f"files: {name}: set must be a mapping of settings to values, got {settings!r}")
    return FileCopy(source=source, settings={str(key): value for key, value in settings.items()})
