"""The palette takes every key at every moment, also before its list has been laid out."""

import asyncio
import random

from textual import events

from engine import api
from tests.tui.conftest import Opener
from tui.shell.palette import Palette


async def test_keys_pressed_while_the_palette_opens_break_nothing(ws: api.Workspace, open_app: Opener) -> None:
    """Keys as a terminal sends them, without waiting for the screen; `:` then page up ended the interface."""
    rng = random.Random(1)
    async with open_app(ws) as pilot:
        app = pilot.app
        for n in range(60):
            app.post_message(events.Key("colon", ":"))
            await asyncio.sleep(rng.choice([0, 0.001, 0.005, 0.01, 0.02]))
            for _ in range(rng.randint(1, 5)):
                app.post_message(events.Key(rng.choice(["pageup", "pageup", "pagedown", "down", "ctrl+end"]), None))
                await asyncio.sleep(rng.choice([0, 0, 0.001, 0.003, 0.01]))
            app.post_message(events.Key("escape", None))
            await asyncio.sleep(0.02)
            if isinstance(app.screen, Palette):
                await pilot.press("escape")
            assert app.is_running, f"the interface ended in round {n}"
        assert app._exception is None
