"""Spaces: immutable sets of dimensions; every change makes another one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import EngineError
from engine.space.conditions import can_hold, check_conditions, holds
from engine.space.constraints import Constraint, parse_constraint, refuse_contradictions
from engine.space.dimension import Dimension
from engine.values import UNSET, Unset, Value, refuse_unknown_keys
from engine.wording import short

CONSTRAINTS_KEY = "constraints"
"""Key beside the dimensions in a space's JSON; no dimension may be called so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Space:
    """An ordered, immutable set of dimensions.

    Attributes:
        dimensions: In display order, names distinct.
        constraints: Conditions between dimensions as text, such as ``sum(w_*) == 1``.
    """

    dimensions: tuple[Dimension, ...]
    constraints: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = self.names
        if len(set(names)) != len(names):
            raise EngineError(f"dimensions must have distinct names, got {list(names)}")
        if CONSTRAINTS_KEY in names:
            raise EngineError(f"a dimension cannot be called {CONSTRAINTS_KEY}: a space's JSON uses the word")
        check_conditions(self.dimensions)
        refuse_contradictions(self.parsed_constraints(), self.dimensions)

    def __iter__(self) -> Iterator[Dimension]:
        return iter(self.dimensions)

    def __getitem__(self, name: str) -> Dimension:
        """The dimension of that name.

        Raises:
            EngineError: Naming the nearest known dimension.
        """
        for dimension in self.dimensions:
            if dimension.name == name:
                return dimension
        refuse_unknown_keys({name: None}, self.names, where="space")
        raise AssertionError("unreachable: an unknown name was refused")

    @property
    def names(self) -> tuple[str, ...]:
        """Names in display order."""
        return tuple(dimension.name for dimension in self.dimensions)

    def active(self, settings: Mapping[str, Value]) -> tuple[Dimension, ...]:
        """Dimensions that may matter under the settings (scheduler, model options, frozen dimensions).

        A condition on another free dimension is decided per trial by `is_active`; here it counts as met where a value
        of that dimension's range meets it, and where that dimension itself may matter.
        """
        by_name = {dimension.name: dimension for dimension in self.dimensions}
        judged: dict[str, bool] = {}

        def may_matter(name: str) -> bool:
            if name not in judged:
                judged[name] = all(met(key, wanted) for key, wanted in by_name[name].active_when.items())
            return judged[name]

        def met(key: str, wanted: Value) -> bool:
            parent = by_name.get(key)
            if parent is None:
                return holds(wanted, settings.get(key, UNSET))
            if not may_matter(key):
                return False
            return holds(wanted, parent.frozen) if parent.is_frozen else can_hold([wanted], parent)

        return tuple(dimension for dimension in self.dimensions if may_matter(dimension.name))

    def free(self, settings: Mapping[str, Value]) -> tuple[Dimension, ...]:
        """Active dimensions that are not frozen: what a sampler models."""
        return tuple(d for d in self.active(settings) if not d.is_frozen)

    def is_active(self, name: str, params: Mapping[str, Value], settings: Mapping[str, Value]) -> bool:
        """Whether a dimension matters in a trial with these parameters and settings.

        Resolved from the roots: a dimension that depends on an inactive one is inactive, whatever the parameters say.
        """
        for key, wanted in self[name].active_when.items():
            if key not in self.names:
                if not holds(wanted, settings.get(key, UNSET)):
                    return False
            elif not holds(wanted, self.value_in(key, params)) or not self.is_active(key, params, settings):
                return False
        return True

    def value_in(self, name: str, params: Mapping[str, Value]) -> Value | Unset:
        """A trial's value of a dimension.

        Where the trial is older than the dimension it is what it counts as having had, where the dimension is frozen
        the frozen value, else `UNSET`.
        """
        if name in params:
            return params[name]
        dimension = self[name]
        return dimension.was if dimension.was is not UNSET else dimension.frozen

    def with_earlier_values(self, params: Mapping[str, Value], settings: Mapping[str, Value]) -> dict[str, Value]:
        """Parameters with the values that trials count as having had before a dimension joined the thread."""
        joined = {
            d.name: d.was
            for d in self.dimensions
            if d.was is not UNSET and d.name not in params and self.is_active(d.name, params, settings)
        }
        return {**params, **joined}

    def misfits(self, params: Mapping[str, Value], settings: Mapping[str, Value]) -> tuple[str, ...]:
        """Why parameters do not fit the space: one readable reason a dimension; empty when they fit."""
        reasons = []
        known = self.with_earlier_values(params, settings)
        for dimension in self.active(settings):
            if dimension.name not in known:
                if self.is_active(dimension.name, params, settings):
                    reasons.append(f"{dimension.name} is missing")
            elif not dimension.contains(known[dimension.name]):
                given = known[dimension.name]
                shown = short(given) if isinstance(given, float) else repr(given)
                reasons.append(f"{dimension.name} = {shown} is outside {describe_range(dimension)}")
        return tuple(reasons) or self.violations(known, settings)

    def fits(self, settings: Mapping[str, Value]) -> Callable[[Mapping[str, Value]], bool]:
        """A quick "has no `misfits`" for many trials: what depends on the settings alone is worked out once."""
        active = self.active(settings)
        has_joined = any(dimension.was is not UNSET for dimension in self.dimensions)

        def fit(params: Mapping[str, Value]) -> bool:
            known = self.with_earlier_values(params, settings) if has_joined else params
            for dimension in active:
                if dimension.name not in known:
                    if self.is_active(dimension.name, known, settings):
                        return False
                elif not dimension.contains(known[dimension.name]):
                    return False
            return not self.constraints or not self.violations(known, settings)

        return fit

    def parsed_constraints(self) -> tuple[Constraint, ...]:
        """The constraints as records.

        Raises:
            EngineError: For one that no point of the space can hold.
        """
        return tuple(parse_constraint(text, self.dimensions) for text in self.constraints)

    def violations(self, params: Mapping[str, Value], settings: Mapping[str, Value]) -> tuple[str, ...]:
        """Constraints that the active ones among the parameters break, each with its numbers."""
        if not self.constraints:
            return ()
        active = {d.name: params[d.name] for d in self.active(settings) if d.name in params}
        return tuple(problem for constraint in self.parsed_constraints() if (problem := constraint.problem(active)))

    def with_dimension(self, dimension: Dimension) -> "Space":
        """A space in which the dimension of that name is replaced."""
        old = self[dimension.name]
        return replace(self, dimensions=tuple(dimension if d is old else d for d in self.dimensions))

    def with_new(self, dimension: Dimension) -> "Space":
        """A space with one dimension more, at the end."""
        return replace(self, dimensions=(*self.dimensions, dimension))

    def without(self, name: str) -> "Space":
        """A space without the dimension of that name."""
        gone = self[name]
        return replace(self, dimensions=tuple(dimension for dimension in self.dimensions if dimension is not gone))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON: name → dimension, in order; constraints under their own key where there are any."""
        plain: dict[str, Any] = {dimension.name: dimension.to_dict() for dimension in self.dimensions}
        return plain | {CONSTRAINTS_KEY: list(self.constraints)} if self.constraints else plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Space":
        """Read a space as a thread file or the store writes it."""
        dimensions = {name: one for name, one in plain.items() if name != CONSTRAINTS_KEY}
        return cls(
            dimensions=tuple(Dimension.from_dict(name, one) for name, one in dimensions.items()),
            constraints=tuple(plain.get(CONSTRAINTS_KEY) or ()),
        )


def describe_range(dimension: Dimension, digits: int = 4) -> str:
    """A dimension's range in few characters: ``1e-6 … 1e-3 log``, ``= 0.3 frozen`` or ``a | b``."""
    if dimension.frozen is not UNSET:
        return f"= {dimension.text(dimension.frozen)} frozen"
    if dimension.kind == "categorical":
        return (" < " if dimension.ordered else " | ").join(dimension.text(choice) for choice in dimension.choices)
    low, high = dimension.bounds
    step = "" if dimension.step is None else f" step {dimension.text(dimension.step, digits)}"
    return f"{dimension.text(low, digits)} … {dimension.text(high, digits)}{' log' if dimension.log else ''}{step}"
