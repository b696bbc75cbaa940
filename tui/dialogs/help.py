"""Help of the screen it is called from, generated from the bindings in force."""

from typing import Any

from textual.app import App
from textual.binding import ActiveBinding

from tui.dialogs.dialog import MOST_CARD, Card
from tui.drawing.styled_lines import Line, fit, line, wrap
from tui.widgets.key_line import grouped, key_name

KEY_WIDTH = 14
"""Columns of the keys."""

OFF = "(off)"
"""Behind what cannot be done now."""


def help_lines(app: App[Any], bindings: dict[str, ActiveBinding], width: int) -> list[Line]:
    """Each action's keys and what it does, under titles; the screen's own first, those disabled marked.

    On a card as wide as cards become the ids, which a key file names, stand behind the texts.
    """
    lines: list[Line] = []
    for title, actions in grouped(bindings).items():
        lines.append(line((title, "bold:text")))
        for keys, active in actions:
            lines += _entry([key_name(app, key) for key in keys], active, width)
        lines.append(())
    if any(not active.enabled for active in bindings.values()):
        lines.append(line((OFF, "bold:muted"), (" not available now, or read-only", "muted")))
    if app.options.mouse:  # type: ignore[attr-defined]
        lines += wrap("Hold Shift to select text with the mouse; --no-mouse turns the mouse off", width, "muted")
    return [*lines, line(("All keys can be remapped: docs/keys.md", "muted"))]


def _entry(keys: list[str], active: ActiveBinding, width: int) -> list[Line]:
    binding = active.binding
    text = active.tooltip or binding.tooltip or binding.description
    if not active.enabled:
        text = f"{text} {OFF}"
    name = f"  {binding.id}" if width >= MOST_CARD else ""
    room = width - KEY_WIDTH - len(name)
    first, *rest = wrap(text, room, "" if active.enabled else "muted")
    shown = fit(" ".join(keys), KEY_WIDTH - 1) + " "
    head = line((shown, "bold:accent" if active.enabled else "muted"), *first, (name, "muted"))
    return [head, *(line(" " * KEY_WIDTH, *more) for more in rest)]


def help_card(app: App[Any], bindings: dict[str, ActiveBinding], title: str) -> Card:
    """The help dialog of a screen."""
    return Card(f"help: {title}", lambda width: help_lines(app, bindings, width))
