"""What the engine tunes: a training of the joint model, satisfying engine.objectives.protocol.Objective by shape."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.config import ModelConfig
from model.data.source import DataConfig
from model.errors import ModelError
from model.installation import require_libraries
from model.search.protocol import Trial


class JointExtraction:
    """Trains JEREX-L for a trial; keeps documents, encoder and one network warm from trial to trial.

    Importing this module and building the class is cheap: torch is loaded by :meth:`prepare`.

    Args:
        model: The ``model:`` options of a thread file.
        data: Its ``data:`` options.
        base_dir: Its folder.
    """

    direction = "maximize"

    def __init__(self, *, model: Mapping[str, Any], data: Mapping[str, Any], base_dir: Path) -> None:
        require_libraries()
        self.config = ModelConfig.from_mapping(model)
        self.metric = self.config.metric
        DataConfig.from_mapping(data)  # refused now, not when the first trial starts
        self._options: dict[str, Any] = {"model": model, "data": data, "base_dir": Path(base_dir)}
        self._workbench: Any = None

    def prepare(self) -> Mapping[str, Any]:
        """Loads data and encoder once; returns facts for the manifest."""
        if self._workbench is None:
            from model.runtime import prepare_process

            prepare_process()
            from model.training.warm_training import Workbench

            workbench = Workbench(**self._options)
            workbench.prepare()
            self._workbench = workbench
        facts: Mapping[str, Any] = self._workbench.facts()
        return facts

    def run(self, trial: Trial) -> float:
        """Trains one configuration, reporting every epoch; returns the last score (NaN if none was reached).

        Raises:
            ModelError: If a parameter is unknown, a subset empty, the checkpoint another configuration's, or the loss
                is no longer a number.
        """
        self.prepare()
        from model.search.trial import run_trial

        if trial.max_epochs < 1 or (trial.epochs is not None and trial.epochs < 1):
            raise ModelError(f"a trial must train at least one epoch; given: {trial.epochs} of {trial.max_epochs}")
        score = float(run_trial(self._workbench, trial))
        return score if math.isfinite(score) else math.nan
