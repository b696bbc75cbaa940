import pytest

from model.errors import ModelError
from model.thresholds.policy import PRESETS, Policy, Rule, calibration_policy, preset
from model.thresholds.thresholds import LOWEST


def names(policy, epochs):
    return ["+".join(policy.plan(epoch).deltas) for epoch in epochs]


def test_a_rule_applies_between_start_and_stop_leaving_out_skip_epochs():
    rule = Rule(method="climb", start=3, stop=10, skip=2)
    assert [epoch for epoch in range(1, 15) if rule.applies(epoch)] == [3, 6, 9]


def test_algorithm_2_cuts_mentions_each_epoch_and_climbs_the_other_two_together():
    plan = PRESETS["algorithm-2"].plan(1)
    assert plan.scut
    assert dict(plan.deltas) == {"coref": 0.05, "relation": 0.05}


def test_after_10_climbs_from_the_11th_epoch_in_turn():
    policy = PRESETS["after-10"]
    assert names(policy, range(9, 15)) == ["", "", "coref", "relation", "coref", "relation"]
    assert all(policy.plan(epoch).scut for epoch in range(1, 26))


def test_b14_cuts_mentions_once_and_then_rotates_all_three():
    policy = PRESETS["b14"]
    assert [policy.plan(epoch).scut for epoch in (1, 2, 3)] == [True, False, False]
    assert names(policy, range(1, 6)) == ["", "mention", "coref", "relation", "mention"]


def test_fixed_moves_nothing_and_exact_leaves_the_relation_threshold_to_the_sort():
    assert not PRESETS["fixed"].plan(5).scut
    assert not PRESETS["fixed"].plan(5).deltas
    plan = PRESETS["exact"].plan(5)
    assert plan.exact
    assert list(plan.deltas) == ["coref"]


def test_a_rotation_with_skips_starves_no_threshold():
    rule = (Rule(method="climb", skip=1),)
    policy = Policy(mention=rule, coref=rule, rotate=True)
    assert names(policy, range(1, 8)) == ["mention", "", "coref", "", "mention", "", "coref"]


def test_the_low_bound_of_scut_holds_in_early_epochs_only():
    policy = Policy(mention=(Rule(method="scut"),), early_lowest=0.2, early_epochs=2)
    assert [policy.plan(epoch).scut_lowest for epoch in (1, 2, 3)] == [0.2, 0.2, LOWEST]


def test_calibration_climbs_all_three_jointly_or_in_turn_with_the_smaller_delta():
    assert dict(calibration_policy().plan(1).deltas) == {"mention": 0.025, "coref": 0.025, "relation": 0.025}
    assert names(calibration_policy(rotate=True), range(1, 5)) == ["mention", "coref", "relation", "mention"]


def test_presets_go_by_the_name_they_carry():
    assert set(PRESETS) == {"fixed", "algorithm-2", "after-10", "b14", "exact"}
    assert all(preset(name).name == name for name in PRESETS)
    with pytest.raises(ModelError, match="did you mean 'algorithm-2'"):
        preset("algoritm2")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Rule(method="climb", start=0),
        lambda: Rule(method="climb", start=5, stop=4),
        lambda: Rule(method="climb", delta=0.0),
        lambda: Policy(coref=(Rule(method="scut"),)),
        lambda: Policy(relation=(Rule(method="scut"),)),
        lambda: Policy(mention=(Rule(method="exact"),)),
        lambda: Policy(beta=0.0),
    ],
)
def test_impossible_rules_are_refused(make):
    with pytest.raises(ModelError, match="given"):
        make()
