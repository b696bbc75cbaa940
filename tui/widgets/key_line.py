"""The last row of every screen: its most important keys, generated from the bindings in force."""

from collections.abc import Sequence
from typing import Any

from textual.app import App
from textual.binding import ActiveBinding, Binding

from tui.text import Line, line, width_of
from tui.widgets.painting import Painting

KEY_NAMES = {"up": "↑", "down": "↓", "left": "←", "right": "→", "escape": "esc", "question_mark": "?", "slash": "/"}


class KeyLine(Painting):
    """Keys and what they do; as many as fit, help always last."""

    def on_mount(self) -> None:
        """Follow the bindings in force."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.repaint())
        self.call_after_refresh(self.repaint)

    def draw(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002
        """One row."""
        entries = [
            line((key, "bold:accent"), (f" {word}", "muted"))
            for key, word in footer_keys(self.app, self.screen.active_bindings)
        ]
        last = line(("?", "bold:accent"), (" help ", "muted"))
        room = width - width_of(last) - 1
        spans: list[tuple[str, str]] = [(" ", "")]
        used = 1
        for entry in entries:
            if used + width_of(entry) + 2 > room:
                break
            spans.extend((*entry, ("  ", "")))
            used += width_of(entry) + 2
        return [(*spans, (" " * max(width - used - width_of(last), 0), ""), *last)]


def key_name(app: App[Any], key: str) -> str:
    """How a key is written: ``^r``, ``?``, ``space``."""
    first = key.split(",", maxsplit=1)[0]
    if first in KEY_NAMES:
        return KEY_NAMES[first]
    return app.get_key_display(Binding(first, ""))


def footer_keys(app: App[Any], bindings: dict[str, ActiveBinding]) -> list[tuple[str, str]]:
    """(key, word) of every shown and enabled binding, one an action, in the order they were declared."""
    seen: dict[str, tuple[str, str]] = {}
    for key, active in bindings.items():
        binding = active.binding
        if binding.show and active.enabled and binding.action not in seen and binding.action != "help":
            seen[binding.action] = (key_name(app, key), binding.description.lower())
    return list(seen.values())
