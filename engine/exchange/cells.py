"""One cell and one value: how a table writes a hyperparameter, and what a cell is read as, by a dimension's type."""

import ast
import json
import math
import re
from collections.abc import Iterable
from enum import Enum
from typing import Any, Final

from engine.exchange.delimited_text import MISSING, number_in
from engine.space.dimension import Dimension

NULL = "null"
"""How a table of ours writes the choice ``null``, which is a value; an empty cell is none."""

NOT_FINITE = re.compile(r"(?<![\w'\"])-?(nan|inf)(?![\w'\"])")
"""Numbers that Python prints in lists and dictionaries but reads back nowhere."""


class Nothing(Enum):
    """The type of `NOTHING`."""

    NOTHING = "nothing"


NOTHING: Final = Nothing.NOTHING
"""What a cell without a value holds; None is the choice ``null``."""


def cell_of(value: Any) -> Any:
    """A hyperparameter's value as a cell; numbers stay numbers, so that every digit is written."""
    if value is None:
        return NULL
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def value_in(cell: Any, *, decimal_comma: bool = False) -> Any:
    """What a cell holds where nobody says its type: a number, true or false, a list, else text; else `NOTHING`."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return NOTHING
    if not isinstance(cell, str):
        return cell if isinstance(cell, bool | int | float | list) else str(cell_of(cell))
    shown = cell.strip()
    if shown in MISSING:
        return NOTHING
    if shown.lower() in ("true", "false"):
        return shown.lower() == "true"
    number = number_in(shown, decimal_comma=decimal_comma)
    if number is not None:
        return number
    structure = structure_in(shown) if shown[0] in "[(" else None
    return list(structure) if isinstance(structure, list | tuple) else shown


def typed_value(cell: Any, dimension: Dimension, *, decimal_comma: bool = False) -> Any:
    """What a cell holds, read as a dimension's own type: a choice by how it is written, a whole number for an int.

    A cell that fits no choice is returned as it would be without the dimension: a value outside the space.
    """
    if cell is None:
        return NOTHING
    loose = value_in(cell, decimal_comma=decimal_comma)
    if dimension.kind == "categorical":
        return _choice(cell, loose, dimension.domain_choices)
    if isinstance(loose, bool) or not isinstance(loose, int | float):
        return loose
    if dimension.kind == "int":
        return int(loose) if float(loose).is_integer() else loose
    return float(loose)


def structure_in(cell: Any) -> Any:
    """The list or dictionary that a cell spells, in JSON or as Python prints it; None for anything else."""
    if isinstance(cell, list | tuple | dict):
        return cell
    shown = cell.strip() if isinstance(cell, str) else ""
    if len(shown) < 2 or shown[0] + shown[-1] not in ("{}", "[]", "()"):
        return None
    for read, text in (
        (json.loads, shown),
        (ast.literal_eval, shown),
        (ast.literal_eval, NOT_FINITE.sub("None", shown)),
    ):
        try:
            found = read(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        return found if isinstance(found, list | tuple | dict) else None
    return None


def are_numbers(values: Iterable[Any]) -> bool:
    """Whether every value is a number, true and false not counted."""
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _choice(cell: Any, loose: Any, choices: tuple[Any, ...]) -> Any:
    shown = str(cell).strip()
    for choice in choices:
        if str(cell_of(choice)) == shown or (choice is None and shown == "None"):
            return choice
    for choice in choices:
        if _alike(choice, loose):
            return choice
    flags = {0: False, 1: True}
    if are_numbers([loose]) and loose in flags and all(isinstance(choice, bool) for choice in choices):
        return flags[int(loose)]
    return loose


def _alike(choice: Any, loose: Any) -> bool:
    """Whether a cell means a choice though it is written otherwise: ``16.0`` for 16, ``TRUE``, ``(64, 64)``."""
    if isinstance(choice, list | tuple) or isinstance(loose, list | tuple):
        both = isinstance(choice, list | tuple) and isinstance(loose, list | tuple)
        return both and len(choice) == len(loose) and all(map(_alike, choice, loose))
    if are_numbers([choice, loose]):
        return math.isclose(choice, loose, rel_tol=1e-12)
    return type(choice) is type(loose) and choice == loose
