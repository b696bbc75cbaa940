"""Findings: what a diagnostic says, with its evidence and, where one follows, a proposed edit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.space.proposal import Proposal

Severity = Literal["ok", "info", "warning"]
"""How much a finding should move the reader."""


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
