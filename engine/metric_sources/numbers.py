"""Numbers as programs print them: ``0.41``, ``"0.41"``, ``41%``, ``nan``, ``tensor(0.41)``."""

import math
import re
from typing import Any

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
"""A decimal number, for patterns."""

_NUMBER = re.compile(NUMBER)
_SPECIAL = {"nan": math.nan, "inf": math.inf, "infinity": math.inf, "none": math.nan, "null": math.nan}
_CALL = re.compile(r"(?:np\.|numpy\.|torch\.|tf\.|jnp\.)?\w+\(\s*([^(),]+?)\s*(?:,[^()]*)?\)")


def read_number(value: Any) -> int | float | None:
    """The number a value is, or None where it is none.

    Args:
        value: A number, or text: surrounding brackets, quotes and punctuation are left out; a per cent sign does not
            scale the number; ``nan``, ``inf``, ``None`` and ``null`` are read. A truth value is no number.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value if isinstance(value, float) else whole(value)
    if not isinstance(value, str) or len(value) > 200:
        return None
    text = value.strip()
    if (call := _CALL.fullmatch(text)) is not None:
        text = call.group(1)
    text = text.strip("\"'()[]{}<>").rstrip(",;:%|").strip("\"'()[]{}<>").strip()
    text = text.removesuffix(".")
    if _NUMBER.fullmatch(text):
        return whole(int(text)) if re.fullmatch(r"[-+]?\d+", text) else float(text)
    sign, bare = (-1.0, text[1:]) if text[:1] == "-" else (1.0, text.removeprefix("+"))
    special = _SPECIAL.get(bare.lower())
    return None if special is None else sign * special


def leading_number(text: str) -> str:
    """The number that a text begins with, where something that is no part of a word follows; else the empty text.

    Two processes that print at once may leave no blank between their lines.
    """
    found = _NUMBER.match(text)
    if found is None or text[found.end() : found.end() + 1].isalnum() or text[found.end() :][:1] in (".", "_"):
        return ""
    return found.group()


def whole(value: int) -> int | float:
    """A whole number, infinite where it is beyond what a float holds."""
    try:
        float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    return value
