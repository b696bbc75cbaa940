"""Command templates filled in: values that reach the option parsers of real programs as they were meant."""

import argparse
import shlex
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.objectives.template import fill, split_template

NEGATIVES = st.floats(max_value=-1e-300, allow_infinity=False, allow_nan=False)


def filled(template: str, **values: Any) -> list[str]:
    return fill(split_template(template), values, ())


@pytest.mark.parametrize(
    ("template", "value", "words"),
    [
        ("--bias {bias}", -4e-05, ["--bias=-4e-05"]),
        ("--bias={bias}", -4e-05, ["--bias=-4e-05"]),
        ("--bias {bias}", -0.5, ["--bias", "-0.5"]),
        ("--bias {bias}", -3, ["--bias", "-3"]),
        ("--bias {bias}", 4e-05, ["--bias", "4e-05"]),
        ("--bias {bias:.1e}", -4e-05, ["--bias=-4.0e-05"]),
        ("-b {bias}", -4e-05, ["-b", "-0.00004"]),
        ("train {bias}", -4e-05, ["train", "-0.00004"]),
        ("--act {bias}", "-relu", ["--act=-relu"]),
        ("--act {bias}", "relu", ["--act", "relu"]),
        ("model.bias={bias}", -4e-05, ["model.bias=-4e-05"]),
    ],
)
def test_a_negative_value_is_spelled_so_that_it_stays_a_value(template: str, value: Any, words: list[str]) -> None:
    assert filled(template, bias=value) == words


@given(NEGATIVES)
def test_argparse_gets_every_negative_number_as_it_is(value: float) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bias", type=float)
    parser.add_argument("-c", type=float)
    parser.add_argument("shift", type=float)
    given = parser.parse_args(filled("--bias {x} -c {x} {x}", x=value))
    assert (given.bias, given.c, given.shift) == (value, value, value)


@given(NEGATIVES)
def test_click_gets_every_negative_number_as_it_is(value: float) -> None:
    command = click.Command("train", params=[click.Option(["--bias", "-b"], type=float)])
    for template in ("--bias {x}", "-b {x}"):
        context = command.make_context("train", filled(template, x=value))
        assert context.params["bias"] == value


def test_a_truth_value_is_spelled_as_the_template_says() -> None:
    template = "--amp {amp:True|False} --half={amp:1|0} {amp:--fast|--slow} {amp:?--with 'two words'}"
    assert filled(template, amp=True) == ["--amp", "True", "--half=1", "--fast", "--with", "two words"]
    assert filled(template, amp=False) == ["--amp", "False", "--half=0", "--slow"]
    assert filled("{amp}", amp=True) == ["true"]
    assert shlex.join(filled("{x}", x="a b")) == "'a b'"
