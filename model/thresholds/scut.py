"""SCut for the mention threshold: the best F-beta over all candidate spans by one sort (paper B.1.1, eq. 1-10)."""

from dataclasses import dataclass

import numpy as np

from model.errors import ModelError
from model.thresholds.candidates import MentionScores
from model.thresholds.cuts import Placement, best_cuts
from model.thresholds.thresholds import LOWEST, keep

BETAS = (1.0, 2.0, 3.0, 4.0)
"""The F-beta the paper tried; higher ones favour recall. F1 was best (paper B.1.1)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MentionCut:
    """The result of SCut.

    Attributes:
        threshold: The mention threshold.
        f_beta: F-beta there, percent.
        beta: Which F-beta.
        hits: Gold mentions kept.
        kept: Candidates kept.
        n_gold: Gold mentions in all.
    """

    threshold: float
    f_beta: float
    beta: float
    hits: int
    kept: int
    n_gold: int


def scut(
    mentions: MentionScores,
    *,
    beta: float = 1.0,
    lowest: float = LOWEST,
    current: float = 0.85,
    placement: Placement = "score",
) -> MentionCut:
    """The mention threshold of highest F-beta, exact over all thresholds at or above ``lowest``.

    Gold that is no candidate counts as missed. With a low bound the result is the best at or above it, which is at
    least as good as clamping the unbounded optimum (paper §2.3).

    Args:
        mentions: Every candidate span.
        beta: Weight of recall, above 0.
        lowest: Lowest threshold allowed; keeps early epochs from letting every span through.
        current: Kept (or raised to ``lowest``) where no threshold finds a gold mention.
        placement: ``score`` is the paper's; ``midpoint`` leaves a margin.

    Raises:
        ModelError: If beta is not above 0.
    """
    if not beta > 0:
        raise ModelError(
            f"beta must be above 0; given: {beta}", "1 weighs precision and recall alike, 2 favours recall"
        )
    cuts = best_cuts(
        mentions.score,
        mentions.gold,
        np.zeros(len(mentions.score), dtype=np.int64),
        np.array([mentions.n_gold]),
        beta=beta,
        lowest=lowest,
        placement=placement,
    )
    threshold, kept = float(cuts.threshold[0]), int(cuts.kept[0])
    if np.isnan(threshold):
        threshold = max(current, lowest)
        kept = int(keep(mentions.score, threshold).sum())
    return MentionCut(
        threshold=threshold,
        f_beta=float(cuts.f_beta[0]),
        beta=beta,
        hits=int(cuts.hits[0]),
        kept=kept,
        n_gold=mentions.n_gold,
    )
