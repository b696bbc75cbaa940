"""Help of the screen it is called from, generated from the bindings in force."""

from typing import Any

from textual.app import App
from textual.binding import ActiveBinding

from tui.dialogs.dialog import Card
from tui.text import Line, fit, line
from tui.widgets.key_line import key_name

KEY_WIDTH = 14
"""Columns of the keys."""

WIDE = 120
"""From this width on ids, which a key file names, stand behind the texts."""


def help_lines(app: App[Any], bindings: dict[str, ActiveBinding], about: str = "") -> list[Line]:
    """One line an action: its keys and what it does; the screen's own first, those disabled marked."""
    actions: dict[tuple[str, str], tuple[list[str], ActiveBinding]] = {}
    for key, active in bindings.items():
        keys, _ = actions.setdefault((type(active.node).__name__, active.binding.action), ([], active))
        keys.append(key_name(app, key))
    own = [entry for entry in actions.values() if entry[1].node is app.screen]
    others = [entry for entry in actions.values() if entry[1].node is not app.screen]
    wide = app.size.width >= WIDE
    lines: list[Line] = [line((about, "")), ()] if about else []
    for group in (own, others):
        lines += [_entry(keys, active, wide=wide) for keys, active in group if active.binding.id]
        lines.append(())
    return [*lines[:-1], line(("a key file may change every key: docs/keys.md", "muted"))]


def _entry(keys: list[str], active: ActiveBinding, *, wide: bool) -> Line:
    binding = active.binding
    text = active.tooltip or binding.tooltip or binding.description
    shown = fit(" ".join(keys), KEY_WIDTH)
    name = f"  {binding.id}" if wide else ""
    if active.enabled:
        return line((shown, "bold:accent"), (text, ""), (name, "muted"))
    return line((shown, "muted"), (f"{text} (not now, or not with --readonly)", "muted"))


def help_card(app: App[Any], bindings: dict[str, ActiveBinding], title: str, about: str = "") -> Card:
    """The help dialog of a screen."""
    return Card(f"help: {title}", help_lines(app, bindings, about))
