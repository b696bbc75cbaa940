"""JSON Schema of the thread file, which editors check and complete by; made from the classes that read the file.

The descriptions are those of the classes' docstrings, so each key is described in one place. What a schema cannot say
(a condition that can never hold, a hyperparameter that the command never uses) `trimtab thread new` checks.

Source: https://json-schema.org/draft-07, the draft that editors' YAML extensions take.
"""

import inspect
import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from engine.metric_sources.registry import SOURCES, source_names
from engine.metric_sources.report_options import ReportOptions
from engine.objectives import command_options
from engine.objectives.command_options import CommandOptions, FileCopy
from engine.pruners.registry import PRUNERS
from engine.samplers.registry import SAMPLERS
from engine.space import dimension
from engine.space.dimension import Dimension
from engine.sprint import stages, thread_file
from engine.sprint.options import OPTIONS
from engine.sprint.plan import PRIMES
from engine.sprint.stages import Stage
from engine.sprint.thread_file import ThreadSpec
from engine.trials.fidelity import Fidelity, RunTo
from engine.trials.limits import UNLIMITED, Limits

Schema = dict[str, Any]

ENTRY = re.compile(r"(\w+): (.*)")

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": ["number", "string"]}
"""A number, or text that spells one (``1e-6`` to a reader of YAML 1.1)."""
FLAG: Schema = {"type": "boolean"}
MAPPING: Schema = {"type": "object"}
VALUE: Schema = {"type": ["string", "number", "boolean", "null", "array"]}
DIRECTION: Schema = {"enum": ["maximize", "minimize"]}


def thread_schema() -> Schema:
    """The whole schema, plain JSON."""
    said = described(ThreadSpec) | {"thread": described(ThreadSpec).get("name", "")}
    own: dict[str, Schema] = {
        "thread": TEXT,
        "objective": {"type": "string", "pattern": r"^([\w.]+:\w+|[\w-]+)$"},
        "command": {"type": ["string", "array"], "items": VALUE},
        "model": MAPPING,
        "data": MAPPING,
        "space": {"anyOf": [TEXT, {"$ref": "#/definitions/space"}]},
        "spaces": {"type": "object", "additionalProperties": {"$ref": "#/definitions/space"}},
        "constraints": {"type": "array", "items": TEXT},
        "stages": {"type": "object", "additionalProperties": {"$ref": "#/definitions/stage"}},
        "checkpoint": {"anyOf": [TEXT, _closed(path=TEXT, epoch={"type": "integer"}, step={"type": "integer"})]},
        "metric": TEXT,
        "direction": DIRECTION,
        "notes": TEXT,
    }
    keys = own | _command_keys()
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "trimtab thread file",
        "type": "object",
        "properties": _titled({key: keys[key] for key in thread_file.KEYS}, said | described(CommandOptions)),
        "required": ["thread", "space"],
        "oneOf": [{"required": ["objective"]}, {"required": ["command"]}],
        "additionalProperties": False,
        "definitions": {"space": _space(), "dimension": _dimension(), "stage": _stage()},
    }


def described(kind: Any) -> dict[str, str]:
    """What a record's fields are by name, from its docstring or their declaration; docstrings may be stripped."""
    _, _, listed = (inspect.getdoc(kind) or "").partition("Attributes:\n")
    texts: dict[str, list[str]] = {}
    name = ""
    for line in listed.split("\n\n", maxsplit=1)[0].splitlines():
        entry = ENTRY.fullmatch(line.strip())
        if entry and line.startswith("    ") and not line.startswith("     "):
            name, text = entry.groups()
            texts[name] = [text]
        elif name:
            texts[name].append(line.strip())
    declared = {one.name: one.metadata["help"] for one in fields(kind) if "help" in one.metadata}
    return declared | {name: " ".join(lines).replace("``", "") for name, lines in texts.items()}


def _closed(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _titled(properties: Mapping[str, Schema], said: Mapping[str, str]) -> dict[str, Schema]:
    return {key: plain | ({"description": said[key]} if said.get(key) else {}) for key, plain in properties.items()}


def _words(names: Iterable[str]) -> Schema:
    """Known words first, any text allowed: another package may add one."""
    return {"anyOf": [{"enum": list(names)}, TEXT]}


def _space() -> Schema:
    entry = {"anyOf": [{"$ref": "#/definitions/dimension"}, {"type": "null"}]}
    return {"type": "object", "properties": {"from": TEXT}, "additionalProperties": entry}


def _dimension() -> Schema:
    pair: Schema = {"type": "array"}
    properties: dict[str, Schema] = {
        "type": {"enum": list(typing.get_args(dimension.DimensionKind))},
        "low": NUMBER,
        "high": NUMBER,
        "log": FLAG,
        "step": {"type": ["number", "string", "null"]},
        "choices": {"type": "array", "items": VALUE, "minItems": 1},
        "order": FLAG,
        "domain": pair,
        "active_when": MAPPING,
        "note": TEXT,
        "frozen": VALUE,
        "was": VALUE,
    }
    said = described(Dimension)
    said |= {"type": said.get("kind", ""), "order": said.get("ordered", "")}
    bounds: Schema = {"properties": {"type": {"enum": ["float", "int"]}}}
    return {
        "type": "object",
        "properties": _titled({key: properties[key] for key in dimension.KEYS}, said),
        "required": ["type"],
        "additionalProperties": False,
        "if": bounds | {"required": ["type"]},
        "then": {"required": ["low", "high"]} | _without(dimension.FOREIGN["float"]),
        "else": {"required": ["choices"]} | _without(dimension.FOREIGN["categorical"]),
    }


def _without(keys: Iterable[str]) -> Schema:
    return {"properties": dict.fromkeys(keys, False)}


def _stage() -> Schema:
    count: Schema = {"type": "integer", "minimum": 0}
    budget: Schema = {"type": ["number", "null"], "exclusiveMinimum": 0}
    properties: dict[str, Schema] = {
        "title": TEXT,
        "sampler": _words(SAMPLERS),
        "sampler_options": MAPPING,
        "pruner": _words(PRUNERS),
        "pruner_options": MAPPING,
        "n_trials": count | {"minimum": 1},
        "n_random": count,
        "fidelity": _fidelity(),
        "prime": {"enum": list(PRIMES)},
        "keep_checkpoint_at": {"type": ["array", "string"], "items": {"type": ["integer", "string"]}},
        "limits": _limits(),
        "suffix": TEXT,
        "from": {"type": "string", "description": "The stage that says what this one does not."},
    }
    properties |= {option.name: count | {"minimum": option.least} if option.is_count else budget for option in OPTIONS}
    known = {key: plain for key, plain in properties.items() if key in stages.KEYS}
    for key in stages.KEYS:
        known.setdefault(key, {})  # declared there alone: any value, which the reader checks
    return _closed(**_titled(known, described(Stage)))


def _fidelity() -> Schema:
    count: Schema = {"type": "integer", "minimum": 1}
    properties: dict[str, Schema] = {
        "train_parts": count,
        "val_parts": count,
        "max_epochs": count,
        "run_to": {"enum": list(typing.get_args(RunTo))},
        "epochs": {"type": ["integer", "null"], "minimum": 1},
        "scheduler": FLAG,
        "calibration_epochs": {"type": "integer", "minimum": 0},
    }
    return _closed(**_titled(properties, described(Fidelity)))


def _limits() -> Schema:
    properties: dict[str, Schema] = {
        name: {"type": ["number", "null"] if name in UNLIMITED else "number", "minimum": 0}
        for name in Limits.__dataclass_fields__
    }
    return _closed(**_titled(properties, described(Limits)))


def _command_keys() -> dict[str, Schema]:
    settings = described(FileCopy)
    copies: Schema = _closed(**_titled({"from": TEXT, "set": MAPPING}, {"from": settings.get("source", "")}))
    properties: dict[str, Schema] = {
        "python": TEXT,
        "cwd": TEXT,
        "isolated": FLAG,
        "shell": FLAG,
        "tty": FLAG,
        "env": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}},
        "files": {"type": "object", "additionalProperties": copies},
        "constants": {"type": "object", "additionalProperties": MAPPING},
        "report": {"anyOf": [{"enum": list(source_names())}, _report()]},
    }
    return {key: properties[key] for key in command_options.KEYS}


def _report() -> Schema:
    said = described(ReportOptions)
    properties: dict[str, Schema] = {
        "key": TEXT,
        "epoch": TEXT,
        "take": {"enum": ["last", "best", "mean"]},
        "from": {"type": "integer", "minimum": 0, "description": said.get("first_epoch", "")},
        "every": {"type": "integer", "minimum": 1},
        "direction": DIRECTION,
    }
    for name, info in SOURCES.built_in.items():
        properties[name] = {"description": f"{info.summary}, such as {info.example}"}
        properties |= {option: {} for option in info.options or () if option not in properties}
    # Open: a metric source of another package has keys of its own.
    return {"type": "object", "properties": _titled(properties, said)}
