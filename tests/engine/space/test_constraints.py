"""Constraints: read, checked, and held by reparametrization where they are sums."""

import itertools
import math
import time
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.space.constraints import Constraint, parse_constraint, refuse_contradictions
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.space.sum_constraints import reparametrize

WEIGHTS = tuple(
    Dimension(name=f"w_{task}", kind="float", low=0.05, high=0.9) for task in ("mention", "coref", "entity", "relation")
)
SPACE = Space(dimensions=WEIGHTS, constraints=("sum(w_*) == 1",))


@given(st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3))
def test_every_position_decodes_to_values_that_add_up_inside_their_ranges(positions: list[float]) -> None:
    view = reparametrize(SPACE, {})
    decoded = view.decode(dict(zip(view.space.names, positions, strict=True)))
    assert math.fsum(float(v) for v in decoded.values()) == pytest.approx(1.0, abs=1e-9)
    assert all(dimension.contains(decoded[dimension.name]) for dimension in SPACE)
    assert SPACE.misfits(decoded, {}) == ()


@given(st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3))
def test_encoding_is_the_inverse_of_decoding(positions: list[float]) -> None:
    view = reparametrize(SPACE, {})
    first = view.decode(dict(zip(view.space.names, positions, strict=True)))
    again = view.decode(view.encode(first))
    assert all(float(again[name]) == pytest.approx(float(first[name]), abs=1e-7) for name in first)


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.01, 1.0)), min_size=2, max_size=6), st.floats(0.0, 1.0))
def test_a_sum_of_any_reachable_size_is_held(ranges: list[tuple[float, float]], where: float) -> None:
    dimensions = tuple(
        Dimension(name=f"x{i}", kind="float", low=low, high=low + width) for i, (low, width) in enumerate(ranges)
    )
    low, high = (math.fsum(d.bounds[side] for d in dimensions) for side in (0, 1))
    total = round(low + where * (high - low), 6)
    assume(low <= total <= high)
    space = Space(dimensions=dimensions, constraints=(f"sum(x*) == {total}",))
    view = reparametrize(space, {})
    for u in (0.0, 0.3, 1.0):
        decoded = view.decode(dict.fromkeys(view.space.names, u))
        assert math.fsum(float(v) for v in decoded.values()) == pytest.approx(total, abs=1e-7)
        assert all(d.contains(decoded[d.name]) for d in space)


def test_frozen_members_keep_their_value_and_the_rest_shares_what_is_left() -> None:
    from engine.space import edits

    space, _ = edits.freeze(SPACE, "w_relation", 0.4)
    view = reparametrize(space, {})
    assert "w_relation" in view.space.names
    decoded = view.decode({name: 0.5 for name in view.space.names if name != "w_relation"})
    assert math.fsum(float(v) for v in decoded.values()) == pytest.approx(0.6)


def test_an_inactive_sum_holds_nothing() -> None:
    inactive = tuple(
        Dimension(name=f"w{i}", kind="float", low=0.0, high=1.0, active_when={"dtl": False}) for i in (1, 2)
    )
    space = Space(dimensions=inactive, constraints=("sum(w*) == 1",))
    assert reparametrize(space, {"dtl": True}).sums == ()
    assert space.misfits({}, {"dtl": True}) == ()


def test_a_space_without_sums_is_left_as_it_is() -> None:
    space = Space(dimensions=WEIGHTS)
    assert reparametrize(space, {}).space is space


A = Dimension(name="a", kind="int", low=1, high=64)
B = Dimension(name="b", kind="int", low=1, high=64)
C = Dimension(name="c", kind="categorical", choices=("x", "y"))


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ("a < b", {"a": 1, "b": 2}, {"a": 2, "b": 2}),
        ("a <= b", {"a": 2, "b": 2}, {"a": 3, "b": 2}),
        ("a > b", {"a": 3, "b": 2}, {"a": 2, "b": 2}),
        ("b >= a", {"a": 2, "b": 2}, {"a": 3, "b": 2}),
        ("a % b == 0", {"a": 12, "b": 4}, {"a": 12, "b": 5}),
    ],
)
def test_an_order_or_a_multiple_is_checked(text: str, good: dict[str, int], bad: dict[str, int]) -> None:
    space = Space(dimensions=(A, B), constraints=(text,))
    assert space.misfits(good, {}) == ()
    (reason,) = space.misfits(bad, {})
    assert f"{text} does not hold" in reason


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = b", "must look like"),
        ("a < d", "unknown key 'd'"),
        ("a < c", "c is a category"),
        ("sum(a, b) == 1", "must be floats"),
        ("sum(z*) == 1", "unknown key"),
        ("sum(a) == 1", "at least two"),
    ],
)
def test_a_wrong_constraint_is_refused(text: str, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        parse_constraint(text, (A, B, C))


def test_a_constraint_no_point_can_hold_is_refused() -> None:
    low = Dimension(name="low", kind="float", low=5.0, high=6.0)
    high = Dimension(name="high", kind="float", low=0.0, high=1.0)
    with pytest.raises(EngineError, match="cannot hold"):
        Space(dimensions=(low, high), constraints=("low < high",))
    with pytest.raises(EngineError, match="the ranges allow sums from 5 to 7"):
        Space(dimensions=(low, high), constraints=("sum(low, high) == 1",))


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        (("a < b", "b < a"), "got . < . by way of others"),
        (("x <= y", "y <= x"), "got . <= . by way of others"),
        (("a < b", "b <= c", "c < a"), "got . < . by way of others"),
        (("x < y", "y < z"), "x < z cannot hold: x is at least 0.5, z at most 0.4"),
    ],
)
def test_constraints_that_cannot_hold_together_are_refused(constraints: tuple[str, ...], message: str) -> None:
    ints = tuple(Dimension(name=name, kind="int", low=1, high=9) for name in "abc")
    ends = {"x": (0.5, 1.0), "y": (0.0, 1.0), "z": (0.0, 0.4)}
    floats = tuple(Dimension(name=name, kind="float", low=low, high=high) for name, (low, high) in ends.items())
    with pytest.raises(EngineError, match=message):
        Space(dimensions=(*ints, *floats), constraints=constraints)
    Space(dimensions=(*ints, *floats), constraints=("a <= b", "b <= a", "b <= c", "x < y"))


def test_a_multiple_of_drawn_floats_is_refused_for_no_draw_holds_it() -> None:
    x = Dimension(name="x", kind="float", low=1.0, high=9.0)
    with pytest.raises(EngineError, match="x must be an int, have a step or be frozen"):
        Space(dimensions=(A, x), constraints=("a % x == 0",))
    Space(dimensions=(A, replace(x, frozen=2.0)), constraints=("a % x == 0",))


def test_no_edit_may_make_a_constraint_impossible() -> None:
    from engine.space import edits

    with pytest.raises(EngineError, match="cannot hold"):
        edits.freeze(SPACE, "w_mention", 5.0)


def test_constraints_survive_json() -> None:
    assert Space.from_dict(SPACE.to_dict()) == SPACE


def test_a_long_chain_of_orders_is_checked_at_once() -> None:
    names = [f"x{n}" for n in range(300)]
    dimensions = [Dimension(name=name, kind="float", low=0, high=1) for name in names]
    chain = [Constraint(kind="order", names=pair, text=" < ".join(pair)) for pair in itertools.pairwise(names)]
    started = time.process_time()
    refuse_contradictions(chain, dimensions)
    assert time.process_time() - started < 2, "it took minutes by way of every pair of pairs"
    back = Constraint(kind="order", names=(names[-1], names[0]), text="back", strict=False)
    with pytest.raises(EngineError, match="must leave an order"):
        refuse_contradictions([*chain, back], dimensions)
    last = Dimension(name=names[-1], kind="float", low=-2, high=0)
    with pytest.raises(EngineError, match="x0 < x299 cannot hold"):
        refuse_contradictions(chain, [*dimensions[:-1], last])
