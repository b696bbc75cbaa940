"""What is exchanged: a sprint's space and trials as plain records, whatever the format."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any

from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.trials.trial import Direction, TrialRecord
from engine.values import Value, value_key


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
    direction: Direction = "maximize"
    metric: str = "score"
    facts: Mapping[str, Any] = field(default_factory=dict)


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """What hyperparameters of another tool are called here: ``model/lr`` becomes ``model_lr``, each name its own."""
    found: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"\W+", "_", name).strip("_") or "unnamed"
        plain = plain if plain.isidentifier() else f"p_{plain}"
        candidates = chain((plain,), (f"{plain}_{n}" for n in count(2)))
        found[name] = next(one for one in candidates if one not in found.values())
    return found


def inferred_space(columns: Mapping[str, Sequence[Value]]) -> Space:
    """A space that just holds the values seen: for tables that do not say their ranges.

    Text and truth values make categories, whole numbers an int range, others a float range, on a log scale where
    positive values span more than two decades. A column with one value is frozen at it.
    """
    return Space(dimensions=tuple(_inferred(name, values) for name, values in columns.items() if values))


def _inferred(name: str, values: Sequence[Value]) -> Dimension:
    note = "inferred from imported values"
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) < len(values):
        choices = tuple({value_key(value): value for value in values}.values())
        return Dimension(name=name, kind="categorical", choices=choices, note=note)
    low, high = min(numbers), max(numbers)
    is_int = all(isinstance(v, int) for v in values)
    if low == high:
        frozen: Value = int(low) if is_int else low
        return Dimension(name=name, kind="int" if is_int else "float", low=low, high=low + 1, frozen=frozen, note=note)
    log = low > 0 and high / low > 100
    return Dimension(name=name, kind="int" if is_int else "float", low=low, high=high, log=log, note=note)
