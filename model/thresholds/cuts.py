"""The best cut of scored candidates by one sort, for many groups at once: SCut (eq. 1-10) and exact search use it.

The paper's equations 3 to 8 (B.1.1), corrected (decisions: SCut): a cut at score p keeps every candidate with
score >= p, so FN counts the gold strictly below p, and ties are kept or dropped together.

Legend: N candidates, G groups (1, or one a relation type), K cut points (distinct scores worth cutting at).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from model.thresholds.candidates import f_score
from model.thresholds.thresholds import HIGHEST, LOWEST

Placement = Literal["score", "midpoint"]
"""Where a cut puts the threshold: on the lowest kept score (eq. 10), or halfway to the highest dropped one.

Both keep the same candidates here; halfway leaves a margin on other data.
"""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CutPoints:
    """Every cut worth making, group by group, from the highest score down.

    Attributes:
        group: ``[K]``, ascending.
        score: float32 ``[K]``, lowest kept score, descending within a group.
        hits: ``[K]``, gold candidates kept.
        kept: ``[K]``, candidates kept.
    """

    group: Int[np.ndarray, " K"]
    score: Float32[np.ndarray, " K"]
    hits: Int[np.ndarray, " K"]
    kept: Int[np.ndarray, " K"]

    def first_best(self, value: Float[np.ndarray, " K"]) -> Int[np.ndarray, " S"]:
        """Index of each group's best cut, the highest score among equals; groups without cuts are absent."""
        if not len(self.group):
            return np.empty(0, dtype=np.int64)
        order = np.lexsort((np.arange(len(value)), -value, self.group))
        first = np.ones(len(order), dtype=bool)
        first[1:] = np.diff(self.group[order]) != 0
        return np.asarray(order[first])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Cuts:
    """The best cut of each group.

    Attributes:
        threshold: ``[G]``; NaN where no threshold finds any gold.
        f_beta: ``[G]``, percent; 0 where no threshold finds any gold.
        hits: ``[G]``, gold candidates kept.
        kept: ``[G]``, candidates kept.
    """

    threshold: Float[np.ndarray, " G"]
    f_beta: Float[np.ndarray, " G"]
    hits: Int[np.ndarray, " G"]
    kept: Int[np.ndarray, " G"]


def cut_points(
    score: Float32[np.ndarray, " N"],
    gold: Bool[np.ndarray, " N"],
    group: Int[np.ndarray, " N"],
    n_groups: int,
    lowest: float = LOWEST,
) -> CutPoints:
    """Every cut that could be best, by one sort.

    Candidates below their group's lowest gold candidate are discarded first (paper B.1.1): a cut there adds only false
    positives.
    Scores above :data:`HIGHEST` count as :data:`HIGHEST`, because no threshold can drop them.

    Args:
        score: Scores, 0..1.
        gold: True where right.
        group: Group of each candidate, 0..n_groups-1.
        n_groups: G.
        lowest: No cut below this score.
    """
    top = np.float32(HIGHEST)
    score = np.minimum(score, top)
    allowed = score >= np.float32(lowest)
    lowest_gold = np.full(n_groups, top)
    np.minimum.at(lowest_gold, group[gold & allowed], score[gold & allowed])
    used = np.flatnonzero(allowed & (score >= lowest_gold[group]))
    order = used[np.lexsort((-score[used], group[used]))]
    g, s = group[order], score[order]
    ends = np.ones(len(order), dtype=bool)
    ends[:-1] = (np.diff(g) != 0) | (np.diff(s) != 0)
    starts = np.flatnonzero(np.diff(g, prepend=-1))
    hits_before = np.concatenate([[0], np.cumsum(gold[order])])
    segment = np.cumsum(np.diff(g, prepend=-1) != 0) - 1
    at = np.flatnonzero(ends)
    start_of = starts[segment[at]] if len(at) else at
    return CutPoints(group=g[at], score=s[at], hits=hits_before[at + 1] - hits_before[start_of], kept=at + 1 - start_of)


def best_cuts(
    score: Float32[np.ndarray, " N"],
    gold: Bool[np.ndarray, " N"],
    group: Int[np.ndarray, " N"],
    n_gold: Int[np.ndarray, " G"],
    *,
    beta: float = 1.0,
    lowest: float = LOWEST,
    placement: Placement = "score",
) -> Cuts:
    """The cut of highest F-beta in each group, exact; the highest threshold among equals.

    Args:
        score: Scores, 0..1.
        gold: True where right.
        group: Group of each candidate, 0..G-1.
        n_gold: Gold of each group, unreachable ones included.
        beta: Weight of recall (eq. 9).
        lowest: No threshold below this.
        placement: Where between the scores the threshold is put.
    """
    n_groups = len(n_gold)
    points = cut_points(score, gold, group, n_groups, lowest)
    value = f_score(points.hits, points.kept, n_gold[points.group], beta)
    best = points.first_best(value)
    best = best[points.hits[best] > 0]
    at = points.group[best]
    cut = np.full(n_groups, np.nan, dtype=np.float32)
    cut[at] = points.score[best]
    f_beta, hits, kept = np.zeros(n_groups), np.zeros(n_groups, dtype=np.int64), np.zeros(n_groups, dtype=np.int64)
    f_beta[at], hits[at], kept[at] = value[best], points.hits[best], points.kept[best]
    return Cuts(threshold=place(cut, score, group, lowest, placement), f_beta=f_beta, hits=hits, kept=kept)


def place(
    cut: Float32[np.ndarray, " G"],
    score: Float32[np.ndarray, " N"],
    group: Int[np.ndarray, " N"],
    lowest: float,
    placement: Placement,
) -> Float[np.ndarray, " G"]:
    """Thresholds that keep exactly the candidates at or above each group's cut; exact in float32. NaN stays NaN."""
    if placement == "score":
        return cut.astype(np.float64)
    below = np.full(len(cut), -np.inf, dtype=np.float32)
    dropped = score < cut[group]
    np.maximum.at(below, group[dropped], score[dropped])
    with np.errstate(invalid="ignore"):
        middle = np.maximum((cut + below) / 2, np.float32(lowest))
        # Where nothing is dropped, or float32 has no value in between, the cut itself is the threshold.
        return np.where((middle > below) & np.isfinite(below), np.minimum(middle, cut), cut).astype(np.float64)
