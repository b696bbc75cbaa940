"""How numbers, times and states are written: one place, so that every screen says the same."""

import math
import time
from dataclasses import dataclass

from engine import api
from engine.api import Value

NOTHING = "–"
"""Shown where there is no value."""


@dataclass(frozen=True, slots=True)
class StateSign:
    """How a state is shown: never by colour alone.

    Attributes:
        glyph: One cell.
        word: In lower case.
        ink: Name of the theme's ink.
    """

    glyph: str
    word: str
    ink: str

    @property
    def text(self) -> str:
        """Glyph and word."""
        return f"{self.glyph} {self.word}"


STATES: dict[str, StateSign] = {
    "draft": StateSign("○", "draft", "muted"),
    "ready": StateSign("○", "ready", "muted"),
    "queued": StateSign("○", "queued", "muted"),
    "running": StateSign("●", "running", "running"),
    "paused": StateSign("‖", "paused", "warning"),
    "stopping": StateSign("◌", "stopping", "warning"),
    "orphaned": StateSign("!", "orphaned", "error"),
    "done": StateSign("✓", "done", "good"),
    "complete": StateSign("✓", "complete", "good"),
    "pruned": StateSign("✂", "pruned", "muted"),
    "failed": StateSign("✗", "failed", "error"),
    "cancelled": StateSign("–", "cancelled", "muted"),
}
"""Every state of a sprint and of a trial."""

SEVERITY_SIGNS: dict[str, StateSign] = {
    "ok": StateSign("✓", "ok", "good"),
    "info": StateSign("◆", "note", "info"),
    "warning": StateSign("▲", "warning", "warning"),
}
"""Signs of findings by severity."""


def state_sign(state: str) -> StateSign:
    """The sign of a state; unknown ones show their name."""
    return STATES.get(state, StateSign("?", state, "muted"))


def number(value: float | None, digits: int = 4) -> str:
    """A number in few characters: ``1e-6``, ``0.25``, ``12000``."""
    if value is None:
        return NOTHING
    return api.short(value, digits)


def near(value: float, within: float = 0.0) -> str:
    """The text of fewest digits, three at least, that reads back as the value, or as one at most ``within`` from it."""
    text = ""
    for digits in range(3, 18):
        text = number(value, digits)
        if abs(float(text) - value) <= within:
            break
    return text


def value_text(value: Value, digits: int = 4) -> str:
    """A hyperparameter's value in few characters; null is a value, too."""
    return api.value_text(value, digits)


def score(value: float | None) -> str:
    """A score in about four significant digits: ``82.17``, ``7.938``, ``0.9834``, ``4.7e-5``."""
    if value is None:
        return NOTHING
    size = abs(value)
    if size != 0 and not 1e-3 <= size < 1e5:
        return number(value, 2 if size < 1e-3 else 4)
    decimals = 1 if size >= 1e3 else 2 if size >= 10 or size == 0 else 3 if size >= 1 else 4
    return f"{value:.{decimals}f}"


def duration(seconds: float | None) -> str:
    """A duration in its two largest units: ``0.4s``, ``48s``, ``3m05s``, ``2h07m``, ``1d03h``."""
    if seconds is None or math.isnan(seconds):
        return NOTHING
    if 0 < seconds < 0.95:
        return f"{max(seconds, 0.1):.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{minutes:02d}m"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours:02d}h"


def moment(at: float | None) -> str:
    """A local date and time to the minute."""
    return NOTHING if at is None else time.strftime("%d %b %H:%M", time.localtime(at))


def bar(fraction: float, width: int) -> str:
    """A progress bar of ``width`` cells, in eighths of a cell; empty for nan."""
    eighths = round(min(max(0.0, fraction), 1.0) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")).ljust(width, "·")[:width]


def plural(count: int, noun: str, many: str = "") -> str:
    """``1 trial``, ``3 trials``."""
    return f"{count} {noun if count == 1 else many or noun + 's'}"
