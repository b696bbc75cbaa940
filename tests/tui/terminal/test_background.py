"""The theme follows the terminal's background, and the terminal's answer is never typed."""

from pathlib import Path

import pytest
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver

from engine import api
from tests.tui.conftest import Opener, press, until
from tui.shell.messages import BackgroundTold
from tui.shell.state import forget_theme, load_memory
from tui.terminal import background


def test_the_environment_tells_light_from_dark(monkeypatch: pytest.MonkeyPatch) -> None:
    for given, dark in (
        ("15;0", True),
        ("0;15", False),
        ("0;default;15", False),
        ("12;8", True),
        ("", None),
        ("x", None),
    ):
        monkeypatch.setenv("COLORFGBG", given)
        assert background.by_environment() is dark


def test_answers_are_read_and_left_out_of_what_was_typed() -> None:
    told: list[bool] = []
    assert (
        background.without_replies("a\x1b]11;rgb:ffff/ffff/f0f0\x07b\x1b]11;rgb:10/14/18\x1b\\2", told.append) == "ab2"
    )
    assert told == [False, True]


def test_an_answer_in_pieces_types_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bool] = []
    monkeypatch.setattr(linux_driver, "XTermParser", XTermParser)
    background.listen(told.append)
    parser = vars(linux_driver)["XTermParser"]()
    keys = [event for piece in ("\x1b]11;rgb:ff", "ff/ffff/ffff\x1b", "\\j") for event in parser.feed(piece)]
    assert [event.key for event in keys] == ["j"]
    assert told == [False]


async def test_a_theme_that_nobody_chose_follows_the_terminal(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        assert pilot.app.theme == "trimtab-dark"
        pilot.app.post_message(BackgroundTold(False))
        await until(pilot, lambda: pilot.app.theme == "trimtab-light")
    async with open_app(ws) as pilot:
        assert pilot.app.theme == "trimtab-light", "the next start flashes dark"
        await press(pilot, "ctrl+t")
        chosen = pilot.app.theme
        pilot.app.post_message(BackgroundTold(True))
        await pilot.pause()
        assert pilot.app.theme == chosen
    async with open_app(ws) as pilot:
        assert pilot.app.theme == chosen
    forget_theme()
    assert load_memory(Path(ws.path)).theme == ""
