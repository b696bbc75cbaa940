"""Dimensions: one hyperparameter each, and the only place where its scaling lives.

Notations:
    x  a value in the dimension's own unit.
    u  its position in [0, 1], after the logarithm for log dimensions; for categories the centre of the choice's cell.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.errors import EngineError
from engine.numbers import short
from engine.values import Value, refuse_unknown_keys

DimensionKind = Literal["float", "int", "categorical"]
"""What a dimension ranges over."""

KEYS = ("type", "low", "high", "log", "choices", "domain", "active_when", "note", "frozen")
"""Keys of a dimension in a thread file."""

FOREIGN: Mapping[str, tuple[str, ...]] = {
    "float": ("choices",),
    "int": ("choices",),
    "categorical": ("low", "high", "log"),
}
"""Keys that say nothing about a dimension of that kind."""

LARGEST_INT = 2**53
"""Whole numbers beyond it have no exact float, and beyond 2^63 samplers break off."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dimension:
    """One hyperparameter, free within its bounds or frozen at a value.

    Attributes:
        name: The hyperparameter's name, as the objective knows it.
        kind: ``float``, ``int`` or ``categorical``.
        low: Lower bound, inclusive; None for categories.
        high: Upper bound, inclusive; None for categories.
        log: Whether the range is explored on a logarithmic scale.
        choices: Allowed categories in their display order; empty for numbers.
        domain: Hard physical limits that no edit may pass; None where there are none.
        domain_choices: The categories the dimension was born with, so that removed ones can come back.
        active_when: Conditions on settings or other dimensions under which this one matters; empty means always.
        frozen: The value it is frozen at, or None while it is free.
        note: Where the range comes from.
    """

    name: str
    kind: DimensionKind
    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: tuple[Value, ...] = ()
    domain: tuple[float, float] | None = None
    domain_choices: tuple[Value, ...] = ()
    active_when: Mapping[str, Value] = field(default_factory=dict)
    frozen: Value | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise EngineError(
                f"a dimension's name must be an identifier, got {self.name!r}", "use letters, digits and _"
            )
        if self.kind == "categorical":
            self._check_choices()
        else:
            self._check_bounds()
        if self.frozen is not None and self.kind == "categorical" and self.frozen not in self.domain_choices:
            raise EngineError(
                f"{self.name}: a frozen category must be one of {list(self.domain_choices)}, got {self.frozen!r}"
            )

    def _check_choices(self) -> None:
        if not self.choices or len(set(self.choices)) != len(self.choices):
            raise EngineError(f"{self.name}: choices must be distinct and not empty, got {list(self.choices)}")
        if not self.domain_choices:
            object.__setattr__(self, "domain_choices", self.choices)
        if not set(self.choices) <= set(self.domain_choices):
            raise EngineError(
                f"{self.name}: choices must be in the domain {list(self.domain_choices)}, got {list(self.choices)}"
            )

    def _check_bounds(self) -> None:
        low, high = self.low, self.high
        if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
            raise EngineError(f"{self.name}: low and high must be finite numbers, got {low} and {high}")
        if low >= high:
            raise EngineError(
                f"{self.name}: low must be below high, got {low:g} and {high:g}", "freeze it to hold one value"
            )
        if self.log and low <= 0:
            raise EngineError(f"{self.name}: a log range must begin above 0, got low {low:g}", "raise low or drop log")
        if self.kind == "int" and not (float(low).is_integer() and float(high).is_integer()):
            raise EngineError(f"{self.name}: an int range needs whole bounds, got {low} and {high}")
        if (self.kind == "int" and max(abs(low), abs(high)) > LARGEST_INT) or not math.isfinite(high - low):
            raise EngineError(
                f"{self.name}: bounds must stay within ±2^53 for an int and have a finite difference, got {low:g} and "
                f"{high:g}",
                "search its logarithm as a float",
            )
        if self.domain is not None and not self.domain[0] <= low < high <= self.domain[1]:
            raise EngineError(
                f"{self.name}: bounds must lie inside the domain {list(self.domain)}, got {low:g} … {high:g}"
            )
        if self.frozen is not None:
            self._check_frozen(self.frozen)

    def _check_frozen(self, value: Value) -> None:
        low, high = self.domain or (-math.inf, math.inf)
        if isinstance(value, bool | str) or not math.isfinite(value):
            raise EngineError(f"{self.name}: a frozen value must be a finite number, got {value!r}")
        if self.kind == "int" and not float(value).is_integer():
            raise EngineError(f"{self.name}: a frozen value must be a whole number, got {value:g}")
        if not low <= value <= high or (self.log and value <= 0):
            limit = f"in the domain {list(self.domain)}" if self.domain else "above 0"
            raise EngineError(f"{self.name}: a frozen value must be {limit}, got {value:g}")

    @property
    def is_frozen(self) -> bool:
        """Whether the dimension holds one value."""
        return self.frozen is not None

    @property
    def bounds(self) -> tuple[float, float]:
        """Low and high of a number; for categories 0 and the index of the last choice."""
        if self.kind == "categorical":
            return 0.0, float(len(self.choices) - 1)
        assert self.low is not None
        assert self.high is not None
        return self.low, self.high

    def text(self, value: float, digits: int = 4) -> str:
        """A number of this dimension in few characters; whole ones of an int are written in full."""
        return str(int(value)) if self.kind == "int" and float(value).is_integer() else short(value, digits)

    def contains(self, value: Value) -> bool:
        """Whether the value lies inside the range (a frozen dimension contains its value only)."""
        if self.is_frozen:
            return same_value(self.frozen, value)
        if self.kind == "categorical":
            return value in self.choices
        if isinstance(value, str | bool):
            return False
        low, high = self.bounds
        return low <= value <= high and (self.kind == "float" or float(value).is_integer())

    def to_unit(self, value: Value) -> float:
        """Position of a value in [0, 1]; outside it for values beyond the bounds.

        Raises:
            EngineError: For a category that is not a choice.
        """
        if self.kind == "categorical":
            if value not in self.choices:
                raise EngineError(f"{self.name}: {value!r} is not one of {list(self.choices)}")
            return (self.choices.index(value) + 0.5) / len(self.choices)
        low, high = self.bounds
        number = float(value)
        if self.log:
            return (math.log(number) - math.log(low)) / (math.log(high) - math.log(low)) if number > 0 else -math.inf
        return (number - low) / (high - low)

    def from_unit(self, position: float) -> Value:
        """The value at a position in [0, 1]; positions outside are clamped."""
        u = min(max(position, 0.0), 1.0)
        if self.kind == "categorical":
            return self.choices[min(int(u * len(self.choices)), len(self.choices) - 1)]
        low, high = self.bounds
        number = math.exp(math.log(low) + u * (math.log(high) - math.log(low))) if self.log else low + u * (high - low)
        number = min(max(number, low), high)
        return round(number) if self.kind == "int" else number

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, the inverse of `from_dict`; the name is left to the caller's key."""
        plain: dict[str, Any] = {"type": self.kind}
        if self.kind == "categorical":
            plain["choices"] = list(self.choices)
            if self.domain_choices != self.choices:
                plain["domain"] = list(self.domain_choices)
        else:
            number = int if self.kind == "int" else float
            plain |= {"low": number(self.bounds[0]), "high": number(self.bounds[1])}
            if self.log:
                plain["log"] = True
            if self.domain is not None:
                plain["domain"] = list(self.domain)
        if self.active_when:
            plain["active_when"] = dict(self.active_when)
        if self.frozen is not None:
            plain["frozen"] = self.frozen
        if self.note:
            plain["note"] = self.note
        return plain

    @classmethod
    def from_dict(cls, name: str, plain: Mapping[str, Any]) -> "Dimension":
        """Read a dimension as a thread file or the store writes it.

        Raises:
            EngineError: For unknown keys, a missing type or bounds that make no range.
        """
        refuse_unknown_keys(plain, KEYS, where=f"dimension {name}")
        kind = plain.get("type")
        if kind not in ("float", "int", "categorical"):
            raise EngineError(f"{name}: type must be float, int or categorical, got {kind!r}")
        for key in FOREIGN[kind]:
            if key in plain:
                raise EngineError(f"{name}: {key} must not be given for type {kind}", "take it out, or change the type")
        frozen = plain.get("frozen")
        shared: dict[str, Any] = {
            "name": name,
            "kind": kind,
            "active_when": _conditions(name, plain.get("active_when")),
            "note": str(plain.get("note") or ""),
        }
        if kind == "categorical":
            choices = _categories(name, "choices", plain.get("choices"))
            domain = _categories(name, "domain", plain.get("domain")) or choices
            return cls(**shared, frozen=frozen, choices=choices, domain_choices=domain)
        if frozen is not None:
            frozen = _number(name, "frozen", frozen)
            frozen = int(frozen) if kind == "int" and frozen.is_integer() else frozen
        if not isinstance(log := plain.get("log", False), bool):
            raise EngineError(f"{name}: log must be true or false, got {log!r}")
        return cls(
            **shared,
            frozen=frozen,
            low=_number(name, "low", plain.get("low")),
            high=_number(name, "high", plain.get("high")),
            log=log,
            domain=_limits(name, plain.get("domain")),
        )


def same_value(a: Value | None, b: Value | None) -> bool:
    """Equality that tells True from 1 and forgives the last bits of a float."""
    if isinstance(a, bool) or isinstance(b, bool) or isinstance(a, str) or isinstance(b, str) or a is None or b is None:
        return type(a) is type(b) and a == b
    return math.isclose(a, b, rel_tol=1e-12, abs_tol=0.0) or a == b


def _number(name: str, key: str, given: object) -> float:
    """A bound as a float; text such as ``1e-6``, which YAML reads as a string, counts as the number it spells."""
    if isinstance(given, bool) or given is None:
        raise EngineError(f"{name}: {key} must be a number, got {given!r}")
    try:
        return float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise EngineError(f"{name}: {key} must be a number, got {given!r}") from None


def _limits(name: str, given: object) -> tuple[float, float] | None:
    """A number's domain, two numbers."""
    if given is None:
        return None
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != 2:
        raise EngineError(f"{name}: domain must be [low, high], got {given!r}")
    return _number(name, "domain", given[0]), _number(name, "domain", given[1])


def _categories(name: str, key: str, given: object) -> tuple[Value, ...]:
    """Categories: plain values, for they become JSON and words of a command."""
    if given is None:
        return ()
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise EngineError(f"{name}: {key} must be a list of categories, got {given!r}")
    for one in given:
        if not _is_plain(one):
            raise EngineError(
                f"{name}: {key} must be text, numbers or true and false, got {one!r}", "put text in quotes"
            )
    return tuple(given)


def _conditions(name: str, given: object) -> dict[str, Value]:
    """What a dimension is active under."""
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(map(_is_plain, given.values())):
        raise EngineError(f"{name}: active_when must be conditions such as {{scheduler: true}}, got {given!r}")
    if name in given:
        raise EngineError(f"{name}: active_when must name something else, got the dimension itself")
    return dict(given)


def _is_plain(value: object) -> bool:
    return isinstance(value, bool | str) or (isinstance(value, int | float) and math.isfinite(value))
