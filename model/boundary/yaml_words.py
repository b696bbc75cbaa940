"""Words without quotes in YAML 1.2: which are numbers, truth values or null by its core schema (section 10.3)."""

import math
import re
from datetime import datetime
from typing import Any

MOST_DIGITS = 400
"""Digits of a whole number; Python refuses to read more than 4300."""

NULL = re.compile(r"|~|null|Null|NULL")
TRUE_FALSE = re.compile(r"true|True|TRUE|false|False|FALSE")
WHOLE = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?")
"""What YAML 1.1 reads as a date; here it is text, but one that no calendar has is a slip of the pen."""


def core_scalar(text: str) -> Any:
    """What an unquoted word means in YAML 1.2: null, a truth value, a number, else text.

    Raises:
        ValueError: For a number that is too long or too large for a float, or a date that no calendar has; with a hint
            as its second argument, where there is one.
    """
    if NULL.fullmatch(text):
        return None
    if TRUE_FALSE.fullmatch(text):
        return text.lower() == "true"
    if WHOLE.fullmatch(text):
        if len(text) > MOST_DIGITS:
            raise ValueError(f"a whole number must have at most {MOST_DIGITS} digits, got {len(text)}")
        return int(text, 0 if text[:2] in ("0o", "0x") else 10)
    if NOT_FINITE.fullmatch(text):
        return float(text.replace(".", ""))
    if not FLOAT.fullmatch(text):
        _check_date(text)
        return text
    if math.isinf(number := float(text)):
        raise ValueError(f"a number must be below 1.8e308, got {text[:40]}")
    return number


def _check_date(text: str) -> None:
    """Refuse a date that no calendar has; a good one is text, as YAML 1.2 has no dates.

    Raises:
        ValueError: With a hint.
    """
    if not DATE.fullmatch(text):
        return
    year, month, day = (int(part) for part in re.split(r"[Tt ]", text)[0].split("-"))
    try:
        datetime(year, month, day)
    except ValueError as error:
        told = f"a date must be one of the calendar, got {text[:40]}: {error}"
        raise ValueError(told, "put text in quotes") from None
