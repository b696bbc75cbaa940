"""What is drawn as text: the engine's writers of numbers, durations, moments and states, and a bar of cells."""

from engine.api import (
    NOTHING,
    SEVERITY_SIGNS,
    STATES,
    StateSign,
    duration,
    moment,
    near,
    number,
    plural,
    score,
    state_sign,
    value_text,
)

__all__ = [
    "NOTHING",
    "SEVERITY_SIGNS",
    "STATES",
    "StateSign",
    "bar",
    "duration",
    "moment",
    "near",
    "number",
    "plural",
    "score",
    "state_sign",
    "value_text",
]


def bar(fraction: float, width: int) -> str:
    """A progress bar of ``width`` cells, in eighths of a cell; empty for nan."""
    eighths = round(min(max(0.0, fraction), 1.0) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")).ljust(width, "·")[:width]
