"""A script's source text and that of the modules beside it, parsed and never run."""

import ast
import operator
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.boundary.input import read_bytes
from engine.errors import EngineError

N_MODULES = 40
"""Modules beside the script that are read at most."""

MOST_BYTES = 4 * 2**20
"""Of a script; the longest that people write by hand have a tenth of it."""

MOST_DEPTH = 120
"""Levels of a script's syntax tree; what turns a tree into text takes some calls a level."""

ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
"""Arithmetic that a default may be written with; powers are bounded apart from it."""

LONGEST_TEXT = 10_000
"""Characters or elements beyond which a computed value is no default any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One parsed Python file.

    Attributes:
        path: The file.
        tree: Its syntax tree.
        constants: Values of module-level names that are assigned a literal.
    """

    path: Path
    tree: ast.Module
    constants: Mapping[str, Any] = field(default_factory=dict)

    def value(self, node: ast.AST | None) -> Any:
        """What an expression is worth without running anything; None where that cannot be said."""
        try:
            return _value(node, self.constants)
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            return None


def read_script(path: Path) -> list[Source]:
    """The script, then the modules beside it that it imports, directly or through each other.

    Raises:
        EngineError: When the script cannot be read or is no Python.
    """
    script = _parsed(path)
    found, waiting = {path.resolve(): script}, [script]
    while waiting and len(found) < N_MODULES:
        source = waiting.pop(0)
        for module in _imported(source, path.absolute().parent):
            if module.resolve() not in found and len(found) < N_MODULES:
                try:
                    found[module.resolve()] = read = _parsed(module)
                except EngineError:
                    continue
                waiting.append(read)
    return list(found.values())


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call below a node, in the order of the text."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    yield from sorted(found, key=lambda call: (call.lineno, call.col_offset))


def called_name(call: ast.Call) -> str:
    """Last part of what is called: ``add_argument`` of ``parser.add_argument(…)``; empty for anything else."""
    return last_name(call.func)


def last_name(node: ast.AST | None) -> str:
    """Last part of a dotted name; of a call, that of what is called; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Call):
        return last_name(node.func)
    return node.id if isinstance(node, ast.Name) else ""


def keywords(call: ast.Call) -> dict[str, ast.expr]:
    """Keyword arguments of a call by name."""
    return {one.arg: one.value for one in call.keywords if one.arg is not None}


def texts(node: ast.AST | None) -> list[str]:
    """Every text literal below a node, in the order of the tree."""
    return (
        []
        if node is None
        else [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    )


def _parsed(path: Path) -> Source:
    try:
        tree = ast.parse(read_bytes(path, limit=MOST_BYTES, refusal=EngineError), str(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise EngineError(
            f"Script {path} must be Python 3 that this Python can parse, got: {error}",
            "name another file, or use --run-help for a program that is no Python script",
        ) from None
    if _depth_passes(tree):
        raise EngineError(
            f"Script {path} must be nested at most {MOST_DEPTH} levels deep", "name another file, or use --run-help"
        )
    source = Source(path=path, tree=tree)
    constants: dict[str, Any] = {}
    for statement in tree.body:
        for name, value in assigned(statement):
            try:
                constants[name] = _value(value, constants)
            except (ValueError, TypeError, ArithmeticError, RecursionError):
                constants.pop(name, None)
    return Source(path=source.path, tree=tree, constants=constants)


def assigned(statement: ast.stmt) -> list[tuple[str, ast.expr]]:
    """Names and expressions of an assignment to plain names; tuples of equal length count one by one."""
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value is not None:
        return [(statement.target.id, statement.value)]
    if not isinstance(statement, ast.Assign):
        return []
    found: list[tuple[str, ast.expr]] = []
    for target in statement.targets:
        if isinstance(target, ast.Name):
            found.append((target.id, statement.value))
        elif isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            pairs = zip(target.elts, statement.value.elts, strict=False)
            found += [(name.id, value) for name, value in pairs if isinstance(name, ast.Name)]
    return found


def _imported(source: Source, root: Path) -> Iterator[Path]:
    """Files of the script's folder, or of the module's own, that a module imports."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = node.module or ""
            names = [start, *(f"{start}.{one.name}".lstrip(".") for one in node.names)]
        else:
            continue
        for name in filter(None, names):
            for folder in (root, source.path.parent, root.parent):
                below = folder.joinpath(*name.split("."))
                # A name too long for the system is no file, where pathlib raises.
                file = below / "__init__.py" if os.path.isdir(below) else below.with_suffix(".py")  # noqa: PTH112
                if os.path.isfile(file):  # noqa: PTH113
                    yield file
                    break


def _value(node: ast.AST | None, names: Mapping[str, Any]) -> Any:
    """Literals, names of constants, arithmetic on them, and calls of ``dict``, ``list``, ``float`` and their kind."""
    match node:
        case ast.Name(id=name) if name in names:
            value = names[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = -_value(operand, names)
        case ast.BinOp():
            value = _computed(node, names)
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            value = [_value(one, names) for one in elements]
        case ast.Dict(keys=keys, values=values):
            value = {_value(key, names): _value(one, names) for key, one in zip(keys, values, strict=True)}
        case ast.Call(func=ast.Name(id="dict"), args=[]):
            value = {name: _value(one, names) for name, one in keywords(node).items()}
        case ast.Call(func=ast.Name(id=("list" | "tuple" | "float" | "int") as kind), args=[only]):
            value = {"list": list, "tuple": list, "float": float, "int": int}[kind](_value(only, names))
        case ast.Constant(value=None | bool() | int() | float() | str()):
            value = node.value
        case _:
            raise ValueError(type(node).__name__)
    return value


def _computed(node: ast.BinOp, names: Mapping[str, Any]) -> Any:
    left, right = _value(node.left, names), _value(node.right, names)
    if isinstance(node.op, ast.Pow):
        if not all(isinstance(one, int | float) and abs(one) < 1000 for one in (left, right)):
            raise ValueError("a power out of bounds")
        return left**right
    if isinstance(node.op, ast.Mult) and not all(isinstance(one, int | float) for one in (left, right)):
        raise ValueError("a repetition")
    if type(node.op) not in ARITHMETIC:
        raise ValueError(type(node.op).__name__)
    done = ARITHMETIC[type(node.op)](left, right)
    if isinstance(done, str | list) and len(done) > LONGEST_TEXT:
        raise ValueError("too long")
    return done


def _depth_passes(tree: ast.AST) -> bool:
    """Whether a syntax tree is nested deeper than `MOST_DEPTH`; a chain of ``elif`` counts once."""
    level: list[ast.AST] = [tree]
    for _ in range(MOST_DEPTH):
        inner: list[ast.AST] = []
        for node in level:
            while isinstance(node, ast.If) and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
                inner += [node.test, *node.body]
                node = node.orelse[0]  # noqa: PLW2901 (along the chain)
            inner += ast.iter_child_nodes(node)
        if not inner:
            return False
        level = inner
    return True
