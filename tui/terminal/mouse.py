"""Whether the terminal can report a mouse."""

import os

WITHOUT_MOUSE = ("linux", "vt", "ansi", "cons25", "sun", "wsvt", "hurd", "pcansi")
"""Beginnings of the names of terminals that report none; of those that no one knows a request is ignored."""


def has_mouse() -> bool:
    """By the terminal's name; its entry in terminfo tells less, for the console of Linux has a mouse key there."""
    return not os.environ.get("TERM", "").startswith(WITHOUT_MOUSE)
