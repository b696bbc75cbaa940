"""Conditions: several values, comparisons, chains resolved from the roots, and those that can never hold."""

from typing import Any

import pytest

from engine.errors import EngineError
from engine.space.conditions import condition_text, holds
from engine.space.space import Space
from engine.values import UNSET, Value


def space_of(**plain: dict[str, Any]) -> Space:
    return Space.from_dict(plain)


NESTED = space_of(
    top={"type": "categorical", "choices": ["0", "1", "2", "3"]},
    middle={"type": "categorical", "choices": ["p", "q"], "active_when": {"top": "1"}},
    bottom={"type": "float", "low": 0, "high": 1, "active_when": {"middle": "p"}},
)


@pytest.mark.parametrize(
    ("wanted", "value", "expected"),
    [
        ("adam", "adam", True),
        (["adam", "adamw"], "adamw", True),
        (["adam", "adamw"], "sgd", False),
        (True, 1, False),
        (">= 2", 2, True),
        (">= 2", 1, False),
        (">= 2 and < 8", 8, False),
        (">= 2 and < 8", 7, True),
        ("< 1e-3", 1e-4, True),
        ("!= sgd", "adam", True),
        ("!= sgd", "sgd", False),
        ("!= null", None, False),
        (None, None, True),
        (None, UNSET, False),
        ("!= sgd", UNSET, False),
        ([64, 32], [64, 32], True),
        ([["a"], "b"], ["a"], True),
        (">= 2", True, False),
        (">= 2", "3", False),
    ],
)
def test_a_condition_holds_or_not(wanted: Value, value: object, expected: bool) -> None:
    assert holds(wanted, value) is expected


def test_a_child_is_never_active_without_its_parent() -> None:
    assert NESTED.is_active("bottom", {"top": "1", "middle": "p"}, {})
    assert not NESTED.is_active("bottom", {"top": "0", "middle": "p"}, {}), "the middle one is inactive itself"
    assert not NESTED.is_active("bottom", {"middle": "p"}, {})
    assert NESTED.misfits({"top": "0"}, {}) == ()
    assert NESTED.misfits({"top": "1", "middle": "p"}, {}) == ("bottom is missing",)


def test_a_frozen_root_takes_its_branch_away() -> None:
    from engine.space import edits

    frozen, _ = edits.freeze(NESTED, "top", "0")
    assert [dimension.name for dimension in frozen.active({})] == ["top"]
    cut, _ = edits.choices(NESTED, "top", ["0", "2"])
    assert [dimension.name for dimension in cut.active({})] == ["top"], "no value that is left meets the condition"


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"top": "4"}, "it can never be active, top cannot be such that it is 4"),
        ({"top": ["5", "6"]}, "top cannot be such that it is 5 or 6"),
        ({"n": "> 8"}, "n cannot be such that it > 8"),
        ({"n": "> 3 and < 4"}, "n cannot be such that"),
        ({"n": "> some"}, "must compare with a number"),
        ({"middle": "p", "top": "2"}, "top cannot be such that it is 1 and is 2"),
        ({"x": "it"}, "circle"),
    ],
)
def test_a_condition_that_can_never_hold_is_refused(condition: dict[str, Any], words: str) -> None:
    plain = NESTED.to_dict() | {
        "n": {"type": "int", "low": 1, "high": 8, "domain": [1, 8]},
        "x": {"type": "categorical", "choices": ["it"], "active_when": condition},
    }
    if "x" in condition:
        plain["x"]["active_when"] = {"y": "b"}
        plain["y"] = {"type": "categorical", "choices": ["b"], "active_when": {"x": "it"}}
    with pytest.raises(EngineError, match=words):
        Space.from_dict(plain)


def test_an_edit_may_leave_a_branch_without_a_way_to_it() -> None:
    from engine.space import edits
    from engine.space.warnings import lint_space

    cut, _ = edits.choices(NESTED, "top", ["0", "2"])
    assert any("middle is never active in this space: top is 1 cannot hold" in text for text in lint_space(cut, {}))


def test_conditions_are_said_in_words() -> None:
    conditions = {"optimizer": ["adam", "adamw"], "layers": ">= 2", "loss": "!= bce", "depth": None}
    assert condition_text(conditions) == "optimizer is adam or adamw, layers ≥ 2, loss ≠ bce, depth is null"
