"""Uniform points of a space."""

import random

from engine.space.dimension import Dimension
from engine.values import Value


def draw(dimensions: tuple[Dimension, ...], rng: random.Random) -> dict[str, Value]:
    """A uniform point on the dimensions' scales; every whole number and category is equally likely on linear scales."""
    return {dimension.name: dimension.from_share(rng.random()) for dimension in dimensions}
