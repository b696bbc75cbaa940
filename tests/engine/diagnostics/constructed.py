"""Sprints made up for the tests: known spaces, drawn positions, scores from a formula."""

from collections.abc import Callable, Mapping

import numpy as np

from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.trials.trial import TrialRecord

Scorer = Callable[[Mapping[str, float], np.random.Generator], float]


def mixed_space() -> Space:
    """Six dimensions of every kind."""
    return Space(
        dimensions=(
            Dimension(name="lr", kind="float", low=1e-6, high=1e-3, log=True, domain=(1e-9, 1.0)),
            Dimension(name="weight_decay", kind="float", low=1e-4, high=1e-1, log=True),
            Dimension(name="w_mention", kind="float", low=0.5, high=2.0),
            Dimension(name="w_relation", kind="float", low=0.5, high=2.0),
            Dimension(name="width", kind="int", low=8, high=128, log=True),
            Dimension(name="pooling", kind="categorical", choices=("max", "mean", "first")),
        )
    )


def sprint(score: Scorer, *, seed: int, n: int = 120, space: Space | None = None) -> tuple[TrialRecord, ...]:
    """n complete trials at uniform positions; ``score`` sees the positions u by name and a generator for its noise."""
    space = space or mixed_space()
    rng = np.random.default_rng(seed)
    trials = []
    for number in range(n):
        u = {d.name: float(rng.uniform()) for d in space}
        trials.append(
            TrialRecord(
                number=number,
                state="complete",
                source="random" if number < n // 2 else "model",
                params={d.name: d.from_unit(u[d.name]) for d in space},
                score=float(score(u, rng)),
                fold=(number % 6, number % 3),
                seconds=30.0 + float(rng.uniform()),
                n_epochs=1,
            )
        )
    return tuple(trials)


def noise(u: Mapping[str, float], rng: np.random.Generator) -> float:
    """A score that has nothing to do with the parameters."""
    return 20.0 + float(rng.normal())
