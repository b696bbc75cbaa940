"""Options that come from configurations: Hydra's YAML files and structured configs, and dataclasses."""

import ast
import os.path
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.boundary.input import read_text
from engine.boundary.yaml_text import MOST_CHARACTERS, read_yaml
from engine.errors import EngineError
from engine.script_reader.argparse_options import kind_of
from engine.script_reader.option import Option, OptionKind
from engine.script_reader.source import Source, called_name, calls, keywords, last_name, texts
from engine.values import Value

DATACLASS_PARSERS = {
    "HfArgumentParser": "--{}", "TrlParser": "--{}", "ArgumentParser": "--{}", "cli": "--{}", "parse": "--{}",
    "wrap": "--{}",
}  # fmt: skip
"""Calls that make flags of a dataclass: Transformers, TRL, simple-parsing, tyro, pyrallis and draccus."""

TRAINING_ARGUMENTS: Mapping[str, Value] = {
    "learning_rate": 5e-5,
    "weight_decay": 0.0,
    "warmup_ratio": 0.0,
    "per_device_train_batch_size": 8,
    "gradient_accumulation_steps": 1,
    "label_smoothing_factor": 0.0,
    "max_grad_norm": 1.0,
    "adam_beta1": 0.9,
    "adam_beta2": 0.999,
    "num_train_epochs": 3.0,
    "seed": 42,
    "output_dir": "trainer_output",
}
"""Options of the Transformers ``TrainingArguments`` that a search is about, with their defaults."""

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
"""Text that a configuration file means as a number: plain YAML 1.1 reads ``1e-3`` as text."""

LONGEST_NUMBER = 300
"""Characters of it."""

N_FILES = 60
"""Files of a Hydra configuration that are composed at most."""

MOST_BYTES = 4 * MOST_CHARACTERS
"""Of a configuration file: a character has at most four."""

BOOLEANS: Mapping[str, bool] = {"yes": True, "on": True, "no": False, "off": False}
"""Words that Hydra, which reads YAML 1.1, takes for truth values."""


def hydra_options(sources: list[Source]) -> Iterator[Option]:
    """Values of the configuration that ``@hydra.main`` names, its groups' defaults composed."""
    for source in sources[:1]:
        for function in ast.walk(source.tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            for decorator in function.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) in ("hydra.main", "main"):
                    yield from _hydra_config(decorator, function, source, sources)


def dataclass_options(sources: list[Source]) -> Iterator[Option]:
    """Fields of the dataclasses that a parser of dataclasses is given."""
    classes = _dataclasses(sources)
    for source in sources:
        for call in calls(source.tree):
            if called_name(call) not in DATACLASS_PARSERS or ast.unparse(call.func).startswith("argparse"):
                continue
            style = ("--flag VALUE", ("True", "False"))
            named = _names_in(call, source)
            if called_name(call) in ("cli", "parse", "wrap") and not named & set(classes):
                continue
            is_tyro = called_name(call) == "cli"
            for name in sorted(named, key=lambda one: (one not in classes, one)):
                yield from _fields_of(name, classes, style[1], is_tyro=is_tyro)


def _hydra_config(
    decorator: ast.Call, function: ast.FunctionDef, source: Source, sources: list[Source]
) -> Iterator[Option]:
    given = keywords(decorator)
    folder = (texts(given.get("config_path")) or ["."])[-1]
    name = source.value(given.get("config_name")) or "config"
    here = source.path.parent
    roots = [base / folder for base in (here, here.parent, Path.cwd())]
    named = [root / f"{str(name).removesuffix('.yaml')}.yaml" for root in roots]
    file = next((one for one in named if os.path.isfile(one)), None)  # noqa: PTH113 (odd names are no error)
    if file is not None:
        for dotted, value, where in _composed(file):
            yield _assigned(dotted, value, where)
        return
    annotations = [last_name(one.annotation) for one in function.args.args]
    classes = _dataclasses(sources)
    for annotation in annotations:
        if annotation in classes:
            for option in _fields_of(annotation, classes, ("true", "false"), is_tyro=False):
                yield _assigned(option.name, option.default, Path(option.file), option.line)


def _assigned(dotted: str, value: Any, file: Path, line: int = 0) -> Option:
    return Option(
        name=dotted,
        passing="assigned",
        flag=dotted,
        kind=kind_of(value),
        default=value if isinstance(value, bool | int | float | str) else None,
        required=value == "???",
        is_list=isinstance(value, list),
        file=str(file),
        line=line,
    )


def _composed(file: Path, package: str = "", read: list[Path] | None = None) -> Iterator[tuple[str, Any, Path]]:
    """(dotted name, value, file) of a configuration and the groups its defaults list names; its own values win."""
    read = [] if read is None else read
    read.append(file)
    plain = read_mapping(file)
    listed = plain.pop("defaults", None) or []
    found: dict[str, tuple[Any, Path]] = {}
    for entry in listed if isinstance(listed, list) else []:
        for group, choice in entry.items() if isinstance(entry, dict) else [("", entry)]:
            if choice in (None, "_self_") or not isinstance(choice, str) or "override" in str(group):
                continue
            below = file.parent / str(group).removeprefix("optional ") / f"{choice.removesuffix('.yaml')}.yaml"
            if len(read) < N_FILES and below not in read and os.path.isfile(below):  # noqa: PTH113
                inner = str(group).removeprefix("optional ").replace("/", ".")
                for name, value, where in _composed(below, inner, read):
                    found[name] = (value, where)
    for name, value in _flat(plain):
        found[name] = (value, file)
    for name, (value, where) in found.items():
        yield (f"{package}.{name}" if package else name), value, where


def read_mapping(file: Path) -> dict[str, Any]:
    """A YAML file's mapping; empty where it is none, or larger or deeper than configurations are."""
    try:
        return dict(read_yaml(read_text(file, limit=MOST_BYTES, refusal=EngineError), file.name, EngineError).plain)
    except EngineError:
        return {}


def _flat(plain: Mapping[Any, Any], start: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in plain.items():
        name = f"{start}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        else:
            yield name, _plain(value)


def as_number(value: Any) -> Any:
    """A number for text that spells one, everything else as it is."""
    if isinstance(value, str) and len(value) <= LONGEST_NUMBER and NUMBER.fullmatch(value.strip()):
        return float(value)
    return value


def _plain(value: Any) -> Any:
    """A value as Hydra takes it."""
    return BOOLEANS.get(value.lower(), as_number(value)) if isinstance(value, str) else value


def _dataclasses(sources: list[Source]) -> dict[str, tuple[ast.ClassDef, Source]]:
    found: dict[str, tuple[ast.ClassDef, Source]] = {}
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef) and any(last_name(one) == "dataclass" for one in node.decorator_list):
                found.setdefault(node.name, (node, source))
    return found


def _names_in(call: ast.Call, source: Source) -> set[str]:
    """Names of classes that a call is given, directly, in a tuple, or by a name that a tuple was assigned to."""
    nodes = [*call.args, *keywords(call).values()]
    names = {last_name(one) for node in nodes for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute)}
    for statement in ast.walk(source.tree):
        if isinstance(statement, ast.Assign) and any(last_name(one) in names for one in statement.targets):
            names |= {one.id for one in ast.walk(statement.value) if isinstance(one, ast.Name)}
    return names


def _fields_of(
    name: str, classes: Mapping[str, tuple[ast.ClassDef, Source]], spells: tuple[str, str], *, is_tyro: bool
) -> Iterator[Option]:
    if name not in classes:
        if re.search(r"TrainingArguments$|^(SFT|DPO|GRPO|PPO|Reward|KTO|ORPO|CPO|RLOO|GKD)Config$", name):
            for key, default in TRAINING_ARGUMENTS.items():
                yield _field(key, kind_of(default), default, spells, name, 0, is_tyro=is_tyro)
        return
    node, source = classes[name]
    for base in node.bases:
        if last_name(base) not in (name, "object"):
            yield from _fields_of(last_name(base), classes, spells, is_tyro=is_tyro)
    for statement in node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        value, choices, words, required = _field_default(statement, source)
        annotation = ast.unparse(statement.annotation)
        kind = _annotated(annotation) or kind_of(value)
        option = _field(
            statement.target.id, kind, value, spells, str(source.path), statement.lineno, is_tyro=is_tyro,
            choices=choices, required=required, help=words, is_list="ist[" in annotation,
        )  # fmt: skip
        yield option


def _field(
    name: str, kind: OptionKind | None, default: Any, spells: tuple[str, str], file: str, line: int, *, is_tyro: bool,
    **more: Any,
) -> Option:  # fmt: skip
    flag = f"--{name.replace('_', '-') if is_tyro else name}"
    is_pair = is_tyro and kind == "bool"
    return Option(
        name=name,
        passing="switch-pair" if is_pair else "separate",
        flag=flag,
        off_flag=f"--no-{flag[2:]}" if is_pair else "",
        kind=kind,
        default=default if isinstance(default, bool | int | float | str) else None,
        spells_booleans=spells,
        file=file,
        line=line,
        **more,
    )


def _field_default(statement: ast.AnnAssign, source: Source) -> tuple[Any, tuple[Value, ...], str, bool]:
    """(default, choices, help, whether it must be given) of a dataclass field."""
    node = statement.value
    choices = source.value(statement.annotation.slice) if _is_literal(statement.annotation) else None  # type: ignore[attr-defined]
    listed = tuple(choices) if isinstance(choices, list) else ()
    if isinstance(node, ast.Call) and called_name(node) in ("field", "arg", "flag", "choice"):
        given = keywords(node)
        metadata = source.value(given.get("metadata"))
        words = metadata.get("help", "") if isinstance(metadata, dict) else ""
        has_default = bool(node.args) or bool({"default", "default_factory", "factory"} & set(given))
        default = source.value(given.get("default", node.args[0] if node.args else None))
        return default, listed, " ".join(str(words).split()), not has_default
    return source.value(node), listed, "", node is None


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and last_name(node.value) == "Literal"


def _annotated(annotation: str) -> OptionKind | None:
    kinds: tuple[tuple[str, OptionKind], ...] = (("bool", "bool"), ("float", "float"), ("int", "int"), ("str", "text"))
    return next((kind for word, kind in kinds if re.search(rf"\b{word}\b", annotation)), None)
