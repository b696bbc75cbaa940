import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import ModelError
from model.thresholds.hill_climb import best_index, candidate_grid, climb, climb_step, score_grid
from model.thresholds.per_class import class_step, pick_by_class
from model.thresholds.thresholds import HIGHEST, LOWEST, NAMES, Bounds, ThresholdSet

START = ThresholdSet(mention=0.5, coref=0.5, relation=0.5)
ALL = dict.fromkeys(NAMES, 0.05)


@pytest.mark.parametrize(("names", "n"), [((), 1), (NAMES[:1], 3), (NAMES[1:], 9), (NAMES, 27)])
def test_one_call_scores_3_9_or_27_combinations(synthetic, names, n):
    evaluator, calls = synthetic(0), []

    def evaluate(grid):
        calls.append(grid)
        return score_grid(evaluator, grid)

    step = climb_step(START, dict.fromkeys(names, 0.05), evaluate, bounds=evaluator.bounds)
    assert len(calls) == 1
    assert step.n_combinations == n
    for name in set(NAMES) - set(names):
        assert getattr(step.after, name) == 0.5


@pytest.mark.parametrize("per_class", [False, True])
def test_the_grid_scores_what_each_combination_scores_alone(synthetic, per_class):
    evaluator = synthetic(1)
    start = START.replace(relation=[0.5, 0.4, 0.3, 0.2]) if per_class else START
    grid = candidate_grid(start, ALL, evaluator.bounds)
    scores = score_grid(evaluator, grid)
    assert evaluator.n_calls == 9, "relation thresholds are a filter on the same candidates"
    for index in np.ndindex(scores.shape):
        at = grid.at(index)
        assert scores[index] == evaluator.relation_candidates(at.mention, at.coref).f1_at(at.relation)


def test_values_are_current_low_high_and_come_back_exactly():
    grid = candidate_grid(ThresholdSet(), {"mention": 0.05})
    assert grid.mention == (0.85, 0.8, 0.9)
    assert candidate_grid(grid.at((2, 0, 0)), {"mention": 0.05}).mention[1] == 0.85


@given(st.floats(0, 1), st.floats(0.001, 0.999))
def test_values_stay_inside_the_open_interval_without_repeats(value, delta):
    grid = candidate_grid(ThresholdSet(mention=value, relation=[value, 0.5]), {"mention": delta, "relation": delta})
    assert all(LOWEST <= v <= HIGHEST for v in grid.mention)
    assert len(set(grid.mention)) == len(grid.mention)
    assert all(((r >= LOWEST) & (r <= HIGHEST)).all() for r in grid.relation)


def test_values_stay_inside_the_bounds():
    bounds = Bounds(mention=(0.5, 0.9), coref=(0.6, 1.0))
    grid = candidate_grid(START, ALL, bounds)
    assert grid.mention == (0.5, 0.55)
    assert grid.coref == (0.6, 0.65)


def test_a_tie_keeps_the_current_values_and_the_tolerance_holds():
    scores = np.full((3, 3, 3), 40.0)
    assert best_index(scores) == (0, 0, 0)
    scores[2, 1, 2] = scores[0, 0, 1] = 40.5
    assert best_index(scores) == (0, 0, 1), "of equals the one that moves the fewest"
    assert best_index(scores, tolerance=0.5) == (0, 0, 0)
    scores[0, 0, 0] = np.nan
    assert best_index(scores) == (0, 0, 1)
    assert best_index(np.full((1, 1, 3), np.nan)) == (0, 0, 0)


def test_wrong_requests_are_refused():
    with pytest.raises(ModelError, match="δ above 0"):
        candidate_grid(START, {"mention": 0.0})
    # With --jaxtyping-packages the annotations refuse the name (a TypeError) before the function can.
    with pytest.raises((ModelError, TypeError), match="entity"):
        candidate_grid(START, {"entity": 0.1})
    with pytest.raises(ModelError, match="must score all"):
        climb_step(START, ALL, lambda grid: np.zeros((3, 3, 1)))
    with pytest.raises(ModelError, match="at least one iteration"):
        climb(START, lambda j: ALL, lambda c, d: None, limit=0)


def hill(peak):
    """A smooth score with one peak, so that the way is known."""

    def evaluate(grid):
        m, c = np.array(grid.mention)[:, None, None], np.array(grid.coref)[None, :, None]
        r = np.array(grid.relation)[None, None, :]
        return 100 - 100 * ((m - peak[0]) ** 2 + (c - peak[1]) ** 2 + (r - peak[2]) ** 2)

    return evaluate


def test_a_climb_goes_up_to_the_peak_and_stops_there():
    evaluate = hill((0.6, 0.45, 0.5))
    result = climb(START, lambda j: ALL, lambda c, d: climb_step(c, d, evaluate), limit=9)
    assert result.thresholds.to_dict() == pytest.approx({"mention": 0.6, "coref": 0.45, "relation": 0.5})
    assert result.stopped == "no improvement"
    assert len(result.steps) == 3
    f1 = [result.steps[0].f1_before, *(step.f1_after for step in result.steps)]
    assert f1 == sorted(f1)
    assert climb(START, lambda j: ALL, lambda c, d: climb_step(c, d, evaluate), limit=1).stopped == "limit"


def test_a_rotation_ends_only_after_every_threshold_was_tried_in_vain():
    evaluate = hill((0.5, 0.5, 0.55))

    def turn(j):
        return {NAMES[(j - 1) % 3]: 0.05}

    result = climb(START, turn, lambda c, d: climb_step(c, d, evaluate), limit=20)
    assert [step.improved for step in result.steps] == [False, False, True, False, False, False]
    assert result.stopped == "no improvement"


def test_single_tries_in_vain_do_not_rule_out_a_joint_one():
    plan = [{"mention": 0.05}, {"coref": 0.05}, {"mention": 0.05, "coref": 0.05}]

    def ridge(grid):  # only moving both helps
        m, c = np.array(grid.mention)[:, None, None], np.array(grid.coref)[None, :, None]
        return np.where((m > 0.5) & (c > 0.5), 50.0, 40.0)

    result = climb(START, lambda j: plan[j - 1], lambda c, d: climb_step(c, d, ridge), limit=3)
    assert result.f1 == 50


def test_a_caller_can_interrupt():
    result = climb(
        START, lambda j: ALL, lambda c, d: climb_step(c, d, hill((0.9,) * 3)), limit=9, on_step=lambda j, step: j < 2
    )
    assert (len(result.steps), result.stopped) == (2, "interrupted")


@pytest.mark.parametrize("seed", range(10))
def test_a_class_specific_step_never_loses_and_beats_moving_all_classes_together(synthetic, seed):
    evaluator = synthetic(seed)
    start = START.replace(relation=np.full(evaluator.n_types, 0.5))
    together = climb_step(start, ALL, lambda g: score_grid(evaluator, g), bounds=evaluator.bounds)
    apart = class_step(START, ALL, evaluator)
    assert apart.before == start
    assert apart.f1_after >= together.f1_after
    after = evaluator.relation_candidates(apart.after.mention, apart.after.coref)
    assert after.f1_at(apart.after.relation) == apart.f1_after
    assert np.isin(np.round(apart.after.relation, 9), [0.45, 0.5, 0.55]).all()


@pytest.mark.parametrize("seed", range(5))
def test_each_class_takes_its_own_best_value_and_keeps_the_current_one_on_a_tie(synthetic, seed):
    candidates = synthetic(seed).relation_candidates(0.45, 0.45)
    options = tuple(np.full(candidates.n_types, t) for t in (0.5, 0.4, 0.6))
    (picked,) = pick_by_class(candidates, options)
    for kind in range(candidates.n_types):
        f1 = [candidates.class_counts_at(option)[kind].f1 for option in options]
        assert picked[kind] == options[f1.index(max(f1))][kind]
    assert pick_by_class(candidates, options[:1]) == []
