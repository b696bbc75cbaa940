"""Whether a script needs a launcher of processes: it starts a process group whatever its environment says."""

import ast
from collections.abc import Mapping

from engine.script_reader.source import Source, called_name

STARTS = ("init_process_group",)
"""Functions that wait for the variables that torchrun sets."""


def needs_launcher(source: Source) -> bool:
    """Whether every run of a script starts a process group; one that asks for ``RANK`` first runs alone as well."""
    functions = {
        name: node for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (name := node.name)
    }  # fmt: skip
    return any(name in STARTS for name in _always_called(source.tree, functions, set()))


def _always_called(node: ast.AST, functions: Mapping[str, ast.AST], seen: set[str]) -> set[str]:
    """Names of what is called below a node outside branches, through the script's own functions too."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.If) and "__name__" not in ast.unparse(one.test):
            waiting.append(one.test)
            continue
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and one is not node:
            continue
        if isinstance(one, ast.IfExp | ast.BoolOp | ast.ExceptHandler):
            continue
        if isinstance(one, ast.Call) and (name := called_name(one)):
            found.add(name)
            if name in functions and name not in seen:
                seen.add(name)
                found |= _always_called(functions[name], functions, seen)
        waiting += ast.iter_child_nodes(one)
    return found
