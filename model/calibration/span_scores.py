"""The scores of all candidate spans, where documents stream by and nothing else of them is kept."""

import numpy as np
import numpy.typing as npt

from model.calibration.gold_matching import read_truth
from model.data.schema import LabelSchema
from model.inference.inference_records import Scan
from model.thresholds.candidates import MentionScores


class SpanScores:
    """Takes in scans in the order of the documents.

    Args:
        schema: The model's.
    """

    def __init__(self, schema: LabelSchema) -> None:
        self._schema = schema
        self._scores: list[npt.NDArray[np.float32]] = []
        self._gold: list[npt.NDArray[np.bool_]] = []
        self._n_gold: list[int] = []

    def add(self, scan: Scan, most: int) -> None:
        """Takes in the next document.

        Args:
            scan: With gold annotation.
            most: Spans of highest score that count: the others no threshold lets through.
        """
        truth = read_truth(scan.document, scan.spans, self._schema)
        inside = np.argsort(-scan.scores, kind="stable")[:most]
        self._scores.append(scan.scores[inside])
        self._gold.append(truth.is_mention[inside])
        self._n_gold.append(truth.n_mentions)

    def scores(self) -> MentionScores:
        """All that was taken in."""
        return MentionScores(
            score=np.concatenate([*self._scores, np.zeros(0, dtype=np.float32)]),
            gold=np.concatenate([*self._gold, np.zeros(0, dtype=np.bool_)]),
            document=np.repeat(np.arange(len(self._scores), dtype=np.int32), [len(part) for part in self._scores]),
            gold_counts=np.array(self._n_gold, dtype=np.int64),
        )
