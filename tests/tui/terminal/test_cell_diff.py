"""Frames send only what changes, and the terminal shows the same as if all were sent."""

import random

import pyte
import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from engine import api
from tests.tui.conftest import Opener, press
from tui.terminal.cell_diff import Frames

WIDTH, HEIGHT = 24, 5
STYLES = [
    None,
    Style(color="#d8dee4", bgcolor="#101418"),
    Style(color="#e69f00", bgcolor="#101418", bold=True),
    Style(color="#56b4e9", bgcolor="#24405c"),
    Style(bgcolor="#24405c", underline=True),
    Style(color="red", reverse=True),
]
TEXTS = ["a", "lr", "0.85 ", "   ", "▓▓", "─", "日本", "é", "x  y", " "]


def random_strip(rng: random.Random, width: int) -> Strip:
    """A strip of exactly that many cells."""
    segments: list[Segment] = []
    left = width
    while left > 0:
        segment = Segment(rng.choice(TEXTS), rng.choice(STYLES))
        if segment.cell_length > left:
            segment = Segment(" " * left, rng.choice(STYLES))
        segments.append(segment)
        left -= segment.cell_length
    return Strip(segments, width)


def random_update(rng: random.Random) -> LayoutUpdate | ChopsUpdate:
    """A whole region, or some spans."""
    if rng.random() < 0.4:
        return LayoutUpdate([[random_strip(rng, WIDTH)] for _ in range(HEIGHT)], Region(0, 0, WIDTH, HEIGHT))
    cut = rng.randrange(4, 20)
    chops = [{0: random_strip(rng, cut), cut: random_strip(rng, WIDTH - cut)} for _ in range(HEIGHT)]
    spans = sorted({(rng.randrange(HEIGHT), *((0, cut) if rng.random() < 0.5 else (cut, WIDTH))) for _ in range(3)})
    return ChopsUpdate(chops, spans, [[cut, WIDTH]] * HEIGHT)


def cells(screen: pyte.Screen) -> list[list[object]]:
    """What is seen: of a blank only its ground and its line."""
    return [
        [
            (c.data, c.bg, c.underscore, c.reverse, *(() if c.data == " " and not c.reverse else (c.fg, c.bold)))
            for c in (screen.buffer[y][x] for x in range(WIDTH))
        ]
        for y in range(HEIGHT)
    ]


@pytest.mark.parametrize("system", ["truecolor", "256", "standard"])
def test_the_terminal_shows_the_same_as_if_everything_were_sent(system: str) -> None:
    console = Console(color_system=system, force_terminal=True)  # type: ignore[arg-type]
    for style in STYLES:
        if style is not None:
            style._ansi = None  # kept by Textual from the colour system before
    rng = random.Random(4)
    for _ in range(40):
        whole, changed = pyte.Screen(WIDTH, HEIGHT), pyte.Screen(WIDTH, HEIGHT)
        frames = Frames()
        for _ in range(6):
            update = random_update(rng)
            pyte.Stream(whole).feed(update.render_segments(console).replace("\n", ""))
            pyte.Stream(changed).feed(frames.changes(update, console))
            assert cells(whole) == cells(changed)


def test_what_is_shown_already_is_not_sent_and_is_after_a_resize() -> None:
    console = Console(color_system="truecolor", force_terminal=True)
    frames = Frames()
    update = LayoutUpdate([[Strip([Segment("score 0.85", STYLES[1])], 10)]], Region(0, 0, 10, 1))
    assert "0.85" in frames.changes(update, console)
    assert frames.changes(update, console) == ""
    ticked = LayoutUpdate([[Strip([Segment("score 0.86", STYLES[1])], 10)]], Region(0, 0, 10, 1))
    assert len(frames.changes(ticked, console)) < 60
    frames.forget()
    assert "score 0.86" in frames.changes(ticked, console)


async def test_ctrl_l_sends_the_whole_screen_again(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        console = Console(color_system="truecolor", force_terminal=True)
        frames = pilot.app.frames
        whole = LayoutUpdate([[strip] for strip in pilot.app.screen._compositor.render_strips()], Region(0, 0, 120, 40))
        frames.changes(whole, console)
        assert frames.changes(whole, console) == ""
        await press(pilot, "ctrl+l")
        assert frames.changes(whole, console)
        await pilot.resize_terminal(80, 24)
        assert not frames._rows
