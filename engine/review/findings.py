"""Findings: what a diagnostic says, with its evidence and, where one follows, a proposed edit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.values import Value

Severity = Literal["ok", "info", "warning"]
"""How much a finding should move the reader."""


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One statement about a sprint.

    Attributes:
        kind: The diagnostic's name in lower case, such as ``boundary``.
        severity: ``ok``, ``info`` or ``warning``.
        text: What was found, in one plain sentence.
        dimension: The dimension it speaks of, or None for the sprint as a whole.
        dimensions: All dimensions involved, for findings about pairs.
        evidence: The numbers behind it, by name; JSON.
        proposal: What could be done, or None.
        meaning: What it may mean, in plain language.
        advice: What a person can do.
    """

    kind: str
    severity: Severity
    text: str
    dimension: str | None = None
    dimensions: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    proposal: Proposal | None = None
    meaning: str = ""
    advice: str = ""
