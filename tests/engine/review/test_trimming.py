"""The trimming rule is the paper's (§3), and never leaves the domain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.review.trimming import propose_trims
from engine.reviewers.registry import REVIEWERS, propose
from engine.space import edits
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.trials.trial import TrialRecord
from engine.values import Value


def run(dimension: Dimension, values: list[Value], **options: float) -> Space:
    """The space after trimming by trials whose scores fall in the order of the values."""
    space = Space(dimensions=(dimension,))
    trials = [
        TrialRecord(number=n, state="complete", source="random", params={dimension.name: v}, score=100.0 - n)
        for n, v in enumerate(values)
    ]
    for proposal in propose_trims(space, trials, {}, **options):
        space, _ = edits.apply_proposal(space, proposal)
    return space


def test_log_ranges_get_a_factor_of_one_and_a_half() -> None:
    lr = Dimension(name="lr", kind="float", low=1e-6, high=1e-3, log=True, domain=(1e-9, 1.0))
    assert run(lr, [1e-4, 2e-4, 5e-5])["lr"].bounds == pytest.approx((5e-5 / 1.5, 3e-4))


def test_linear_ranges_get_a_hundredth_or_one_percent_of_the_range() -> None:
    weight = Dimension(name="w", kind="float", low=0.0, high=1.0)
    assert run(weight, [0.4, 0.6])["w"].bounds == pytest.approx((0.39, 0.61))
    wide = Dimension(name="w", kind="float", low=0.0, high=200.0)
    assert run(wide, [40.0, 60.0])["w"].bounds == pytest.approx((38.0, 62.0))


def test_integers_get_one_and_categories_those_seen() -> None:
    assert run(Dimension(name="n", kind="int", low=0, high=20), [4, 7])["n"].bounds == (3, 8)
    norm = Dimension(name="norm", kind="categorical", choices=("a", "b", "c"))
    assert run(norm, ["c", "a"])["norm"].choices == ("a", "c")


def test_only_the_top_ten_count() -> None:
    weight = Dimension(name="w", kind="float", low=0.0, high=1.0)
    values: list[Value] = [0.5] * 5 + [0.6] * 5 + [0.0, 1.0]
    assert run(weight, values)["w"].bounds == pytest.approx((0.49, 0.61))


def test_a_margin_may_pass_an_old_bound_but_never_the_domain() -> None:
    lr = Dimension(name="lr", kind="float", low=1e-5, high=1e-3, log=True, domain=(1e-9, 1.2e-3))
    assert run(lr, [1e-3, 5e-4])["lr"].bounds == pytest.approx((5e-4 / 1.5, 1.2e-3))


def test_without_a_domain_the_old_bounds_are_the_limit() -> None:
    dropout = Dimension(name="dropout", kind="float", low=0.0, high=0.5)
    assert run(dropout, [0.0, 0.1])["dropout"].bounds == pytest.approx((0.0, 0.11))


def test_frozen_and_inactive_dimensions_are_left_alone() -> None:
    frozen = Dimension(name="a", kind="float", low=0.0, high=1.0, frozen=0.5)
    inactive = Dimension(name="b", kind="float", low=0.0, high=1.0, active_when={"scheduler": True})
    trials = [TrialRecord(number=0, state="complete", source="random", params={"a": 0.5, "b": 0.2}, score=1.0)]
    assert propose_trims(Space(dimensions=(frozen, inactive)), trials, {"scheduler": False}) == ()


def test_failed_trials_and_those_without_a_number_do_not_count() -> None:
    weight = Dimension(name="w", kind="float", low=0.0, high=1.0)
    space = Space(dimensions=(weight,))
    trials = [
        TrialRecord(number=0, state="failed", source="random", params={"w": 0.1}),
        TrialRecord(number=1, state="complete", source="random", params={"w": 0.2}, score=float("nan")),
        TrialRecord(number=2, state="complete", source="random", params={"w": 0.5}, score=1.0),
    ]
    (proposal,) = propose_trims(space, trials, {})
    assert (proposal.low, proposal.high) == pytest.approx((0.49, 0.51))


@given(
    st.floats(1e-8, 1.0),
    st.floats(1.5, 1e6),
    st.booleans(),
    st.booleans(),
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30),
)
def test_the_trimmed_range_holds_every_top_value_and_stays_inside_the_domain(
    low: float, ratio: float, log: bool, has_domain: bool, positions: list[float]
) -> None:
    high = low * ratio
    domain = (low / 2, high * 2) if has_domain else None
    dimension = Dimension(name="x", kind="float", low=low, high=high, log=log, domain=domain)
    values = [dimension.from_unit(u) for u in positions]
    after = run(dimension, list(values))["x"]
    least, greatest = domain or (low, high)
    assert least <= after.bounds[0] < after.bounds[1] <= greatest
    assert all(after.bounds[0] <= float(v) <= after.bounds[1] for v in values[:10])


def test_a_factor_of_one_and_no_margin_is_the_bounding_box() -> None:
    weight = Dimension(name="w", kind="float", low=0.0, high=1.0)
    assert run(weight, [0.4, 0.6], linear_margin=0.0)["w"].bounds == pytest.approx((0.4, 0.6))
    lr = Dimension(name="lr", kind="float", low=1e-6, high=1e-3, log=True)
    assert run(lr, [1e-5, 1e-4], log_factor=1.0)["lr"].bounds == pytest.approx((1e-5, 1e-4))


def test_a_proposal_says_which_bounds_of_now_it_passes() -> None:
    width = Dimension(name="width", kind="int", low=4, high=256, log=True, domain=(1, 4096))
    trials = [
        TrialRecord(number=n, state="complete", source="random", params={"width": v}, score=100.0 - n)
        for n, v in enumerate((135, 251))
    ]
    (proposal,) = propose_trims(Space(dimensions=(width,)), trials, {})
    assert (proposal.action, proposal.low, proposal.high) == ("narrow", 90, 377)
    assert proposal.reason == "Top-2 range 135 … 251 padded ×1.5; exceeds the upper bound 256"


def test_trials_that_score_alike_propose_nothing() -> None:
    weight = Dimension(name="w", kind="float", low=0.0, high=1.0)
    trials = [
        TrialRecord(number=n, state="complete", source="random", params={"w": 0.1 * n}, score=0.0) for n in range(6)
    ]
    assert propose_trims(Space(dimensions=(weight,)), trials, {}, top_k=3) == ()
    for reviewer in REVIEWERS:
        assert propose(reviewer, Space(dimensions=(weight,)), trials, (), settings={}, top_k=3) == ()
