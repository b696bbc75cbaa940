import json

import pytest

from model.errors import ModelError
from model.thresholds.evaluator import CachedEvaluator
from model.thresholds.exact import RelationRule
from model.thresholds.report import METHODS, CalibrationOptions
from model.thresholds.search import calibrate
from model.thresholds.thresholds import ThresholdSet

START = ThresholdSet(mention=0.6, coref=0.6, relation=0.6)
NAMES = ("born_in", "works_for", "part_of", "wrote")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("per_class", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_calibration_never_ends_below_its_start_and_its_path_only_rises(synthetic, method, per_class, seed):
    result = calibrate(
        synthetic(seed), START, CalibrationOptions(method=method, rule=RelationRule(per_class=per_class))
    )
    assert result.before.thresholds == START
    assert result.after.f1 >= result.before.f1
    f1 = [result.before.f1, *(row.f1 for row in result.path)]
    assert f1 == sorted(f1)
    assert f1[-1] == result.after.f1
    assert sum(row.gain for row in result.path) == pytest.approx(result.after.f1 - result.before.f1)
    if method == "fixed":
        assert (result.thresholds, result.path, result.n_points) == (START, (), 1)
    else:
        assert result.after.f1 > result.before.f1
        assert result.path[-1].thresholds == result.thresholds


def test_a_joint_climb_tries_27_combinations_a_round_and_seven_rounds_at_most(synthetic):
    result = calibrate(synthetic(3), START, CalibrationOptions())
    assert len(result.path) <= 7
    assert {row.n_combinations for row in result.path} == {27}
    assert result.path[0].what == "mention, coref, relation ± 0.025"
    rotated = calibrate(synthetic(3), START, CalibrationOptions(method="rotate"))
    assert [row.what for row in rotated.path[:3]] == ["mention ± 0.025", "coref ± 0.025", "relation ± 0.025"]


def test_exact_is_never_below_the_climb(synthetic):
    for seed in range(6):
        evaluator = CachedEvaluator(synthetic(seed), capacity=256)
        for rule in (RelationRule(), RelationRule(per_class=True)):
            climbed = calibrate(evaluator, START, CalibrationOptions(rule=rule))
            exact = calibrate(evaluator, START, CalibrationOptions(method="exact", rule=rule))
            assert exact.after.f1 >= climbed.after.f1


def test_a_tolerance_ends_a_climb_that_gains_too_little(synthetic):
    result = calibrate(synthetic(3), START, CalibrationOptions(tolerance=50.0))
    assert (result.thresholds, result.stopped, len(result.path)) == (START, "no improvement", 1)


def test_shrinkage_is_the_last_row_of_a_class_specific_climb(synthetic):
    rule = RelationRule(per_class=True, shrinkage=20.0)
    result = calibrate(synthetic(2), START, CalibrationOptions(rule=rule))
    free = calibrate(synthetic(2), START, CalibrationOptions(rule=RelationRule(per_class=True)))
    assert result.path[-1].what == "shrinkage"
    assert result.path[-2].thresholds == free.thresholds
    assert result.path[-1].f1 == result.after.f1


@pytest.mark.parametrize("method", ["climb", "exact"])
def test_each_row_is_told_as_it_comes_and_can_end_the_calibration(synthetic, method):
    seen = []

    def tell(row):
        seen.append(row)
        return len(seen) < 2

    result = calibrate(synthetic(3), START, CalibrationOptions(method=method), on_row=tell)
    assert result.stopped == "interrupted"
    assert list(result.path) == seen
    assert result.after.f1 == seen[-1].f1


def test_the_report_shows_before_and_after_of_each_task_and_class_and_is_json(synthetic):
    result = calibrate(synthetic(1), START, CalibrationOptions())
    tasks = {row["task"]: row for row in result.task_rows()}
    assert set(tasks) == {"mention", "coref", "rel", "rel_nec"}
    assert tasks["rel_nec"]["gain"] == pytest.approx(result.after.f1 - result.before.f1)
    classes = result.class_rows(NAMES)
    assert [row["gold"] for row in classes] == sorted((row["gold"] for row in classes), reverse=True)
    assert {row["relation"] for row in classes} <= set(NAMES)
    again = json.loads(json.dumps(result.to_dict()))
    assert ThresholdSet.from_dict(again["after"]["thresholds"]) == result.thresholds
    assert len(again["path"]) == len(result.path)


def test_results_are_computed_once_in_all_rounds(synthetic):
    evaluator = synthetic(3)
    result = calibrate(evaluator, START, CalibrationOptions())
    assert evaluator.n_calls == result.n_points
    assert result.n_points < 9 * len(result.path)


def test_impossible_options_are_refused():
    # With --jaxtyping-packages the annotations refuse the name (a TypeError) before the record can.
    with pytest.raises((ModelError, TypeError), match="guess"):
        CalibrationOptions(method="guess")
    for options in ({"epochs": 0}, {"tolerance": -1.0}, {"max_points": 0}):
        with pytest.raises(ModelError, match="given"):
            CalibrationOptions(**options)
