"""The palette takes every key at every moment, also before its list has been laid out."""

import asyncio
import random

from textual import events

from engine import api
from tests.tui.conftest import Opener, press, screen_text, until
from tui.shell.keymap import binding_ids
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


async def test_verbs_are_found_by_other_words(ws: api.Workspace, open_app: Opener) -> None:
    from tui.shell.palette import Actions
    from tui.shell.synonyms import SYNONYMS

    assert set(SYNONYMS) <= binding_ids()
    async with open_app(ws) as pilot:
        await press(pilot, "2")
        provider = Actions(pilot.app.screen)
        for typed, verb in (("shrink", "Narrow"), ("pin", "Freeze"), ("correl", "Pairs"), ("maxim", "Zoom")):
            hits = sorted([hit async for hit in provider.search(typed)], key=lambda hit: hit.score, reverse=True)
            assert str(hits[0].text).startswith(verb), typed


async def test_help_shows_what_is_not_possible_now_and_the_key_says_why(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (120, 60)) as pilot:
        await press(pilot, "2")
        assert "undo" not in screen_text(pilot).splitlines()[-1]
        await press(pilot, "u")
        await until(pilot, lambda: any("Nothing to undo" in note.message for note in pilot.app._notifications))
        await press(pilot, "question_mark")
        assert "Undo the last edit of the space (off)" in screen_text(pilot)
