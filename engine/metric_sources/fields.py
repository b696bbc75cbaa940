"""What the fields of a record mean: which is the score, the epoch, the step, the rank; for objects and rows."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from engine.metric_sources.numbers import read_number
from engine.metric_sources.objects import flat
from engine.metric_sources.reading import Reading, SourceOptions
from engine.trials.trial import PHASES

EPOCH_NAMES = ("epoch",)
STEP_NAMES = ("step", "global_step", "iter", "iteration", "iter_num")
RANK_NAMES = ("rank", "global_rank", "process_index")

FIRST_IMPOSSIBLE = 2**31
"""Epochs and steps from here on are something else: a time, an id."""

MOST_METRICS = 200
"""Numbers of a record without a score that join its epoch's report; one with more is no list of metrics."""

MOST_MISSES = 5
"""Near misses that are kept; the first ones say the most."""


class Fields:
    """Reads records by the names that `SourceOptions` gives, and keeps what came near."""

    def __init__(self, options: SourceOptions) -> None:
        self._score_names = (options.score_name,) if options.score_name else ("score", options.metric)
        self._epoch_names = (options.epoch_name,) if options.epoch_name else EPOCH_NAMES
        self.near_misses: list[str] = []

    def reading(self, said: Mapping[Any, Any]) -> Reading | None:
        """The reading a record is; None where it is neither a report nor progress."""
        fields = dict(flat(said))
        numbers = {name: number for name, value in fields.items() if (number := read_number(value)) is not None}
        score_name, epoch_name = _first(self._score_names, fields), _first(self._epoch_names, fields)
        epoch = numbers.get(epoch_name) if epoch_name else None
        if epoch_name and not _is_blank(fields[epoch_name]) and not is_count(epoch):
            if score_name or "fraction" in fields:
                self._miss(f"{epoch_name!r} must be a number from 0, got {fields[epoch_name]!r:.40}")
            return None
        step = next((numbers[name] for name in STEP_NAMES if is_count(numbers.get(name))), None)
        rank = next((numbers[name] for name in RANK_NAMES if is_count(numbers.get(name))), 0)
        when: dict[str, Any] = {"epoch": epoch, "step": step, "rank": int(rank)}
        aside = {score_name, epoch_name, *RANK_NAMES}
        metrics = {
            name: float(number)
            for name, number in numbers.items()
            if name not in aside and (math.isfinite(number) or not isinstance(fields[name], str))
        }
        if score_name is None:
            return self._without_score(fields, numbers, metrics, when)
        value = fields[score_name]
        score = math.nan if value is None else numbers.get(score_name)
        if score is None:
            self._miss(f"{score_name!r} must be a number, got {value!r:.40}")
            return None
        phase = fields.get("phase")
        return Reading(score=float(score), metrics=metrics, phase=phase if phase in PHASES else "train", **when)

    def _without_score(
        self,
        fields: Mapping[str, Any],
        numbers: Mapping[str, float],
        metrics: Mapping[str, float],
        when: Mapping[str, Any],
    ) -> Reading | None:
        if "fraction" in fields and when["epoch"] is not None:
            if (share := numbers.get("fraction")) is None:
                self._miss(f"'fraction' must be a number, got {fields['fraction']!r:.40}")
                return None
            return Reading(fraction=float(share), message=str(fields.get("message", "")), **when)
        wanted = " or ".join(repr(name) for name in dict.fromkeys(self._score_names))
        if found := [name for name in numbers if name not in RANK_NAMES]:
            self._miss(f"found {', '.join(repr(name) for name in found[:4])} but no {wanted}")
        if when["epoch"] is None or not 0 < len(metrics) <= MOST_METRICS:
            return None
        return Reading(metrics=metrics, **when)

    def _miss(self, text: str) -> None:
        if text not in self.near_misses and len(self.near_misses) < MOST_MISSES:
            self.near_misses.append(text)


def is_count(number: float | None) -> bool:
    """Whether a number can be an epoch or a step."""
    return number is not None and 0 <= number < FIRST_IMPOSSIBLE


def _first(names: Sequence[str], fields: Mapping[str, Any]) -> str | None:
    return next((name for name in names if name in fields), None)


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()
