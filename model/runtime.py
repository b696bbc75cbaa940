"""Settings of the process that make trainings faster without changing a number."""

import ctypes
import os
import sys
from pathlib import Path

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4
"""Option numbers of glibc's mallopt."""

_KEEP = (1 << 31) - 1


def prepare_process() -> None:
    """Waits passively for threads and keeps freed memory, if nobody asked otherwise; call before torch is imported.

    By default glibc maps every large temporary anew and gives it back at once: some 150,000 page faults a training
    document in JEREX, half of its time in the heads (jerex-reference.md, section 2).
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if not sys.platform.startswith("linux") or any(name.startswith("MALLOC_") for name in os.environ):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    mallopt(_M_MMAP_MAX, 0)
    mallopt(_M_TRIM_THRESHOLD, _KEEP)


def cache_folder() -> Path:
    """Where encoded documents and tags are kept between runs: ``$TRIMTAB_CACHE``, or the user's cache folder."""
    given = os.environ.get("TRIMTAB_CACHE")
    if given:
        return Path(given).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "trimtab"
