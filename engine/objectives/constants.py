"""Constants of a Python script: the values of names that its module assigns, changed in its source."""

import ast
import io
import tokenize
from collections.abc import Mapping

from engine.errors import EngineError
from engine.values import refuse_unknown_keys


def with_constants(source: bytes, values: Mapping[str, object], *, where: str) -> bytes:
    """The source of a script with other values for some of its module-level names; all else stays byte for byte.

    Args:
        source: The script as its file holds it.
        values: New values by name; numbers, text, truth values, None and lists of them.
        where: Name of the file, for errors.

    Raises:
        EngineError: For a name that the module does not assign, assigns more than once, or assigns no literal; or a
            script that cannot be parsed.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise EngineError(f"constants: {where} must be a Python script that can be parsed: {error}") from None
    assigned: dict[str, list[ast.expr | None]] = {}
    for name, value in _assignments(tree.body):
        assigned.setdefault(name, []).append(value)
    within = _entries(assigned)
    refuse_unknown_keys(values, {**assigned, **within}, where=f"constants: {where}")
    lines = source.splitlines(keepends=True)
    spans: list[tuple[int, int, bytes]] = []
    for name, new in values.items():
        if name in within:
            spans.append((*_span(within[name], lines), repr(new).encode(encoding)))
            continue
        if len(assigned[name]) > 1:
            n = len(assigned[name])
            raise EngineError(f"constants: {where} must assign {name} once, it does {n} times", "edit the script")
        [node] = assigned[name]
        if node is None or not _is_literal(node):
            raise EngineError(f"constants: {where} must assign a literal to {name}, such as {name} = 1")
        spans.append((*_span(node, lines), repr(new).encode(encoding)))
    for start, end, shown in sorted(spans, reverse=True):
        source = source[:start] + shown + source[end:]
    return source


def _entries(assigned: Mapping[str, list[ast.expr | None]]) -> dict[str, ast.expr]:
    """``params.lr``: literal entries of dictionaries that the module assigns once."""
    return {
        f"{name}.{key.value}": value
        for name, nodes in assigned.items()
        if len(nodes) == 1 and isinstance(node := nodes[0], ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and _is_literal(value)
    }


def literal_constants(source: bytes) -> dict[str, object]:
    """The names that a script assigns a literal once at its top level, with their values; empty where it has errors."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, list[ast.expr | None]] = {}
    for name, value in _assignments(tree.body):
        found.setdefault(name, []).append(value)
    return {
        name: ast.literal_eval(nodes[0])
        for name, nodes in found.items()
        if len(nodes) == 1 and nodes[0] is not None and _is_literal(nodes[0])
    }


def _assignments(body: list[ast.stmt]) -> list[tuple[str, ast.expr | None]]:
    """Every name that a module's statements bind, with the value where it is a plain assignment; functions apart."""
    found: list[tuple[str, ast.expr | None]] = []
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.append((name, value))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found.append((name, value))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.append((statement.name, None))
            case _:
                nested = [part for field in ("body", "orelse", "finalbody") for part in getattr(statement, field, [])]
                nested += [part for handler in getattr(statement, "handlers", []) for part in handler.body]
                inner = {id(node) for part in nested for node in ast.walk(part)}
                stored = (node for node in ast.walk(statement) if id(node) not in inner)
                found += [(n.id, None) for n in stored if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
                found += _assignments(nested)
    return found


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _span(node: ast.expr, lines: list[bytes]) -> tuple[int, int]:
    """Byte positions of a node's source; its columns count bytes of UTF-8."""
    before = [0]
    for line in lines:
        before.append(before[-1] + len(line))
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return before[node.lineno - 1] + node.col_offset, before[node.end_lineno - 1] + node.end_col_offset
