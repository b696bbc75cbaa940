"""``--ascii``: every cell that leaves the interface becomes a printable ASCII letter of the same width."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from engine import api


class AsciiFilter(LineFilter):
    """Translates whole lines on their way to the terminal."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The same segments with ASCII text."""
        return [Segment(api.to_ascii(text), style, control) for text, style, control in segments]
