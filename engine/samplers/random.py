"""Uniform draws, each dimension on its own scale."""

import random
from collections.abc import Mapping
from typing import Any

from engine.samplers.problem import Answer, Problem
from engine.space.dimension import Dimension
from engine.values import Value


def ask(problem: Problem, *, number: int, seed: int, state: Mapping[str, Any]) -> Answer:  # noqa: ARG001 - one interface
    """Draw a point; depends on the seed alone."""
    return Answer(params=draw(problem.dimensions, random.Random(seed)), state=state, guided=False)


def draw(dimensions: tuple[Dimension, ...], rng: random.Random) -> dict[str, Value]:
    """A uniform point on the dimensions' scales; every whole number and category is equally likely on linear scales."""
    return {dimension.name: dimension.from_share(rng.random()) for dimension in dimensions}
