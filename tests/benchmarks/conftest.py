"""The benchmarks are scripts, no package: their folder goes on the path, last, where its model.py shadows nothing."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))
