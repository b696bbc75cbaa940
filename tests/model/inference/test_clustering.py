import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering

from model.inference.clustering import complete_linkage, merge_limit


def partition(labels: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("threshold", [0.05, 0.15, 0.5, 0.9])
def test_clusters_equal_scikit_learns(seed: int, threshold: float) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    matrix = rng.random((n, n)) ** 2  # asymmetric, as the scores are: only the upper triangle counts
    np.fill_diagonal(matrix, 0)
    theirs = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="complete", distance_threshold=threshold
    ).fit(matrix)
    ours = complete_linkage(matrix[np.triu_indices(n, 1)], n, threshold)
    assert partition(ours) == partition(theirs.labels_)


@given(st.integers(0, 12), st.integers(0, 1000), st.floats(0, 1))
def test_clustering_is_a_partition_in_which_all_pairs_are_close(n: int, seed: int, threshold: float) -> None:
    distances = np.random.default_rng(seed).random(n * (n - 1) // 2)
    labels = complete_linkage(distances, n, threshold)
    assert labels.shape == (n,)
    assert list(dict.fromkeys(labels.tolist())) == list(range(len(set(labels.tolist()))))  # numbered by first mention
    i, j = np.triu_indices(n, 1)
    assert (distances[labels[i] == labels[j]] < threshold).all()


def test_two_mentions_join_below_the_threshold_only() -> None:
    assert complete_linkage(np.array([0.1]), 2, 0.15).tolist() == [0, 0]
    assert complete_linkage(np.array([0.15]), 2, 0.15).tolist() == [0, 1]


def test_three_mentions_stay_apart_at_exactly_the_limit_and_a_score_at_the_threshold_joins_them() -> None:
    distances = np.array([0.1, 0.15, 0.15])
    assert complete_linkage(distances, 3, 0.15).tolist() == [0, 0, 1]
    limit = merge_limit(0.85)
    assert complete_linkage(np.array([0.1, 1 - float(np.float32(0.85)), 0.12]), 3, limit).tolist() == [0, 0, 0]
