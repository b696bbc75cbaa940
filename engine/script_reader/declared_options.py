"""Options that decorators and calls declare: click, Typer, Fire and absl flags."""

import ast
import os
from collections.abc import Iterator
from typing import Any

from engine.script_reader.argparse_options import kind_of
from engine.script_reader.option import Option, OptionKind, Passing
from engine.script_reader.source import Source, called_name, calls, keywords, last_name
from engine.values import Value

ABSL_KINDS: dict[str, OptionKind] = {
    "DEFINE_float": "float",
    "DEFINE_integer": "int",
    "DEFINE_bool": "bool",
    "DEFINE_boolean": "bool",
    "DEFINE_string": "text",
    "DEFINE_enum": "text",
}
"""Functions of ``absl.flags`` and what each declares."""

TYPES: dict[str, OptionKind] = {
    "float": "float", "FLOAT": "float", "FloatRange": "float",
    "int": "int", "INT": "int", "IntRange": "int",
    "bool": "bool", "BOOL": "bool",
    "str": "text", "STRING": "text", "Choice": "text", "Path": "text",
}  # fmt: skip
"""Types of click and annotations of Typer and Fire."""


def click_options(sources: list[Source]) -> Iterator[Option]:
    """Options and arguments of click's decorators, and the parameters of Typer's and Fire's functions."""
    for source in sources:
        for function in ast.walk(source.tree):
            if isinstance(function, ast.FunctionDef):
                for decorator in function.decorator_list:
                    if isinstance(decorator, ast.Call) and called_name(decorator) in ("option", "argument"):
                        yield from _click_option(decorator, source)
        for function in _commands(source):
            yield from _parameters(function, source)


def absl_options(sources: list[Source]) -> Iterator[Option]:
    """Flags of absl, and the values of a configuration file that ``config_flags`` names."""
    for source in sources:
        for call in calls(source.tree):
            name = called_name(call)
            if name in ABSL_KINDS and call.args:
                yield from _absl_flag(call, name, source)
            elif name == "DEFINE_config_file" and call.args:
                yield from _config_file(call, source)


def _click_option(call: ast.Call, source: Source) -> Iterator[Option]:
    words = [one for one in (source.value(arg) for arg in call.args) if isinstance(one, str)]
    given = keywords(call)
    if not words or source.value(given.get("multiple")) or source.value(given.get("count")):
        return
    is_option = called_name(call) == "option"
    flags = [word for word in words if word.startswith("-")]
    if is_option and not flags:
        return
    named = [word for word in words if not word.startswith("-")]
    flag = max(flags, key=lambda word: (word.startswith("--"), len(word))) if is_option else ""
    flag, slash, off_flag = flag.partition("/")
    default = source.value(given.get("default"))
    type_node = given.get("type")
    kind = TYPES.get(last_name(type_node)) or kind_of(default)
    low, high, choices = _limits(type_node, source)
    passing: Passing = "separate" if is_option else "positional"
    if slash:
        passing, kind, default = "switch-pair", "bool", bool(default)
    elif source.value(given.get("is_flag")) is True:
        passing, kind, default = "switch", "bool", bool(default)
    yield Option(
        name=(named[0] if named else flag.lstrip("-")).replace("-", "_"),
        passing=passing,
        flag=flag.strip(),
        off_flag=off_flag.strip(),
        kind=kind,
        default=_plain(default),
        choices=choices,
        low=low,
        high=high,
        required=source.value(given.get("required")) is True or (not is_option and "default" not in given),
        is_list=isinstance(source.value(given.get("nargs")), int),
        file=str(source.path),
        line=call.lineno,
        metavar=str(source.value(given.get("metavar")) or ""),
        help=" ".join(str(source.value(given.get("help")) or "").split()),
    )


def _limits(node: ast.expr | None, source: Source) -> tuple[float | None, float | None, tuple[Value, ...]]:
    """Lowest, highest and the choices of ``IntRange(1, 9)`` or ``Choice([…])``."""
    if not isinstance(node, ast.Call):
        return None, None, ()
    given = keywords(node)
    values = [source.value(one) for one in node.args]
    if called_name(node) == "Choice":
        listed = values[0] if values else source.value(given.get("choices"))
        return None, None, tuple(listed) if isinstance(listed, list) else ()
    low = values[0] if values else source.value(given.get("min"))
    high = values[1] if len(values) > 1 else source.value(given.get("max"))
    return _number(low), _number(high), ()


def _commands(source: Source) -> Iterator[ast.FunctionDef]:
    """Functions that Typer or Fire makes a command of."""
    functions = {one.name: one for one in source.tree.body if isinstance(one, ast.FunctionDef)}
    imports = {alias.name for node in ast.walk(source.tree) if isinstance(node, ast.Import) for alias in node.names}
    if not imports & {"typer", "fire"}:
        return
    for call in calls(source.tree):
        if called_name(call) in ("run", "Fire") and call.args and last_name(call.args[0]) in functions:
            yield functions[last_name(call.args[0])]
    if "typer" in imports:
        for function in functions.values():
            if any(isinstance(one, ast.Call) and called_name(one) == "command" for one in function.decorator_list):
                yield function


def _parameters(function: ast.FunctionDef, source: Source) -> Iterator[Option]:
    """Parameters with a default as options; a bool is a pair of switches, as Typer makes it."""
    arguments = [*function.args.args, *function.args.kwonlyargs]
    none: list[ast.expr | None] = [None] * (len(function.args.args) - len(function.args.defaults))
    defaults = [*none, *function.args.defaults, *function.args.kw_defaults]
    for argument, node in zip(arguments, defaults, strict=True):
        default, low, high = source.value(node), None, None
        if isinstance(node, ast.Call) and called_name(node) in ("Option", "Argument"):
            default = source.value(node.args[0]) if node.args else None
            low, high = (_number(source.value(keywords(node).get(key))) for key in ("min", "max"))
        kind = TYPES.get(last_name(argument.annotation)) or kind_of(default)
        flag = "--" + argument.arg.replace("_", "-")
        is_option = node is not None
        passing: Passing = "positional" if not is_option else "switch-pair" if kind == "bool" else "separate"
        yield Option(
            name=argument.arg,
            passing=passing,
            flag=flag if is_option else "",
            off_flag="--no-" + flag[2:] if kind == "bool" else "",
            kind=kind,
            default=_plain(default),
            low=low,
            high=high,
            required=not is_option,
            file=str(source.path),
            line=argument.lineno,
        )


def _absl_flag(call: ast.Call, function: str, source: Source) -> Iterator[Option]:
    values = [source.value(one) for one in call.args]
    given = {name: source.value(node) for name, node in keywords(call).items()}
    name = values[0]
    if not isinstance(name, str):
        return
    default = values[1] if len(values) > 1 else given.get("default")
    choices = (values[2] if len(values) > 2 else given.get("enum_values")) if function == "DEFINE_enum" else ()
    words = values[3 if function == "DEFINE_enum" else 2 :]
    yield Option(
        name=name,
        passing="joined",
        flag=f"--{name}",
        kind=ABSL_KINDS[function],
        default=_plain(default),
        choices=tuple(choices) if isinstance(choices, list) else (),
        low=_number(given.get("lower_bound")),
        high=_number(given.get("upper_bound")),
        required=given.get("required") is True or name in _required(source),
        file=str(source.path),
        line=call.lineno,
        help=" ".join(str((words or [given.get("help")])[0] or "").split()),
    )


def _required(source: Source) -> set[str]:
    marked: set[str] = set()
    for call in calls(source.tree):
        if called_name(call) in ("mark_flags_as_required", "mark_flag_as_required") and call.args:
            value = source.value(call.args[0])
            marked |= set(value if isinstance(value, list) else [value])
    return marked


def _config_file(call: ast.Call, source: Source) -> Iterator[Option]:
    """The flag that names a configuration, and the values that the one file found for it sets in ``get_config``."""
    from engine.script_reader.source import read_script

    name, default = source.value(call.args[0]), source.value(call.args[1]) if len(call.args) > 1 else None
    folder = source.path.parent
    candidates = [
        folder / str(default),
        *sorted(folder.glob("configs/default.py")),
        *sorted(folder.glob("configs/*.py")),
    ]
    # A name too long for the system is no file, where pathlib raises.
    file = next((one for one in candidates if os.path.isfile(one) and one.name != "__init__.py"), None)  # noqa: PTH113
    where = {"file": str(source.path), "line": call.lineno}
    shown = str(file.relative_to(folder)) if file is not None else None
    yield Option(
        name=str(name),
        passing="joined",
        flag=f"--{name}",
        kind="text",
        default=shown,
        required=True,
        **where,  # type: ignore[arg-type]
    )
    if file is None:
        return
    read = read_script(file)[0]
    for statement in ast.walk(read.tree):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if isinstance(target, ast.Attribute) and isinstance(statement, ast.Assign):
            value = read.value(statement.value)
            dotted = ast.unparse(target).partition(".")[2]
            if _plain(value) is not None:
                yield Option(
                    name=f"{name}.{dotted}",
                    passing="joined",
                    flag=f"--{name}.{dotted}",
                    kind=kind_of(value),
                    default=_plain(value),
                    file=str(file),
                    line=statement.lineno,
                )


def _plain(value: Any) -> Value | None:
    return value if isinstance(value, bool | int | float | str) else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
