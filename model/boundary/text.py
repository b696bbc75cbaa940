"""Text from outside is text: what a terminal would obey, or a reader would not see, is shown as a sign in its place.

Names, notes, scripts' output, error messages and files may hold escape sequences that set a window's title, write the
clipboard or erase the screen, and letters that turn the direction of writing round. `visible` is applied where such
text enters and again where it is drawn. Every sign is one cell wide.
"""

import re

MOST_NAME = 80
"""Characters of a name, at most: it is to be read in a column, a title and a file name."""

MOST_NOTES = 2000
"""Characters of a note, at most."""

HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069"  # no width, or they turn the direction of writing
    "\u2028\u2029\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # line ends, byte order marks, letters nobody sees
    "\ud800-\udfff]"  # half of a pair: what was no UTF-8
)
"""Characters that are not shown as they are."""

_STYLE = re.compile("\x1b\\[[0-9;:]*m")
"""A sequence that changes colours only."""


def visible(text: str, keep: str = "") -> str:
    """Text with a sign in place of every control character: ␛ for escape, ␊ for a line feed, � for others.

    Args:
        text: Any.
        keep: Control characters that stay as they are, such as the line feed of a text of several lines.
    """
    if text.isprintable():
        return text
    return HIDDEN.sub(lambda found: found[0] if found[0] in keep else _sign(found[0]), text)


def visible_log(text: str) -> str:
    """A line of a program's output as it is drawn: colours dropped, tabs as blanks, other controls visible."""
    return visible(_STYLE.sub("", text).expandtabs(8))


def one_line(text: str) -> str:
    """Text in one line: every run of blanks and line ends is one blank, other control characters are visible."""
    return visible(" ".join(text.split()))


def name_fault(name: str) -> str:
    """What keeps a text from being a name, as ``must …, got …``; empty where it may be one.

    A name is 1 to `MOST_NAME` visible characters in one line, without blanks at its ends, and begins with no hyphen:
    the command line would take that for an option.
    """
    shown = repr(visible(name if len(name) <= MOST_NAME else f"{name[: MOST_NAME // 2]}…"))
    if not name.strip():
        return "must have a visible character, got none"
    if len(name) > MOST_NAME:
        return f"must have at most {MOST_NAME} characters, got {len(name)}: {shown}"
    if not name.isprintable():
        return f"must be visible characters in one line, got {shown}"
    if name != name.strip():
        return f"must have no blanks at its ends, got {shown}"
    if name.startswith("-"):
        return f"must not begin with a hyphen, got {shown}"
    return ""


def notes_fault(notes: str) -> str:
    """What keeps a text from being a note, as ``must …, got …``; empty where it may be one."""
    return f"must have at most {MOST_NOTES} characters, got {len(notes)}" if len(notes) > MOST_NOTES else ""


def visible_notes(notes: str) -> str:
    """A note as it is kept: line ends and tabs stay, other control characters become signs."""
    return visible(notes.replace("\r\n", "\n"), keep="\n\t")


def _sign(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "�"
