"""Pruners: brackets as published, verdicts as Optuna's, reasons a person can read."""

import math
import random
from typing import Any

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.pruners.brackets import bracket_of, make_brackets
from engine.pruners.pruning_decision import make_verdict
from engine.pruners.registry import PRUNERS, load_pruner
from engine.trials.states import Direction


def test_thirty_two_epochs_make_the_papers_four_brackets() -> None:
    brackets = make_brackets(1, 32, 3)
    assert [b.rungs for b in brackets] == [(1, 3, 9, 27), (3, 9, 27), (9, 27), (27,)]
    assert [b.weight for b in brackets] == [27, 12, 6, 4], "49 starts (Algorithm 1)"


def test_exact_powers_are_not_lost_to_a_logarithm() -> None:
    """log(243, 3) is 4.999… in floating point: Optuna makes five brackets where six are meant (notes 3.5)."""
    assert len(make_brackets(1, 243, 3)) == 6


@given(st.integers(1, 5), st.integers(5, 300), st.integers(2, 5))
def test_shares_add_up_and_rungs_climb_within_the_resource(low: int, high: int, eta: int) -> None:
    brackets = make_brackets(low, high, eta)
    assert math.isclose(sum(b.share for b in brackets), 1.0)
    for bracket in brackets:
        assert all(low <= rung <= high for rung in bracket.rungs)
        assert all(b == a * eta for a, b in zip(bracket.rungs, bracket.rungs[1:], strict=False))


def test_a_trials_bracket_depends_on_the_frozen_key_and_number_alone() -> None:
    brackets = make_brackets(1, 32, 3)
    first = [bracket_of(brackets, "key", n).index for n in range(200)]
    assert first == [bracket_of(brackets, "key", n).index for n in range(200)]
    assert first != [bracket_of(brackets, "other", n).index for n in range(200)]
    assert set(first) == {0, 1, 2, 3}


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("seed", range(4))
def test_hyperband_decides_as_optunas_with_the_same_key(direction: Any, seed: int) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    rng = random.Random(seed)
    pruner = optuna.pruners.HyperbandPruner(min_resource=1, max_resource=32, reduction_factor=3)
    study = optuna.create_study(study_name=f"key{seed}", direction=direction, pruner=pruner)
    verdict = make_verdict("hyperband", {}, study_key=f"key{seed}", direction=direction)
    assert verdict is not None
    scores: dict[int, dict[int, float]] = {}
    for number in range(60):
        trial = study.ask()
        level = rng.random()
        for step in range(1, 26):
            score = math.nan if rng.random() < 0.01 else level * step + rng.gauss(0, 0.5)
            trial.report(score, step)
            scores.setdefault(number, {})[step] = score
            ours = verdict.decides_at(step) and bool(verdict.reason_to_prune(scores, number, step))
            assert ours == trial.should_prune(), f"trial {number}, epoch {step}"
            if ours:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
        else:
            study.tell(trial, 1.0)


def test_verdicts_are_a_function_of_the_rows_whatever_was_asked_before() -> None:
    scores = {n: {1: float(n), 3: float(n)} for n in range(30)}
    options = {"min_resource": 1, "max_resource": 32, "reduction_factor": 3}
    once = load_pruner("hyperband", options, study_key="k", sign=1.0)
    again = load_pruner("hyperband", options, study_key="k", sign=1.0)
    assert once is not None
    assert again is not None
    forwards = [once.reason_to_prune(scores, n, 3) for n in range(30)]
    assert forwards == [again.reason_to_prune(scores, n, 3) for n in reversed(range(30))][::-1]


def test_the_reason_names_bracket_rung_score_and_the_cut_it_missed() -> None:
    verdict = make_verdict("hyperband", {}, study_key="k", direction=Direction.MINIMIZE)
    assert verdict is not None
    brackets = make_brackets(1, 32, 3)
    mates = [n for n in range(40) if bracket_of(brackets, "k", n).index == 0][:6]
    scores = {n: {1: 0.1 * place} for place, n in enumerate(mates, start=1)}
    assert verdict.reason_to_prune(scores, mates[0], 1) == ""
    reason = verdict.reason_to_prune(scores, mates[5], 1)
    assert reason == "bracket 0, rung 0 (epoch 1): score 0.6 > cutoff 0.2 (2 of 6 promoted)"


def test_the_first_trial_at_a_rung_goes_on() -> None:
    pruner = load_pruner("halving", {}, study_key="", sign=1.0)
    assert pruner is not None
    assert pruner.reason_to_prune({0: {1: -5.0}}, 0, 1) == ""


def test_a_trial_without_a_score_does_not_pass_a_rung_and_is_no_rival() -> None:
    pruner = load_pruner("halving", {}, study_key="", sign=1.0)
    assert pruner is not None
    scores = {0: {1: math.nan}, 1: {1: 1.0}}
    assert "no score" in pruner.reason_to_prune(scores, 0, 1)
    assert pruner.reason_to_prune(scores, 1, 1) == ""


def test_median_waits_for_enough_others_and_for_the_warmup() -> None:
    pruner = load_pruner("median", {"n_startup_trials": 3, "n_warmup_steps": 2}, study_key="", sign=1.0)
    assert pruner is not None
    assert [step for step in range(1, 6) if pruner.decides_at(step)] == [3, 4, 5]
    others = {n: {3: float(n)} for n in range(1, 4)}
    assert pruner.reason_to_prune({0: {3: 0.5}, 1: {3: 9.0}}, 0, 3) == ""
    assert "median 2 of 3 trials" in pruner.reason_to_prune({0: {3: 0.5}, **others}, 0, 3)
    assert pruner.reason_to_prune({0: {2: 2.5, 3: 0.5}, **others}, 0, 3) == "", "its best so far counts"


def test_patience_runs_out_only_without_improvement() -> None:
    pruner = load_pruner("patience", {"patience": 2, "min_delta": 0.1}, study_key="", sign=1.0)
    assert pruner is not None
    rising = {0: {1: 0.1, 2: 0.3, 3: 0.5}}
    flat = {0: {1: 0.5, 2: 0.55, 3: 0.4}}
    assert pruner.reason_to_prune(rising, 0, 3) == ""
    assert "no better than 0.5 for 2 epochs" in pruner.reason_to_prune(flat, 0, 3)
    assert not pruner.decides_at(2)


@pytest.mark.parametrize("name", list(PRUNERS))
def test_unknown_and_ill_typed_options_are_refused(name: str) -> None:
    with pytest.raises(EngineError, match="unknown key"):
        load_pruner(name, {"resource": 3}, study_key="", sign=1.0)
    for key in PRUNERS[name].options:
        with pytest.raises(EngineError, match=key):
            load_pruner(name, {key: "three"}, study_key="", sign=1.0)


def test_resources_that_make_no_rung_are_refused() -> None:
    with pytest.raises(EngineError, match="min_resource"):
        load_pruner("hyperband", {"min_resource": 9, "max_resource": 3}, study_key="", sign=1.0)


def test_a_trial_that_equals_the_median_goes_on() -> None:
    verdict = make_verdict("median", {"n_startup_trials": 1}, study_key="k", direction=Direction.MAXIMIZE)
    assert verdict is not None
    assert verdict.reason_to_prune({0: {1: 5.0}, 1: {1: 5.0}}, 1, 1) == ""
    assert "worse than the median 5" in verdict.reason_to_prune({0: {1: 5.0}, 1: {1: 4.9}}, 1, 1)


def test_the_rung_at_the_last_epoch_is_a_rung_of_the_ladder() -> None:
    pruner = load_pruner("halving", {"min_resource": 1, "reduction_factor": 3}, study_key="k", sign=1.0)
    assert [ladder.rungs for ladder in pruner.ladders(9, 27)] == [(1, 3, 9, 27)]
    assert make_brackets(1, 27, 3)[0].rungs == (1, 3, 9, 27)
