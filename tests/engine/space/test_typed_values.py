"""Values as a person types them."""

import pytest

from engine.errors import EngineError
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.space.typed_values import typed_values

SPACE = Space(
    dimensions=(
        Dimension(name="lr", kind="float", low=1e-5, high=1e-1, log=True),
        Dimension(name="w", kind="int", low=-5, high=5),
        Dimension(name="aug", kind="categorical", choices=("none", "flip, crop", "mix up", "w=2 lr=3", "it's")),
        Dimension(name="flag", kind="categorical", choices=(True, False)),
    )
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("lr=1e-4 w=1", {"lr": 1e-4, "w": 1}),
        ("lr=1e-4,w=-1", {"lr": 1e-4, "w": -1}),
        ("lr=1e-4, w=1", {"lr": 1e-4, "w": 1}),
        ("aug=mix up", {"aug": "mix up"}),
        ("aug=mix up lr=1e-4", {"aug": "mix up", "lr": 1e-4}),
        ("lr=1e-4 aug=flip, crop, w=1", {"lr": 1e-4, "aug": "flip, crop", "w": 1}),
        ('aug="mix up", w=1', {"aug": "mix up", "w": 1}),
        ("aug='flip, crop' w=1", {"aug": "flip, crop", "w": 1}),
        ("aug=it's w=1", {"aug": "it's", "w": 1}),
        ("aug=w=2 lr=3 flag=true", {"aug": "w=2 lr=3", "flag": True}),
        ("flag=False aug=none", {"flag": False, "aug": "none"}),
    ],
)
def test_values_are_read_as_they_are_typed(text: str, values: dict[str, object]) -> None:
    assert typed_values(text, SPACE) == values
    assert typed_values([text], SPACE) == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mix up", "must look like"),
        ("", "must look like"),
        ("x lr=1", "must look like"),
        ("lr=1e-4 lr=1e-3", "lr twice"),
        ("lr=1e-4 momentum=3", "unknown"),
        ("aug=mixup", "not one of"),
        ("w=1.5", "whole number"),
        ("w=1 2", "number"),
    ],
)
def test_what_is_no_value_is_refused_with_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        typed_values(text, SPACE)
