"""Ranks across stages, on the paper's own table and on made-up ones."""

import math

import numpy as np
import pytest

from engine.diagnostics.rank_reversal import rank_reversal
from engine.errors import EngineError
from engine.review.rank_agreement import (
    agreement,
    bootstrap_interval,
    compare_stages,
    competition_ranks,
    fisher_interval,
    kendall_tau_b,
    shared_configurations,
    spearman,
)
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord
from tests.engine.table2 import STAGES, printed_ranks, scores


@pytest.fixture(scope="module")
def table2():
    return compare_stages(scores())


def test_all_48_ranks_of_table_2_are_reproduced(table2):
    assert table2.ranks == printed_ranks()
    assert sum(len(column) for column in table2.ranks.values()) == 48


@pytest.mark.parametrize(
    ("before", "after", "kendall", "rho"),
    [("1E", "Warm", 0.167, 0.203), ("1E", "25E+Cal", 0.042, 0.088), ("Warm", "25E+Cal", 0.377, 0.484)],
)
def test_the_agreement_between_the_stages_of_table_2_is_the_derived_one(table2, before, after, kendall, rho):
    (one,) = [a for a in table2.agreements if (a.before, a.after) == (before, after)]
    assert one.n == 16
    assert one.kendall == pytest.approx(kendall, abs=5e-4)
    assert one.spearman == pytest.approx(rho, abs=5e-4)
    assert one.fisher[0] < rho < one.fisher[1]
    assert one.bootstrap[0] < rho < one.bootstrap[1]


def test_the_biggest_moves_of_table_2_are_named(table2):
    (one,) = [a for a in table2.agreements if (a.before, a.after) == ("1E", "25E+Cal")]
    reversals = {m.name: (m.before, m.after) for m in one.reversals}
    assert reversals["Long-DTL GLOBAL"] == (12, 2)
    assert reversals["Bert-DTL-POS LR0-L2"] == (15, 4)
    assert reversals["Bert-POS GLOBAL"] == (3, 14)
    assert reversals["Bert-ASL GLOBAL"] == (5, 13)
    assert reversals["Bert-ASL-POS GLOBAL"] == (1, 8)  # the winner that fell


def test_table_2_warns_that_one_epoch_does_not_predict_the_end(table2):
    found = {(f.evidence["before"], f.evidence["after"]): f for f in rank_reversal(table2, what="threads")}
    assert found[("1E", "25E+Cal")].severity == "warning"
    assert "16 threads" in found[("1E", "25E+Cal")].text
    assert "15 → 4" in found[("1E", "25E+Cal")].text
    assert found[("Warm", "25E+Cal")].severity == "info"


def test_correlations_agree_with_scipy_ties_included():
    from scipy import stats

    rng = np.random.default_rng(0)
    for n in (5, 16, 60):
        x, y = rng.integers(0, 6, size=(2, n)).astype(float)
        assert kendall_tau_b(x, y) == pytest.approx(stats.kendalltau(x, y).statistic)
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)


def test_ties_share_the_better_rank_and_the_next_is_skipped():
    assert competition_ranks({"a": 3.0, "b": 2.0, "c": 2.0, "d": 1.0}) == {"a": 1, "b": 2, "c": 2, "d": 4}
    assert competition_ranks({"a": 3.0, "b": 2.0, "c": 2.0, "d": 1.0}, Direction.MINIMIZE) == {
        "a": 4,
        "b": 2,
        "c": 2,
        "d": 1,
    }


def test_both_intervals_hold_the_true_correlation_about_as_often_as_they_promise():
    # Normal pairs with r = 0.6 have Spearman (6/π) asin(0.3) = 0.582; 300 tables are good to ± 2.5 %.
    rng = np.random.default_rng(1)
    truth, hits = 6 / math.pi * math.asin(0.3), np.zeros(2)
    for seed in range(300):
        x = rng.normal(size=24)
        y = 0.6 * x + 0.8 * rng.normal(size=24)
        fisher = fisher_interval(spearman(x, y), 24)
        bootstrap = bootstrap_interval(x, y, seed=seed, n_resamples=300)
        hits += [fisher[0] <= truth <= fisher[1], bootstrap[0] <= truth <= bootstrap[1]]
    assert (hits / 300 > 0.9).all()


def test_entries_that_lack_a_stage_are_compared_over_the_shared_ones_only():
    one = agreement("a", {"x": 1.0, "y": 2.0, "z": 3.0}, "b", {"y": 5.0, "z": 4.0, "w": 9.0})
    assert one.n == 2
    assert one.fisher is None
    assert "needs ≥ 5 shared entries (has 2)" in one.sentence
    assert (one.kendall, one.spearman) == (None, None)
    order = {name: float(i) for i, name in enumerate("abcde")}
    assert (agreement("a", order, "b", order).kendall, agreement("a", order, "b", order).spearman) == (1.0, 1.0)
    four = {name: order[name] for name in "abcd"}
    assert agreement("a", four, "b", order).kendall is None, (
        "of four entries every 12th pair of orders agrees or is reversed"
    )
    (finding,) = rank_reversal(compare_stages({"a": {"x": 1.0, "y": 2.0}, "b": {"y": 5.0}}))
    assert finding.severity == "info"
    assert "too few" in finding.text


def test_a_constant_stage_has_no_correlation_and_a_score_that_is_no_number_no_rank():
    one = agreement("a", {"x": 1.0, "y": 1.0, "z": 1.0}, "b", {"x": 1.0, "y": 2.0, "z": 3.0})
    assert (one.kendall, one.spearman) == (None, None)
    table = compare_stages({"a": {"x": 1.0, "y": math.nan}})
    assert table.ranks["a"] == {"x": 1}


def test_scores_of_different_metrics_are_ranked_apart_each_in_its_direction():
    columns = {"a": {"f1": 70.0, "loss": 0.4, "f2": 60.0, "loss2": 0.2}, "b": {"f1": 71.0, "loss": 0.1, "f2": 72.0}}
    kinds = {
        name: ("loss", Direction.MINIMIZE) if "loss" in name else ("F1", Direction.MAXIMIZE) for name in columns["a"]
    }
    table = compare_stages(columns, metrics=kinds)
    assert table.ranks == {"a": {"f1": 1, "f2": 2, "loss2": 1, "loss": 2}, "b": {"f2": 1, "f1": 2, "loss": 1}}
    (one,) = table.agreements
    assert (one.metric, one.n, one.kendall) == ("F1", 2, None)
    assert one.sentence.startswith("a and b, F1: rank correlation needs ≥ 5 shared entries (has 2)")
    same = compare_stages(
        {"a": {"x": 1.0, "y": 2.0}}, metrics={"x": ("F1", Direction.MAXIMIZE), "y": ("F1", Direction.MAXIMIZE)}
    )
    assert same.ranks["a"] == {"x": 2, "y": 1}


def test_vectors_of_unequal_length_are_refused():
    with pytest.raises(EngineError, match="equal length"):
        kendall_tau_b(np.zeros(2), np.zeros(3))


def trial(number, score, **params):
    return TrialRecord(number=number, state="complete", source="random", params=params, score=score)


def test_the_same_configuration_is_found_in_two_sprints_and_repeats_are_averaged():
    before = [trial(0, 1.0, lr=1e-4), trial(1, 2.0, lr=2e-4), trial(2, 3.0, lr=3e-4)]
    after = [
        trial(0, 30.0, lr=3e-4, pct_start=0.3),
        trial(1, 10.0, lr=1e-4, pct_start=0.3),
        trial(2, 14.0, lr=1e-4, pct_start=0.3),
        trial(3, 99.0, lr=9e-4, pct_start=0.3),
    ]
    assert shared_configurations(before, after) == ({"#0": 3.0, "#1": 1.0}, {"#0": 30.0, "#1": 12.0})


def test_the_stages_stay_in_their_order(table2):
    assert table2.stages == STAGES
    assert [(a.before, a.after) for a in table2.agreements] == [
        ("1E", "Warm"), ("1E", "25E+Cal"), ("Warm", "25E+Cal"),
    ]  # fmt: skip


def test_equal_scores_share_the_better_rank_even_at_the_top():
    assert competition_ranks({"a": 3.0, "b": 3.0, "c": 1.0}) == {"a": 1, "b": 1, "c": 3}
