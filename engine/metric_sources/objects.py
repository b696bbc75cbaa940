"""Objects in a line of text: JSON, or a dictionary as Python prints one, wherever they stand."""

import ast
import json
import math
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from engine.boundary.json_text import whole_characters
from engine.metric_sources.numbers import read_number

LONGEST_OBJECT = 64 * 1024
"""Characters of the longest object that is looked for: a report is a hundred; a prediction dump may be a million."""

MOST_TRIES = 32
"""Opening braces in a line from which no object could be read before the rest of the line counts as text."""

_MARKS = re.compile(r"""["'\\{}]""")
_CONSTANTS = {"nan": math.nan, "NaN": math.nan, "inf": math.inf, "Infinity": math.inf, "null": None, "true": True,
              "false": False, "None": None}  # fmt: skip


def objects_in(text: str) -> list[dict[str, Any]]:
    """The mappings in a text, in order; nested ones are part of their outermost."""
    found: list[dict[str, Any]] = []
    at, tries = text.find("{"), 0
    work = 2 * len(text) + 4096  # characters that may be looked at: many braces must not take the square of a line
    while at >= 0 and tries < MOST_TRIES and work > 0:
        end = closing_brace(text, at)
        work -= min((end or len(text)) - at, LONGEST_OBJECT)
        read = read_object(text[at:end]) if end else None
        if read is None:
            tries += 1
            at = text.find("{", at + 1)
        else:
            found.append(read)
            at = text.find("{", end)
    return found


def closing_brace(text: str, start: int) -> int:
    """Position after the brace that closes the one at ``start``; 0 where none does."""
    depth, quote, skip = 0, "", -1
    for mark in _MARKS.finditer(text, start, min(len(text), start + LONGEST_OBJECT)):
        if mark.start() == skip:
            continue
        sign = mark.group()
        if sign == "\\":
            skip = mark.end()
        elif quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign == "{":
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return mark.end()
    return 0


def read_object(text: str) -> dict[str, Any] | None:
    """The mapping that a text is, as JSON or in Python's notation; None where it is none."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = _python_object(text)
    return whole_characters(said) if isinstance(said, dict) else None


def flat(said: Mapping[Any, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The fields of a mapping, those of nested mappings with dotted names (``eval.accuracy``)."""
    for key, value in said.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and depth < 3:
            yield from flat(value, f"{name}.", depth + 1)
        else:
            yield name, value


def _python_object(text: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode="eval")
        return _value(tree.body)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None


def _value(node: ast.expr) -> Any:  # noqa: PLR0911 (one return a kind of node)
    """The value of a literal; numbers inside a call such as ``np.float64(0.4)`` or ``tensor(0.4, device='cpu')``."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Dict(keys=keys, values=values):
            return {_key(key): _value(value) for key, value in zip(keys, values, strict=True)}
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return [_value(item) for item in items]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            number = read_number(_value(operand))
            return None if number is None else -number
        case ast.Name(id=name):
            return _CONSTANTS.get(name, name)
        case ast.Call(args=[first, *_]):
            return _value(first)
        case _:
            return None


def _key(node: ast.expr | None) -> str:
    if node is None:
        raise ValueError("a dictionary that unpacks another is no literal")
    return str(_value(node))
