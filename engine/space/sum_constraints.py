"""Holding a sum of dimensions: the sampler sees n − 1 positions in [0, 1], the trial sees n values that add up.

Notations:
    x_1 … x_n  the values of the free, active dimensions of the sum; bounds l_i ≤ x_i ≤ h_i.
    S          what they must add up to (the frozen ones already subtracted).
    u_i        position of x_i within what is still possible after x_1 … x_{i-1} are chosen:
               from max(l_i, rest − Σ_{j>i} h_j) to min(h_i, rest − Σ_{j>i} l_j).

The map is a bijection between the cube of u_1 … u_{n-1} and the points of the box that hold the sum, so nothing is
rejected and finished trials can be told to the sampler exactly.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.errors import EngineError
from engine.space.constraints import Constraint, reach
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.values import UNSET, Value, as_number
from engine.wording import short


@dataclass(frozen=True, slots=True)
class Reparametrization:
    """How a constrained space looks to a sampler.

    Attributes:
        space: What the sampler searches: every sum's free dimensions are linear positions in [0, 1], the last is gone.
        sums: The sums taken out, each with its free members and what they must add up to.
    """

    space: Space
    sums: tuple[tuple[tuple[Dimension, ...], float], ...]

    def encode(self, params: Mapping[str, Value]) -> dict[str, Value]:
        """A trial's parameters as the sampler sees them; those off the sum move to the nearest position."""
        encoded = dict(params)
        for members, total in self.sums:
            if not all(member.name in params for member in members):
                continue
            rest = total
            for index, member in enumerate(members[:-1]):
                low, high = _possible(members, index, rest)
                value = as_number(params[member.name])
                encoded[member.name] = min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.5
                rest -= value
            del encoded[members[-1].name]
        return encoded

    def decode(self, params: Mapping[str, Value]) -> dict[str, Value]:
        """A suggestion as the trial will see it; every sum holds and every bound is kept."""
        decoded = dict(params)
        for members, total in self.sums:
            rest = total
            for index, member in enumerate(members[:-1]):
                low, high = _possible(members, index, rest)
                value = min(max(low + as_number(params[member.name]) * (high - low), low), high)
                decoded[member.name] = value
                rest -= value
            low, high = members[-1].bounds
            decoded[members[-1].name] = min(max(rest, low), high)
        return decoded


def reparametrize(space: Space, settings: Mapping[str, Value]) -> Reparametrization:
    """Take the sums out of a space; a space without sums comes back as it is.

    Raises:
        EngineError: When a dimension is a member of two sums, or nothing is left free to hold one.
    """
    parsed = space.parsed_constraints()
    sums = [constraint for constraint in parsed if constraint.kind == "sum"]
    if not sums:
        return Reparametrization(space, ())
    taken: set[str] = set()
    found = []
    for constraint in sums:
        members, total = _free_members(space, settings, constraint)
        if not members:
            continue
        if twice := taken & {member.name for member in members}:
            raise EngineError(f"a dimension may be in one sum only, {sorted(twice)[0]} is in two", "drop a constraint")
        taken |= {member.name for member in members}
        found.append((members, total))
    inner = tuple(
        _as_position(dimension) if dimension.name in taken else dimension
        for dimension in space
        if dimension.name not in {members[-1].name for members, _ in found}
    )
    return Reparametrization(Space(dimensions=inner), tuple(found))


def _free_members(
    space: Space, settings: Mapping[str, Value], constraint: Constraint
) -> tuple[tuple[Dimension, ...], float]:
    active = {dimension.name for dimension in space.active(settings)}
    members = [space[name] for name in constraint.names if name in active]
    total = constraint.total - math.fsum(reach(member)[0] for member in members if member.is_frozen)
    free = tuple(member for member in members if not member.is_frozen)
    low, high = math.fsum(m.bounds[0] for m in free), math.fsum(m.bounds[1] for m in free)
    if free and not low - 1e-9 <= total <= high + 1e-9:
        raise EngineError(
            f"constraint {constraint.text} cannot hold: its free dimensions must add up to {short(total)}, "
            f"their ranges allow {short(low)} to {short(high)}",
            "widen a range, unfreeze one or drop the constraint",
        )
    return free, total


def _as_position(dimension: Dimension) -> Dimension:
    return replace(dimension, low=0.0, high=1.0, log=False, domain=None, was=UNSET)


def _possible(members: tuple[Dimension, ...], index: int, rest: float) -> tuple[float, float]:
    """What member ``index`` may still be when the ones before it left ``rest`` to share out."""
    least, greatest = members[index].bounds
    later = members[index + 1 :]
    low = max(least, rest - math.fsum(m.bounds[1] for m in later))
    high = min(greatest, rest - math.fsum(m.bounds[0] for m in later))
    # Rounding may push either end past a bound by one unit in the last place.
    low, high = min(low, greatest), max(high, least)
    return low, max(low, high)
