"""``python -m model VERB …``; ``trimtab VERB`` is the same."""

import sys
from pathlib import Path

# Python put the current folder on the module path: nothing is to be taken from it, unless trimtab itself lies there.
if not sys.flags.safe_path and sys.path[:1] == [str(Path.cwd())] and Path.cwd() != Path(__file__).resolve().parents[1]:
    del sys.path[0]

from model.cli import main

sys.exit(main())
