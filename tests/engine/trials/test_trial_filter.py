"""Filter expressions: what passes, and what a wrong one is told."""

from dataclasses import replace

import pytest

from engine.api.views import TrialView
from engine.trials.states import TrialState
from engine.trials.trial_filter import STATES, FilterError, parse_filter

NAMES = ("lr", "head", "epochs", "drop out")

DONE = TrialView(
    number=7, state=TrialState.COMPLETE, source="model", params={"lr": 1e-4, "head": "mlp", "epochs": 3, "aug": True},
    score=41.5, seconds=200.0, epoch=3, n_epochs=9, tags=("baseline",), starred=True,
)  # fmt: skip
FAILED = TrialView(number=12, state=TrialState.FAILED, source="random", params={"lr": 0.1}, reason="CUDA out of memory")


def passing(expression: str) -> list[int]:
    passes = parse_filter(expression, NAMES).passes
    return [trial.number for trial in (DONE, FAILED) if passes(trial)]


@pytest.mark.parametrize(
    ("expression", "numbers"),
    [
        ("", [7, 12]),
        ("score>40", [7]),
        ("score > 40, lr<1e-3", [7]),
        ("score>40 lr>1e-3", []),
        ("failed", [12]),
        ("!failed", [7]),
        ("failed or starred", [7, 12]),
        ("lr=1e-4..1e-3", [7]),
        ("lr!=1e-4..1e-3", [12]),
        ("lr=0.0001", [7]),
        ("head=MLP", [7]),
        ("head!=mlp", [12]),
        ("head~m", [7]),
        ("head!~m", [12]),
        ("time>3m", [7]),
        ("time<=3m20s", [7]),
        ("#7", [7]),
        ("#7..12", [7, 12]),
        ("#>7", [12]),
        ("number<8", [7]),
        ('"out of memory"', [12]),
        ('!"out of memory"', [7]),
        ("tag=baseline", [7]),
        ("tagged starred", [7]),
        ("tag!=baseline", [12]),
        ("random | model", [7, 12]),
        ("epochs=3", [7]),
    ],
)
def test_an_expression_lets_through_what_it_says(expression: str, numbers: list[int]) -> None:
    assert passing(expression) == numbers


def test_a_comparison_with_what_a_trial_has_not_does_not_hold() -> None:
    assert passing("score<1000") == [7]
    assert passing("head<3") == []


def test_every_state_is_a_word() -> None:
    for state in STATES:
        assert parse_filter(state).passes(replace(DONE, state=TrialState(state)))
        assert not parse_filter(f"!{state}").passes(replace(DONE, state=TrialState(state)))


@pytest.mark.parametrize(
    ("expression", "position", "told", "hint"),
    [
        ("score>40 lr<", 12, "a value must follow lr<", "such as lr<1"),
        ("score>forty", 6, "a number must follow score, got 'forty'", "1e-3 or 40"),
        ("scor>40", 0, "unknown name 'scor'", "did you mean score?"),
        ("score>40 faild", 9, "unknown word 'faild'", "did you mean failed?"),
        ("score>40 zzz", 9, "unknown word 'zzz'", 'write "zzz"'),
        ("lr", 2, "a comparison must follow lr", "lr>1"),
        ("failed or", 9, "a term must follow", "Compare lr, head"),
        ("or failed", 0, "a term must stand before 'or'", "Compare"),
        ('"out of', 0, "a quotation mark must be closed", ""),
        ("time>soon", 5, "got 'soon'", "1h30m"),
        ("!", 1, "a term must follow", "Compare"),
        ("lr=1..x", 3, "got 'x'", "such as"),
    ],
)
def test_a_wrong_expression_says_where_and_what_is_possible(
    expression: str, position: int, told: str, hint: str
) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(expression, NAMES)
    assert caught.value.position == position
    assert f"character {position + 1}: " in caught.value.message
    assert told in caught.value.message
    assert hint in caught.value.hint
