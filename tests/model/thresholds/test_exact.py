"""Exact relation thresholds against every possible cut, and never below hill climbing."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.thresholds.candidates import RelationCandidates
from model.thresholds.exact import (
    RelationRule,
    exact_by_class,
    exact_global,
    exact_micro,
    exact_relation,
    exact_step,
)
from model.thresholds.hill_climb import climb_step, score_grid
from model.thresholds.per_class import shrink
from model.thresholds.thresholds import HIGHEST, LOWEST, ThresholdSet

N_TYPES = 3
tied = st.sampled_from([0.0, 0.1, 0.25, 0.25000003, 0.5, 0.9, 0.99999994, 1.0])
rows = st.lists(st.tuples(tied, st.booleans(), st.integers(0, N_TYPES - 1)), max_size=14)
unreachable = st.tuples(*[st.integers(0, 2)] * N_TYPES)


def relation_candidates(given_rows, missing):
    kind = np.array([r[2] for r in given_rows], dtype=np.int64)
    gold = np.array([r[1] for r in given_rows], dtype=bool)
    return RelationCandidates(
        score=np.array([r[0] for r in given_rows], dtype=np.float32),
        relation_type=kind,
        gold=gold,
        document=np.zeros(len(given_rows), dtype=np.int64),
        gold_counts=(np.bincount(kind[gold], minlength=N_TYPES) + np.array(missing))[None],
    )


def every_cut(candidates, kind=None):
    inside = candidates.score if kind is None else candidates.score[candidates.relation_type == kind]
    return sorted({HIGHEST, LOWEST, *(float(s) for s in inside if LOWEST <= s <= HIGHEST)})


@settings(max_examples=200)
@given(rows, unreachable)
def test_the_global_threshold_is_the_best_of_all(given_rows, missing):
    candidates = relation_candidates(given_rows, missing)
    best = max(candidates.f1_at(t) for t in every_cut(candidates))
    for placement in ("score", "midpoint"):
        assert candidates.f1_at(exact_global(candidates, placement=placement)) == best


@settings(max_examples=150, deadline=None)
@given(rows, unreachable)
def test_the_micro_vector_is_the_best_of_all_vectors(given_rows, missing):
    candidates = relation_candidates(given_rows, missing)
    cuts = [every_cut(candidates, kind) for kind in range(N_TYPES)]
    counts = [
        [tuple(int(n[kind]) for n in candidates.hits_and_predictions(t)) for t in cuts[kind]] for kind in range(N_TYPES)
    ]
    best = 0.0
    for chosen in itertools.product(*counts):
        hits, predicted = sum(h for h, _ in chosen), sum(p for _, p in chosen)
        total = predicted + candidates.n_gold
        best = max(best, 200 * hits / total if total else 0.0)
    for placement in ("score", "midpoint"):
        vector = exact_micro(candidates, overall=0.5, placement=placement)
        assert candidates.f1_at(vector) == pytest.approx(best, abs=1e-9)
        assert ((vector >= LOWEST) & (vector <= HIGHEST)).all()


@settings(max_examples=150)
@given(rows, unreachable)
def test_each_class_threshold_is_the_best_of_its_class(given_rows, missing):
    candidates = relation_candidates(given_rows, missing)
    vector = exact_by_class(candidates, overall=0.5)
    for kind, counts in enumerate(candidates.class_counts_at(vector)):
        best = max(candidates.class_counts_at(t)[kind].f1 for t in every_cut(candidates, kind))
        assert counts.f1 == pytest.approx(best, abs=1e-9)
        if best == 0:
            assert vector[kind] == 0.5


@pytest.mark.parametrize("seed", range(10))
def test_more_freedom_is_never_worse(synthetic, seed):
    candidates = synthetic(seed).relation_candidates(0.45, 0.45)
    overall = exact_global(candidates)
    micro = candidates.f1_at(exact_micro(candidates, overall=overall))
    by_class = candidates.f1_at(exact_by_class(candidates, overall=overall))
    assert micro >= max(candidates.f1_at(overall), by_class) > 0
    assert candidates.f1_at(overall) == max(
        candidates.f1_at_each(np.linspace(0.02, 0.999, 500)).max(), candidates.f1_at(overall)
    )


def test_exact_thresholds_respect_a_low_bound_and_the_floor(synthetic):
    candidates = synthetic(1, floor=0.3).relation_candidates(0.45, 0.45)
    assert exact_global(candidates) >= np.float32(0.3)
    assert exact_micro(candidates, overall=0.1, lowest=0.6).min() >= np.float32(0.6)
    assert exact_by_class(candidates, overall=0.1, lowest=0.6).min() >= np.float32(0.6)


def test_a_class_that_only_costs_precision_is_silenced():
    candidates = relation_candidates([(0.9, True, 0), (0.8, False, 1), (0.7, False, 1)], (0, 2, 0))
    vector = exact_micro(candidates, overall=0.5)
    assert candidates.hits_and_predictions(vector)[1].tolist() == [1, 0, 0]
    assert vector[2] == 0.5, "a class without candidates takes the global value"


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("per_class", [False, True])
def test_an_exact_step_is_never_below_a_hill_climbing_step(synthetic, seed, per_class):
    evaluator = synthetic(seed)
    start = ThresholdSet(mention=0.5, coref=0.5, relation=0.5)
    deltas = {"mention": 0.05, "coref": 0.05}
    climbed = climb_step(
        start, {**deltas, "relation": 0.05}, lambda g: score_grid(evaluator, g), bounds=evaluator.bounds
    )
    exact = exact_step(start, deltas, evaluator, RelationRule(per_class=per_class))
    assert exact.f1_after >= climbed.f1_after
    after = evaluator.relation_candidates(exact.after.mention, exact.after.coref)
    assert after.f1_at(exact.after.relation) == exact.f1_after
    assert exact.n_combinations == 9


def test_shrinkage_draws_rare_classes_to_the_global_threshold(synthetic):
    per_class, n = np.array([0.2, 0.2, 0.2]), np.array([0, 10, 1000])
    drawn = shrink(per_class, 0.6, n, 10.0)
    assert drawn.tolist() == pytest.approx([0.6, 0.4, 0.2 + 0.4 * 10 / 1010])
    assert shrink(per_class, 0.6, n, 0.0).tolist() == pytest.approx([0.6, 0.2, 0.2])
    candidates = synthetic(0).relation_candidates(0.45, 0.45)
    overall = exact_relation(candidates, RelationRule(), 0.5, LOWEST)
    free = exact_relation(candidates, RelationRule(per_class=True), 0.5, LOWEST)
    shrunk = exact_relation(candidates, RelationRule(per_class=True, shrinkage=1e9), 0.5, LOWEST)
    assert np.abs(free - overall).max() > 0.01
    assert np.abs(shrunk - overall).max() < 1e-6
