"""The command palette: every action of the screen by its description, and the themes by name."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.widgets import Input

from tui.drawing.theme import THEMES
from tui.widgets.key_line import GROUPS, grouped, key_name

MOVING = (GROUPS["table"], GROUPS["field"])
"""Titles of what only moves a cursor: offered last."""


class Actions(Provider):
    """The bindings in force on the calling screen."""

    def entries(self) -> Iterator[tuple[str, str, Any]]:
        """(name, help, what to call) of each action."""
        groups = grouped(self.screen.active_bindings)
        moving = [groups.pop(title) for title in MOVING if title in groups]
        for (key, *_), active in chain(*groups.values(), *moving):
            binding = active.binding
            if not active.enabled or binding.action in ("palette", "select"):
                continue
            run = partial(self.app.run_action, binding.action, active.node)
            yield f"{binding.description}  {key_name(self.app, key)}", active.tooltip or binding.tooltip, run
        for theme in THEMES:
            choose = partial(getattr(self.app, "choose_theme"), theme)  # noqa: B009
            yield f"Theme {theme.removeprefix('trimtab-')}", "", choose
        yield "Theme auto", "As the terminal's background", partial(getattr(self.app, "choose_theme"), "")  # noqa: B009

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

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+l", "app.repaint", "Repaint", show=False, id="palette.repaint", tooltip="Repaint a garbled screen"
        ),
    ]

    def __init__(self) -> None:
        super().__init__(providers=[Actions], placeholder="what to do …")

    def on_mount(self) -> None:
        """No blinking: a focused input would send 2.6 KB/s for nothing."""
        self.query_one(Input).cursor_blink = False

    def _action_command_list(self, action: str) -> None:
        """Move the cursor of the list; before the list is laid out there is no place to move to, and nothing happens.

        Textual's list looks up the line of its cursor, which it only knows after its first layout: a page key right
        after the palette opened ended the interface with a KeyError.
        """
        with suppress(KeyError, IndexError):
            super()._action_command_list(action)
