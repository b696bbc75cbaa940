"""The last row of every screen: its most important keys, generated from the bindings in force."""

from collections.abc import Sequence
from typing import Any

from textual import events
from textual.app import App
from textual.binding import ActiveBinding, Binding
from textual.screen import Screen

from tui.drawing.styled_lines import Line, line, width_of
from tui.widgets.painting import Painting

KEY_NAMES = {
    "up": "↑", "down": "↓", "left": "←", "right": "→", "question_mark": "?", "slash": "/",
    "escape": "esc", "enter": "enter", "backspace": "backspace",
}  # fmt: skip

OWN = "on this screen"
"""Title of a screen's own actions."""

GROUPS = {
    "table": "in lists and texts",
    "pane": "in lists and texts",
    "field": "in forms",
    "screen": "on every screen",
    "app": "everywhere",
}
"""Titles of the actions that a screen shares with others, by the part of an id before its dot."""

HELP = ("help", "app.help")
"""Actions that ask for help: on a screen and in a dialog."""

LEAVING = {"cancel": 1, "clear_filter": 1, "quit": 2}
"""Actions that leave, in the order in which they stand last."""


class KeyLine(Painting):
    """Keys and what they do; as many as fit, help always last, by the key that asks for it at the moment."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._spots: list[tuple[int, int, str]] = []
        """First cell, the cell after the last and key of each entry that is shown."""

    def on_click(self, event: events.Click) -> None:
        """A click presses the key."""
        for start, end, key in self._spots:
            if start <= event.x < end:
                self.app.simulate_key(key)
                return
        asking = next((key for key, one in self.screen.active_bindings.items() if one.binding.action in HELP), "")
        if asking and event.x >= self.size.width - len(" help ") - 2:
            self.app.simulate_key(asking)

    def on_mount(self) -> None:
        """Follow the bindings in force."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.repaint())
        self.call_after_refresh(self.repaint)

    def draw(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002
        """One row."""
        bindings = self.screen.active_bindings
        self._spots.clear()
        keys = footer_keys(self.app, bindings)
        entries = [line((key, "bold:accent"), (f" {word}", "muted")) for key, word, _ in keys]
        asking = next((key_name(self.app, key) for key, one in bindings.items() if one.binding.action in HELP), "")
        last = line((asking, "bold:accent"), (" help ", "muted")) if asking else ()
        room = width - width_of(last) - 1
        spans: list[tuple[str, str]] = [(" ", "")]
        used = 1
        for entry, (_, _, pressed) in zip(entries, keys, strict=True):
            if used + width_of(entry) + 2 > room:
                break
            self._spots.append((used, used + width_of(entry), pressed))
            spans.extend((*entry, ("  ", "")))
            used += width_of(entry) + 2
        return [(*spans, (" " * max(width - used - width_of(last), 0), ""), *last)]


def key_name(app: App[Any], key: str) -> str:
    """How a key is written: ``^r``, ``?``, ``space``."""
    first = key.split(",", maxsplit=1)[0]
    if first in KEY_NAMES:
        return KEY_NAMES[first]
    return app.get_key_display(Binding(first, ""))


def footer_keys(app: App[Any], bindings: dict[str, ActiveBinding]) -> list[tuple[str, str, str]]:
    """(key as written, word, key) of every shown and enabled binding, one an action; what leaves stands last."""
    seen: dict[str, tuple[str, str, str]] = {}
    for key, active in bindings.items():
        binding = active.binding
        if binding.show and active.enabled and binding.action not in seen and binding.action not in HELP:
            seen[binding.action] = (key_name(app, key), binding.description.lower(), key)
    return [entry for _, entry in sorted(seen.items(), key=lambda item: LEAVING.get(item[0], 0))]


def every_binding(screen: Screen[Any]) -> dict[str, ActiveBinding]:
    """All bindings of a screen by key, also those that are not possible at the moment, which are not enabled."""
    found: dict[str, ActiveBinding] = {}
    for node, bindings in screen._modal_binding_chain:
        for key, binding in bindings:
            possible = bool(screen.app._check_action_state(binding.action, node))
            known = found.get(key)
            if known is None or (possible and not known.enabled):
                found[key] = ActiveBinding(node, binding, possible, binding.tooltip)
    return found


def grouped(bindings: dict[str, ActiveBinding]) -> dict[str, list[tuple[list[str], ActiveBinding]]]:
    """(keys, binding) of each action with an id, under the title of what it belongs to: the screen's own first."""
    actions: dict[tuple[int, str], tuple[list[str], ActiveBinding]] = {}
    for key, active in bindings.items():
        if active.binding.id:
            keys, _ = actions.setdefault((id(active.node), active.binding.action), ([], active))
            keys.append(key)
    groups: dict[str, list[tuple[list[str], ActiveBinding]]] = {title: [] for title in (OWN, *GROUPS.values())}
    for keys, active in actions.values():
        groups[GROUPS.get((active.binding.id or "").partition(".")[0], OWN)].append((keys, active))
    return {title: entries for title, entries in groups.items() if entries}
