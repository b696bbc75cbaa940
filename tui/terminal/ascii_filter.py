"""Letters that a terminal does not take become near ones of the same width, on their way out of the interface."""

import codecs
import sys

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from engine import api


class AsciiFilter(LineFilter):
    """``--ascii``: every cell is a printable ASCII letter."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The same segments with ASCII text."""
        return [Segment(api.to_ascii(text), style, control) for text, style, control in segments]


class EncodingFilter(LineFilter):
    """Letters that an encoding lacks become ASCII; those that it has stay.

    Args:
        encoding: Its name, such as ``iso8859-1``.
    """

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The same segments with text that can be written."""
        return [Segment(self._written(text), style, control) for text, style, control in segments]

    def _written(self, text: str) -> str:
        if text.isascii():
            return text
        return "".join(letter if self._has(letter) else api.to_ascii(letter) for letter in text)

    def _has(self, letter: str) -> bool:
        try:
            letter.encode(self._encoding)
        except UnicodeError:
            return False
        return True


def filter_for_terminal() -> LineFilter | None:
    """The filter for the encoding of the stream that frames are written to; None where it takes every letter."""
    encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        return AsciiFilter()
    return None if name.startswith("utf") else EncodingFilter(name)
