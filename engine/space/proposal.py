"""An edit of a space that a finding or the trimming rule suggests."""

from dataclasses import dataclass
from typing import Literal

from engine.values import Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """An edit that a finding or the trimming rule suggests.

    Attributes:
        action: ``narrow``, ``widen``, ``freeze``, ``choices`` or ``unfreeze``.
        dimension: Name of the dimension.
        low: New lower bound, for narrow and widen.
        high: New upper bound.
        choices: New choices, for categories.
        value: Value to freeze at.
        reason: Why, in one sentence.
    """

    action: Literal["narrow", "widen", "freeze", "choices", "unfreeze"]
    dimension: str
    low: float | None = None
    high: float | None = None
    choices: tuple[Value, ...] | None = None
    value: Value | None = None
    reason: str = ""
