"""The console of the command line: rich, with every piece of text made visible before it is written."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from model.boundary.text import visible


class VisibleConsole(Console):
    """A console whose output holds no control characters but its own."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """What rich draws, segment by segment."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control or text.isprintable() else Segment(visible(text, keep="\n"), style)


def visible_console(**options: Any) -> Console:
    """A console on standard output, or with ``stderr=True`` on errors; its options are rich's."""
    return VisibleConsole(**options)
