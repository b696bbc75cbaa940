from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import ModelError
from model.thresholds.candidates import RelationCandidates, collapse_duplicates, f_score

THRESHOLDS = [0.05, 0.2, 0.2, 0.45, 0.6, 0.99]


def brute_force(candidates, relation):
    vector = np.broadcast_to(np.asarray(relation, dtype=np.float32), candidates.n_types)
    hits, predicted = [0] * candidates.n_types, [0] * candidates.n_types
    for score, kind, gold in zip(candidates.score, candidates.relation_type, candidates.gold, strict=True):
        if score >= vector[kind]:
            predicted[kind] += 1
            hits[kind] += bool(gold)
    return hits, predicted


@pytest.mark.parametrize("seed", range(5))
def test_counts_at_global_and_class_thresholds_are_what_loops_count(synthetic, seed):
    candidates = synthetic(seed).relation_candidates(0.4, 0.4)
    vector = np.random.default_rng(seed).uniform(0.05, 0.9, candidates.n_types)
    for relation in (0.3, vector):
        hits, predicted = brute_force(candidates, relation)
        counts = candidates.counts_at(relation)
        assert (counts.hits, counts.predicted) == (sum(hits), sum(predicted))
        assert [c.hits for c in candidates.class_counts_at(relation)] == hits
        assert [c.predicted for c in candidates.class_counts_at(relation)] == predicted
        assert sum(c.gold for c in candidates.class_counts_at(relation)) == candidates.n_gold
    assert candidates.f1_at(0.3) > 0


@pytest.mark.parametrize("seed", range(5))
def test_many_global_thresholds_at_once_give_the_same_f1_as_one_by_one(synthetic, seed):
    candidates = synthetic(seed).relation_candidates(0.4, 0.4)
    given = np.array([*THRESHOLDS[::-1], *candidates.score[:20].astype(np.float64)])
    assert candidates.f1_at_each(given).tolist() == [candidates.f1_at(t) for t in given]


def test_documents_split_and_add_up(synthetic):
    evaluator = synthetic(3)
    candidates, mentions = evaluator.relation_candidates(0.4, 0.4), evaluator.mention_scores()
    part = np.arange(evaluator.n_documents) % 3 == 0
    for record, threshold in ((candidates, 0.3), (mentions, 0.5)):
        whole = record.counts_at(threshold)
        one, other = record.subset(part).counts_at(threshold), record.subset(~part).counts_at(threshold)
        assert 0 < one.gold < whole.gold
        assert (one.hits + other.hits, one.predicted + other.predicted, one.gold + other.gold) == (
            whole.hits,
            whole.predicted,
            whole.gold,
        )
    halves = candidates.subset(part).tasks["coref"] + candidates.subset(~part).tasks["coref"]
    assert np.array_equal(halves, candidates.tasks["coref"])


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.5, 0.9]), st.integers(0, 3), st.integers(0, 2)), max_size=30))
def test_duplicates_collapse_to_their_highest_score(rows):
    score = np.array([r[0] for r in rows], dtype=np.float32)
    pair = np.array([r[1] for r in rows], dtype=np.int64)
    kind = np.array([r[2] for r in rows], dtype=np.int64)
    kept = collapse_duplicates(score, pair, kind)
    expected: dict = {}
    for s, p, k in rows:
        expected[p, k] = max(expected.get((p, k), 0.0), s)
    found = {(int(pair[i]), int(kind[i])): pytest.approx(float(score[i])) for i in kept}
    assert len(kept) == len(expected)
    assert found == expected
    assert np.array_equal(kept, np.sort(kept))


def test_f_score_is_zero_where_nothing_is_predicted_and_nothing_is_gold():
    assert f_score(0, 0, 0) == 0
    assert f_score(np.array([1, 2]), np.array([2, 2]), 2).tolist() == [50.0, 100.0]


def test_records_that_cannot_be_are_refused(synthetic):
    good = synthetic(0).relation_candidates(0.4, 0.4)
    n = len(good.score)
    with pytest.raises(ModelError, match="collapse"):
        replace(good, gold=np.ones(n, dtype=bool), document=np.zeros(n, dtype=np.int64))
    with pytest.raises(ModelError, match="sigmoid"):
        replace(good, score=good.score + 1)
    with pytest.raises(ModelError, match="sigmoid"):
        replace(good, score=np.full(n, np.nan, dtype=np.float32))
    with pytest.raises(ModelError, match="relation_type must lie"):
        replace(good, relation_type=good.relation_type + 9)
    with pytest.raises(ModelError, match="shape"):
        replace(good, pair=good.pair[1:])
    with pytest.raises(ModelError, match="document must lie"):
        replace(good, document=good.document + 99)


def test_a_threshold_below_the_recorded_floor_is_refused(synthetic):
    candidates = synthetic(0, floor=0.2).relation_candidates(0.4, 0.4)
    candidates.f1_at(0.2)
    with pytest.raises(ModelError, match=r"floor 0\.2"):
        candidates.f1_at(0.19)
    with pytest.raises(ModelError, match=r"floor 0\.2"):
        candidates.f1_at_each(np.array([0.5, 0.1]))


def test_no_candidates_at_all_score_zero():
    empty = np.empty(0, dtype=np.int64)
    nothing = RelationCandidates(
        score=np.empty(0, dtype=np.float32),
        relation_type=empty,
        gold=np.empty(0, dtype=bool),
        document=empty,
        gold_counts=np.array([[2, 0]]),
    )
    assert nothing.f1_at(0.5) == 0
    assert nothing.f1_at_each(np.array([0.1, 0.5])).tolist() == [0, 0]
