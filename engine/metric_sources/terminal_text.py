"""Terminal output as a person sees it: colours, cursor movements and backspaces undone."""

import re

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, erasures, cursor movements
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # OSC, DCS and their kin: titles, hyperlinks
    r"|\x1b[@-Z\\-_a-z0-9=><~]"
)
_CONTROLS = re.compile(r"[\x00-\x07\x0b-\x1a\x1c-\x1f\x7f]")


def plain_text(line: str) -> str:
    """One line without escape sequences; backspaces move back and what follows overwrites.

    Args:
        line: Without its line end; a carriage return in it is no part of what this function undoes, for what stands
            on either side may each be a report.
    """
    if "\x1b" in line:
        line = _ESCAPES.sub("", line).replace("\x1b", "")
    if "\b" in line:
        line = _without_backspaces(line)
    return _CONTROLS.sub("", line)


def _without_backspaces(line: str) -> str:
    shown: list[str] = []
    at = 0
    for character in line:
        if character == "\b":
            at = max(0, at - 1)
        else:
            shown[at : at + 1] = [character]
            at += 1
    return "".join(shown)
