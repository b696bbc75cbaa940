"""Dimensions as people have them: steps, null, lists, mixed types, orders; values that stay apart."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.space import edits
from engine.space.dimension import Dimension
from engine.space.space import Space, describe_range
from engine.values import UNSET, same_value, value_key

DROPOUT = Dimension(name="dropout", kind="float", low=0.0, high=0.5, step=0.1)
BATCH = Dimension(name="batch", kind="int", low=16, high=256, step=16, domain=(16, 512))
DEPTH = Dimension(name="depth", kind="categorical", choices=(None, 3, 5))
WIDTHS = Dimension(name="widths", kind="categorical", choices=([64], [64, 32], [512, 256, 128, 64, 32, 16, 8, 4]))
MIXED = Dimension(name="mixed", kind="categorical", choices=(True, "true", "TRUE", 1, "1", 1.5, None, "null"))
SIZE = Dimension(name="size", kind="categorical", choices=("small", "medium", "large"), ordered=True)
GRID = Dimension(name="grid", kind="int", low=1, high=257, step=64, log=True)
EVERY = (DROPOUT, BATCH, DEPTH, WIDTHS, MIXED, SIZE, GRID)


def test_steps_are_exact_decimals() -> None:
    assert [DROPOUT.value_at(k) for k in range(6)] == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert [DROPOUT.from_share((k + 0.5) / 6) for k in range(6)] == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert BATCH.from_share(0.999) == 256
    assert isinstance(BATCH.from_share(0.2), int)


def test_a_value_beside_the_grid_is_outside_the_range() -> None:
    assert DROPOUT.contains(0.3)
    assert DROPOUT.contains(0.1 + 0.2)
    assert not DROPOUT.contains(0.25)
    assert not BATCH.contains(17)


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        ({"type": "float", "low": 0, "high": 1, "step": 0.3}, "high must be low plus a whole number of steps"),
        ({"type": "float", "low": 0, "high": 1, "step": 0}, "step must be a number above 0"),
        ({"type": "int", "low": 0, "high": 8, "step": 0.5}, "step must be a whole number above 0"),
        ({"type": "categorical", "choices": ["a"], "step": 1}, "step must not be given"),
        ({"type": "int", "low": 0, "high": 8, "order": True}, "order must not be given"),
        ({"type": "categorical", "choices": ["a", "b"], "order": "yes"}, "order must be true or false"),
        ({"type": "categorical", "choices": [[1], [1]]}, "choices must be distinct"),
        ({"type": "categorical", "choices": [None, None]}, "choices must be distinct"),
    ],
)
def test_what_makes_no_range_is_refused(plain: dict[str, object], words: str) -> None:
    with pytest.raises(EngineError, match=words):
        Dimension.from_dict("x", plain)


@pytest.mark.parametrize("dimension", EVERY, ids=lambda dimension: dimension.name)
def test_every_kind_survives_json_and_its_positions(dimension: Dimension) -> None:
    assert Dimension.from_dict(dimension.name, dimension.to_dict()) == dimension
    values = (
        dimension.choices
        if dimension.kind == "categorical"
        else [dimension.value_at(place) for place in range(int(dimension.n_values))]
    )
    for value in values:
        assert dimension.contains(value)
        assert same_value(dimension.from_unit(dimension.to_unit(value)), value)
        assert same_value(dimension.from_share(dimension.to_share(value)), value)


@given(st.integers(-50, 50), st.integers(1, 40), st.floats(0, 1))
def test_whole_numbers_own_equal_shares(low: int, width: int, share: float) -> None:
    dimension = Dimension(name="n", kind="int", low=low, high=low + width)
    n = width + 1
    assert dimension.from_share(share) == low + min(int(share * n), width)


def test_the_ends_of_a_log_range_are_not_halved() -> None:
    dimension = Dimension(name="n", kind="int", low=1, high=8, log=True)
    drawn = Counter(dimension.from_share((k + 0.5) / 10_000) for k in range(10_000))
    # 1 owns the share of 0.5 … 1.5, which is log 3 of log 17; 8 owns 7.5 … 8.5.
    assert abs(drawn[1] / 10_000 - 0.3878) < 0.001
    assert abs(drawn[8] / 10_000 - 0.0442) < 0.001


def test_mixed_types_stay_apart() -> None:
    assert [MIXED.index(choice) for choice in MIXED.choices] == list(range(8))
    assert len({MIXED.text(choice) for choice in MIXED.choices}) == 8
    assert MIXED.text("true") == '"true"'
    assert len({value_key(choice) for choice in MIXED.choices}) == 8


def test_names_that_differ_in_case_stay_apart() -> None:
    act = Dimension(name="act", kind="categorical", choices=("ReLU", "relu", "GELU"))
    assert edits.checked_value(act, "ReLU") == "ReLU"
    assert edits.checked_value(act, "relu") == "relu"
    assert edits.checked_value(act, "gelu") == "GELU"
    with pytest.raises(EngineError, match="may be ReLU or relu"):
        edits.checked_value(act, "RELU")
    space, _ = edits.choices(Space(dimensions=(act,)), "act", ["ReLU"])
    assert space["act"].choices == ("ReLU",)


def test_typed_text_finds_null_lists_and_every_choice_as_it_is_shown() -> None:
    assert edits.checked_value(DEPTH, "null") is None
    assert edits.checked_value(DEPTH, "5") == 5
    assert edits.checked_value(WIDTHS, "[64,32]") == [64, 32]
    for dimension in (DEPTH, WIDTHS, MIXED, SIZE):
        for choice in dimension.choices:
            assert same_value(edits.typed_value(dimension, dimension.text(choice)), choice)


def test_long_texts_and_lists_are_shown_short_and_kept_whole() -> None:
    prompt = "Answer the following question step by step, then give the result."
    asked = Dimension(name="prompt", kind="categorical", choices=(prompt, prompt + " Be brief.", "none"))
    assert len(WIDTHS.text(WIDTHS.choices[2])) <= 28
    assert len(asked.text("none")) == 4
    assert asked.text(prompt) != asked.text(prompt + " Be brief.")
    assert edits.checked_value(asked, asked.text(prompt)) == prompt


def test_null_can_be_frozen_and_is_not_free() -> None:
    space, _ = edits.freeze(Space(dimensions=(DEPTH,)), "depth", None)
    assert space["depth"].is_frozen
    assert space["depth"].frozen is None
    assert describe_range(space["depth"]) == "= null frozen"
    again = Space.from_dict(space.to_dict())
    assert again["depth"].is_frozen
    free, _ = edits.unfreeze(again, "depth")
    assert free["depth"].frozen is UNSET


def test_bounds_of_a_grid_stay_on_it() -> None:
    space = Space(dimensions=(DROPOUT, BATCH))
    assert edits.narrow(space, "dropout", 0.05, 0.45)[0]["dropout"].bounds == (0.1, 0.4)
    assert edits.widen(space, "batch", None, 300)[0]["batch"].bounds == (16, 288)
    assert DROPOUT.on_grid(0.13, 0.31, outwards=True) == (0.1, 0.4)
    assert BATCH.on_grid(16, 600, outwards=True) == (16, 512)


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0)])
def test_a_range_needs_a_width(low: float, high: float) -> None:
    with pytest.raises(EngineError, match="low must be below high"):
        Dimension(name="x", kind="float", low=low, high=high)
