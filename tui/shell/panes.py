"""Panes of a screen: one fills it, and the line between two that stand side by side moves."""

from collections.abc import Sequence
from typing import Any

from textual.containers import Horizontal
from textual.screen import Screen
from textual.widget import Widget

from tui.widgets.painting import Painting

LEAST = 18
"""Cells that a pane keeps."""

STEP = 4
"""Cells that the line between two panes moves at a time."""

OUTSIDE = {"top-line", "key-line", "one-line", "field", "hint", "above"}
"""Classes of lines that are no panes."""


class Panes:
    """The panes of one screen.

    Args:
        screen: The screen.
    """

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen
        self._hidden: list[Widget] = []
        self._grown: list[tuple[Widget, Any, Any]] = []
        self.zoomed: Widget | None = None

    def all(self) -> list[Widget]:
        """Panes that can be seen, or could be if none of them were zoomed, in the order of the screen."""
        found: list[Widget] = []
        for widget in self._screen.query(Painting):
            seen = all(node.display or node in self._hidden for node in (widget, *_boxes(widget)))
            if seen and _is_body(widget):
                found.append(widget)
        return found

    def zoom_next(self) -> None:
        """Let the next pane fill the screen; after the last one show all of them again."""
        panes = self.all()
        if not panes:
            return
        at = panes.index(self.zoomed) + 1 if self.zoomed in panes else 0
        self.restore()
        if at < len(panes):
            self._zoom(panes[at])

    def restore(self) -> bool:
        """Show all panes; whether one was zoomed."""
        was = self.zoomed is not None
        for widget in self._hidden:
            widget.display = True
        for widget, width, height in self._grown:
            widget.styles.width, widget.styles.height = width, height
        self._hidden, self._grown, self.zoomed = [], [], None
        return was

    def _zoom(self, pane: Widget) -> None:
        self.zoomed = pane
        inner: Widget = pane
        for box in (*_boxes(pane), self._screen):
            for other in box.children:
                if other is not inner and other.display and _is_body(other):
                    other.display = False
                    self._hidden.append(other)
            inline = inner.styles.inline
            width = inline.width if inline.has_rule("width") else None
            self._grown.append((inner, width, inline.height if inline.has_rule("height") else None))
            inner.styles.width, inner.styles.height = "1fr", "1fr"
            if box is not self._screen:
                inner = box

    def pairs(self) -> list[tuple[Widget, Widget]]:
        """Neighbours that stand side by side."""
        rows = [row for row in self._screen.query(Horizontal) if row.display]
        shown = [[child for child in row.children if child.display] for row in rows]
        return [(children[-2], children[-1]) for children in shown if len(children) > 1]

    def move(self, direction: int) -> bool:
        """Move the lines between neighbours, with 1 to the right; whether there is one to move."""
        moved = False
        for left, right in self.pairs():
            row = right.parent
            assert isinstance(row, Widget)
            total, wanted = row.size.width, right.outer_size.width - direction * STEP
            if left.outer_size.width + direction * STEP < LEAST or wanted < LEAST or total <= 0:
                continue
            right.styles.width = f"{100 * wanted / total:.2f}%"
            right.styles.min_width = 0
            left.styles.width = "1fr"
            moved = True
        return moved


def _is_body(widget: Widget) -> bool:
    """Whether a widget belongs to the body: single lines, and what lies over it or is docked to an edge, do not."""
    if not OUTSIDE.isdisjoint(widget.classes):
        return False
    return widget.styles.dock == "none" and widget.id != "filter" and type(widget).__name__ not in ("TooSmall", "Toast")


def _boxes(widget: Widget) -> Sequence[Widget]:
    """The containers around a widget, the innermost first, without the screen."""
    found = []
    node = widget.parent
    while isinstance(node, Widget) and not isinstance(node, Screen):
        found.append(node)
        node = node.parent
    return found
