import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import ModelError
from model.thresholds.thresholds import HIGHEST, LOWEST, Bounds, ThresholdSet, keep

probability = st.floats(0, 1)


@given(probability, probability, st.one_of(probability, st.lists(probability, min_size=1, max_size=6)))
def test_a_threshold_set_survives_json(mention, coref, relation):
    thresholds = ThresholdSet(mention=mention, coref=coref, relation=relation)
    again = ThresholdSet.from_dict(json.loads(json.dumps(thresholds.to_dict())))
    assert again == thresholds
    assert hash(again) == hash(thresholds)
    for value in (again.mention, again.coref, *np.atleast_1d(again.relation)):
        assert 0 < LOWEST <= value <= HIGHEST < 1


def test_jerex_thresholds_are_the_defaults():
    assert ThresholdSet().to_dict() == {"mention": 0.85, "coref": 0.85, "relation": 0.6}


def test_sets_differ_by_any_value_and_by_kind():
    base = ThresholdSet(relation=[0.6, 0.6])
    assert base == base.replace(mention=0.85)
    assert base != base.replace(relation=[0.6, 0.7])
    assert base != base.replace(coref=0.5)
    assert base != ThresholdSet(relation=0.6)
    assert base != 0.6


def test_class_thresholds_cannot_be_changed_in_place():
    values = np.array([0.2, 0.4])
    thresholds = ThresholdSet(relation=values)
    values[0] = 0.9
    assert thresholds.relation[0] == 0.2
    with pytest.raises(ValueError, match="read-only"):
        thresholds.relation[0] = 0.9


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"mentoin": 0.5}, "did you mean 'mention'"),
        ({"mention": "high"}, "must be a number"),
        ({"relation": [0.1, "x"]}, "must be a number"),
        ({"relation": "0.6"}, "must be a number"),
        ({"mention": 85}, "write 0.85, not 85"),
        ({"coref": float("nan")}, "must lie in 0..1"),
        ({"coref": True}, "must be a number"),
    ],
)
def test_bad_thresholds_are_refused_with_what_to_do(data, says):
    with pytest.raises(ModelError, match=says):
        ThresholdSet.from_dict(data)


def test_only_relation_thresholds_may_differ_by_class():
    with pytest.raises(ModelError, match="mention threshold must be a number"):
        ThresholdSet.from_dict({"mention": [0.1, 0.2]})
    with pytest.raises(ModelError, match="one number or one a relation type"):
        ThresholdSet(relation=np.zeros((2, 2)))
    assert np.array_equal(ThresholdSet(relation=0.3).relation_vector(2), [0.3, 0.3])
    with pytest.raises(ModelError, match="cover the 3 relation types"):
        ThresholdSet(relation=[0.1, 0.2]).relation_vector(3)


def test_a_score_equal_to_the_threshold_is_kept_also_where_float32_rounds_it():
    scores = np.array([0.9, 0.5], dtype=np.float32)
    assert keep(scores, 0.9).tolist() == [True, False]
    assert keep(scores, np.array([0.95, 0.5])).tolist() == [False, True]
    assert keep(np.ones(1, dtype=np.float32), HIGHEST).all()


def test_comparisons_mean_what_torch_means():
    torch = pytest.importorskip("torch")
    values = np.random.default_rng(0).random(2000).astype(np.float32)
    for threshold in [0.1, 0.3, 0.7, 0.9, *values[:50].astype(float)]:
        assert np.array_equal(keep(values, threshold), (torch.from_numpy(values) >= threshold).numpy())


def test_bounds_clip_each_threshold_to_its_own_range():
    bounds = Bounds(mention=(0.1, 0.9), relation=(0.3, 1.0))
    clipped = bounds.clip_all(ThresholdSet(mention=0.01, coref=0.99, relation=[0.1, 0.5]))
    assert clipped == ThresholdSet(mention=0.1, coref=0.99, relation=[0.3, 0.5])
    with pytest.raises(ModelError, match="low <= high"):
        Bounds(coref=(0.5, 0.4))


def test_the_package_needs_neither_torch_nor_lightning():
    code = (
        "import sys, pkgutil, importlib, model.thresholds as p\n"
        "for m in pkgutil.iter_modules(p.__path__): importlib.import_module('model.thresholds.' + m.name)\n"
        "print(sorted({'torch', 'pytorch_lightning', 'lightning'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
