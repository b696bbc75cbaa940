"""What a name that is printed was put together from: ``text = f"…"``, ``text += f"…"``, ``parts.append(f"…")``."""

import ast
from bisect import bisect_left
from dataclasses import dataclass, field

from engine.script_reader.source import Source, assigned


@dataclass(slots=True)
class _Scope:
    """A function's lines, or the module's, and what its names are given in the order of the text.

    Attributes:
        first: Its first line.
        last: Its last line.
        given: For each name (line, expression, whether it replaces what the name held before).
    """

    first: int
    last: int
    given: dict[str, list[tuple[int, ast.expr, bool]]] = field(default_factory=dict)


class AssignedTexts:
    """The expressions that make up a name at some line of a module.

    Args:
        source: The module.
    """

    def __init__(self, source: Source) -> None:
        self._scopes = [_Scope(1, 2**31)]
        self._read(source.tree, self._scopes[0])
        for scope in self._scopes:
            for given in scope.given.values():
                given.sort(key=lambda one: one[0])

    def at(self, name: str, line: int) -> list[tuple[int, ast.expr]]:
        """(line, expression) of the last assignment before a line, then of what is added; empty where unknown."""
        inside = [one for one in self._scopes if one.first <= line <= one.last and name in one.given]
        if not inside:
            return []
        given = min(inside, key=lambda one: one.last - one.first).given[name]
        before = given[: bisect_left(given, line, key=lambda one: one[0])]
        start = max((index for index, one in enumerate(before) if one[2]), default=0)
        return [(where, expression) for where, expression, _ in before[start:]]

    def _read(self, node: ast.AST, scope: _Scope) -> None:
        waiting = [(one, scope) for one in ast.iter_child_nodes(node)]
        while waiting:
            one, its = waiting.pop()
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                its = _Scope(one.lineno, one.end_lineno or one.lineno)
                self._scopes.append(its)
            elif isinstance(one, ast.stmt):
                for name, expression, replaces in _given(one):
                    its.given.setdefault(name, []).append((one.lineno, expression, replaces))
            waiting += [(below, its) for below in ast.iter_child_nodes(one)]


def _given(statement: ast.stmt) -> list[tuple[str, ast.expr, bool]]:
    """(name, expression, whether it replaces) of an assignment, of ``+=``, and of ``append`` and ``extend``."""
    match statement:
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
            return [(name, value, False)]
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append" | "extend"), args=[value])
        ):
            return [(name, value, False)]
    return [(name, value, True) for name, value in assigned(statement)]
