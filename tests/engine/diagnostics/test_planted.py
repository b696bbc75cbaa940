"""What is planted in a constructed sprint is found, and named."""

import dataclasses
import math

import numpy as np
import pytest

from engine.diagnostics import diagnose
from engine.diagnostics.budget import under_budget
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.trials.trial import EpochReport, TrialRecord
from tests.engine.diagnostics.constructed import mixed_space, noise, sprint


def findings(trials, kind, space=None, **kwargs):
    return [f for f in diagnose(space or mixed_space(), trials, settings={}, **kwargs) if f.kind == kind]


def hill(u, rng):
    """Steep in lr, less so in w_relation, the best pooling is one of three; nothing else matters."""
    curved = -20 * (u["lr"] - 0.4) ** 2 - 6 * (u["w_relation"] - 0.6) ** 2
    return curved + (0.7 if u["pooling"] < 1 / 3 else 0.0) + 0.1 * rng.normal()


@pytest.mark.parametrize("seed", range(5))
def test_two_modes_are_a_warning_that_names_both_groups(seed):
    trials = sprint(
        lambda u, rng: -min(abs(u["w_relation"] - 0.15), abs(u["w_relation"] - 0.85)) + 0.01 * rng.normal(), seed=seed
    )
    (finding,) = findings(trials, "modality")
    assert (finding.severity, finding.dimension) == ("warning", "w_relation")
    (left, right) = finding.evidence["modes"]
    assert left[1] < 0.4 < 0.6 < right[0]
    assert sum(finding.evidence["sizes"]) == 10
    assert finding.evidence["n_between"] > 20


def test_a_gap_nobody_tried_is_not_called_two_modes():
    trials = [t for t in sprint(noise, seed=4, n=300) if not 0.7 < t.params["w_relation"] < 1.8]
    assert [f.severity for f in findings(trials, "modality")] == ["ok"]


@pytest.mark.parametrize("seed", range(5))
def test_a_pair_that_makes_up_for_each_other_is_a_warning_that_names_both(seed):
    trials = sprint(lambda u, rng: -((u["lr"] + u["w_mention"] - 1) ** 2) + 0.01 * rng.normal(), seed=seed)
    (finding,) = findings(trials, "correlation")
    assert finding.severity == "warning"
    assert finding.dimensions == ("lr", "w_mention")
    assert finding.evidence["rho"] < -0.6
    assert "against each other" in finding.text


def test_a_correlation_that_all_trials_share_is_the_samplers_doing():
    trials = [
        dataclasses.replace(t, params={**t.params, "w_relation": t.params["w_mention"]}) for t in sprint(noise, seed=1)
    ]
    assert [f.severity for f in findings(trials, "correlation")] == ["ok"]


def test_importance_names_the_dimension_that_matters_by_both_methods():
    (finding,) = findings(sprint(hill, seed=0), "importance")
    assert finding.severity == "info"
    assert finding.dimension == "lr"
    assert max(finding.evidence["pedanova"], key=finding.evidence["pedanova"].get) == "lr"
    assert max(finding.evidence["fanova"], key=finding.evidence["fanova"].get) == "lr"
    assert finding.evidence["r2"] > 0.3


def test_a_learning_rate_that_does_not_matter_while_another_does_is_a_warning():
    trials = sprint(lambda u, rng: -20 * (u["w_mention"] - 0.4) ** 2 + 0.1 * rng.normal(), seed=2)
    (alarm,) = [f for f in findings(trials, "importance") if f.severity == "warning"]
    assert alarm.dimension == "lr"


def test_dimensions_that_do_not_matter_are_proposed_for_freezing_away_from_the_corner_the_best_is_in_by_chance():
    space, trials = mixed_space(), sprint(hill, seed=3)
    best = max(trials, key=lambda t: t.score)
    corner = {**best.params, "weight_decay": 1e-1, "w_mention": 2.0}
    trials = [dataclasses.replace(t, params=corner) if t is best else t for t in trials]
    found = findings(trials, "irrelevant")
    assert found
    assert {f.dimension for f in found} <= {"weight_decay", "w_mention", "width"}
    for finding in found:
        assert finding.proposal.action == "freeze"
        assert 0.1 < space[finding.dimension].to_unit(finding.proposal.value) < 0.9


def test_concentration_names_the_stretch_the_top_keep_to_and_the_favourite_category():
    found = {f.dimension: f for f in findings(sprint(hill, seed=0), "concentration")}
    assert {"lr", "pooling"} <= set(found)
    assert 1e-6 < found["lr"].evidence["low"] < found["lr"].evidence["high"] < 1e-3
    assert found["pooling"].evidence["favourite"] == "max"


def test_evenly_spread_trials_explore_well_and_an_untried_half_is_a_warning():
    (even,) = findings(sprint(noise, seed=0), "entropy")
    assert even.severity == "ok"
    # Ranges one by one say nothing of the whole space.
    assert "space" not in even.text + even.meaning
    assert "combinations" in even.meaning
    half = [t for t in sprint(noise, seed=0, n=200) if t.params["w_mention"] < 1.1]
    (poor,) = findings(half, "entropy")
    assert (poor.severity, poor.dimension) == ("warning", "w_mention")
    assert "never tried" in poor.text


def test_an_easy_subset_is_a_warning_even_when_the_parameters_matter_more():
    trials = [dataclasses.replace(t, score=t.score + (1.5 if t.fold[0] == 2 else 0.0)) for t in sprint(hill, seed=0)]
    (finding,) = findings(trials, "folds")
    assert finding.severity == "warning"
    assert "train subset 2" in finding.text
    # 1.5 on a sixth of the trials is a variance of 0.31, about a twentieth of what the hill varies by.
    scores = np.array([t.score for t in trials])
    assert finding.evidence["share"] == pytest.approx(0.31 / scores.var(), abs=0.05)


def test_a_plateau_is_advice_to_stop_and_a_rise_is_not():
    rising = [dataclasses.replace(t, score=20 + 0.1 * t.number) for t in sprint(noise, seed=0)]
    flat = [dataclasses.replace(t, score=min(t.score, 25.0)) for t in rising]
    assert findings(rising, "plateau")[0].severity == "ok"
    (finding,) = findings(flat, "plateau")
    assert finding.severity == "info"
    assert "Stop" in finding.advice


def test_marginal_gain_is_the_rise_of_the_best_over_the_hours_of_the_last_third():
    trials = [dataclasses.replace(t, score=20 + 0.1 * t.number, seconds=90.0) for t in sprint(noise, seed=0)]
    (finding,) = findings(trials, "gain")
    assert finding.evidence["gain_per_hour"] == pytest.approx(4.0)  # 0.1 every 90 s
    assert finding.evidence["next_batch_hours"] == pytest.approx(1.0)
    assert "in 1 h of trial time (4 an hour; before, 4)" in finding.text


def test_a_gain_of_seconds_is_told_by_the_second():
    trials = [dataclasses.replace(t, score=20 + 0.1 * t.number, seconds=0.25) for t in sprint(noise, seed=0)]
    (finding,) = findings(trials, "gain")
    assert "in 10 s of trial time (0.4 a second; before, 0.4)" in finding.text
    assert finding.meaning == "Another 40 trials would cost about 10 s."


def test_too_few_trials_are_named_before_anything_is_read_from_them():
    found = findings(sprint(noise, seed=0, n=9), "under-budget")
    assert [f.severity for f in found] == ["warning"]
    assert "9 trials for 6 free dimensions" in found[0].text


def test_a_plan_without_guided_trials_or_with_empty_brackets_is_told_so():
    found = under_budget(n_trials=3, n_unguided=3, n_dimensions=0, n_brackets=4)
    assert [f.severity for f in found] == ["info", "warning"]


def test_a_linear_range_over_decades_is_a_warning_and_one_decade_is_left_alone():
    def space(low):
        return Space(dimensions=(Dimension(name="lr", kind="float", low=low, high=1.0),))

    one, many = space(0.2), space(1e-5)
    assert findings(sprint(noise, seed=0, space=one), "scale", space=one) == []
    (finding,) = findings(sprint(noise, seed=0, space=many), "scale", space=many)
    assert finding.severity == "warning"
    assert "5.0 decades" in finding.text


def failed(number, reason):
    return TrialRecord(number=number, state="failed", source="random", params={}, reason=reason)


def test_failing_trials_are_an_alarm_with_their_commonest_reason():
    (finding,) = findings([failed(0, "out of memory"), failed(1, "out of memory"), failed(2, "boom")], "failing")
    assert finding.severity == "warning"
    assert finding.text.startswith("all trials failing")
    assert "2 of them with: out of memory" in finding.text


def test_a_failure_now_and_then_is_information_and_a_run_of_them_at_the_end_a_warning():
    good = list(sprint(noise, seed=0, n=30))
    assert (
        findings([failed(100, "x"), *[dataclasses.replace(t, number=200 + t.number) for t in good]], "failing")[
            0
        ].severity
        == "info"
    )
    assert findings([*good, *[failed(100 + i, "x") for i in range(3)]], "failing")[0].severity == "warning"


def test_identical_scores_are_an_alarm():
    trials = [dataclasses.replace(t, score=0.0) for t in sprint(noise, seed=0, n=10)]
    (finding,) = findings(trials, "identical-scores")
    assert "10 of 10 trials have exactly the same score" in finding.text


def test_scores_that_are_no_numbers_are_an_alarm():
    trials = [
        dataclasses.replace(t, reports=(EpochReport(step=1, phase="train", score=math.nan),)) if t.number % 2 else t
        for t in sprint(noise, seed=0, n=10)
    ]
    (finding,) = findings(trials, "not-a-number")
    assert finding.severity == "warning"
    assert finding.evidence["n"] == 5


def test_warnings_come_first_and_every_finding_speaks_plainly_and_is_json():
    import json

    trials = sprint(lambda u, rng: 10 * u["lr"] - abs(u["w_relation"] - u["w_mention"]) + 0.1 * rng.normal(), seed=1)
    found = diagnose(mixed_space(), trials, settings={})
    gravity = [("warning", "info", "ok").index(f.severity) for f in found]
    assert gravity == sorted(gravity)
    assert {"warning", "info", "ok"} == {f.severity for f in found}
    for finding in found:
        assert finding.text
        assert finding.meaning
        assert finding.severity == "ok" or finding.advice
        json.dumps(finding.evidence, allow_nan=False)


def test_frozen_and_inactive_dimensions_are_left_out():
    space = mixed_space()
    frozen = space.with_dimension(dataclasses.replace(space["lr"], frozen=1e-4))
    idle = frozen.with_dimension(dataclasses.replace(frozen["width"], active_when={"scheduler": True}))
    trials = sprint(lambda u, rng: 10 * u["lr"] + 10 * u["width"], seed=1)
    found = diagnose(idle, trials, settings={"scheduler": False})
    assert not {"lr", "width"} & {f.dimension for f in found}


def test_nothing_at_all_and_a_handful_of_trials_are_no_trouble():
    for n in range(12):
        diagnose(mixed_space(), sprint(noise, seed=n, n=n), settings={})
    diagnose(Space(dimensions=()), sprint(noise, seed=0), settings={})


def test_the_same_trials_read_the_same_whatever_their_order():
    trials = sprint(hill, seed=5)
    shuffled = [trials[i] for i in np.random.default_rng(0).permutation(len(trials))]
    assert diagnose(mixed_space(), trials, settings={}) == diagnose(mixed_space(), shuffled, settings={})
