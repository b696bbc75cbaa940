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
from tui.shell.synonyms import SYNONYMS
from tui.widgets.key_line import GROUPS, grouped, key_name

SYNONYM = 100.0
"""Added to the score of an action found by another word for it: behind its own name, before letters scattered about."""

MOVING = (GROUPS["table"], GROUPS["field"])
"""Titles of what only moves a cursor: offered last."""


class Actions(Provider):
    """The bindings in force on the calling screen."""

    def entries(self) -> Iterator[tuple[str, str, Any, str]]:
        """(name, help, what to call, other words for it) of each action."""
        groups = grouped(self.screen.active_bindings)
        moving = [groups.pop(title) for title in MOVING if title in groups]
        for (key, *_), active in chain(*groups.values(), *moving):
            binding = active.binding
            if not active.enabled or binding.action in ("palette", "select"):
                continue
            run = partial(self.app.run_action, binding.action, active.node)
            name = f"{binding.description}  {key_name(self.app, key)}"
            yield name, active.tooltip or binding.tooltip, run, SYNONYMS.get(binding.id or "", "")
        for theme in THEMES:
            choose = partial(getattr(self.app, "choose_theme"), theme)  # noqa: B009
            yield f"Theme {theme.removeprefix('trimtab-')}", "", choose, "colours colors"
        yield "Theme auto", "As the terminal's background", partial(getattr(self.app, "choose_theme"), ""), ""  # noqa: B009

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for name, text, run, _ in self.entries():
            yield DiscoveryHit(name, run, help=text)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        wanted = query.casefold().strip()
        for name, text, run, others in self.entries():
            score = max(matcher.match(name), matcher.match(text) * 0.8)
            if wanted and any(word.startswith(wanted) for word in others.split()):
                score += SYNONYM
            if wanted and name.casefold().startswith(wanted):
                score += 2 * SYNONYM
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
        super().__init__(providers=[Actions], placeholder="Type an action …")

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
