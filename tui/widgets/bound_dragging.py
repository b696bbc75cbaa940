"""Histograms whose brackets can be dragged with the mouse: the range as it is now and as it would become."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from textual import events
from textual.message import Message

from engine import api
from tui.plots.histogram_layout import MARGIN, Layout
from tui.widgets.painting import Painting

BEYOND = 0.25
"""A bound can be dragged this far beyond the axis, in its lengths, as far as `w` widens."""

GRIP = 1
"""Columns from a bracket's end within which the mouse takes it."""


class BoundDragging(Painting):
    """A painting of a histogram; subclasses say where it stands, `Dragged` says where a bound was dragged to."""

    @dataclass
    class Dragged(Message):
        """A bound was dragged: with ``done`` the button is released.

        Attributes:
            plot: Where.
            end: ``low`` or ``high``: the bound that moves.
            low: Lower bound.
            high: Upper bound.
            within: How far from the pointer's place a rounder value may lie.
            done: Whether the drag has ended.
        """

        plot: "BoundDragging"
        end: str
        low: float
        high: float
        within: float
        done: bool

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._taken: tuple[str, api.Dimension, Layout] | None = None
        self.dragged: api.Dimension | None = None

    def histogram_layout(self) -> tuple[Layout, int] | None:
        """Where the histogram stands, and its first row in the widget; None while none is drawn."""
        raise NotImplementedError

    def brackets(self) -> Mapping[str, api.Dimension | None]:
        """What the rows ``now`` and ``new`` show."""
        raise NotImplementedError

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take the end of a bracket."""
        laid_out = self.histogram_layout()
        if laid_out is None:
            return
        layout, first = laid_out
        x, y = self.place_of(event)
        for name, dimension in self.brackets().items():
            row = layout.row_of(name)
            if row is None or dimension is None or dimension.kind == "categorical" or y != first + row:
                continue
            ends = layout.ends_of(dimension)
            away = [abs(x - MARGIN - end) for end in ends]
            if dimension.is_frozen or min(away) > GRIP:
                continue
            self._taken = ("low", "high")[away.index(min(away))], dimension, layout
            self.capture_mouse()
            event.stop()
            return

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Move the end that was taken."""
        if self._taken is not None:
            self._drag_to(self.place_of(event)[0] - MARGIN, done=False)
            event.stop()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go."""
        if self._taken is not None:
            self._drag_to(self.place_of(event)[0] - MARGIN, done=True)
            self._taken = None
            self.release_mouse()
            event.stop()

    def forget_drag(self) -> None:
        """Show what stood there before."""
        self.dragged = None
        self.repaint()

    def _drag_to(self, column: int, *, done: bool) -> None:
        assert self._taken is not None
        end, dimension, layout = self._taken
        position = min(max((column + (0 if end == "low" else 1)) / layout.width, -BEYOND), 1 + BEYOND)
        value = layout.scale.value(position)
        least, greatest = dimension.domain or (value, value)
        value = min(max(value, least), greatest)
        low, high = dimension.bounds
        if dimension.spacing is not None:
            value = low + round((value - low) / dimension.spacing) * dimension.spacing
        try:
            moved = replace(dimension, low=value) if end == "low" else replace(dimension, high=value)
        except api.EngineError:  # the ends have met
            moved = replace(dimension, low=low, high=high)
        self.dragged = moved
        self.repaint()
        near = layout.scale.value(position + 0.5 / layout.width)
        self.post_message(self.Dragged(self, end, *moved.bounds, within=abs(near - value) / 2, done=done))
