"""JSON from outside: limits of size and depth, lone surrogates made visible, and errors with their line."""

import json
import re
from pathlib import Path
from typing import Any

from model.boundary.input import read_text
from model.boundary.refusal import Refusal

MOST_DEPTH = 64
"""Levels of nesting; no file that trimtab knows has more than ten, and deep ones break what walks them."""

MOST_BYTES = 16 * 2**20
"""Read where a caller names no other limit."""

SURROGATE = re.compile(r"[\ud800-\udfff]")
"""Half of a character: JSON can spell it (``\\ud83d``), no file and no terminal can be given it."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""What stands for half of a character, as everywhere in Unicode."""


def read_json(path: Path, *, refusal: Refusal, limit: int = MOST_BYTES, is_shallow: bool = False) -> Any:
    """Read a JSON file.

    Args:
        path: Where.
        refusal: The exception of who reads.
        limit: Most bytes.
        is_shallow: Whether who reads looks at no more levels than it knows, so that depth need not be measured; in
            large files that takes seconds.

    Raises:
        Exception: The refusal, when the file cannot be read, is too large or too deep, or is no JSON; with the line.
    """
    text = read_text(path, limit=limit, refusal=refusal)
    return parse_json(text, str(path), refusal, is_shallow=is_shallow)


def parse_json(text: str, source: str, refusal: Refusal, *, is_shallow: bool = False) -> Any:
    """The value of a JSON text; halves of characters in it become U+FFFD.

    Raises:
        Exception: The refusal, with the line, for text that is no JSON, nested too deep, or with a number that is too
            long.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{source}, line {error.lineno}, column {error.colno}"
        raise refusal(f"{where}: text must be JSON: {error.msg}", "") from None
    except RecursionError:
        raise refusal(f"{source}: JSON must be nested at most {MOST_DEPTH} deep", "") from None
    except ValueError:  # a whole number of more than 4300 digits
        long = re.search(r"\d{4300}", text)
        line = text.count("\n", 0, long.start()) + 1 if long else 1
        raise refusal(f"{source}, line {line}: a number must have at most 4300 digits", "") from None
    if not is_shallow and _depth_passes(value):
        raise refusal(f"{source}: JSON must be nested at most {MOST_DEPTH} deep", "")
    may_be_odd = "\\ud" in text or "\\uD" in text or SURROGATE.search(text)
    return whole_characters(value) if may_be_odd else value


def whole_characters(value: Any) -> Any:
    """The same value with U+FFFD for halves of characters, in keys as well."""
    if isinstance(value, str):
        return SURROGATE.sub(REPLACEMENT, value)
    if isinstance(value, list):
        return [whole_characters(item) for item in value]
    if isinstance(value, dict):
        return {whole_characters(key): whole_characters(item) for key, item in value.items()}
    return value


def _depth_passes(value: Any) -> bool:
    """Whether a value is nested deeper than `MOST_DEPTH`."""
    level = [value]
    for _ in range(MOST_DEPTH):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(child for child in item.values() if isinstance(child, dict | list))
            elif isinstance(item, list):
                inner.extend(child for child in item if isinstance(child, dict | list))
        if not inner:
            return False
        level = inner
    return True
