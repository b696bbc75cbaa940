"""Settings of the process, and where it keeps what need not be computed twice."""

import os
from pathlib import Path


def prepare_process() -> None:
    """Lets threads wait passively, if nobody asked otherwise; call before torch is imported.

    Spinning threads cost a shared machine dearly: JEREX took 3.5 s a document with them, 0.9 without, while another
    process kept half of the cores busy (jerex-reference.md, section 2).
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def cache_folder() -> Path:
    """Where encoded documents and tags are kept between runs: ``$TRIMTAB_CACHE``, or the user's cache folder."""
    given = os.environ.get("TRIMTAB_CACHE")
    if given:
        return Path(given).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "trimtab"
