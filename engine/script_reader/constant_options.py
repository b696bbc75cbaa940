"""Module-level constants of a script: flags where it overrides them from the command line, else values to rewrite."""

import ast
from collections.abc import Iterator

from engine.objectives.constants import literal_constants
from engine.script_reader.argparse_options import kind_of
from engine.script_reader.config_options import as_number
from engine.script_reader.option import Option, Passing
from engine.script_reader.source import Source, assigned


def overridable_options(sources: list[Source]) -> Iterator[Option]:
    """Constants of a script that runs a ``configurator``: ``--name=value`` overrides each (as nanoGPT has it)."""
    script = sources[0]
    if _runs_configurator(script):
        yield from _constants(script, "joined")
    yield from _overridden_mapping(script)


def constant_options(sources: list[Source]) -> Iterator[Option]:
    """Plain values that the script assigns to names on its top level, and those in its dictionaries of parameters."""
    yield from _constants(sources[0], "constant")


def _overridden_mapping(source: Source) -> Iterator[Option]:
    """Entries of a dictionary that words of the command line override: ``key=value``, or ``--key=value``."""
    text = ast.unparse(source.tree)
    if "sys.argv" not in text or ".split('='" not in text:
        return
    passing: Passing = "joined" if "'--'" in text or "'-'" in text else "assigned"
    for value in source.constants.values():
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            continue
        for key, raw in value.items():
            one = as_number(raw)
            one = int(one) if isinstance(raw, str) and isinstance(one, float) and raw.lstrip("-").isdigit() else one
            if isinstance(one, bool | int | float | str):
                flag = f"--{key}" if passing == "joined" else key
                file = str(source.path)
                yield Option(name=key, passing=passing, flag=flag, kind=kind_of(one), default=one, file=file)


def _is_reassigned(source: Source, name: str) -> bool:
    """Whether a top-level loop or branch assigns a name too, so that it is no constant."""
    names = (node for node in ast.walk(source.tree) if isinstance(node, ast.Name) and node.id == name)
    stored = [node for node in names if isinstance(node.ctx, ast.Store)]
    return len(stored) > 1


def _runs_configurator(source: Source) -> bool:
    text = ast.unparse(source.tree)
    if "sys.argv" in text and "globals()[" in text:
        return True
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
    once = literal_constants(source.path.read_bytes())
    for name, where in lines.items():
        if name not in once and not isinstance(source.constants.get(name), dict) and _is_reassigned(source, name):
            continue
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
