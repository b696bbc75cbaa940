"""Hyperband's brackets and rungs, known before the run (paper §3, Algorithm 1), in integer arithmetic.

Notations:
    r, R   least and most resource (epochs) of a trial.      eta   reduction factor.
    b      bracket, 0 prunes first; its rungs are at r·eta^b, r·eta^(b+1), … up to R.
"""

import math
import zlib
from dataclasses import dataclass

from engine.errors import EngineError


@dataclass(frozen=True, kw_only=True, slots=True)
class Bracket:
    """One bracket.

    Attributes:
        index: b.
        rungs: Epochs at which its trials are judged.
        weight: Its part of the sum of all weights is its expected share of the trials.
        share: That share, 0 … 1.
    """

    index: int
    rungs: tuple[int, ...]
    weight: int
    share: float


def make_brackets(min_resource: int, max_resource: int, reduction_factor: int) -> tuple[Bracket, ...]:
    """All brackets, the most aggressive first; trial shares as in Optuna: ceil(n·eta^s / (s + 1)), s = n - 1 - b.

    Raises:
        EngineError: When the resources make no rung.
    """
    if not 1 <= min_resource <= max_resource or reduction_factor < 2:
        raise EngineError(
            "Hyperband needs 1 ≤ min_resource ≤ max_resource and reduction_factor ≥ 2, got "
            f"{min_resource}, {max_resource} and {reduction_factor}"
        )
    rungs = []
    rung = min_resource
    while rung <= max_resource:
        rungs.append(rung)
        rung *= reduction_factor
    n = len(rungs)
    weights = [math.ceil(n * reduction_factor ** (n - 1 - b) / (n - b)) for b in range(n)]
    total = sum(weights)
    return tuple(
        Bracket(index=b, rungs=tuple(rungs[b:]), weight=weights[b], share=weights[b] / total) for b in range(n)
    )


def bracket_of(brackets: tuple[Bracket, ...], study_key: str, number: int) -> Bracket:
    """The bracket of a trial, hashed from the sprint's frozen key and its number: the same on every machine."""
    left = zlib.crc32(f"{study_key}_{number}".encode()) % sum(bracket.weight for bracket in brackets)
    for bracket in brackets:
        left -= bracket.weight
        if left < 0:
            return bracket
    raise AssertionError("unreachable: the hash lies below the sum of the weights")
