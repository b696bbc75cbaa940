"""The honest figure of a checkpoint: thresholds found on one half of the documents and read on the other, both ways.

The thresholds in a card were tuned on the validation documents, so a search that starts there has seen both halves.
Here every search starts from the configuration's own initial thresholds, with SCut's mention threshold of its half.
"""

from dataclasses import replace

import numpy as np

from model.calibration.fit import initial_thresholds
from model.config import ModelConfig
from model.thresholds.cross_fit import CrossFit, cross_fit
from model.thresholds.evaluator import Evaluator
from model.thresholds.report import CalibrationOptions
from model.thresholds.scut import scut
from model.thresholds.search import calibrate
from model.thresholds.thresholds import ThresholdSet

ROUNDS = 40
"""Most rounds of a climb: from the initial thresholds the way is longer than after training."""


def tune_from_scratch(evaluator: Evaluator, initial: ThresholdSet, options: CalibrationOptions) -> ThresholdSet:
    """Thresholds by SCut, then a calibration, knowing nothing but the documents of the evaluator."""
    cut = scut(evaluator.mention_scores(), lowest=evaluator.bounds.mention[0], current=initial.mention)
    start = initial.replace(mention=cut.threshold)
    return calibrate(evaluator, start, replace(options, epochs=max(ROUNDS, options.epochs))).thresholds


def honest_figure(evaluator: Evaluator, config: ModelConfig, options: CalibrationOptions, seed: int = 0) -> CrossFit:
    """Untuned, tuned on all documents, and cross-fitted scores.

    Args:
        evaluator: Over documents the network was not trained on.
        config: Has the initial thresholds.
        options: How to calibrate.
        seed: Seed of the halves.
    """
    return cross_fit(
        evaluator,
        initial_thresholds(config),
        lambda half, start: tune_from_scratch(half, start, options),
        np.random.default_rng(seed),
    )
