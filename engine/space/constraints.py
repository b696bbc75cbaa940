"""Constraints between dimensions: parsed, checked, and taken out of a sampler's way.

Three forms are understood: ``sum(w_*) == 1`` (a pattern or names), ``a < b`` / ``a <= b`` / ``a > b`` / ``a >= b``, and
``a % b == 0``. A sum is held by reparametrization (`engine.space.sum_constraints`), the others by rejection.
Frozen dimensions take part with their value, inactive ones do not take part.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from engine.errors import EngineError
from engine.space.dimension import Dimension
from engine.values import UNSET, Value, as_number, refuse_unknown_keys
from engine.wording import short

SUM = re.compile(r"sum\(\s*(?P<names>[\w*?,\s\[\]]+?)\s*\)\s*==\s*(?P<total>[-+.\deE]+)")
PAIR = re.compile(r"(?P<left>\w+)\s*(?P<relation><=|>=|<|>)\s*(?P<right>\w+)")
MULTIPLE = re.compile(r"(?P<left>\w+)\s*%\s*(?P<right>\w+)\s*==\s*0")

MOST_CHARACTERS = 2000
"""Of a constraint; longer ones take the patterns above seconds."""

TOLERANCE = 1e-9
"""Relative error allowed in a sum: what floating point loses in adding a dozen weights."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraint:
    """One condition on several dimensions.

    Attributes:
        kind: ``sum``, ``order`` or ``multiple``.
        names: Dimensions in the order of the space for a sum, (left, right) otherwise; left < right for ``order``.
        text: As a person wrote it, blanks normalized.
        total: What a sum must be.
        strict: Whether ``order`` forbids equality.
    """

    kind: Literal["sum", "order", "multiple"]
    names: tuple[str, ...]
    text: str
    total: float = 0.0
    strict: bool = True

    def problem(self, params: Mapping[str, Value]) -> str:
        """Why parameters break the constraint, in words; empty when they hold it or leave it undecided."""
        values = [as_number(params[name]) for name in self.names if name in params]
        if self.kind == "sum":
            total = math.fsum(values)
            off = abs(total - self.total) > TOLERANCE * max(1.0, abs(self.total))
            return f"{self.text} does not hold: the sum is {short(total, 6)}" if values and off else ""
        if len(values) < 2:
            return ""
        left, right = values
        if self.kind == "multiple":
            holds = right != 0 and math.isclose(left / right, round(left / right), rel_tol=0, abs_tol=1e-9)
        else:
            holds = left < right or (left == right and not self.strict)
        if holds:
            return ""
        return f"{self.text} does not hold: {self.names[0]} {short(left, 6)}, {self.names[1]} {short(right, 6)}"


def parse_constraint(text: str, dimensions: Sequence[Dimension]) -> Constraint:
    """Read a constraint over the dimensions of a space.

    Raises:
        EngineError: When the text is none of the three forms, names an unknown dimension or a category, or when no
            point of the ranges can hold it.
    """
    shown = " ".join(str(text).split())
    if len(shown) > MOST_CHARACTERS:
        raise EngineError(f"a constraint must have at most {MOST_CHARACTERS} characters, got {len(shown)}")
    if match := SUM.fullmatch(shown):
        constraint = Constraint(
            kind="sum",
            names=_members(match["names"], dimensions, shown),
            text=shown,
            total=_total(match["total"], shown),
        )
    elif match := PAIR.fullmatch(shown):
        left, right = match["left"], match["right"]
        pair = (left, right) if match["relation"].startswith("<") else (right, left)
        constraint = Constraint(kind="order", names=pair, text=shown, strict="=" not in match["relation"])
    elif match := MULTIPLE.fullmatch(shown):
        constraint = Constraint(kind="multiple", names=(match["left"], match["right"]), text=shown)
    else:
        raise EngineError(
            f"a constraint must look like sum(w_*) == 1, a < b or a % b == 0, got {shown!r}",
        )
    by_name = {dimension.name: dimension for dimension in dimensions}
    for name in constraint.names:
        refuse_unknown_keys({name: None}, by_name, where=f"constraint {shown}")
        if by_name[name].kind == "categorical":
            raise EngineError(f"constraint {shown}: {name} is a category, a constraint needs numbers")
    if len(set(constraint.names)) < len(constraint.names):
        raise EngineError(f"constraint {shown}: two dimensions are needed, got {constraint.names[0]} twice")
    if constraint.kind == "sum" and any(
        by_name[name].kind != "float" or by_name[name].step for name in constraint.names
    ):
        raise EngineError(
            f"constraint {shown}: a sum is held by shifting values, so its dimensions must be floats without a step"
        )
    if constraint.kind == "multiple":
        for name in constraint.names:
            if by_name[name].spacing is None and not by_name[name].is_frozen:
                raise EngineError(
                    f"constraint {shown}: {name} must be an int, have a step or be frozen, no float that is drawn ever "
                    "holds it"
                )
    _refuse_impossible(constraint, by_name)
    return constraint


def refuse_contradictions(constraints: Sequence[Constraint], dimensions: Sequence[Dimension]) -> None:
    """Refuse orders that cannot hold together: ``a < b`` with ``b < a``, or a chain longer than its ranges allow.

    Raises:
        EngineError: Naming the two ends of the chain.
    """
    by_name = {dimension.name: dimension for dimension in dimensions}
    above: dict[str, list[tuple[str, bool]]] = {}
    for constraint in constraints:
        if constraint.kind == "order":
            above.setdefault(constraint.names[0], []).append((constraint.names[1], constraint.strict))
    for left in above:
        least = reach(by_name[left])[0]
        for right, strict in _above(left, above).items():
            sign = "<" if strict else "<="
            if left == right and (strict or by_name[left].kind == "float"):
                raise EngineError(
                    f"constraints must leave an order, got {left} {sign} {left} by way of others", "drop one of them"
                )
            greatest = reach(by_name[right])[1]
            if left != right and (least > greatest or (least == greatest and strict)):
                joint = Constraint(kind="order", names=(left, right), text=f"{left} {sign} {right}", strict=strict)
                _refuse_impossible(joint, by_name)


def _above(start: str, above: Mapping[str, Sequence[tuple[str, bool]]]) -> dict[str, bool]:
    """What must be above a dimension, by way of others too, and whether strictly: where any way is strict."""
    found: dict[str, bool] = {}
    waiting = [(start, False)]
    while waiting:
        name, so_far = waiting.pop()
        for right, strict in above.get(name, ()):
            both = so_far or strict
            if right not in found or (both and not found[right]):
                found[right] = both
                waiting.append((right, both))
    return found


def reach(dimension: Dimension) -> tuple[float, float]:
    """Least and greatest value a numeric dimension can take, its frozen value when frozen."""
    if dimension.frozen is not UNSET:
        return as_number(dimension.frozen), as_number(dimension.frozen)
    return dimension.bounds


def _members(names: str, dimensions: Sequence[Dimension], shown: str) -> tuple[str, ...]:
    patterns = [part.strip() for part in names.split(",") if part.strip()]
    for pattern in patterns:
        if not any(fnmatchcase(d.name, pattern) for d in dimensions):
            refuse_unknown_keys({pattern: None}, [d.name for d in dimensions], where=f"constraint {shown}")
    members = tuple(d.name for d in dimensions if any(fnmatchcase(d.name, pattern) for pattern in patterns))
    if len(members) < 2:
        raise EngineError(f"constraint {shown}: a sum needs at least two dimensions, got {list(members)}")
    return members


def _total(given: str, shown: str) -> float:
    try:
        return float(given)
    except ValueError:
        raise EngineError(f"constraint {shown}: {given!r} is not a number") from None


def _refuse_impossible(constraint: Constraint, by_name: Mapping[str, Dimension]) -> None:
    reaches = [reach(by_name[name]) for name in constraint.names]
    if constraint.kind == "sum":
        low, high = math.fsum(r[0] for r in reaches), math.fsum(r[1] for r in reaches)
        if not low - TOLERANCE <= constraint.total <= high + TOLERANCE:
            raise EngineError(
                f"constraint {constraint.text} cannot hold: the ranges allow sums from {short(low)} to {short(high)}",
                "widen a range or drop the constraint",
            )
    elif constraint.kind == "order":
        least, greatest = reaches[0][0], reaches[1][1]
        if least > greatest or (least == greatest and constraint.strict):
            raise EngineError(
                f"constraint {constraint.text} cannot hold: {constraint.names[0]} is at least {short(least)}, "
                f"{constraint.names[1]} at most {short(greatest)}",
                "widen a range or drop the constraint",
            )
