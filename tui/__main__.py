"""``python -m tui``: the same as ``trimtab``."""

from tui.cli import main

main()
