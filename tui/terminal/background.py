"""Whether the terminal's own background is dark: by its environment at once, by its answer to OSC 11 when that comes.

Nobody waits for the answer. The first frame has the colours that fitted the last time; the answer is taken out of the
keys that the terminal sends, whenever it comes, and never typed.
"""

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

QUERY = "\x1b]11;?\x07"
"""tmux and screen answer by themselves, or not at all."""

REPLY = re.compile(r"\x1b\]11;rgba?:([0-9a-fA-F]+)/([0-9a-fA-F]+)/([0-9a-fA-F]+)[^\x07\x1b]*(?:\x07|\x1b\\)")

BEGUN = re.compile(r"\x1b\]11[^\x07\x1b]*\x1b?$")
"""The beginning of an answer at the end of what was read; the rest comes with the next read."""

MOST_HELD = 64
"""Characters of a begun answer that are held back."""

LIGHT_FROM = 0.5
"""Relative luminance from which a background counts as light."""


def by_environment() -> bool | None:
    """Whether ``COLORFGBG`` (``15;0``) says that the background is dark; None where it says nothing."""
    ground = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return int(ground) in (*range(7), 8) if ground.isdigit() and int(ground) < 16 else None


def is_dark(red: str, green: str, blue: str) -> bool:
    """Whether a colour is dark; each part in hexadecimal digits, as many as the terminal likes."""
    parts = [int(part, 16) / (16 ** len(part) - 1) for part in (red, green, blue)]
    return bool(0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] < LIGHT_FROM)


def without_replies(data: str, told: Callable[[bool], object]) -> str:
    """What a person typed, without the terminal's answers, each of which is told."""
    for found in REPLY.finditer(data):
        told(is_dark(*found.groups()))
    return REPLY.sub("", data)


def listen(told: Callable[[bool], object]) -> None:
    """Let Textual's reader of keys on Linux leave out the terminal's answers; call before the application runs."""
    from textual._xterm_parser import XTermParser
    from textual.drivers import linux_driver

    class Parser(XTermParser):
        held = ""

        def feed(self, data: str) -> Iterable[Any]:
            """Parse what is left; an empty read still means the end."""
            if not data:
                return super().feed(data)
            text = without_replies(self.held + data, told)
            begun = BEGUN.search(text)
            self.held = begun.group() if begun is not None and len(begun.group()) <= MOST_HELD else ""
            text = text.removesuffix(self.held) if self.held else text
            return super().feed(text) if text else ()

    setattr(linux_driver, "XTermParser", Parser)  # noqa: B010 - the driver looks it up where it starts to read
