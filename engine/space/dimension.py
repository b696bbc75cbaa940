"""Dimensions: one hyperparameter each, and the only place where its scaling lives.

Notations:
    x  a value in the dimension's own unit.
    u  its position in [0, 1], after the logarithm for log dimensions; for categories the centre of the choice's cell.
    p  its share in [0, 1]: how much of a uniform draw lies below it. Whole numbers and values on a grid own cells of
       equal width on the scale, half a step beyond either bound, so the ends are drawn as often as the middle.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from engine.errors import EngineError
from engine.values import (
    UNSET,
    Unset,
    Value,
    as_number,
    is_value,
    refuse_unknown_keys,
    same_value,
    value_key,
    value_text,
    whole_text,
)
from engine.wording import short

DimensionKind = Literal["float", "int", "categorical"]
"""What a dimension ranges over."""

KEYS = ("type", "low", "high", "log", "step", "choices", "order", "domain", "active_when", "note", "frozen", "was")
"""Keys of a dimension in a thread file."""

FOREIGN: Mapping[str, tuple[str, ...]] = {
    "float": ("choices", "order"),
    "int": ("choices", "order"),
    "categorical": ("low", "high", "log", "step"),
}
"""Keys that say nothing about a dimension of that kind."""

LARGEST_INT = 2**53
"""Whole numbers beyond it have no exact float, and beyond 2^63 samplers break off."""

ON_GRID = 1e-9
"""How far from a grid, in steps, a number still counts as on it: what decimals lose as binary floats."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dimension:
    """One hyperparameter, free within its bounds or frozen at a value.

    Attributes:
        name: The hyperparameter's name, as the objective knows it.
        kind: ``float``, ``int`` or ``categorical``.
        low: Lower bound, inclusive; None for categories.
        high: Upper bound, inclusive; None for categories.
        log: Whether the range is explored on a logarithmic scale.
        step: Distance of the allowed values, counted from ``low``; None for all floats, or all whole numbers.
        choices: Allowed categories in their display order; empty for numbers.
        ordered: Whether the choices are in an order that samplers may use (small, medium, large).
        domain: Hard physical limits that no edit may pass; None where there are none.
        domain_choices: The categories the dimension was born with, so that removed ones can come back.
        active_when: Conditions on settings or other dimensions under which this one matters; empty means always. See
            `engine.space.conditions`.
        frozen: The value it is frozen at, `UNSET` while it is free.
        was: What trials count as having had that were run before the dimension joined its thread; `UNSET` for one that
            was there from the start.
        note: Where the range comes from.
    """

    name: str
    kind: DimensionKind
    low: float | None = None
    high: float | None = None
    log: bool = False
    step: float | None = None
    choices: tuple[Value, ...] = ()
    ordered: bool = False
    domain: tuple[float, float] | None = None
    domain_choices: tuple[Value, ...] = ()
    active_when: Mapping[str, Value] = field(default_factory=dict)
    frozen: Value | Unset = UNSET
    was: Value | Unset = UNSET
    note: str = ""

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise EngineError(
                f"a dimension's name must be an identifier, got {self.name!r}", "use letters, digits and _"
            )
        if not any(choice is None for choice in self.domain_choices or self.choices):
            # Where null is no choice it means that there is none.
            object.__setattr__(self, "frozen", UNSET if self.frozen is None else self.frozen)
        if self.kind == "categorical":
            self._check_choices()
        else:
            self._check_bounds()

    def _check_choices(self) -> None:
        if not self.choices or len(set(map(value_key, self.choices))) != len(self.choices):
            raise EngineError(f"{self.name}: choices must be distinct and not empty, got {list(self.choices)}")
        if not self.domain_choices:
            object.__setattr__(self, "domain_choices", self.choices)
        if not {value_key(c) for c in self.choices} <= {value_key(c) for c in self.domain_choices}:
            raise EngineError(
                f"{self.name}: choices must be in the domain {list(self.domain_choices)}, got {list(self.choices)}"
            )
        if self.is_frozen and not any(same_value(self.frozen, choice) for choice in self.domain_choices):
            raise EngineError(
                f"{self.name}: a frozen category must be one of {list(self.domain_choices)}, got {self.frozen!r}"
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
        if self.step is not None:
            self._check_step(low, high, self.step)
        if self.domain is not None and not self.domain[0] <= low < high <= self.domain[1]:
            raise EngineError(
                f"{self.name}: bounds must lie inside the domain {list(self.domain)}, got {low:g} … {high:g}"
            )
        if self.frozen is not UNSET:
            self._check_number("a frozen value", self.frozen)
        if self.was is not UNSET and (isinstance(self.was, bool) or not isinstance(self.was, int | float)):
            raise EngineError(f"{self.name}: was must be a number, got {self.was!r}")

    def _check_step(self, low: float, high: float, step: float) -> None:
        if not (math.isfinite(step) and step > 0) or (self.kind == "int" and not float(step).is_integer()):
            number = "a whole number" if self.kind == "int" else "a number"
            raise EngineError(f"{self.name}: step must be {number} above 0, got {step:g}")
        n_steps = (high - low) / step
        if n_steps > LARGEST_INT or abs(n_steps - round(n_steps)) > ON_GRID * max(1.0, n_steps) or round(n_steps) < 1:
            least = low + step * max(1, math.floor(n_steps + ON_GRID))
            raise EngineError(
                f"{self.name}: high must be low plus a whole number of steps, got {short(low, 12)} … {short(high, 12)} "
                f"with step {short(step, 12)}",
                f"{short(least, 12)} or {short(least + step, 12)} would be",
            )

    def _check_number(self, what: str, value: Value) -> None:
        low, high = self.domain or (-math.inf, math.inf)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise EngineError(f"{self.name}: {what} must be a finite number, got {value!r}")
        if self.kind == "int" and not float(value).is_integer():
            raise EngineError(f"{self.name}: {what} must be a whole number, got {value:g}")
        if not low <= value <= high or (self.log and value <= 0):
            limit = f"in the domain {list(self.domain)}" if self.domain else "above 0"
            raise EngineError(f"{self.name}: {what} must be {limit}, got {value:g}")

    @property
    def is_frozen(self) -> bool:
        """Whether the dimension holds one value."""
        return self.frozen is not UNSET

    @property
    def is_ordered(self) -> bool:
        """Whether its values have an order and a distance: numbers, and categories that say so."""
        return self.kind != "categorical" or self.ordered

    @property
    def spacing(self) -> float | None:
        """Distance of the allowed values of a number: the step, 1 for whole numbers; None for any float."""
        return self.step if self.step is not None else 1.0 if self.kind == "int" else None

    @property
    def n_values(self) -> float:
        """How many values it has; infinite for floats without a step."""
        if self.kind == "categorical":
            return len(self.choices)
        low, high = self.bounds
        return math.inf if self.spacing is None else round((high - low) / self.spacing) + 1

    @property
    def bounds(self) -> tuple[float, float]:
        """Low and high of a number; for categories 0 and the index of the last choice."""
        if self.kind == "categorical":
            return 0.0, float(len(self.choices) - 1)
        assert self.low is not None
        assert self.high is not None
        return self.low, self.high

    def text(self, value: Value, digits: int = 4) -> str:
        """A value of this dimension in few characters; whole numbers are written in full, choices stay apart."""
        if self.kind == "categorical":
            return self._label(value)
        number = as_number(value)
        return str(int(number)) if self.kind == "int" and float(number).is_integer() else short(number, digits)

    def _label(self, choice: Value) -> str:
        """A choice in few characters, in quotes where another one looks the same, in full where it was cut alike."""
        others = [other for other in self.domain_choices if not same_value(other, choice)]
        shown = value_text(choice)
        if any(shown.lower() == value_text(other).lower() for other in others):
            shown = whole_text(choice)
        alike = any(whole_text(other).lower() == shown.lower() and not isinstance(other, str) for other in others)
        return f'"{shown}"' if alike and isinstance(choice, str) else shown

    def index(self, choice: object) -> int:
        """Place of a category among the choices; -1 where it is none of them."""
        return next((place for place, known in enumerate(self.choices) if same_value(known, choice)), -1)

    def contains(self, value: object) -> bool:
        """Whether the value lies inside the range (a frozen dimension contains its value only)."""
        if self.is_frozen:
            return same_value(self.frozen, value)
        if self.kind == "categorical":
            return self.index(value) >= 0
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        low, high = self.bounds
        return low <= value <= high and (self.spacing is None or same_value(self.nearest(value), value))

    def to_unit(self, value: Value) -> float:
        """Position of a value in [0, 1]; outside it for values beyond the bounds.

        Raises:
            EngineError: For a category that is not a choice.
        """
        if self.kind == "categorical":
            if (place := self.index(value)) < 0:
                raise EngineError(f"{self.name}: {value!r} is not one of {list(self.choices)}")
            return (place + 0.5) / len(self.choices)
        low, high = self.bounds
        number = as_number(value)
        if self.log:
            span = math.log(high) - math.log(low)
            if span == 0.0:  # bounds so near each other that their logarithms are one
                return 0.5 if low <= number <= high else math.copysign(math.inf, number - low)
            return (math.log(number) - math.log(low)) / span if number > 0 else -math.inf
        return (number - low) / (high - low)

    def from_unit(self, position: float) -> Value:
        """The value at a position in [0, 1]; positions outside are clamped."""
        u = min(max(position, 0.0), 1.0)
        if self.kind == "categorical":
            return self.choices[min(int(u * len(self.choices)), len(self.choices) - 1)]
        low, high = self.bounds
        number = math.exp(math.log(low) + u * (math.log(high) - math.log(low))) if self.log else low + u * (high - low)
        return self.nearest(number)

    def from_share(self, share: float) -> Value:
        """The value below which a share of uniform draws lies: how every sampler turns [0, 1] into values."""
        p = min(max(share, 0.0), 1.0)
        if self.kind == "categorical" or self.spacing is None:
            return self.from_unit(p)
        if not self.log:
            return self.value_at(min(int(p * self.n_values), int(self.n_values) - 1))
        first, last = self.edges
        return self.nearest(math.exp(math.log(first) + p * (math.log(last) - math.log(first))))

    def to_share(self, value: Value) -> float:
        """The share in the middle of a value's cell; outside [0, 1] for values beyond the bounds."""
        if self.kind == "categorical" or self.spacing is None:
            return self.to_unit(value)
        first, last = self.edges
        number = as_number(value)
        if self.log:
            span = math.log(last) - math.log(first)
            return (math.log(number) - math.log(first)) / span if number > 0 else -math.inf
        return (number - first) / (last - first)

    @property
    def edges(self) -> tuple[float, float]:
        """Where uniform draws of a number begin and end: half a step beyond the bounds, the bounds without steps."""
        low, high = self.bounds
        if self.spacing is None:
            return low, high
        return low - (min(self.spacing, low) if self.log else self.spacing) / 2, high + self.spacing / 2

    def nearest(self, number: float) -> float | int:
        """The allowed value nearest to a number, inside the bounds."""
        low, high = self.bounds
        inside = min(max(number, low), high)
        return inside if self.spacing is None else self.value_at(round((inside - low) / self.spacing))

    def value_at(self, place: int) -> float | int:
        """The value so many steps above the lower bound, exact in decimals: 0.1 + 2 × 0.1 is 0.3."""
        low, step = self.bounds[0], self.spacing
        assert step is not None
        if self.kind == "int":
            return int(low) + place * int(step)
        return float(Decimal(repr(float(low))) + place * Decimal(repr(float(step))))

    def on_grid(self, low: float, high: float, *, outwards: bool) -> tuple[float, float]:
        """Bounds moved onto the grid of steps, to the next values outside or inside of them; never off the domain."""
        if self.spacing is None:
            return low, high
        least, greatest = self.domain or (-math.inf, math.inf)
        ends = max(low, least), min(high, greatest)
        first, last = ((bound - self.bounds[0]) / self.spacing for bound in ends)
        down, up = (math.floor, math.ceil) if outwards else (math.ceil, math.floor)
        slack = ON_GRID if outwards else -ON_GRID
        places = [down(first + slack), up(last - slack)]
        moved = [float(self.value_at(place)) for place in places]
        if moved[0] < least:
            moved[0] = float(self.value_at(places[0] + 1))
        if moved[1] > greatest:
            moved[1] = float(self.value_at(places[1] - 1))
        return moved[0], moved[1]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, the inverse of `from_dict`; the name is left to the caller's key."""
        plain: dict[str, Any] = {"type": self.kind}
        if self.kind == "categorical":
            plain["choices"] = list(self.choices)
            if self.ordered:
                plain["order"] = True
            if self.domain_choices != self.choices:
                plain["domain"] = list(self.domain_choices)
        else:
            number = int if self.kind == "int" else float
            plain |= {"low": number(self.bounds[0]), "high": number(self.bounds[1])}
            if self.log:
                plain["log"] = True
            if self.step is not None:
                plain["step"] = number(self.step)
            if self.domain is not None:
                plain["domain"] = list(self.domain)
        if self.active_when:
            plain["active_when"] = dict(self.active_when)
        if self.frozen is not UNSET:
            plain["frozen"] = self.frozen
        if self.was is not UNSET:
            plain["was"] = self.was
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
        shared: dict[str, Any] = {
            "name": name,
            "kind": kind,
            "active_when": _conditions(name, plain.get("active_when")),
            "note": str(plain.get("note") or ""),
        }
        if kind == "categorical":
            choices = _categories(name, "choices", plain.get("choices"))
            domain = _categories(name, "domain", plain.get("domain")) or choices
            shared |= {"frozen": _category(plain.get("frozen", UNSET), domain), "was": plain.get("was", UNSET)}
            ordered = _flag(name, "order", plain.get("order", False))
            return cls(**shared, choices=choices, ordered=ordered, domain_choices=domain)
        for key in ("frozen", "was"):
            shared[key] = UNSET if plain.get(key) is None else _whole(name, key, plain[key], kind)
        return cls(
            **shared,
            low=_number(name, "low", plain.get("low")),
            high=_number(name, "high", plain.get("high")),
            log=_flag(name, "log", plain.get("log", False)),
            step=None if plain.get("step") is None else _number(name, "step", plain["step"]),
            domain=_limits(name, plain.get("domain")),
        )


def _number(name: str, key: str, given: object) -> float:
    """A bound as a float; text such as ``1e-6``, which YAML reads as a string, counts as the number it spells."""
    if isinstance(given, bool) or given is None:
        raise EngineError(f"{name}: {key} must be a number, got {given!r}")
    try:
        return float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise EngineError(f"{name}: {key} must be a number, got {given!r}"[:300]) from None


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
    for choice in given:
        if not is_value(choice):
            raise EngineError(
                f"{name}: {key} must be text, numbers, true, false, null or lists of these, got {choice!r}",
                "put text in quotes",
            )
    return tuple(list(choice) if isinstance(choice, tuple) else choice for choice in given)


def _category(given: Value | Unset, domain: tuple[Value, ...]) -> Value | Unset:
    """A category as a thread file gives it; an empty ``frozen:`` holds nothing, unless null is a choice."""
    return UNSET if given is None and not any(choice is None for choice in domain) else given


def _whole(name: str, key: str, given: object, kind: str) -> Value:
    number = _number(name, key, given)
    return int(number) if kind == "int" and number.is_integer() else number


def _flag(name: str, key: str, given: object) -> bool:
    if not isinstance(given, bool):
        raise EngineError(f"{name}: {key} must be true or false, got {given!r}")
    return given


def _conditions(name: str, given: object) -> dict[str, Value]:
    """What a dimension is active under."""
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(map(is_value, given.values())):
        raise EngineError(
            f"{name}: active_when must be conditions such as {{scheduler: true}}, {{optimizer: [adam, sgd]}} or "
            f'{{layers: ">= 2"}}, got {given!r}'
        )
    if name in given:
        raise EngineError(f"{name}: active_when must name something else, got the dimension itself")
    return dict(given)
