"""How much of a space its constraints leave: seeded uniform points, counted."""

import random
from collections.abc import Mapping

from engine.space.draw import draw
from engine.space.space import Space
from engine.space.sum_constraints import reparametrize
from engine.values import UNSET, Value

N_DRAWS = 2000
"""Uniform draws behind a rejection rate: its standard error stays below 0.012."""


def n_rejected(space: Space, settings: Mapping[str, Value], n_draws: int = N_DRAWS) -> int:
    """How many of so many uniform points break a constraint; sums are held by construction and reject nothing.

    Raises:
        EngineError: When a dimension is a member of two sums, or nothing is left free to hold one.
    """
    view = reparametrize(space, settings)
    parsed = [constraint for constraint in space.parsed_constraints() if constraint.kind != "sum"]
    if not parsed:
        return 0
    free = view.space.free(settings)
    frozen: dict[str, Value] = {d.name: d.frozen for d in space.active(settings) if d.frozen is not UNSET}
    rng = random.Random(0)
    count = 0
    for _ in range(n_draws):
        params = view.decode(draw(free, rng)) | frozen
        matter = {name: value for name, value in params.items() if space.is_active(name, params, settings)}
        count += any(constraint.problem(matter) for constraint in parsed)
    return count
