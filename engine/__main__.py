"""``python -m engine VERB``: the engine's part of the ``trimtab`` command."""

import sys

from engine.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
