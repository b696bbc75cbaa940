"""Options of ``argparse``: every ``add_argument`` of a script and of the modules beside it."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine.script_reader.option import Option, OptionKind, Passing
from engine.script_reader.source import Source, called_name, calls, keywords, last_name, texts
from engine.values import Value

SKIPPED_ACTIONS = ("store_const", "append", "append_const", "count", "help", "version", "extend")
"""Actions whose option no hyperparameter is passed by."""

KINDS: dict[str, OptionKind] = {"float": "float", "int": "int", "str": "text", "bool": "bool", "Path": "text"}
"""What ``type=`` says."""


def argparse_options(sources: list[Source]) -> Iterator[Option]:
    """Every option that ``argparse`` is told of, later ``set_defaults`` applied."""
    found: dict[str, Option] = {}
    for source in sources:
        for call in calls(source.tree):
            name = called_name(call)
            if name == "add_argument" and (option := _option(call, source)) is not None:
                found.setdefault(option.name, option)
            elif name == "set_defaults":
                for key, value in keywords(call).items():
                    if key in found and (default := _plain(source.value(value))) is not None:
                        found[key] = replace(found[key], default=default, required=False)
    yield from found.values()


def _option(call: ast.Call, source: Source) -> Option | None:
    flags = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    if not flags:
        return None
    given = keywords(call)
    action = last_name(given.get("action")) or (texts(given.get("action")) or [""])[0]
    if action in SKIPPED_ACTIONS:
        return None
    is_option = flags[0].startswith("-")
    flag = max(flags, key=lambda one: (one.startswith("--"), len(one))) if is_option else ""
    dest = source.value(given.get("dest"))
    name = dest if isinstance(dest, str) else (flag or flags[0]).lstrip("-").replace("-", "_")
    nargs = source.value(given.get("nargs"))
    default = _default(given.get("default"), source)
    kind = _kind(given.get("type"), default)
    passing: Passing = "separate" if is_option else "positional"
    off_flag = ""
    if action in ("store_true", "store_false"):
        passing, kind = ("switch" if action == "store_true" else "switch-off"), "bool"
        default = action == "store_false" if default is None else default
    elif action == "BooleanOptionalAction":
        passing, kind, off_flag = "switch-pair", "bool", "--no-" + flag.lstrip("-")
    choices = source.value(given.get("choices"))
    return Option(
        name=name,
        passing=passing,
        flag=flag,
        off_flag=off_flag,
        kind=kind,
        default=default,
        choices=_choices(choices),
        required=source.value(given.get("required")) is True or (not is_option and nargs not in ("?", "*")),
        is_list=nargs in ("+", "*") or isinstance(nargs, int),
        spells_booleans=("True", "False"),
        file=str(source.path),
        line=call.lineno,
        metavar=str(source.value(given.get("metavar")) or ""),
        help=" ".join(str(source.value(given.get("help")) or "").split()),
    )


def _default(node: ast.expr | None, source: Source) -> Value | None:
    """A default's value; of an expression that is no literal, such as ``ROOT / "hyp.yaml"``, its one text."""
    value = source.value(node)
    if value is None and isinstance(node, ast.BinOp | ast.Call) and len(found := texts(node)) == 1:
        return found[0]
    return _plain(value)


def _kind(node: ast.expr | None, default: Value | None) -> OptionKind | None:
    if isinstance(default, bool):
        return "bool"
    named = last_name(node)
    if named in KINDS:
        return KINDS[named]
    if "float" in named.lower():
        return "float"
    return kind_of(default)


def kind_of(value: Any) -> OptionKind | None:
    """What a default says of its option; None where it says nothing."""
    for kind, types in (("bool", bool), ("int", int), ("float", float), ("text", str)):
        if isinstance(value, types):
            return kind  # type: ignore[return-value]
    return None


def _plain(value: Any) -> Value | None:
    return value if isinstance(value, bool | int | float | str) else None


def _choices(value: Any) -> tuple[Value, ...]:
    found = value if isinstance(value, list) else list(value) if isinstance(value, dict) else []
    return tuple(one for one in found if isinstance(one, bool | int | float | str))
