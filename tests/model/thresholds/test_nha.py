from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import ModelError
from model.thresholds.nha import relation_counts, top_k, whole_counts

N_INSTANCES = 4


@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.5, 0.9]), st.integers(0, N_INSTANCES - 1)), max_size=30),
    st.lists(st.integers(0, 6), min_size=N_INSTANCES, max_size=N_INSTANCES),
)
def test_the_k_best_of_each_instance_are_kept_the_earlier_of_equals_first(rows, k):
    score = np.array([r[0] for r in rows], dtype=np.float32)
    instance = np.array([r[1] for r in rows], dtype=np.int64)
    expected = np.zeros(len(rows), dtype=bool)
    for g in range(N_INSTANCES):
        members = [i for i in range(len(rows)) if instance[i] == g]
        expected[sorted(members, key=lambda i: (-score[i], i))[: k[g]]] = True
    assert np.array_equal(top_k(score, instance, np.array(k)), expected)


def test_counts_are_rounded_half_up_and_never_negative():
    assert whole_counts(np.array([-3.0, 0.49, 0.5, 1.5, 2.4])).tolist() == [0, 0, 1, 2, 2]
    with pytest.raises(ModelError, match="finite"):
        whole_counts(np.array([np.nan]))


def test_true_counts_give_perfect_scores_where_gold_is_ranked_first(synthetic):
    candidates = synthetic(0).relation_candidates(0.45, 0.45)
    n_pairs = int(candidates.pair.max()) + 1
    ranked = replace(candidates, score=np.where(candidates.gold, np.float32(0.9), np.float32(0.1)))
    true = np.bincount(ranked.pair[ranked.gold], minlength=n_pairs)
    counts = relation_counts(ranked, true.astype(np.float64))
    assert counts.hits == counts.predicted == ranked.gold.sum() > 0
    assert counts.gold == candidates.n_gold > counts.hits, "gold that the clusters miss stays missed"


def test_pairs_must_be_recorded_and_have_a_number_each(synthetic):
    candidates = synthetic(1).relation_candidates(0.45, 0.45)
    with pytest.raises(ModelError, match=r"record RelationCandidates\.pair"):
        relation_counts(replace(candidates, pair=None), np.zeros(3))
    with pytest.raises(ModelError, match="one predicted number each"):
        relation_counts(candidates, np.zeros(1))
