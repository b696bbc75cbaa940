"""Boundary clustering on constructed sprints."""

import dataclasses

import numpy as np
import pytest

from engine.diagnostics import diagnose
from engine.diagnostics.boundary import AT_BOUND, boundary, edge_zone, widened_bound
from engine.diagnostics.sample import take_sample
from engine.diagnostics.score_model import score_model
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.trials.states import Direction
from engine.trials.trial import TrialRecord
from tests.engine.diagnostics.constructed import mixed_space, noise, sprint


def boundary_findings(trials, space=None, **kwargs):
    found = diagnose(space or mixed_space(), trials, settings={}, **kwargs)
    return [f for f in found if f.kind == "boundary"]


def test_an_optimum_planted_beyond_the_upper_bound_is_a_warning_with_a_wider_bound():
    trials = sprint(lambda u, rng: 10 * u["lr"] + 0.2 * rng.normal(), seed=1)
    (finding,) = [f for f in boundary_findings(trials) if f.severity == "warning"]
    assert finding.dimension == "lr"
    assert finding.evidence["side"] == "high"
    assert finding.text.startswith(f"{finding.evidence['k']} of the top 10 are at the upper bound of lr")
    assert finding.evidence["share_optima"] >= 0.4
    assert finding.proposal is not None
    assert (finding.proposal.action, finding.proposal.low, finding.proposal.high) == ("widen", 1e-6, 3e-3)
    assert finding.meaning
    assert finding.advice


def test_minimizing_turns_the_same_trials_to_the_other_bound():
    trials = sprint(lambda u, rng: 10 * u["lr"] + 0.2 * rng.normal(), seed=1)
    (finding,) = [f for f in boundary_findings(trials, direction=Direction.MINIMIZE) if f.severity == "warning"]
    assert finding.evidence["side"] == "low"


def test_an_optimum_in_the_middle_crowds_no_bound():
    trials = sprint(lambda u, rng: -((u["lr"] - 0.5) ** 2) + 0.001 * rng.normal(), seed=2)
    assert not [f for f in boundary_findings(trials) if f.severity == "warning"]


def test_a_bound_that_the_sampler_crowds_with_good_and_bad_trials_alike_is_no_warning():
    trials = list(sprint(noise, seed=3))
    crowded = [dataclasses.replace(t, params={**t.params, "lr": 1e-3}) if t.number % 3 == 0 else t for t in trials]
    ranked_crowd = sorted(crowded, key=lambda t: -t.score)
    # Give the top exactly the share that all trials have: a third.
    top = [
        dataclasses.replace(t, params={**t.params, "lr": 1e-3 if i < 4 else 3e-5})
        for i, t in enumerate(ranked_crowd[:10])
    ]
    (finding,) = [f for f in boundary_findings([*top, *ranked_crowd[10:]]) if f.dimension == "lr"]
    assert finding.severity == "info"
    assert "sampler" in finding.meaning


def test_at_the_domain_limit_nothing_is_proposed():
    space = Space(dimensions=(Dimension(name="dropout", kind="float", low=0.0, high=0.5, domain=(0.0, 0.5)),))
    trials = [
        TrialRecord(number=i, state="complete", source="random", params={"dropout": i / 80}, score=float(i))
        for i in range(41)
    ] + [
        TrialRecord(number=50 + i, state="complete", source="random", params={"dropout": 0.5}, score=50.0)
        for i in range(8)
    ]
    (finding,) = boundary_findings(trials, space)
    assert finding.severity == "info"
    assert finding.proposal is None
    assert "limit" in finding.advice


@pytest.mark.parametrize(
    ("dimension", "side", "expected"),
    [
        (Dimension(name="x", kind="float", low=1e-6, high=1e-3, log=True), "high", 3e-3),
        (Dimension(name="x", kind="float", low=1e-6, high=1e-3, log=True, domain=(1e-9, 2e-3)), "high", 2e-3),
        (Dimension(name="x", kind="float", low=0.5, high=2.0), "high", 2.38),
        (Dimension(name="x", kind="float", low=0.1, high=2.0), "low", 0.0333),
        (Dimension(name="x", kind="float", low=0.0, high=0.5), "low", None),
        (Dimension(name="x", kind="float", low=0.5, high=0.97), "high", 0.99),
        (Dimension(name="x", kind="float", low=0.0, high=1.0), "high", None),
        (Dimension(name="x", kind="int", low=6, high=8), "high", 9.0),
        (Dimension(name="x", kind="int", low=1, high=8), "low", 0.0),
        (Dimension(name="x", kind="int", low=1, high=8, log=True), "low", None),
        (Dimension(name="x", kind="int", low=2, high=8, domain=(2, 8)), "high", None),
    ],
)
def test_a_widened_bound_is_sensible_and_never_passes_the_domain(dimension, side, expected):
    assert widened_bound(dimension, side) == (None if expected is None else pytest.approx(expected))


def test_the_edge_of_a_short_integer_range_has_the_chance_of_its_values():
    width, chance = edge_zone(Dimension(name="x", kind="int", low=6, high=8), "high")
    assert chance == pytest.approx(1 / 3)
    assert 0 < width < 0.5


def test_three_trials_say_nothing_about_a_bound():
    assert boundary_findings(sprint(noise, seed=1, n=3)) == []


@pytest.mark.parametrize(("side", "at"), [("low", 0.05), ("high", 0.95)])
def test_a_value_on_the_inner_edge_of_the_outer_zone_is_at_the_bound(side, at):
    """The zone is 5 % of the scaled range, its inner edge counted in."""
    space = Space(dimensions=tuple(Dimension(name=name, kind="float", low=0.0, high=1.0) for name in "xy"))
    trials = [
        TrialRecord(
            number=n,
            state="complete",
            source="random",
            params={"x": at if n < 6 else 0.5, "y": n / 30},
            score=-float(n),
        )
        for n in range(30)
    ]
    sample = take_sample(space, trials, settings={})
    found = [f for f in boundary(sample) if f.evidence.get("side") == side and f.dimension == "x"]
    assert [f.evidence["k"] for f in found] == [6]
    assert edge_zone(space["x"], side) == (0.05, 0.05)


def test_a_bound_is_warned_of_from_two_in_five_of_the_likely_optima_on(monkeypatch):
    trials = sprint(lambda u, rng: 10 * u["lr"] + 0.2 * rng.normal(), seed=1)
    assert AT_BOUND == 0.4
    sample = take_sample(mixed_space(), trials, settings={})
    model = score_model(sample)
    for share, expected in ((0.39, []), (0.4, ["warning"])):
        optima = np.full(100, 0.5)
        optima[: round(100 * share)] = 1.0
        monkeypatch.setattr(type(model), "optima_of", lambda _model, _name, optima=optima: optima)
        found = [f for f in boundary(sample) if f.dimension == "lr" and f.severity == "warning"]
        assert [f.severity for f in found] == expected
