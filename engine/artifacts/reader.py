"""Small files an objective leaves in its trial's folder for people to look at, shown whoever wrote them.

Their schemas are documented in docs/examples.md. They are read with care: a file may be damaged, foreign or huge.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.boundary.json_text import read_json
from engine.errors import EngineError

EXAMPLES = "examples.json"
"""Documents with gold and predicted mentions, entities and relations; errors by class."""

THRESHOLDS = "thresholds.json"
"""The curve of a cut, the rounds of a climb, classes with their thresholds."""

NAMES = (EXAMPLES, THRESHOLDS)
"""All of them."""

MOST_BYTES = 2 * 2**20
"""A larger file is not read: the screen would wait, and nobody reads a thousand documents there."""

SPRINT_BYTES = 16 * 2**20
"""What a sprint keeps of them in all; the best trials keep theirs first."""

PAGE = "docs/examples.md"


class Fields:
    """A JSON object whose fields are asked for by kind; what does not fit is refused with its place in the file.

    Args:
        plain: The object.
        file: Where it was read.
        place: Of the object in the file, as in ``documents[2].gold``.
    """

    def __init__(self, plain: Any, file: Path, place: str = "") -> None:
        self.file = file
        self.place = place
        if not isinstance(plain, Mapping):
            raise self.refusal("", "an object", plain)
        self._plain = plain

    def text(self, name: str, default: str = "") -> str:
        """Text; the default where it is absent."""
        value = self._plain.get(name, default)
        if not isinstance(value, str):
            raise self.refusal(name, "text", value)
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where it is absent."""
        value = self._plain.get(name, False)
        if not isinstance(value, bool):
            raise self.refusal(name, "true or false", value)
        return value

    def whole(self, name: str, default: int = 0) -> int:
        """A whole number from 0; the default where it is absent."""
        value = self._plain.get(name, default)
        if not _is_whole(value):
            raise self.refusal(name, "a whole number from 0", value)
        return int(value)

    def number(self, name: str) -> float | None:
        """A finite number; None where it is absent or null."""
        value = self._plain.get(name)
        if value is None:
            return None
        if not _is_number(value):
            raise self.refusal(name, "a number or null", value)
        return float(value)

    def index(self, name: str, n: int) -> int | None:
        """A number below ``n`` that names one of so many things; None where it is absent or null."""
        value = self._plain.get(name)
        if value is None:
            return None
        if not _is_whole(value) or value >= n:
            raise self.refusal(name, f"a number below {n}" if n else "null, as there is nothing to name", value)
        return int(value)

    def indexes(self, name: str, n: int) -> tuple[int, ...]:
        """Numbers below ``n``; none where they are absent."""
        values = self._list(name)
        if any(not _is_whole(value) or value >= n for value in values):
            raise self.refusal(name, f"a list of numbers below {n}", values)
        return tuple(int(value) for value in values)

    def words(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Sentences as lists of words."""
        rows = self._list(name)
        if any(not isinstance(row, list) or any(not isinstance(word, str) for word in row) for row in rows):
            raise self.refusal(name, "a list of lists of words", rows)
        return tuple(tuple(row) for row in rows)

    def numbers(self, name: str, width: int | None = None) -> tuple[float, ...]:
        """A list of numbers, of a given length where one is given; null becomes NaN."""
        return self._row(name, self._list(name), width)

    def table(self, name: str, width: int | None = None) -> tuple[tuple[float, ...], ...]:
        """Rows of numbers, all of a given length where one is given; null becomes NaN."""
        return tuple(self._row(f"{name}[{i}]", row, width) for i, row in enumerate(self._list(name)))

    def record(self, name: str) -> "Fields":
        """An object."""
        return Fields(self._plain.get(name), self.file, self._at(name))

    def maybe_record(self, name: str) -> "Fields | None":
        """An object; None where it is absent or null."""
        return None if self._plain.get(name) is None else self.record(name)

    def records(self, name: str) -> "list[Fields]":
        """A list of objects; empty where it is absent."""
        return [Fields(one, self.file, f"{self._at(name)}[{i}]") for i, one in enumerate(self._list(name))]

    def refusal(self, name: str, wanted: str, given: Any) -> EngineError:
        """The error for a field that does not fit."""
        place = self._at(name) or "the file"
        shown = repr(given)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}…"
        return EngineError(f"{self.file}: {place} must be {wanted}, got {shown}", f"the schema is in {PAGE}")

    def _at(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place and name else self.place or name

    def _list(self, name: str) -> list[Any]:
        value = self._plain.get(name, [])
        if not isinstance(value, list):
            raise self.refusal(name, "a list", value)
        return value

    def _row(self, name: str, row: Any, width: int | None) -> tuple[float, ...]:
        fits = isinstance(row, list) and all(value is None or _is_number(value) for value in row)
        if not fits or (width is not None and len(row) != width):
            raise self.refusal(name, "a list of numbers" if width is None else f"{width} numbers", row)
        return tuple(math.nan if value is None else float(value) for value in row)


def read_artifact(file: Path, schema: int) -> Fields | None:
    """The content of an artifact; None where there is no such file.

    Args:
        file: In a trial's folder.
        schema: The newest version of its schema that is understood.

    Raises:
        EngineError: When it is too large, no JSON object, or of a newer schema.
    """
    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            limit = MOST_BYTES // 2**20
            raise EngineError(
                f"{file} must not be larger than {limit} MiB, got {size / 2**20:.1f} MiB", "write fewer documents"
            )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise EngineError(f"{file} cannot be read: {error.strerror or error}") from None
    plain = read_json(file, limit=MOST_BYTES, refusal=_with_page)
    fields = Fields(plain, file)
    version = fields.whole("schema")
    if not 1 <= version <= schema:
        hint = "update trimtab" if version > schema else f'write "schema": 1; see {PAGE}'
        raise EngineError(f"{file}: schema must be 1 … {schema}, got {version}", hint)
    return fields


def _with_page(message: str, hint: str) -> EngineError:
    return EngineError(message, hint or f"the schema is in {PAGE}")


def _is_number(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < 2**63
    return isinstance(value, float) and math.isfinite(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
