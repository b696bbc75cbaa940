"""Seeded random keys, resizes and a store that changes underneath: nothing crashes and no edit is lost."""

import os
import random

from engine import api
from tests.tui.conftest import Opener, fill, settle

KEYS = (
    *"12345jkhlgGnfwcaAupvxitdmryeEZ/?:+-[]q"[:-1], "enter", "escape", "escape", "space", "tab", "up", "down", "left",
    "right", "ctrl+r", "ctrl+t", "ctrl+l", "backspace", "D",
)  # fmt: skip
"""No launch and no quit; escape twice as often, so that dialogs do not swallow everything."""

SIZES = ((80, 24), (120, 40), (60, 20), (200, 60))
N_EVENTS = int(os.environ.get("TRIMTAB_MONKEY_EVENTS", "150"))
"""More on demand: TRIMTAB_MONKEY_EVENTS=5000."""


async def test_random_keys_never_crash_and_every_edit_is_in_the_log(ws: api.Workspace, open_app: Opener) -> None:
    rng = random.Random(11)  # any seed will do; a fixed one makes a failure repeatable
    running = api.create_sprint(ws, api.default_plan(ws, "alpha", "1E"))
    fill(ws, running.id, 6, state="paused")
    history: list[int] = []
    async with open_app(ws) as pilot:
        for event in range(N_EVENTS):
            pilot.app.simulate_key(
                rng.choice(KEYS).replace("/", "slash").replace("?", "question_mark").replace(":", "colon")
            )
            await pilot.pause()
            if event % 60 == 30:
                await pilot.resize_terminal(*rng.choice(SIZES))
            if event % 50 == 25:
                api.set_notes(ws, "alpha", f"note {event}")
            history.append(len(api.edit_log(ws, "alpha")) if event % 10 == 0 else history[-1])
        await settle(pilot)
        assert pilot.app._exception is None
    assert history == sorted(history)
    log = api.edit_log(ws, "alpha")
    assert [edit.number for edit in log] == list(range(1, len(log) + 1))
