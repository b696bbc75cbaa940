"""Help of the screen it is called from, generated from the bindings in force."""

from typing import Any

from textual.app import App
from textual.binding import ActiveBinding

from tui.dialogs.dialog import Card
from tui.text import Line, fit, line
from tui.widgets.key_line import key_name

KEY_WIDTH = 16


def help_lines(app: App[Any], bindings: dict[str, ActiveBinding], about: str = "") -> list[Line]:
    """One line an action: its keys, what it does, its id for remapping; those disabled are marked."""
    actions: dict[tuple[str, str], tuple[list[str], ActiveBinding]] = {}
    for key, active in bindings.items():
        where = type(active.node).__name__
        keys, _ = actions.setdefault((where, active.binding.action), ([], active))
        keys.append(key_name(app, key))
    lines: list[Line] = [line((about, "")), ()] if about else []
    for keys, active in actions.values():
        binding = active.binding
        if not binding.id:
            continue
        text = active.tooltip or binding.tooltip or binding.description
        if active.enabled:
            lines.append(
                line((fit(" ".join(keys), KEY_WIDTH), "bold:accent"), (text, ""), (f"  {binding.id}", "muted"))
            )
        else:
            lines.append(
                line((fit(" ".join(keys), KEY_WIDTH), "muted"), (f"{text} (not with --readonly, or not now)", "muted"))
            )
    return lines


def help_card(app: App[Any], bindings: dict[str, ActiveBinding], title: str, about: str = "") -> Card:
    """The help dialog of a screen."""
    return Card(f"help: {title}", help_lines(app, bindings, about))
