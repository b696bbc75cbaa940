"""The three thresholds of the model: one record, the single source for training, inference and reports (paper B.1.4).

Legend: R relation types.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, Float32

from model.errors import ModelError

LOWEST = 2.0**-20
"""Lowest threshold (about 1e-6): the open interval (0, 1) made concrete; exact in float32."""

HIGHEST = 1.0 - 2.0**-24
"""Highest threshold: the largest float32 below 1, so that a saturated score of 1 is always kept."""

ThresholdName = Literal["mention", "coref", "relation"]
"""Which of the three thresholds."""

NAMES: tuple[ThresholdName, ...] = ("mention", "coref", "relation")
"""All three in the order of the tasks."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ThresholdSet:
    """The thresholds in force; a thing is kept where its score is at or above its threshold.

    The defaults are those of the public JEREX code. Values are moved inside [:data:`LOWEST`, :data:`HIGHEST`].

    Attributes:
        mention: Span score from which a span is a mention, 0..1.
        coref: Pair score from which mentions (or clusters) may be joined, 0..1.
        relation: Score from which a relation holds: one number for all types, or a read-only array ``[R]``, 0..1.
    """

    mention: float = 0.85
    coref: float = 0.85
    relation: Any = 0.6

    def __post_init__(self) -> None:
        for name in NAMES:
            given = getattr(self, name)
            array = np.asarray(given, dtype=np.float64)
            scalar = array.ndim == 0
            if not (scalar or (name == "relation" and array.ndim == 1 and array.size)):
                shape = "one number or one a relation type" if name == "relation" else "one number"
                raise ModelError(f"the {name} threshold must be {shape}; given: shape {array.shape}")
            if not bool(np.all((array >= 0) & (array <= 1))):
                raise ModelError(f"the {name} threshold must lie in 0..1; given: {given}", "write 0.85, not 85")
            object.__setattr__(self, name, clamp(float(array)) if scalar else _frozen(clamp(array)))

    @property
    def is_per_class(self) -> bool:
        """True if each relation type has its own threshold."""
        return not isinstance(self.relation, float)

    def relation_vector(self, n_types: int) -> Float[np.ndarray, " R"]:
        """The relation threshold of each type, float64 ``[n_types]``.

        Raises:
            ModelError: If there is one threshold a type for another number of types.
        """
        if not self.is_per_class:
            return np.full(n_types, self.relation)
        if len(self.relation) != n_types:
            raise ModelError(
                f"class-specific thresholds must cover the {n_types} relation types; given: {len(self.relation)}",
                "calibrate again with this model's label schema",
            )
        return np.array(self.relation)

    def replace(self, **values: Any) -> "ThresholdSet":
        """A copy with some of the three changed."""
        return ThresholdSet(**{name: values.pop(name, getattr(self, name)) for name in NAMES}, **values)

    def to_dict(self) -> dict[str, float | list[float]]:
        """Plain numbers for JSON and checkpoints; reading them back gives an equal set."""
        relation = self.relation.tolist() if self.is_per_class else self.relation
        return {"mention": self.mention, "coref": self.coref, "relation": relation}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "ThresholdSet":
        """The inverse of :meth:`to_dict`; thresholds left out take their defaults.

        Raises:
            ModelError: If a key is unknown or a value is not a number (or a list of them, for relations).
        """
        for key in data:
            if key not in NAMES:
                near = difflib.get_close_matches(str(key), NAMES, n=1)
                raise ModelError(
                    f"thresholds are {', '.join(NAMES)}; given: {key!r}", f"did you mean {near[0]!r}?" if near else ""
                )
        for key, value in data.items():
            numbers = value if key == "relation" and isinstance(value, Sequence | np.ndarray) else [value]
            if isinstance(numbers, str) or not all(_is_number(number) for number in numbers):
                raise ModelError(f"the {key} threshold must be a number in 0..1; given: {value!r}")
        # YAML and JSON write 1 for 1.0.
        try:
            return cls(**{key: float(value) if _is_number(value) else value for key, value in data.items()})
        except OverflowError:
            raise ModelError("thresholds must be numbers in 0..1; given: a number beyond a float") from None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ThresholdSet):
            return NotImplemented
        return (self.mention, self.coref) == (other.mention, other.coref) and same_relation(
            self.relation, other.relation
        )

    def __hash__(self) -> int:
        return hash((self.mention, self.coref, tuple(np.atleast_1d(self.relation).tolist())))


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """Where thresholds may move.

    The low mention bound keeps an early epoch from letting every span through (paper §2.3); the low relation bound is
    the floor below which scores were not kept.

    Attributes:
        mention: Lowest and highest mention threshold.
        coref: Lowest and highest coreference threshold.
        relation: Lowest and highest relation threshold.
    """

    mention: tuple[float, float] = (LOWEST, HIGHEST)
    coref: tuple[float, float] = (LOWEST, HIGHEST)
    relation: tuple[float, float] = (LOWEST, HIGHEST)

    def __post_init__(self) -> None:
        for name in NAMES:
            low, high = getattr(self, name)
            if not 0 <= low <= high <= 1:
                raise ModelError(f"bounds of the {name} threshold must be 0 <= low <= high <= 1; given: {low}, {high}")
            object.__setattr__(self, name, (clamp(float(low)), clamp(float(high))))

    def clip(self, name: ThresholdName, value: Any) -> Any:
        """The nearest allowed value (or array of values)."""
        low, high = getattr(self, name)
        return _clip(value, low, high)

    def clip_all(self, thresholds: ThresholdSet) -> ThresholdSet:
        """The nearest allowed thresholds."""
        return ThresholdSet(**{name: self.clip(name, getattr(thresholds, name)) for name in NAMES})


def clamp(value: Any) -> Any:
    """A float (or float64 array) moved inside [:data:`LOWEST`, :data:`HIGHEST`]."""
    return _clip(value, LOWEST, HIGHEST)


def keep(scores: Float32[np.ndarray, "*n"], threshold: Any) -> Bool[np.ndarray, "*n"]:
    """Which scores pass: ``float32(score) >= float32(threshold)`` (JEREX's ``>=``; paper B.1.1).

    Args:
        scores: Scores, any shape.
        threshold: A number, or an array that broadcasts against ``scores``.
    """
    return np.asarray(scores >= np.asarray(threshold, dtype=np.float32))


def same_relation(first: Any, other: Any) -> bool:
    """True if two relation thresholds are of the same kind and equal."""
    return np.shape(first) == np.shape(other) and bool(np.all(np.asarray(first) == np.asarray(other)))


def _clip(value: Any, low: float, high: float) -> Any:
    return np.clip(value, low, high) if isinstance(value, np.ndarray) else min(max(float(value), low), high)


def _frozen(array: np.ndarray) -> np.ndarray:
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.floating | np.integer) and not isinstance(value, bool)
