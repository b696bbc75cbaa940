"""A space from values that were seen: for tables and studies that do not say what was searched."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.space.dimension import LARGEST_INT, Dimension
from engine.space.space import Space
from engine.values import Value

LOG_RATIO = 100
"""Positive values that span more than this factor were searched on a logarithmic scale."""

MOST_PARENT_VALUES = 20
"""A hyperparameter with more values than this decides nothing about others."""


def inferred_space(columns: Mapping[str, Sequence[Value]], conditions: Mapping[str, Mapping[str, Any]] = {}) -> Space:
    """A space that just holds the values seen.

    Text and truth values make categories, whole numbers an int range, others a float range, on a log scale where
    positive values span more than two decades. A column with one value is frozen at it.

    Args:
        columns: Values of each hyperparameter, in order of trial.
        conditions: What a hyperparameter is active under, as `inferred_conditions` finds.
    """
    return Space(
        dimensions=tuple(
            _inferred(name, values, conditions.get(name, {})) for name, values in columns.items() if values
        )
    )


def inferred_conditions(trials: Sequence[Mapping[str, Value]]) -> dict[str, dict[str, Any]]:
    """Under which other hyperparameter's values a hyperparameter has one, where one explains all trials.

    A define-by-run search asks for ``svc_c`` only where ``classifier`` is ``SVC``. The simplest parent wins: the one
    with the fewest values, and of these the first. Nothing is said of a hyperparameter that no single parent explains.

    Args:
        trials: Hyperparameters of each trial that ran as it should; missing ones were inactive.
    """
    names = list(dict.fromkeys(name for params in trials for name in params))
    present = {name: frozenset(i for i, params in enumerate(trials) if name in params) for name in names}
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        if len(present[name]) == len(trials):
            continue
        explained = [
            (len(on) + len(off), on, parent)
            for parent in names
            if parent != name and present[name] < present[parent]
            for on, off in [_split(trials, parent, name)]
            if not on.keys() & off.keys() and len(on) + len(off) <= MOST_PARENT_VALUES and off
        ]
        if explained:
            _, on, parent = min(explained, key=lambda one: one[0])
            values = list(on.values())
            found[name] = {parent: values[0] if len(values) == 1 else values}
    return found


def _split(trials: Sequence[Mapping[str, Value]], parent: str, child: str) -> tuple[dict[Any, Value], dict[Any, Value]]:
    """The parent's values in trials that have the child, and in those that have not."""
    on: dict[Any, Value] = {}
    off: dict[Any, Value] = {}
    for params in trials:
        if parent in params:
            value = params[parent]
            (on if child in params else off)[_key(value)] = value
    return on, off


def _key(value: Any) -> Any:
    """Equality that tells True from 1 and works for lists."""
    return type(value).__name__ if isinstance(value, bool) else "", repr(value)


def distinct(values: Sequence[Value]) -> tuple[Value, ...]:
    """Each value once, in order; True and 1 are two."""
    return tuple({_key(value): value for value in values}.values())


def _inferred(name: str, values: Sequence[Value], active_when: Mapping[str, Any]) -> Dimension:
    shared: dict[str, Any] = {"name": name, "note": "inferred from imported values", "active_when": dict(active_when)}
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    is_int = all(isinstance(v, int) for v in values)
    if len(numbers) < len(values) or (is_int and max(map(abs, numbers)) > LARGEST_INT):
        return Dimension(kind="categorical", choices=distinct(values), **shared)
    low, high = min(numbers), max(numbers)
    if low == high:
        frozen: Value = int(low) if is_int else low
        return Dimension(kind="int" if is_int else "float", low=low, high=above(low), frozen=frozen, **shared)
    log = low > 0 and high / low > LOG_RATIO
    return Dimension(kind="int" if is_int else "float", low=low, high=high, log=log, **shared)


def above(low: float) -> float:
    """An upper bound for the range of a value that never varied, far enough to differ from it."""
    return low + max(1.0, abs(low))
