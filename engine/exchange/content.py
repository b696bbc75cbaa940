"""What is exchanged: a sprint's space and trials as plain records, whatever the format."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any

from engine.space.space import CONSTRAINTS_KEY, Space
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class SprintContent:
    """A sprint as other tools see it.

    Attributes:
        label: Its name there.
        space: What was searched.
        trials: With their epoch reports, in order of number.
        direction: Which way the score is better.
        metric: Name of the score.
        facts: Anything else worth keeping: fidelity, sampler, manifest.
    """

    label: str
    space: Space
    trials: Sequence[TrialRecord]
    direction: Direction = Direction.MAXIMIZE
    metric: str = "score"
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # A format of another package may name it by its word.
        object.__setattr__(self, "direction", Direction.read(self.direction))


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """What hyperparameters of another tool are called here: ``model/lr`` becomes ``model_lr``, each name its own."""
    found: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"\W+", "_", name).strip("_") or "unnamed"
        plain = f"{plain}_" if plain == CONSTRAINTS_KEY else plain
        plain = plain if plain.isidentifier() else f"p_{plain}"
        candidates = chain((plain,), (f"{plain}_{n}" for n in count(2)))
        found[name] = next(one for one in candidates if one not in found.values())
    return found
