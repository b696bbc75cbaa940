"""Conditions of ``active_when``: when a hyperparameter matters, depending on others or on the thread's options.

A condition names what it depends on and what that must be: a value (``{optimizer: adam}``), one of several
(``{optimizer: [adam, adamw]}``), or a comparison (``{layers: ">= 2"}``, ``{layers: ">= 2 and < 8"}``,
``{loss: "!= bce"}``).
All conditions of a dimension must hold, and so must those of the dimensions it depends on.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from engine.errors import EngineError
from engine.space.dimension import Dimension
from engine.values import UNSET, Value, same_value, value_text

Reach = Literal["now", "domain", "ever"]
"""Values that count as possible: of the present range; of the domain, or the present range where there is none; all
that edits may ever make of it."""

COMPARISON = re.compile(r"\s*(<=|>=|!=|<|>)\s*(\S.*?)\s*")
"""One comparison; several are joined by ``and``."""

ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
"""Comparisons of numbers."""

SIGNS = {"<=": "≤", ">=": "≥", "!=": "≠"}
"""How comparisons are shown."""

MANY_VALUES = 1000
"""Grids with at most so many values are searched value by value for one that meets a condition."""


def holds(wanted: object, value: object) -> bool:
    """Whether a value meets what a condition wants; `UNSET`, for something absent, meets nothing."""
    if value is UNSET:
        return False
    if same_value(wanted, value):
        return True
    if isinstance(wanted, list | tuple):
        return any(holds(option, value) for option in wanted)
    comparisons = _comparisons(wanted)
    return bool(comparisons) and all(_compare(sign, operand, value) for sign, operand in comparisons)


def condition_text(active_when: Mapping[str, object]) -> str:
    """Conditions in words: ``optimizer is adam or adamw, layers ≥ 2``."""
    return ", ".join(f"{key} {_wanted_text(wanted)}" for key, wanted in active_when.items())


def check_conditions(dimensions: Sequence[Dimension], reach: Reach = "ever") -> None:
    """Refuse conditions that go in a circle or that no value of the space can meet.

    Args:
        dimensions: Of one space.
        reach: By which values of a dimension they are judged.

    Raises:
        EngineError: Naming the dimension and the condition.
    """
    by_name = {dimension.name: dimension for dimension in dimensions}
    for dimension in dimensions:
        ancestors: list[tuple[str, object]] = []
        _collect(dimension, by_name, (dimension.name,), ancestors)
        for key in dict.fromkeys(key for key, _ in ancestors):
            wanted = [requirement for name, requirement in ancestors if name == key]
            for requirement in wanted:
                _refuse_unordered(dimension.name, by_name[key], requirement)
            if not can_hold(wanted, by_name[key], reach):
                said = " and ".join(_wanted_text(requirement) for requirement in wanted)
                raise EngineError(
                    f"{dimension.name}: it can never be active, {key} cannot be such that it {said}",
                    f"{key} ranges over {_range_text(by_name[key], reach)}",
                )


def can_hold(wanted: Sequence[object], dimension: Dimension, reach: Reach = "now") -> bool:
    """Whether some value of a dimension meets all of these; frozen ones count as free."""
    return any(all(holds(condition, value) for condition in wanted) for value in _candidates(wanted, dimension, reach))


def _candidates(wanted: Sequence[object], dimension: Dimension, reach: Reach) -> list[Value]:
    """Values among which one meets the conditions, if any value of the dimension does."""
    if dimension.kind == "categorical":
        return list(dimension.choices if reach == "now" else dimension.domain_choices)
    if reach == "now" and dimension.n_values <= MANY_VALUES:
        return [dimension.value_at(place) for place in range(int(dimension.n_values))]
    low, high = _limits(dimension, reach)
    near: list[float] = [low, high]
    for number in _numbers(wanted):
        spacing = dimension.spacing or max(abs(number), 1e-9) * 1e-6
        near += [number - spacing, number, number + spacing]
    finite = [number for number in near if low <= number <= high and math.isfinite(number)]
    if dimension.kind == "int":
        return [round(number) for number in finite]
    return [*finite, *(sum(pair) / 2 for pair in zip(sorted(finite), sorted(finite)[1:], strict=False))]


def _limits(dimension: Dimension, reach: Reach) -> tuple[float, float]:
    if reach == "now":
        return dimension.bounds
    if dimension.domain is not None:
        return dimension.domain
    return dimension.bounds if reach == "domain" else (0.0 if dimension.log else -math.inf, math.inf)


def _numbers(wanted: object) -> list[float]:
    """Every number in a condition."""
    if isinstance(wanted, list | tuple):
        return [number for requirement in wanted for number in _numbers(requirement)]
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        return [float(wanted)]
    return [float(operand) for _, operand in _comparisons(wanted) if isinstance(operand, int | float)]


def _comparisons(wanted: object) -> list[tuple[str, Value]]:
    """(sign, operand) of every comparison in a text; empty where the text is no comparison."""
    if not isinstance(wanted, str) or wanted.lstrip()[:1] not in ("<", ">", "!"):
        return []
    found = [COMPARISON.fullmatch(part) for part in re.split(r"\s+and\s+", wanted)]
    return [(match[1], _operand(match[2])) for match in found if match] if all(found) else []


def _operand(text: str) -> Value:
    """A number, true, false, null or text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        try:
            return float(text)
        except ValueError:
            return text
    return value if value is None or isinstance(value, bool | int | float | str) else text


def _compare(sign: str, operand: Value, value: object) -> bool:
    if sign == "!=":
        return not same_value(operand, value)
    numbers = [side for side in (value, operand) if isinstance(side, int | float) and not isinstance(side, bool)]
    return len(numbers) == 2 and ORDER[sign](numbers[0], numbers[1])


def _refuse_unordered(name: str, dimension: Dimension, wanted: object) -> None:
    """Refuse ``<`` and its like where numbers are not compared."""
    for sign, operand in _comparisons(wanted) if not _is_choice(wanted, dimension) else ():
        if sign != "!=" and (isinstance(operand, bool) or not isinstance(operand, int | float)):
            raise EngineError(
                f"{name}: active_when {dimension.name} {sign} must compare with a number, got {operand!r}",
                "list the values it may have",
            )


def _is_choice(wanted: object, dimension: Dimension) -> bool:
    return any(same_value(wanted, choice) for choice in dimension.domain_choices)


def _collect(
    dimension: Dimension, by_name: Mapping[str, Dimension], path: tuple[str, ...], found: list[tuple[str, object]]
) -> None:
    """Add the conditions on dimensions, its own and those of what it depends on."""
    for key, wanted in dimension.active_when.items():
        if key not in by_name:
            continue
        if key in path:
            circle = " → ".join((*path[path.index(key) :], key))
            raise EngineError(f"{path[0]}: active_when must not go in a circle, got {circle}")
        found.append((key, wanted))
        _collect(by_name[key], by_name, (*path, key), found)


def _wanted_text(wanted: object) -> str:
    if isinstance(wanted, list | tuple):
        return "is " + " or ".join(value_text(requirement) for requirement in wanted)
    comparisons = _comparisons(wanted)
    if comparisons:
        return " and ".join(f"{SIGNS.get(sign, sign)} {value_text(operand)}" for sign, operand in comparisons)
    return f"is {value_text(wanted)}"  # type: ignore[arg-type]


def _range_text(dimension: Dimension, reach: Reach) -> str:
    if dimension.kind == "categorical":
        return " | ".join(dimension.text(choice) for choice in dimension.domain_choices)
    low, high = _limits(dimension, reach)
    return f"{dimension.text(low)} … {dimension.text(high)}"
