import math

import pytest

from engine.trials.states import SprintState, TrialState
from engine.values import value_text
from engine.wording import STATES, duration, number, plural, score, state_sign, timestamp


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-6, "1e-6"),
        (0.25, "0.25"),
        (0.00012, "1.2e-4"),
        (12000.0, "12000"),
        (3e9, "3e9"),
        (0.0, "0"),
        (-0.5, "-0.5"),
        (0.001, "0.001"),
    ],
)
def test_numbers_are_written_in_few_characters(value: float, text: str) -> None:
    assert number(value) == text


def test_written_numbers_read_back_as_nearly_the_same() -> None:
    for value in (1.2345e-7, 0.033333, 17.0, 123456.0, 9.99e-4):
        assert math.isclose(float(number(value)), value, rel_tol=1e-3)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.0, "0s"),
        (0.02, "0.1s"),
        (0.4, "0.4s"),
        (0.97, "1s"),
        (59.6, "1m00s"),
        (185, "3m05s"),
        (7620, "2h07m"),
        (97200, "1d03h"),
    ],
)
def test_durations_show_their_two_largest_units(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_values_keep_their_type() -> None:
    assert [value_text(v) for v in (True, 3, "mlp", 0.5, None)] == ["True", "3", "mlp", "0.5", "null"]


def test_scores_say_when_there_is_none() -> None:
    assert [score(v) for v in (None, math.nan, 23.714)] == ["–", "nan", "23.71"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (82.168, "82.17"), (-10.0, "-10.00"), (7.9381, "7.938"), (0.98342, "0.9834"), (-0.98342, "-0.9834"),
        (0.0, "0.00"), (-4.733e-5, "-4.7e-5"), (12345.6, "12345.6"), (123456.0, "123500"), (float("nan"), "nan"),
    ],
)  # fmt: skip
def test_scores_of_any_size_are_told_apart_in_seven_characters(value: float, text: str) -> None:
    assert score(value) == text
    assert len(text) <= 7


def test_a_moment_that_is_not_known_leaves_its_cell_of_a_list_empty() -> None:
    assert timestamp(None) == ""
    assert len(timestamp(1.7e9)) == len("2026-12-01 06:20:00")


def test_every_state_has_a_word_and_a_sign_of_one_cell() -> None:
    assert {*map(str, SprintState), *map(str, TrialState)} <= set(STATES)
    assert all(len(sign.glyph) == 1 and sign.word for sign in STATES.values())
    assert state_sign("new-state").word == "new-state"


def test_counts_read_as_words() -> None:
    assert (plural(1, "trial"), plural(2, "trial"), plural(2, "entry", "entries")) == (
        "1 trial",
        "2 trials",
        "2 entries",
    )
