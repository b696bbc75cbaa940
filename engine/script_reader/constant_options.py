"""Module-level constants of a script: flags where it overrides them from the command line, else values to rewrite."""

import ast
from collections.abc import Iterator

from engine.script_reader.argparse_options import kind_of
from engine.script_reader.option import Option, Passing
from engine.script_reader.source import Source, assigned


def overridable_options(sources: list[Source]) -> Iterator[Option]:
    """Constants of a script that runs a ``configurator``: ``--name=value`` overrides each (as nanoGPT has it)."""
    script = sources[0]
    if _runs_configurator(script):
        yield from _constants(script, "joined")


def constant_options(sources: list[Source]) -> Iterator[Option]:
    """Plain values that the script assigns to names on its top level, and those in its dictionaries of parameters."""
    yield from _constants(sources[0], "constant")


def _runs_configurator(source: Source) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "exec"
        and "open(" in ast.unparse(node)
        for node in ast.walk(source.tree)
    )  # fmt: skip


def _constants(source: Source, passing: Passing) -> Iterator[Option]:
    lines: dict[str, list[int]] = {}
    for statement in source.tree.body:
        for name, _ in assigned(statement):
            lines.setdefault(name, []).append(statement.lineno)
    for name, where in lines.items():
        # A name that is assigned twice on the top level has no one value.
        if len(where) != 1 or name.startswith("__") or name not in source.constants:
            continue
        value = source.constants[name]
        values = {name: value}
        if passing == "constant" and isinstance(value, dict):
            values = {f"{name}.{key}": one for key, one in value.items() if isinstance(key, str)}
        for key, one in values.items():
            if isinstance(one, bool | int | float | str):
                yield Option(
                    name=key,
                    passing=passing,
                    flag=f"--{key}" if passing == "joined" else key,
                    kind=kind_of(one),
                    default=one,
                    spells_booleans=("True", "False"),
                    file=str(source.path),
                    line=where[0],
                )
