"""Thread files: YAML in, a validated `ThreadSpec` out; every error names the file and the line.

Keys: ``thread``, ``objective`` or ``command``, ``model``, ``data``, ``space``, ``spaces``, ``constraints``, ``stages``,
``checkpoint``, ``metric``, ``direction``, ``notes``, and beside a ``command`` those of
`engine.objectives.command_options`; docs/thread-file.md says what each means.
"""

import shlex
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.boundary.input import read_text
from engine.boundary.json_text import read_json
from engine.boundary.refusal import unforeseen_refused
from engine.boundary.text import name_fault, notes_fault, visible_notes
from engine.boundary.yaml_text import YamlText, read_yaml
from engine.errors import EngineError
from engine.objectives import command_options
from engine.objectives.named_spaces import catalogue, space_from
from engine.objectives.registry import target_of
from engine.space.conditions import check_conditions
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.sprint.command_keys import direction_of, metric_of, read_command_keys
from engine.sprint.label import INITIALIZATION, PRETRAINED
from engine.sprint.stages import all_stages
from engine.trials.states import Direction
from engine.values import refuse_unknown_keys

KEYS = (
    "thread",
    "objective",
    "command",
    *command_options.KEYS,
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

COMMAND_OBJECTIVE = "engine.objectives.command:CommandObjective"
"""What runs a ``command`` template."""

MOST_BYTES = 2**20
"""Of a file; its characters are counted by `engine.boundary.yaml_text`."""

SCHEDULER = "scheduler"
"""What conditions may ask for beside dimensions and model options: whether the fidelity has a schedule."""

MOST_ENTRIES: Mapping[str, int] = {"space": 1000, "constraints": 100, "stages": 100, "spaces": 100}
"""Entries of a key; constraints are checked in chains, which takes the third power of their number."""

PATH_KEYS = ("train", "validation", "test")
"""Data options that may name files, relative to the thread file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadSpec:
    """What a thread is made from.

    Attributes:
        name: Distinct within a store.
        objective: ``module:Class``, which a file may also give by its name in the registry.
        space: What its first sprint searches.
        model: Options of the model, handed to the objective.
        data: Options of the data, relative paths resolved.
        command: The command template, where the objective is one.
        command_options: The keys that belong to it, as the file has them.
        stages: The thread's own stages by name, as `engine.sprint.stages.all_stages` reads them.
        spaces: Its own catalogue entries.
        checkpoint: Folder every trial starts from; None for the pretrained state.
        checkpoint_label: ``E7_S1234``.
        metric: Name of the score; empty lets the objective say.
        direction: ``maximize`` or ``minimize``.
        notes: Free text.
        base_dir: Folder of the file.
    """

    name: str
    objective: str
    space: Space
    model: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""
    command_options: Mapping[str, Any] = field(default_factory=dict)
    stages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    spaces: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    checkpoint: str | None = None
    checkpoint_label: str = PRETRAINED
    metric: str = ""
    direction: Direction = Direction.MAXIMIZE
    notes: str = ""
    base_dir: Path = field(default_factory=Path.cwd)

    def __post_init__(self) -> None:
        check_name(self.name)
        object.__setattr__(self, "notes", checked_notes(self.notes))
        module, _, name = self.objective.partition(":")
        if not module or not name:
            raise EngineError(f"objective must be named module:Class, got {self.objective!r}")
        object.__setattr__(self, "direction", Direction.read(self.direction))
        if not self.space.dimensions:
            raise EngineError("a thread needs at least one dimension in its space")
        all_stages(self.stages)


def check_name(name: str) -> None:
    """Refuse what cannot be read in one line, or named on a command line.

    Raises:
        EngineError: Saying what a thread's name must be.
    """
    fault = name_fault(name) or (f"must have no slash, got {name!r}" if "/" in name else "")
    if fault:
        raise EngineError(f"a thread's name {fault}", "choose another name")


def checked_notes(notes: str) -> str:
    """A thread's notes as they are kept: their control characters visible.

    Raises:
        EngineError: When they are too long.
    """
    fault = notes_fault(notes)
    if fault:
        raise EngineError(f"a thread's notes {fault}", "shorten them")
    return visible_notes(notes)


def read_thread_file(path: Path) -> ThreadSpec:
    """Read and check a thread file.

    Raises:
        EngineError: Naming file and line, for what cannot be read, is unknown, or makes no thread.
    """
    text = read_text(path, limit=MOST_BYTES, refusal=EngineError)
    return parse_thread(text, str(path), path.resolve().parent)


def parse_thread(text: str, source: str, base_dir: Path) -> ThreadSpec:
    """Read a thread from text; relative paths start at ``base_dir``.

    Raises:
        EngineError: As `read_thread_file`.
    """
    with unforeseen_refused(source, "a thread file", EngineError, EngineError):
        return _thread(read_yaml(text, source, EngineError), source, base_dir)


def _thread(read: YamlText, source: str, base_dir: Path) -> ThreadSpec:
    at = _At(read, source)
    plain = read.plain
    with at():
        refuse_unknown_keys(plain, KEYS, where="thread file")
    with at("thread"):
        if plain.get("thread") in (None, ""):
            raise EngineError("a thread needs a name", "begin with thread: NAME")
    for key in ("thread", "objective", "metric", "direction", "notes"):
        with at(key):
            if isinstance(plain.get(key), Mapping | list):
                raise EngineError(f"{key} must be text, got {plain[key]!r}")
    for key, most in MOST_ENTRIES.items():
        with at(key):
            if isinstance(plain.get(key), Sized) and not isinstance(plain[key], str) and len(plain[key]) > most:
                raise EngineError(f"{key} must have at most {most} entries, got {len(plain[key])}")
    objective, command = _objective(plain, at)
    model, data = (_mapping(plain, key, at) for key in ("model", "data"))
    spaces, stages = (_mapping(plain, key, at) for key in ("spaces", "stages"))
    with at("spaces"):
        catalogue(spaces)
    with at("checkpoint"):
        checkpoint, label = _checkpoint(plain.get("checkpoint"), base_dir)
    for name in stages:
        with at("stages", name):
            all_stages(stages if isinstance(stages[name], Mapping) and "from" in stages[name] else {name: stages[name]})
    space = _space(plain, spaces, at)
    _check_conditions(space, model, at)
    options = read_command_keys(plain, command, space, base_dir, at)
    with at():
        return ThreadSpec(
            name=str(plain["thread"]),
            objective=objective,
            space=space,
            model=model,
            data=_resolved(data, base_dir, at),
            command=command,
            command_options=options,
            stages=stages,
            spaces=spaces,
            checkpoint=checkpoint,
            checkpoint_label=label,
            metric=metric_of(plain, data),
            direction=direction_of(plain, data, options, at),
            notes=str(plain.get("notes") or ""),
            base_dir=base_dir,
        )


class _At:
    """Prefixes errors raised in its block with the file and the line of a key."""

    def __init__(self, read: YamlText, source: str) -> None:
        self.read, self.source = read, source
        self.path: tuple[str, ...] = ()

    def __call__(self, *path: str) -> "_At":
        other = _At(self.read, self.source)
        other.path = path
        return other

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError) or type(error) is RuntimeError:  # a name too long, a home of nobody
            told = getattr(error, "strerror", None) or error
            raise EngineError(f"{self.source}{self._line('')}: a file must have a possible name: {told}") from error
        if isinstance(error, EngineError) and not error.message.startswith(self.source):
            raise EngineError(f"{self.source}{self._line(error.message)}: {error.message}", error.hint) from error

    def _line(self, message: str) -> str:
        """Line of the most exact key: a child that the message names, else the path itself, else its parents."""
        depth = len(self.path)
        children = {path[-1]: n for path, n in self.read.lines.items() if path[:-1] == self.path}
        for key, line in children.items():
            if f"{key!r}" in message or message.startswith((f"{key} must ", f"{key}: ")):
                return f", line {line}"
        for end in range(depth, 0, -1):
            if (line := self.read.lines.get(self.path[:end], 0)) > 0:
                return f", line {line}"
        return ""


def _objective(plain: Mapping[str, Any], at: _At) -> tuple[str, str]:
    given, command = plain.get("objective"), plain.get("command")
    with at("command" if command else "objective"):
        if bool(given) == bool(command):
            what = "both" if given else "neither"
            raise EngineError(f"a thread needs either an objective or a command, got {what}")
        if isinstance(command, list):
            command = shlex.join(str(word) for word in command)
        if command and not isinstance(command, str):
            raise EngineError(f"command must be text or a list of words, got {command!r}")
        return (COMMAND_OBJECTIVE, command) if command else (target_of(str(given)), "")


def _mapping(plain: Mapping[str, Any], key: str, at: _At) -> dict[str, Any]:
    value = plain.get(key)
    with at(key):
        if value is not None and not isinstance(value, dict):
            raise EngineError(f"{key} must be a mapping, got {value!r}")
    return value or {}


def _space(plain: Mapping[str, Any], spaces: Mapping[str, Any], at: _At) -> Space:
    with at("space"):
        if plain.get("space") is None:
            raise EngineError("a thread needs a space", "list its dimensions under space:, or name a catalogue entry")
        raw = space_from(plain["space"], spaces)
    dimensions = []
    for name, one in raw.items():
        with at("space", name):
            if not isinstance(one, Mapping):
                raise EngineError(f"{name}: a dimension must be a mapping such as {{type: float, …}}, got {one!r}")
            dimensions.append(Dimension.from_dict(name, one))
    with at("space"):
        space = Space(dimensions=tuple(dimensions))
    with at("constraints"):
        given = plain.get("constraints") or []
        if isinstance(given, str) or not isinstance(given, Sequence):
            raise EngineError(f"constraints must be a list, got {given!r}")
        return replace(space, constraints=tuple(" ".join(str(one).split()) for one in given))


def _check_conditions(space: Space, model: Mapping[str, Any], at: _At) -> None:
    """Refuse conditions that can never hold: on something nobody sets, or on values that are out of the ranges."""
    known = {*space.names, *model, SCHEDULER}
    for dimension in space:
        with at("space", dimension.name, "active_when"):
            for key, wanted in dimension.active_when.items():
                asks_flag = isinstance(wanted, bool)  # a flag nobody set counts as false
                if key not in known and not asks_flag:
                    refuse_unknown_keys({key: None}, known, where=f"{dimension.name}: active_when")
    with at("space"):
        check_conditions(space.dimensions, "domain")


def _resolved(data: Mapping[str, Any], base_dir: Path, at: _At) -> dict[str, Any]:
    """Data options with file names made absolute; a name with a suffix or a slash must exist."""
    found = dict(data)
    for key in PATH_KEYS:
        given = data.get(key)
        if not isinstance(given, str) or not given:
            continue
        with at("data", key):
            path = (base_dir / Path(given).expanduser()).resolve()
            if path.exists():
                found[key] = str(path)
            elif path.suffix or "/" in given:
                raise EngineError(f"data.{key}: no file {given} beside the thread file", f"looked at {path}")
    return found


def _checkpoint(given: object, base_dir: Path) -> tuple[str | None, str]:
    """Folder and label of an initialization: a path whose name holds ``E7_S1234``, or ``{path, epoch, step}``."""
    if given is None:
        return None, PRETRAINED
    if isinstance(given, Mapping):
        refuse_unknown_keys(given, ("path", "epoch", "step"), where="checkpoint")
        if not given.get("path"):
            raise EngineError("checkpoint needs a path")
        folder = (base_dir / str(given["path"])).expanduser().resolve()
        for key in ("epoch", "step"):
            if not isinstance(n := given.get(key, 0), int) or n < 0:
                raise EngineError(f"checkpoint: {key} must be a whole number, 0 or more, got {n!r}")
        label = f"E{given.get('epoch', 0)}_S{given.get('step', 0)}"
    else:
        folder = (base_dir / str(given)).expanduser().resolve()
        label = ""
    if not folder.is_dir():
        raise EngineError(f"checkpoint: no folder {folder}")
    return str(folder), label or checkpoint_label(folder)


def checkpoint_label(folder: Path) -> str:
    """``E7_S1234`` from a checkpoint folder's name, or from ``epoch`` and ``step`` of a ``card.json`` in it.

    Raises:
        EngineError: When there is no such folder, or neither says it.
    """
    if not folder.is_dir():
        raise EngineError(f"checkpoint: no folder {folder}")
    if (match := INITIALIZATION.search(folder.name)) is not None:
        return match.group()
    try:
        card = read_json(folder / "card.json", refusal=EngineError)
        return f"E{int(card['epoch'])}_S{int(card.get('step', 0))}"
    except (EngineError, ArithmeticError, AttributeError, ValueError, KeyError, TypeError):
        raise EngineError(
            f"checkpoint: {folder} does not say its epoch and step, in its name (E7_S1234) or in a card.json",
            "write checkpoint: {path: …, epoch: 7, step: 1234}",
        ) from None
