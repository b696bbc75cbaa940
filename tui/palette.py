"""The command palette: every action of the screen by its description, and the themes by name."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.widgets import Input

from tui.theme import THEMES
from tui.widgets.key_line import key_name


class Actions(Provider):
    """The bindings in force on the calling screen."""

    def entries(self) -> Iterator[tuple[str, str, Any]]:
        """(name, help, what to call) of each action."""
        seen: set[tuple[int, str]] = set()
        for key, active in self.screen.active_bindings.items():
            binding = active.binding
            mark = (id(active.node), binding.action)
            if not binding.id or not active.enabled or mark in seen or binding.action in ("palette", "select"):
                continue
            seen.add(mark)
            run = partial(self.app.run_action, binding.action, active.node)
            yield f"{binding.description}  {key_name(self.app, key)}", active.tooltip or binding.tooltip, run
        for theme in THEMES:
            yield f"Theme {theme.removeprefix('trimtab-')}", "", partial(setattr, self.app, "theme", theme)

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for name, text, run in self.entries():
            yield DiscoveryHit(name, run, help=text)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for name, text, run in self.entries():
            score = max(matcher.match(name), matcher.match(text) * 0.8)
            if score > 0:
                yield Hit(score, matcher.highlight(name), run, help=text)


class Palette(CommandPalette):
    """Textual's palette over our actions, without a blinking cursor."""

    def __init__(self) -> None:
        super().__init__(providers=[Actions], placeholder="what to do …")

    def on_mount(self) -> None:
        """No blinking: a focused input would send 2.6 KB/s for nothing."""
        self.query_one(Input).cursor_blink = False
