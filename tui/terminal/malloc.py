"""The C library's heap: one for all threads, so that what a reading thread gave back serves the next one."""

import ctypes
import sys

M_ARENA_MAX = -8
"""Number of the setting in glibc's malloc.h."""


def share_one_arena() -> None:
    """Keep glibc from giving each thread a heap of its own, which holds on to the most that any one read ever took.

    Other C libraries have no such setting and are left alone.
    """
    if sys.platform == "linux":
        set_option = getattr(ctypes.CDLL(None), "mallopt", None)
        if set_option is not None:
            set_option(M_ARENA_MAX, 1)
