import numpy as np
import pytest

from model.errors import ModelError
from model.thresholds.cross_fit import cross_fit, halves
from model.thresholds.evaluator import CachedEvaluator
from model.thresholds.exact import RelationRule
from model.thresholds.report import CalibrationOptions
from model.thresholds.search import calibrate
from model.thresholds.thresholds import ThresholdSet

START = ThresholdSet(mention=0.5, coref=0.5, relation=0.5)


def tune_with(**options):
    def tune(evaluator, start):
        return calibrate(evaluator, start, CalibrationOptions(**options)).thresholds

    return tune


def test_halves_are_equal_disjoint_and_carry_a_like_amount_of_gold():
    gold = np.random.default_rng(0).integers(0, 60, 101)
    first = halves(gold, np.random.default_rng(1))
    assert first.sum() in (50, 51)
    assert abs(int(gold[first].sum()) - int(gold[~first].sum())) <= 60
    assert np.array_equal(first, halves(gold, np.random.default_rng(1)))
    assert not np.array_equal(first, halves(gold, np.random.default_rng(2)))
    with pytest.raises(ModelError, match="at least 2 documents"):
        halves(gold[:1], np.random.default_rng(0))


def test_thresholds_that_are_not_tuned_have_no_gap(synthetic):
    result = cross_fit(synthetic(0), START, tune_with(method="fixed"), np.random.default_rng(0))
    assert result.gap == 0
    assert result.fitted == result.start.tasks["rel_nec"]


def test_each_half_is_read_with_the_thresholds_of_the_other(synthetic):
    evaluator = CachedEvaluator(synthetic(1, n_documents=20), capacity=512)
    result = cross_fit(evaluator, START, tune_with(method="exact", guard=False), np.random.default_rng(0))
    assert result.crossed[0].thresholds == result.tuned[1].thresholds
    assert result.crossed[1].thresholds == result.tuned[0].thresholds
    for tuned, crossed in zip(result.tuned, result.crossed, strict=True):
        assert tuned.tasks["rel_nec"].gold == crossed.tasks["rel_nec"].gold
        assert tuned.f1 >= crossed.f1 - 1e-9, "thresholds tuned here are at least as good here"
    assert result.fitted.gold == result.plain.tasks["rel_nec"].gold
    assert result.to_dict()["gap"] == result.gap


def test_more_thresholds_have_a_wider_gap_on_average_and_shrinkage_narrows_it(synthetic):
    gaps = {"global": [], "per class": [], "shrunk": []}
    rules = {
        "global": RelationRule(),
        "per class": RelationRule(per_class=True),
        "shrunk": RelationRule(per_class=True, shrinkage=50.0),
    }
    for seed in range(8):
        evaluator = CachedEvaluator(synthetic(seed, n_documents=16), capacity=512)
        for name, rule in rules.items():
            tune = tune_with(method="exact", rule=rule, max_points=12, guard=False)
            gaps[name].append(cross_fit(evaluator, START, tune, np.random.default_rng(seed)).gap)
    mean = {name: float(np.mean(values)) for name, values in gaps.items()}
    assert mean["per class"] > mean["shrunk"] > 0
    assert mean["per class"] > mean["global"] > 0
