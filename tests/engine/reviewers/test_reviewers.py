"""The automatic reviewers on constructed sprints."""

import pytest

from engine.diagnostics import diagnose
from engine.errors import EngineError
from engine.reviewers.registry import REVIEWERS, propose
from engine.space.edits import apply_proposal
from tests.engine.diagnostics.constructed import mixed_space, noise, sprint


def review(name, trials, space=None, **kwargs):
    space = space or mixed_space()
    findings = diagnose(space, trials, settings={}, **kwargs)
    return {p.dimension: p for p in propose(name, space, trials, findings, settings={}, **kwargs)}


def hill(u, rng):
    return -20 * (u["lr"] - 0.4) ** 2 + (2.0 if u["pooling"] < 1 / 3 else 0.0) + 0.1 * rng.normal()


@pytest.mark.parametrize("name", list(REVIEWERS))
@pytest.mark.parametrize("seed", range(3))
def test_every_proposal_can_be_applied_has_a_reason_and_stands_alone(name, seed):
    space, trials = mixed_space(), sprint(hill, seed=seed)
    findings = diagnose(space, trials, settings={})
    proposals = propose(name, space, trials, findings, settings={})
    assert len({p.dimension for p in proposals}) == len(proposals)
    for proposal in proposals:
        assert proposal.reason
        space, edit = apply_proposal(space, proposal)
        assert edit.reason == proposal.reason


@pytest.mark.parametrize("name", list(REVIEWERS))
def test_every_reviewer_keeps_the_best_trial_and_bears_a_sprint_without_trials(name):
    trials = sprint(hill, seed=4)
    space = mixed_space()
    for proposal in review(name, trials).values():
        space, _ = apply_proposal(space, proposal)
    best = max(trials, key=lambda t: t.score)
    assert not [reason for reason in space.misfits(best.params, {}) if "outside" in reason]
    assert review(name, ()) == {}


def test_the_bounding_box_is_the_range_of_the_top_and_the_paper_adds_its_margin():
    trials = sprint(hill, seed=0)
    top = [t.params["lr"] for t in sorted(trials, key=lambda t: -t.score)[:10]]
    box, rule = review("bounding-box", trials)["lr"], review("paper", trials)["lr"]
    assert (box.low, box.high) == (min(top), max(top))
    assert (rule.low, rule.high) == pytest.approx((min(top) / 1.5, max(top) * 1.5))
    assert box.reason.endswith("no margin")


def test_guarded_cuts_what_matters_with_a_wider_margin_and_leaves_the_rest():
    guarded, box = review("guarded", sprint(hill, seed=0)), review("bounding-box", sprint(hill, seed=0))
    assert guarded["lr"].action == "narrow"
    assert guarded["lr"].low < box["lr"].low < box["lr"].high < guarded["lr"].high
    assert guarded["pooling"].choices == ("max",)
    assert len(guarded) < len(box)


def test_guarded_cuts_noise_far_more_seldom_than_the_rule_does():
    # Six dimensions, 15 seeds: the rule cuts nearly every one; the guard lets through a few per cent.
    cuts = {"guarded": 0, "paper": 0}
    for seed in range(15):
        for name in cuts:
            cuts[name] += len(review(name, sprint(noise, seed=seed)))
    assert cuts["guarded"] < 0.05 * 6 * 15
    assert cuts["paper"] > 0.5 * 6 * 15


def test_guarded_widens_a_crowded_bound_and_does_not_cut_there():
    proposal = review("guarded", sprint(lambda u, rng: 10 * u["lr"] + 0.2 * rng.normal(), seed=1))["lr"]
    assert proposal.high == 3e-3
    assert "upper bound" in proposal.reason


def test_guarded_keeps_both_modes():
    def valley(u, rng):
        return -min(abs(u["w_relation"] - 0.15), abs(u["w_relation"] - 0.85)) + 0.01 * rng.normal()

    found = review("guarded", sprint(valley, seed=1)).get("w_relation")
    space = mixed_space()
    modes = [space["w_relation"].from_unit(u) for u in (0.15, 0.85)]
    assert found is None or all(found.low < mode < found.high for mode in modes)


def test_guarded_keeps_all_top_trials_of_a_pair_that_makes_up_for_each_other():
    trials = sprint(lambda u, rng: -((u["lr"] + u["w_mention"] - 1) ** 2) + 0.01 * rng.normal(), seed=0)
    top = sorted(trials, key=lambda t: -t.score)[:10]
    for name, found in review("guarded", trials).items():
        if name in ("lr", "w_mention"):
            assert all(found.low <= t.params[name] <= found.high for t in top)


def test_guarded_never_cuts_below_a_seventh_of_a_range_at_once():
    sharp = sprint(lambda u, rng: -abs(u["lr"] - 0.5), seed=0, n=400)
    proposal = review("guarded", sharp)["lr"]
    dimension = mixed_space()["lr"]
    assert dimension.to_unit(proposal.high) - dimension.to_unit(proposal.low) >= 0.149


def test_guarded_cuts_less_the_noisier_the_scores_are():
    def width(sd):
        trials = sprint(lambda u, rng: -20 * (u["lr"] - 0.4) ** 2 + sd * rng.normal(), seed=0)
        found = review("guarded", trials).get("lr")
        return (
            1.0 if found is None else mixed_space()["lr"].to_unit(found.high) - mixed_space()["lr"].to_unit(found.low)
        )

    assert width(0.1) < width(2.0)


def test_guarded_leaves_a_handful_of_trials_alone():
    assert review("guarded", sprint(hill, seed=0, n=9)) == {}


def test_a_reviewer_nobody_has_is_refused_with_the_nearest():
    with pytest.raises(EngineError, match="guarded"):
        propose("gaurded", mixed_space(), (), (), settings={})
