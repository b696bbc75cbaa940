"""Mentions into entities: agglomerative clustering with complete linkage (JEREX, misc.py:101-137).

Legend: M mentions.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import linkage


def complete_linkage(distances: npt.NDArray[np.floating[Any]], n: int, threshold: float) -> npt.NDArray[np.int64]:
    """Clusters in which every pair is closer than a threshold.

    Equal to scikit-learn's agglomerative clustering with ``distance_threshold``, which reads the upper triangle only,
    merges while the greatest distance between two clusters is below the threshold, and hands the work to the same
    SciPy routine.

    Args:
        distances: ``[M(M-1)/2]`` of the pairs i < j, row after row.
        n: M.
        threshold: Distance from which clusters stay apart.

    Returns:
        ``[M]`` cluster of each mention, numbered by first mention.
    """
    labels = np.arange(n)
    if n < 2 or not (distances < threshold).any():
        return labels
    if n == 2:
        return np.zeros(2, dtype=np.int64)
    members: dict[int, npt.NDArray[np.int64]] = {i: labels[i : i + 1] for i in range(n)}
    for step, (left, right, distance, _) in enumerate(linkage(distances.astype(np.float64), "complete")):
        if distance >= threshold:  # distances of the merges never fall
            break
        members[n + step] = np.concatenate((members.pop(int(left)), members.pop(int(right))))
    for rows in members.values():
        labels[rows] = rows.min()
    return np.unique(labels, return_inverse=True)[1].astype(np.int64).reshape(n)


def merge_limit(threshold: float) -> float:
    """The distance below which clusters merge, for a coreference threshold 0..1.

    The next double lets a score equal to the threshold merge, as everywhere a score at its threshold counts.
    """
    return float(np.nextafter(1.0 - float(np.float32(threshold)), np.inf))
