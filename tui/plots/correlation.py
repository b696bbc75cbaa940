"""How dimensions move together among trials: Spearman's rank correlation, and its matrix as text."""

import math
from collections.abc import Mapping, Sequence

from engine.api import Value
from tui.drawing.styled_lines import Line, fit, line

CELL = 7
"""Columns of a cell of the matrix."""

STRONG = 0.6
"""Below this no pair is marked, however many trials there are."""


def strong_from(n_trials: int) -> float:
    """Rho from which a pair is marked: chance passes it in one of twenty pairs (normal approximation); at least 0.6."""
    return max(STRONG, 1.96 / math.sqrt(max(n_trials - 1, 1)))


def ranks_of(values: Sequence[float]) -> list[float]:
    """Ranks from 1; equal values share the mean of theirs."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for position in range(start, end + 1):
            ranks[order[position]] = (start + end) / 2 + 1
        start = end + 1
    return ranks


def spearman(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Spearman's rho; None for fewer than three pairs or a side that does not vary."""
    if len(a) < 3:
        return None
    x, y = ranks_of(a), ranks_of(b)
    mean = (len(a) + 1) / 2
    covariance = sum((p - mean) * (q - mean) for p, q in zip(x, y, strict=True))
    spread = (sum((p - mean) ** 2 for p in x) * sum((q - mean) ** 2 for q in y)) ** 0.5
    return covariance / spread if spread else None


def correlations(trials: Sequence[Mapping[str, Value]], names: Sequence[str]) -> dict[tuple[str, str], float | None]:
    """Rho of every pair of names over the trials that have both as numbers."""
    found: dict[tuple[str, str], float | None] = {}
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            pairs = [(t[first], t[second]) for t in trials if first in t and second in t]
            numbers = [
                (float(a), float(b)) for a, b in pairs if isinstance(a, int | float) and isinstance(b, int | float)
            ]
            found[first, second] = spearman([a for a, _ in numbers], [b for _, b in numbers])
    return found


def draw_matrix(
    names: Sequence[str],
    rho: Mapping[tuple[str, str], float | None],
    selected: tuple[str, str] | None,
    width: int,
    strong: float = STRONG,
) -> list[Line]:
    """The lower triangle: one row a dimension, columns numbered as the rows are; strong pairs carry a ``!``."""
    spare = width - CELL * (len(names) - 1)
    label = min(max((len(name) for name in names), default=4) + 4, max(width // 3, 10, spare))
    shown = max((width - label) // CELL, 1)
    head = "".join(fit(str(j + 1), CELL, right=True) for j in range(min(len(names) - 1, shown)))
    lines: list[Line] = [line(" " * label, (head, "muted"))]
    for i, name in enumerate(names):
        spans = [(fit(f"{i + 1:>2} {name}", label), "")]
        for j in range(min(i, shown)):
            value = rho.get((names[j], name))
            text = "–" if value is None else f"{value:+.2f}" + ("!" if abs(value) >= strong else "")
            ink = "muted" if value is None else ("top" if value > 0 else "all") if abs(value) >= strong else ""
            if selected == (names[j], name):
                ink = f"reverse:{ink}"
            spans.append((fit(text, CELL, right=True), ink))
        lines.append(tuple(spans))
    return lines
