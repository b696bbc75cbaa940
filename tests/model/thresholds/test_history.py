"""SCut's curve and the rounds of a climb as a person gets to see them, held against what they came from."""

import json
from itertools import pairwise

import numpy as np
import pytest

from model.thresholds.candidates import MentionScores, f_score
from model.thresholds.epoch import tune_epoch
from model.thresholds.history import Trace, cut_curve, trace_content
from model.thresholds.policy import preset
from model.thresholds.report import CalibrationOptions
from model.thresholds.scut import BETAS, scut
from model.thresholds.search import calibrate
from model.thresholds.thresholds import ThresholdSet

START = ThresholdSet(mention=0.5, coref=0.5, relation=0.5)


@pytest.fixture
def mentions():
    rng = np.random.default_rng(3)
    gold = rng.random(500) < 0.2
    score = np.clip(rng.normal(0.3, 0.15, 500) + 0.4 * gold, 0.001, 0.999).astype(np.float32)
    return MentionScores(
        score=score, gold=gold, document=np.zeros(500, dtype=np.int64), gold_counts=np.array([gold.sum() + 4])
    )


def test_the_curve_holds_the_best_point_of_every_beta(mentions):
    curve = cut_curve(mentions, 0.85, Trace())
    points = np.array(curve["points"])
    assert (np.diff(points[:, 0]) > 0).all()
    for column, (beta, best) in enumerate(zip(BETAS, curve["best"], strict=True), start=1):
        exact = scut(mentions, beta=beta)
        assert best["threshold"] == pytest.approx(exact.threshold, abs=1e-6)
        assert points[:, column].max() == pytest.approx(exact.f_beta, abs=0.01)
    assert curve["discard"] == pytest.approx(mentions.score[mentions.gold].min(), abs=1e-6)
    assert (curve["n_candidates"], curve["n_gold"]) == (500, mentions.n_gold)


def test_every_point_is_the_f_of_its_threshold(mentions):
    for at, *values in cut_curve(mentions, 0.85, Trace())["points"][::9]:
        kept = mentions.score >= np.float32(at)
        near = np.isclose(mentions.score, at, atol=1e-6)  # six decimals are written
        for beta, value in zip(BETAS, values, strict=True):
            if not near.any():
                expected = f_score((kept & mentions.gold).sum(), kept.sum(), mentions.n_gold, beta)
                assert value == pytest.approx(float(expected), abs=0.01)


def test_without_gold_among_the_candidates_there_is_a_curve_at_zero(mentions):
    lost = MentionScores(
        score=mentions.score[~mentions.gold],
        gold=np.zeros((~mentions.gold).sum(), dtype=bool),
        document=np.zeros((~mentions.gold).sum(), dtype=np.int64),
        gold_counts=np.array([3]),
    )
    curve = cut_curve(lost, 0.85, Trace())
    assert curve["discard"] is None
    assert all(value == 0 for point in curve["points"] for value in point[1:])


def test_rounds_of_training_and_calibration_hold_all_they_tried(synthetic):
    evaluator = synthetic(0)
    trace, policy, current = Trace(), preset("algorithm-2"), START
    for epoch in (1, 2):
        tuned = tune_epoch(policy, epoch, current, evaluator)
        trace.add_epoch(epoch, tuned, beta=1.0, lowest=0.1)
        current = tuned.thresholds
    found = calibrate(evaluator, current, CalibrationOptions(epochs=3))
    trace.add_calibration(found, 3, climbs=True)
    content = trace_content(trace, found.thresholds, {}, ())
    json.dumps(content, allow_nan=False)
    rounds = content["rounds"]
    assert [one["phase"] for one in rounds[:2]] == ["train", "train"]
    assert [one["step"] for one in rounds] == list(range(1, len(rounds) + 1))
    assert [len(one["tried"]) for one in rounds[:3]] == [9, 9, 27]
    assert rounds[0]["scut"] == pytest.approx(rounds[0]["before"][0], abs=1e-6)
    assert rounds[2]["scut"] is None
    for one in rounds:
        values = [f1 for *_, f1 in one["tried"]]
        assert one["f1_after"] == max([one["f1_before"], *values])
        assert [*one["after"], one["f1_after"]] in one["tried"]
    for one, following in pairwise(rounds[2:]):
        assert one["after"] == following["before"]
    assert trace.beta == 1.0


def test_an_exact_search_is_one_epoch_of_many_points(synthetic):
    evaluator = synthetic(1)
    found = calibrate(evaluator, START, CalibrationOptions(method="exact", max_points=30))
    trace = Trace()
    trace.add_calibration(found, 8, climbs=False)
    assert {one.step for one in trace.rounds} == {8}
    assert all(len(one.tried) == 1 for one in trace.rounds)


def test_class_thresholds_are_listed_with_what_they_bought(synthetic):
    from model.evaluation.scores import ClassScore

    thresholds = START.replace(relation=[0.2, 0.6])
    content = trace_content(Trace(), thresholds, {"b": ClassScore(hits=1, predicted=2, gold=3)}, ("a", "b"))
    assert content["classes"] == [{"name": "b", "threshold": 0.6, "gold": 3, "predicted": 2, "right": 1}]
    assert content["thresholds"]["relation"] == pytest.approx(0.4)
    assert content["scut"] is None
