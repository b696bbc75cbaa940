"""What bounds a sprint's trials and workers: retries, times, leases."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from engine.errors import EngineError
from engine.values import refuse_unknown_keys

UNLIMITED = frozenset({"silence_seconds", "trial_seconds", "checkpoint_gb"})
"""Limits that may be None: no limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Limits of a sprint; all have defaults that suit a GPU box.

    Attributes:
        max_deaths: How often a trial may lose its worker (killed, out of memory, crashed) and still be tried again.
        max_errors: How often a trial may raise and still be tried again; most errors come back, so none by default.
        give_up_after: The sprint fails when its first so many finished trials have all failed; 0 never.
        pause_after: The sprint pauses when so many trials in a row have failed; 0 never.
        lease_seconds: A worker on another machine unheard of for so long has lost its trial; one on this machine never.
        silence_seconds: A worker whose training says nothing for so long is replaced; None never.
        trial_seconds: A trial that takes longer is failed; None never.
        max_crashes: Workers of one slot that may die within `crash_seconds` of their start before the sprint fails.
        crash_seconds: What counts as dying at once.
        grace_seconds: How long a worker that was told to end gets before it is killed.
        checkpoint_gb: Disk that a sprint's kept checkpoints may take, in 2^30 bytes; beyond it the worst trials lose
            theirs, the best one never; None for no limit.
    """

    max_deaths: int = 2
    max_errors: int = 0
    give_up_after: int = 5
    pause_after: int = 8
    lease_seconds: float = 60.0
    silence_seconds: float | None = 1800.0
    trial_seconds: float | None = None
    max_crashes: int = 3
    crash_seconds: float = 60.0
    grace_seconds: float = 10.0
    checkpoint_gb: float | None = 50.0

    def __post_init__(self) -> None:
        wholes = {one.name for one in fields(self) if isinstance(one.default, int)}
        for name, value in asdict(self).items():
            if value is None and name in UNLIMITED:
                continue
            kinds = (int,) if name in wholes else (int, float)
            if isinstance(value, bool) or not isinstance(value, kinds) or not 0 <= value < math.inf:
                kind = "a whole number" if name in wholes else "a finite number"
                raise EngineError(f"limit {name} must be {kind} ≥ 0, got {value!r}")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, the inverse of `from_dict`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Limits":
        """Read limits from the store or a thread file; unknown keys are refused."""
        refuse_unknown_keys(plain, cls.__slots__, where="limits")
        return cls(**plain)
