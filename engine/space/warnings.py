"""What looks wrong about a space before anything runs: sentences, never refusals."""

import math
from collections.abc import Mapping

from engine.space.conditions import condition_text
from engine.space.constraints import reach
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.values import Value

DECADE = 10.0
"""A linear range over more than a factor of ten hides its low end: nine tenths of the draws fall in the last decade."""

HUGE_GRID = 10_000
"""Combinations of categories beyond this many cannot be covered by any sprint."""

MANY_CHOICES = 20
"""More categories than this in one dimension leave most of them unseen in a sprint of a hundred trials."""

RATE_WORDS = ("lr", "learning_rate", "weight_decay", "decay")
"""Names whose values live on a logarithmic scale."""


def lint_space(space: Space, settings: Mapping[str, Value]) -> tuple[str, ...]:
    """Warnings about a space, one sentence each, in the order of its dimensions."""
    warnings = [warning for dimension in space for warning in _lint(dimension)]
    grid = math.prod(len(d.choices) for d in space.free(settings) if d.kind == "categorical")
    if grid > HUGE_GRID:
        warnings.append(f"the categories make {grid:,} combinations: no sprint can cover them, restrict some choices")
    known = set(settings) | set(space.names)
    active = {dimension.name for dimension in space.active(settings)}
    for dimension in space:
        unknown = [key for key in dimension.active_when if key not in known]
        parents = [space[key] for key in dimension.active_when if key in space.names]
        when = condition_text(dimension.active_when)
        if unknown:
            warnings.append(
                f"{dimension.name} is active when {when}, but nothing is called {unknown[0]}: it is never active"
            )
        elif dimension.name not in active and any(not parent.is_frozen for parent in parents):
            warnings.append(f"{dimension.name} is never active in this space: {when} cannot hold")
    return tuple(warnings)


def _lint(dimension: Dimension) -> list[str]:
    name = dimension.name
    if dimension.kind == "categorical":
        n = len(dimension.choices)
        return [f"{name} has {n} choices: most stay unseen in a sprint"] if n > MANY_CHOICES else []
    if dimension.is_frozen:
        outside = dimension.domain is None and not dimension.bounds[0] <= reach(dimension)[0] <= dimension.bounds[1]
        return [f"{name} is frozen at {dimension.frozen}, outside its range"] if outside else []
    low, high = dimension.bounds
    found = []
    if not dimension.log and low > 0 and high / low > DECADE:
        decades = math.log10(high / low)
        found.append(f"{name} ranges over {decades:.1f} decades on a linear scale: log: true would see its low end")
    elif not dimension.log and low <= 0 and _is_rate(name):
        found.append(f"{name} looks like a rate but begins at {low:g}: a log range above 0 would see its small values")
    if dimension.log and high / low < 2:
        found.append(f"{name} spans less than a factor of 2 on a log scale: a linear one would do")
    return found


def _is_rate(name: str) -> bool:
    return any(name == word or name.startswith(f"{word}_") for word in RATE_WORDS)
