"""Uniform draws, each dimension on its own scale."""

import random
from collections.abc import Mapping
from typing import Any

from engine.samplers.problem import Answer, Problem
from engine.space.draw import draw


def ask(problem: Problem, *, number: int, seed: int, state: Mapping[str, Any]) -> Answer:  # noqa: ARG001 - one interface
    """Draw a point; depends on the seed alone."""
    return Answer(params=draw(problem.dimensions, random.Random(seed)), state=state, guided=False)
