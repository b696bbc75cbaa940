"""Reads frozen dataclasses from plain mappings: unknown keys refused with the nearest known name, numbers checked."""

import difflib
import math
import types
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeVar, get_args, get_origin

from model.errors import ModelError

Record = TypeVar("Record")


def read_record(cls: type[Record], given: Mapping[str, Any], what: str) -> Record:
    """A ``cls`` made of ``given``.

    Args:
        cls: A dataclass whose fields are bool, int, float, str or tuples of text (each may be optional).
        given: Keys to values, as YAML or JSON gives them.
        what: Names the mapping in errors, as in ``model options``.

    Raises:
        ModelError: If a key is unknown or a value has the wrong type.
    """
    known = {field.name: field.type for field in fields(cls)}  # type: ignore[arg-type]
    refuse_unknown(given, known, what)
    return cls(**{key: _value(value, known[key], f"{what}: {key}") for key, value in given.items()})


def refuse_unknown(given: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raises a ModelError naming the first unknown key and the nearest known one."""
    names = list(known)
    for key in given:
        if key not in names:
            near = difflib.get_close_matches(str(key), names, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"
            raise ModelError(f"{what} must be known ones; given: {key!r}", hint)


def one_of(value: str, choices: Iterable[str], what: str) -> None:
    """Raises a ModelError unless the value is one of the choices."""
    names = list(choices)
    if value not in names:
        near = difflib.get_close_matches(value, names, n=1)
        raise ModelError(
            f"{what} must be one of {', '.join(names)}; given: {value!r}", f"did you mean {near[0]!r}?" if near else ""
        )


def _value(value: Any, wanted: Any, what: str) -> Any:
    choices = get_args(wanted) if isinstance(wanted, types.UnionType) else (wanted,)
    if value is None and type(None) in choices:
        return None
    kind = next(choice for choice in choices if choice is not type(None))
    if get_origin(kind) is tuple:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
            raise ModelError(f"{what} must be a list of names; given: {value!r}")
        return tuple(items)
    if kind is float and not isinstance(value, bool) and isinstance(value, int | float | str):
        return _number(value, what)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ModelError(f"{what} must be {_KINDS.get(kind, kind.__name__)}; given: {value!r}")
    return value


def _number(value: int | float | str, what: str) -> float:
    try:
        number = float(value)  # YAML reads 1e-6 as text
    except (ValueError, OverflowError):
        raise ModelError(f"{what} must be a number; given: {value!r:.100}") from None
    if not math.isfinite(number):  # NaN passes every comparison with a bound
        raise ModelError(f"{what} must be a finite number; given: {value!r}")
    return number


_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
