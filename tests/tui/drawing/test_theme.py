"""Colours can be read: on every ground, in 256 colours, by colour-blind readers, and without any colour at all."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from rich.color import Color, ColorSystem

from engine import api
from tests.tui.conftest import Opener, press, screen_text
from tests.tui.terminal_session import TerminalSession
from tui.drawing.format import state_sign
from tui.drawing.theme import INKS, THEMES

Rgb = tuple[float, float, float]

READABLE = 4.5
"""Least contrast of text (WCAG 2.2, 1.4.3, level AA)."""

DRAWN = {"edge"}
"""Inks of lines alone, which no text is written in."""

GROUNDS = ("background", "surface", "cursor")


def rgb(colour: str) -> Rgb:
    """Red, green, blue in [0, 1]."""
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def luminance(colour: Rgb) -> float:
    """Relative luminance as WCAG defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Rgb, other: Rgb) -> float:
    """Contrast ratio, 1 … 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ground(theme: str, name: str) -> str:
    """A background colour of a theme."""
    return THEMES[theme].variables["ink-cursor"] if name == "cursor" else str(getattr(THEMES[theme], name))


def in_256(colour: str) -> Rgb:
    """The nearest colour a terminal of 256 colours has, as Rich chooses it."""
    number = Color.parse(colour).downgrade(ColorSystem.EIGHT_BIT).number
    assert number is not None
    return tuple(c / 255 for c in Color.from_ansi(number).get_truecolor())  # type: ignore[return-value]


def pairs() -> Iterator[tuple[str, str, str]]:
    """(theme, ink, ground) of all text."""
    for theme in THEMES:
        for name in INKS:
            if name not in DRAWN:
                yield from ((theme, name, under) for under in GROUNDS)


@pytest.mark.parametrize(("theme", "name", "under"), pairs())
def test_text_can_be_read_on_every_ground_also_in_256_colours(theme: str, name: str, under: str) -> None:
    colour, below = THEMES[theme].variables[f"ink-{name}"], ground(theme, under)
    assert contrast(rgb(colour), rgb(below)) >= READABLE
    assert contrast(in_256(colour), in_256(below)) >= READABLE


@pytest.mark.parametrize("theme", THEMES)
def test_drawn_lines_are_seen_on_the_background(theme: str) -> None:
    assert contrast(rgb(THEMES[theme].variables["ink-edge"]), rgb(ground(theme, "background"))) >= 3.0


def as_seen_without(colour: Rgb, kind: str) -> Rgb:
    """A colour as a dichromat sees it (Viénot, Brettel & Mollon 1999, in linear light)."""
    matrix = {
        "protan": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
        "deutan": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
    }[kind]
    linear = [c**2.2 for c in colour]
    seen = [max(0.0, min(1.0, sum(w * c for w, c in zip(row, linear, strict=True)))) for row in matrix]
    return tuple(c ** (1 / 2.2) for c in seen)  # type: ignore[return-value]


@pytest.mark.parametrize("kind", ["protan", "deutan"])
@pytest.mark.parametrize("theme", THEMES)
def test_the_two_populations_of_a_histogram_are_told_apart_by_colour_blind_readers(theme: str, kind: str) -> None:
    one, other = (as_seen_without(rgb(THEMES[theme].variables[f"ink-{name}"]), kind) for name in ("all", "top"))
    assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 > 0.3


def test_states_differ_by_sign_and_word_not_by_colour_alone() -> None:
    states = ("queued", "running", "complete", "pruned", "failed", "cancelled", "paused", "done", "orphaned")
    words = {state: state_sign(state).text for state in states}
    for one, other in combinations(states, 2):
        assert words[one] != words[other]
    assert all(any(character.isalpha() for character in text) for text in words.values())


async def test_without_colour_the_cursor_and_the_states_are_still_seen(
    ws: api.Workspace, open_app: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_app(ws) as pilot:
        await press(pilot, "4")
        text = screen_text(pilot)
        assert "▸" in text
        assert "✓ complete" in text
        for strip in pilot.app.screen._compositor.render_strips():
            for _, style, _ in strip:
                for colour in (style.color, style.bgcolor) if style else ():
                    shade = colour.get_truecolor() if colour is not None else (0, 0, 0)
                    assert max(shade) - min(shade) <= 1, "a colour without NO_COLOR's consent"


@pytest.mark.parametrize(
    ("environment", "codes"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": ""}, ("38;5;",)),
        ({"TERM": "xterm", "COLORTERM": ""}, ("\x1b[",)),
        ({"TERM": "vt220", "COLORTERM": "", "NO_COLOR": "1"}, ("\x1b[",)),
    ],
)
def test_lesser_terminals_get_no_true_colour_and_show_the_same_words(
    ws: api.Workspace, tmp_path: Path, environment: dict[str, str], codes: tuple[str, ...]
) -> None:
    opened = TerminalSession("--workspace", str(ws.path), cwd=tmp_path, keep=True, **environment)
    try:
        opened.until("1E_v1")
        opened.press("2")
        shown = opened.until("▓ top")
        for word in ("DIMENSION", "weight_decay", "▸"):
            assert word in shown
        assert "38;2;" not in opened.sent
        assert all(code in opened.sent for code in codes)
    finally:
        opened.close()
