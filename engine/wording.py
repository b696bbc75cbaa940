"""How numbers, durations, moments and states are written: one place for commands, screens, pages and exports.

Ranges of hyperparameters are written by `engine.space.space.describe_range` on top of it. Nothing but the standard
library is loaded: the interface's first frame needs this module.
"""

import math
import time
from dataclasses import dataclass

NOTHING = "–"
"""Shown where there is no value."""


@dataclass(frozen=True, slots=True)
class StateSign:
    """How a state is shown: never by colour alone.

    Attributes:
        glyph: One cell.
        word: In lower case.
        ink: Name of the ink: of the interface's themes, and of the command line's colours.
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


def short(value: float, digits: int = 4) -> str:
    """A number in few characters: ``1e-6``, ``8.923e-5``, ``0.25``, ``12000``, ``nan``.

    Args:
        value: Any number.
        digits: Significant ones at most.
    """
    text = f"{value:.{digits}g}"
    if "e" not in text and 0 < abs(value) < 1e-3:
        text = f"{value:.{digits - 1}e}"
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{int(float(f'{mantissa}e{exponent}'))}" if 0 < int(exponent) < 7 else f"{mantissa}e{int(exponent)}"


def number(value: float | None, digits: int = 4) -> str:
    """A number as `short` writes it; a dash where there is none."""
    return NOTHING if value is None else short(value, digits)


def near(value: float, within: float = 0.0) -> str:
    """The text of fewest digits, three at least, that reads back as the value, or as one at most ``within`` from it."""
    text = ""
    for digits in range(3, 18):
        text = short(value, digits)
        if abs(float(text) - value) <= within:
            break
    return text


def score(value: float | None) -> str:
    """A score in about four significant digits: ``82.17``, ``7.938``, ``0.9834``, ``4.7e-5``; a dash for none."""
    if value is None:
        return NOTHING
    size = abs(value)
    if size != 0 and not 1e-3 <= size < 1e5:
        return short(value, 2 if size < 1e-3 else 4)
    decimals = 1 if size >= 1e3 else 2 if size >= 10 or size == 0 else 3 if size >= 1 else 4
    return f"{value:.{decimals}f}"


def duration(seconds: float | None) -> str:
    """A duration in its two largest units: ``0.4s``, ``48s``, ``3m05s``, ``2h07m``, ``1d03h``; a dash for none."""
    if seconds is None or not math.isfinite(seconds):
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
    """A local date and time to the minute, for a screen; a dash for none."""
    return NOTHING if at is None else time.strftime("%d %b %H:%M", time.localtime(at))


def timestamp(at: float | None) -> str:
    """A local date and time to the second, for lists and logs that outlive the year; empty for none."""
    return "" if at is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def plural(count: int, noun: str, many: str = "") -> str:
    """``1 trial``, ``3 trials``."""
    return f"{count} {noun if count == 1 else many or noun + 's'}"
