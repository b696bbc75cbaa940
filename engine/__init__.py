"""The sprint engine: spaces, samplers, store, workers; knows an objective only by name."""

import sys

from engine.start import leave_folder

if sys.argv[:1] == ["-m"]:  # ``python -m engine…``: Python looks for the module now, and will look for its imports
    leave_folder()
