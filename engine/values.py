"""What every record of the engine shares: native values and the refusal of unknown keys."""

import json
import math
import sys
from collections.abc import Collection, Hashable, Mapping
from difflib import get_close_matches
from enum import Enum
from typing import Any, Final

from engine.errors import EngineError
from engine.wording import short

Value = float | int | str | bool | list[Any] | None
"""A hyperparameter's value: native Python types only, so that it is JSON as it stands. None is the choice ``null``, for
which a command leaves the option out; lists are choices of list-valued hyperparameters."""

LARGEST = sys.float_info.max
"""Integers of Python have no end; one beyond this is no float."""

TEXT_WIDTH = 28
"""Characters of a text or list value shown where several stand in one line; longer ones lose their middle."""


class Unset(Enum):
    """The type of `UNSET`."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
"""No value at all, where None is one: null may be a choice."""


def refuse_unknown_keys(plain: Mapping[str, Any], known: Collection[str], *, where: str) -> None:
    """Refuse keys nobody reads, naming the nearest known one.

    Raises:
        EngineError: For the first unknown key.
    """
    for key in plain:
        if key not in known:
            near = get_close_matches(str(key), list(known), n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known))}"
            raise EngineError(f"{where}: unknown key {key!r}", hint)


def native(value: Any) -> Value:
    """The same value without numpy in it, so that JSON can hold it."""
    item = getattr(value, "item", None)
    plain = item() if callable(item) and getattr(value, "size", 1) == 1 else value
    if plain is None or isinstance(plain, bool | int | float | str):
        return plain
    if isinstance(plain, list | tuple):
        return [native(element) for element in plain]
    raise EngineError(f"A hyperparameter's value must be a number, text, true, false, null or a list, got {value!r}")


def as_number(value: object) -> float:
    """A number as a float.

    Raises:
        EngineError: For anything that is no number.
    """
    if not isinstance(value, int | float):
        raise EngineError(f"A number is needed, got {value!r}")
    if isinstance(value, int) and abs(value) > LARGEST:
        raise EngineError("A number must be at most 1.8e308, got an integer with more digits")
    return float(value)


def is_value(value: object) -> bool:
    """Whether something can be a hyperparameter's value: finite where a number, of values where a list."""
    if isinstance(value, list | tuple):
        return all(map(is_value, value))
    if isinstance(value, int):  # Python's have no end, a float's have
        return abs(value) <= LARGEST
    return value is None or isinstance(value, str) or (isinstance(value, float) and math.isfinite(value))


def same_value(a: object, b: object) -> bool:
    """Equality that tells True from 1 and forgives the last bits of a float."""
    if isinstance(a, list | tuple) or isinstance(b, list | tuple):
        if not (isinstance(a, list | tuple) and isinstance(b, list | tuple)) or len(a) != len(b):
            return False
        return all(map(same_value, a, b))
    if isinstance(a, bool) or isinstance(b, bool) or not (isinstance(a, int | float) and isinstance(b, int | float)):
        return type(a) is type(b) and a == b
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    return math.isclose(a, b, rel_tol=1e-12, abs_tol=0.0) or a == b


def value_key(value: object) -> Hashable:
    """A key that is equal for equal values only: True is not 1, ``"1"`` is neither, lists can be looked up."""
    if isinstance(value, list | tuple):
        return ("list", *map(value_key, value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return type(value).__name__, value
    return "number", value if isinstance(value, int) else float(f"{value:.12g}")


def value_text(value: Value, digits: int = 4, width: int = TEXT_WIDTH) -> str:
    """A value in few characters: ``1e-4``, ``null``, ``[64, 32]``; long ones lose their middle."""
    if isinstance(value, float):
        return short(value, digits)
    text = whole_text(value)
    if len(text) <= width:
        return text
    tail = (width - 1) // 3
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"


def whole_text(value: Value) -> str:
    """A value in full, as it may be typed: text without quotes, a list as JSON."""
    if value is None:
        return "null"
    if isinstance(value, list | tuple):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
