"""What lasts says how far it is and is called off; changes are made in their order."""

import re
import time
from functools import partial
from typing import Any

import pytest

from engine import api
from engine.progress import step
from tests.tui.conftest import Opener, press, screen_text, settle, until
from tui.threads.screen import ThreadsScreen

SLOW = """
import time

time.sleep(600)
"""


async def test_what_lasts_says_so_and_is_called_off_by_escape(ws: api.Workspace, open_app: Opener) -> None:
    (ws.path / "slow_import.py").write_text(SLOW, encoding="utf-8")
    text = (ws.path / "alpha.yaml").read_text(encoding="utf-8")
    slow = ws.path / "slow.yaml"
    slow.write_text(text.replace("alpha", "slow").replace("bowl:Bowl", "slow_import:Bowl"), encoding="utf-8")
    async with open_app(ws) as pilot:
        await press(pilot, "F", *str(slow))
        await pilot.press("enter")  # `press` would wait for the answer
        await until(pilot, lambda: re.search(r"Asking the objective · \d+ s · esc cancel", screen_text(pilot)))
        await pilot.press("escape")
        await until(pilot, lambda: "Cancelled; no thread was created" in screen_text(pilot))
        assert isinstance(pilot.app.screen, ThreadsScreen)
        await until(pilot, lambda: "esc cancel" not in screen_text(pilot))
        assert [thread.name for thread in api.list_threads(ws)] == ["alpha"]


async def test_a_reading_that_lasts_tells_how_far_it_is_and_is_called_off_and_taken_up_again(
    ws: api.Workspace, open_app: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app(ws) as pilot:
        real = api.review

        def endless(*_: Any, **__: Any) -> api.Review:
            for n in range(1, 10**6):
                step("reading trials", n)
                time.sleep(0.01)
            raise AssertionError("nobody called it off")

        monkeypatch.setattr(api, "review", endless)
        await pilot.press("2")
        await until(pilot, lambda: re.search(r"Reading trials [\d,]+ · \d+ s · esc cancel", screen_text(pilot)))
        await pilot.press("escape")
        await until(pilot, lambda: "Loading was cancelled" in screen_text(pilot))
        assert "ctrl+l  reads" in screen_text(pilot)
        assert "esc cancel" not in screen_text(pilot)
        monkeypatch.setattr(api, "review", real)
        await press(pilot, "ctrl+l")
        assert "24 trials" in screen_text(pilot)


async def test_changes_are_made_in_the_order_they_were_asked_for_and_each_is_told(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, ThreadsScreen)
        made: list[int] = []
        told: list[str] = []

        def slowly(number: int) -> str:
            time.sleep(0.2 if number == 0 else 0.0)
            made.append(number)
            return f"#{number}"

        for number in range(5):
            screen.change(f"change-{number}", partial(slowly, number), told.append)
        await settle(pilot)
        assert made == [0, 1, 2, 3, 4]
        assert sorted(told) == ["#0", "#1", "#2", "#3", "#4"]
