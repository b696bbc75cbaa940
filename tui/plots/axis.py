"""What stands at the ticks of an axis: as few digits as tell the ticks apart, never cut."""

from collections.abc import Callable, Sequence

from tui.drawing.format import number
from tui.drawing.scale import Scale

TELLS = 10
"""A tick's text lies at most this part of the axis from the tick: three ticks on an axis then never read the same."""

SMALL = 0.1
"""An axis that stays below it, such as a learning rate's, would lose too much with two decimals."""

LEAST_MARGIN = 8
"""Columns left of a plot: labels of six cells, a blank, the axis."""

ROWS_PER_TICK = 4
"""An upright axis has a label in every fourth row at most."""

WHOLE_BELOW = 1e6
"""Whole numbers below it, such as those of trials, are written in full."""


def tick_texts(values: Sequence[float], least: int = 3, text: Callable[[float, int], str] | None = None) -> list[str]:
    """A text for every tick, in the fewest significant digits, ``least`` or more, that tell them apart.

    Args:
        values: The ticks.
        least: Digits to begin with.
        text: Writes a value in so many digits; by default whole numbers in full, others by `tui.drawing.format.number`.
    """
    written = text or _written
    texts: list[str] = []
    for digits in range(least, 18):
        texts = [written(value, digits) for value in values]
        if _tell(texts, values):
            break
    return texts


def score_texts(values: Sequence[float]) -> list[str]:
    """Two decimals, unless the whole axis is as small as a learning rate, or too large or narrow for them."""
    texts = [f"{value:.2f}" if abs(value) < 1e5 else number(value) for value in values]
    fitting = max(map(len, texts), default=0) <= LEAST_MARGIN - 2
    if fitting and max(map(abs, values), default=0.0) >= SMALL and _tell(texts, values):
        return texts
    return tick_texts(values, 2)


def score_ticks(vertical: Scale, rows: int) -> list[tuple[int, str]]:
    """(Row, text) of the round scores on an upright axis, row 0 on top; its ends where no two round ones fit."""
    ticks = vertical.ticks(max(rows // ROWS_PER_TICK, 2))
    texts = tick_texts(ticks, 2) if SMALL <= max(map(abs, ticks)) < WHOLE_BELOW else score_texts(ticks)
    return [
        (round((1 - vertical.position(tick)) * max(rows - 1, 1)), text) for tick, text in zip(ticks, texts, strict=True)
    ]


def margin_of(texts: Sequence[str], width: int) -> int:
    """Columns left of a plot for these labels, a blank and the axis; half of the width at most."""
    return max(min(max(map(len, texts), default=0) + 2, width // 2), LEAST_MARGIN)


def _written(value: float, digits: int) -> str:
    whole = abs(value) < WHOLE_BELOW and float(value).is_integer()
    return str(int(value)) if whole else number(value, digits)


def _tell(texts: Sequence[str], values: Sequence[float]) -> bool:
    """Whether each text is near enough its value to be told from the others."""
    within = (max(values) - min(values)) / TELLS if values else 0.0
    return not within or all(abs(float(one) - value) <= within for one, value in zip(texts, values, strict=True))
