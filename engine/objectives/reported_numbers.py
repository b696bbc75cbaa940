"""Numbers that a script or a file gives: what counts as one, and what becomes of NaN and of what is too large."""

import math
import re

NUMBER = re.compile(r"[-+]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][-+]?\d{1,6})?")
"""A number as text. Python's own reader takes ``1_000`` and Arabic digits, too, and refuses 4301 digits."""

NOT_FINITE = {"nan": math.nan, "inf": math.inf, "infinity": math.inf}
"""Words for numbers that are none, in lower case; a sign may stand before them."""


def number_of(value: object) -> float | None:
    """A number of any spelling as a float; None where it is none.

    ``null`` is how many libraries write NaN, so it is NaN; a whole number beyond a float's range is infinite. True and
    false are no numbers.
    """
    if value is None:
        return math.nan
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _float(value)
    return _spelled(value) if isinstance(value, str) else None


def fraction_of(value: object) -> float:
    """A share of something in 0 … 1: progress must never stop a training, so what is no share counts as none."""
    number = number_of(value)
    return 0.0 if number is None or math.isnan(number) else min(max(number, 0.0), 1.0)


def whole_of(value: object, *, least: int, most: int) -> int | None:
    """A whole number within limits, ``3.0`` and ``"3"`` included; None for anything else."""
    number = number_of(value)
    if number is None or not math.isfinite(number) or not number.is_integer() or not least <= number <= most:
        return None
    return int(number)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _spelled(text: str) -> float | None:
    shown = text.strip()
    if NUMBER.fullmatch(shown):
        return float(shown)
    word = shown.lstrip("+-").lower()
    if word in NOT_FINITE and len(shown) - len(word) <= 1:
        return -NOT_FINITE[word] if shown.startswith("-") else NOT_FINITE[word]
    return None
