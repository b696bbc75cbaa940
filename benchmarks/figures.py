"""What the interface benchmark reports."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured figure.

    Attributes:
        name: What was measured.
        unit: Of goal and value.
        value: Measured.
        goal: The most it may be.
        detail: Of the repeats.
    """

    name: str
    unit: str
    value: float
    goal: float
    detail: str = ""

    @property
    def verdict(self) -> str:
        return "holds" if self.value <= self.goal else "MISSED"


def p95(values: list[float]) -> float:
    """The 95th percentile, the higher of two neighbours."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
