"""The objective of threads that were imported without one: says so when somebody starts a sprint."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.objectives.protocol import Trial


class Imported:
    """Nothing to train: its sprints can be reviewed and trimmed, not run."""

    metric = "score"
    direction = "maximize"

    def __init__(self, *, model: Mapping[str, Any], data: Mapping[str, Any], base_dir: Path) -> None:  # noqa: ARG002
        raise EngineError(
            "this thread was imported without an objective, so nothing can be run",
            "import it again with --objective module:Class",
        )

    def prepare(self) -> Mapping[str, Any]:
        """Never reached."""
        return {}

    def run(self, trial: Trial) -> float:
        """Never reached."""
        raise NotImplementedError(trial)
