"""SCut and its core against plain loops, with ties, unreachable gold, low bounds and saturated scores."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import ModelError
from model.thresholds.candidates import MentionScores
from model.thresholds.cuts import best_cuts
from model.thresholds.scut import BETAS, scut
from model.thresholds.thresholds import HIGHEST, LOWEST

# Few distinct values, so that ties are the rule; 0 and 1 are the saturated ends.
tied = st.sampled_from([0.0, 0.1, 0.25, 0.25000003, 0.5, 0.5000001, 0.9, 0.99999994, 1.0])
scores = st.lists(st.tuples(st.one_of(tied, st.floats(0, 1, width=32)), st.booleans()), max_size=25)


def f_beta(hits, predicted, gold, beta):
    missed, wrong = gold - hits, predicted - hits
    below = (1 + beta**2) * hits + beta**2 * missed + wrong
    return 100 * (1 + beta**2) * hits / below if below else 0.0


def brute_force(score, gold, n_gold, beta, lowest):
    """The best F-beta over every threshold that makes a difference."""
    tries = {lowest, HIGHEST, *(float(p) for p in score if np.float32(lowest) <= p <= HIGHEST)}
    best = 0.0
    for threshold in tries:
        kept = [p >= np.float32(threshold) for p in score]
        hits = sum(k and g for k, g in zip(kept, gold, strict=True))
        best = max(best, f_beta(hits, sum(kept), n_gold, beta))
    return best


def mention_scores(pairs, n_unreachable):
    gold = np.array([g for _, g in pairs], dtype=bool)
    return MentionScores(
        score=np.array([p for p, _ in pairs], dtype=np.float32),
        gold=gold,
        document=np.zeros(len(pairs), dtype=np.int64),
        gold_counts=np.array([int(gold.sum()) + n_unreachable]),
    )


@settings(max_examples=300)
@given(scores, st.integers(0, 3), st.sampled_from(BETAS), st.sampled_from([LOWEST, 0.1, 0.3, 0.5]), st.booleans())
def test_scut_finds_what_trying_every_threshold_finds(pairs, n_unreachable, beta, lowest, midpoint):
    mentions = mention_scores(pairs, n_unreachable)
    cut = scut(mentions, beta=beta, lowest=lowest, placement="midpoint" if midpoint else "score")
    assert cut.f_beta == pytest.approx(brute_force(mentions.score, mentions.gold, mentions.n_gold, beta, lowest))
    at = mentions.counts_at(cut.threshold)
    assert (at.hits, at.predicted) == (cut.hits, cut.kept)
    assert f_beta(at.hits, at.predicted, at.gold, beta) == pytest.approx(cut.f_beta)
    assert np.float32(lowest) <= cut.threshold <= HIGHEST


def test_the_papers_off_by_one_is_corrected():
    # Paper B.1.1, eq. 3–8: the literal equations give 0.6 (F1 66.7) here; 0.4 keeps two right and one wrong.
    cut = scut(mention_scores([(0.1, False), (0.4, True), (0.6, False), (0.9, True)], 0))
    assert cut.threshold == pytest.approx(0.4)
    assert cut.f_beta == pytest.approx(80.0)


def test_candidates_below_the_lowest_true_mention_change_nothing():
    rng = np.random.default_rng(1)
    pairs = [(float(p), bool(g)) for p, g in zip(rng.uniform(0.3, 1, 50), rng.random(50) < 0.4, strict=True)]
    noise = [(float(p), False) for p in rng.uniform(0, 0.29, 500)]
    assert scut(mention_scores(pairs, 0)) == scut(mention_scores(pairs + noise, 0))


def test_higher_beta_never_keeps_fewer_mentions():
    rng = np.random.default_rng(2)
    for _ in range(50):
        gold = rng.random(80) < 0.3
        score = np.clip(rng.normal(np.where(gold, 0.6, 0.4), 0.2), 0, 1)
        kept = [scut(mention_scores(list(zip(score, gold, strict=True)), 2), beta=beta).kept for beta in BETAS]
        assert kept == sorted(kept)


def test_an_early_bound_gives_the_best_threshold_at_or_above_it_not_the_bound_itself():
    mentions = mention_scores([(0.05, True), (0.06, True), (0.3, False), (0.31, False), (0.7, True)], 0)
    assert scut(mentions).threshold == pytest.approx(0.05)
    bounded = scut(mentions, lowest=0.2)
    assert bounded.threshold == pytest.approx(0.7)
    assert bounded.f_beta > mentions.counts_at(0.2).f1


def test_without_any_true_mention_the_current_threshold_stays():
    mentions = mention_scores([(0.4, False), (0.9, False)], 3)
    cut = scut(mentions, current=0.5)
    assert (cut.threshold, cut.f_beta, cut.kept) == (0.5, 0.0, 1)
    assert scut(mentions, current=0.1, lowest=0.3).threshold == 0.3
    with pytest.raises(ModelError, match="beta"):
        scut(mentions, beta=0.0)


def test_a_midpoint_lies_halfway_to_the_highest_dropped_score():
    cut = scut(mention_scores([(0.25, False), (0.75, True)], 0), placement="midpoint")
    assert cut.threshold == 0.5


@settings(max_examples=150)
@given(st.lists(st.tuples(tied, st.booleans(), st.integers(0, 3)), max_size=40), st.sampled_from([1.0, 2.0]))
def test_groups_are_cut_as_if_each_were_alone(rows, beta):
    score = np.array([r[0] for r in rows], dtype=np.float32)
    gold = np.array([r[1] for r in rows], dtype=bool)
    group = np.array([r[2] for r in rows], dtype=np.int64)
    n_gold = np.bincount(group[gold], minlength=5) + np.array([0, 1, 0, 2, 1])
    together = best_cuts(score, gold, group, n_gold, beta=beta, placement="midpoint")
    for g in range(5):
        inside = group == g
        alone = best_cuts(
            score[inside],
            gold[inside],
            np.zeros(inside.sum(), dtype=np.int64),
            n_gold[[g]],
            beta=beta,
            placement="midpoint",
        )
        assert np.array_equal(together.threshold[[g]], alone.threshold, equal_nan=True)
        assert together.f_beta[g] == alone.f_beta[0]
        assert (together.hits[g], together.kept[g]) == (alone.hits[0], alone.kept[0])
