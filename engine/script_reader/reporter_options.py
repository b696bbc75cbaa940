"""Scripts that use `trimtab.py` already: the hyperparameters and facts that they ask for, and how they report."""

import ast
from collections.abc import Iterator
from typing import Any

from engine.script_reader.argparse_options import kind_of
from engine.script_reader.option import Option
from engine.script_reader.report_guess import ReportGuess, direction_of_value
from engine.script_reader.source import Source, called_name, calls, keywords, last_name

CALLBACKS = (
    "transformers_callback", "lightning_callback", "keras_callback", "lightgbm_callback", "xgboost_callback",
)  # fmt: skip
"""Functions of `trimtab.py` that report for a library; their argument names the score."""

REPORTS = 6.0
"""Rank of a report through `trimtab.py`: what a script says on purpose comes before what it prints."""


def reporter_options(sources: list[Source]) -> Iterator[Option]:
    """What ``trimtab.params`` and ``trimtab.facts`` are asked for, in their arguments and by their entries."""
    found: dict[str, Option] = {}
    for source in filter(_uses_reporter, sources):
        for call in calls(source.tree):
            if called_name(call) in ("params", "facts"):
                for name, node in _defaults(call, source).items():
                    found.setdefault(name, _option(name, node, source, call.lineno))
        for name, default, line in _entries(source):
            if name not in found or found[name].default is None:
                found[name] = _option(name, default, source, line)
    yield from found.values()


def reporter_reports(sources: list[Source]) -> Iterator[ReportGuess]:
    """A guess for every call by which a script reports through `trimtab.py`; it needs no ``report:``."""
    for source in filter(_uses_reporter, sources):
        for call in calls(source.tree):
            name = called_name(call)
            if name == "report":
                score = keywords(call).get("score", call.args[0] if call.args else None)
                yield _guess(source, call, last_name(score), "" if score is None else ast.unparse(score))
            elif name in CALLBACKS:
                score = keywords(call).get("score", call.args[0] if call.args else None)
                told = str(source.value(score) or "")
                yield _guess(source, call, told, told)


def _guess(source: Source, call: ast.Call, name: str, words: str) -> ReportGuess:
    metric = name if name.isidentifier() else "score"
    return ReportGuess(
        metric=metric,
        direction=direction_of_value("", words),
        why="trimtab.report",
        file=str(source.path),
        line=call.lineno,
        rank=REPORTS,
    )


def _uses_reporter(source: Source) -> bool:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import) and any(one.name == "trimtab" for one in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "trimtab":
            return True
    return False


def _defaults(call: ast.Call, source: Source) -> dict[str, Any]:
    """Keyword arguments of ``params(lr=0.1, **defaults)``, as values."""
    found: dict[str, Any] = {}
    for one in call.keywords:
        value = source.value(one.value)
        if one.arg is not None:
            found[one.arg] = value
        elif isinstance(value, dict):
            found |= {key: inner for key, inner in value.items() if isinstance(key, str)}
    return found


def _entries(source: Source) -> Iterator[tuple[str, Any, int]]:
    """(name, default, line) of ``given["lr"]`` and ``given.get("lr", 0.1)`` of what ``params()`` returned."""
    names = {
        target.id
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assign) and _is_asked(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    def is_given(node: ast.expr) -> bool:
        return _is_asked(node) or (isinstance(node, ast.Name) and node.id in names)

    for node in ast.walk(source.tree):
        match node:
            case ast.Subscript(value=value, slice=ast.Constant(value=str(name))) if is_given(value):
                yield name, None, node.lineno
            case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[ast.Constant(value=str(name)), *rest]) if (
                is_given(value)
            ):
                yield name, source.value(rest[0]) if rest else None, node.lineno


def _is_asked(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and called_name(node) in ("params", "facts")


def _option(name: str, value: Any, source: Source, line: int) -> Option:
    default = value if isinstance(value, bool | int | float | str) else None
    return Option(
        name=name, passing="asked", flag=name, kind=kind_of(default), default=default, file=str(source.path), line=line
    )
