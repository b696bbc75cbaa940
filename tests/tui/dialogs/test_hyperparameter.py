"""A hyperparameter that joins a living thread by fields of the review."""

import pytest

from engine import api
from tests.tui.conftest import Opener, press, screen_text, until
from tui.dialogs.hyperparameter import DEFAULTS, HyperparameterDialog, dimension_of
from tui.review.screen import ReviewScreen
from tui.widgets.field import Field


async def test_a_stepped_hyperparameter_joins_from_the_review_and_leaves_with_undo(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws, (100, 30)) as pilot:
        await press(pilot, "2", "N")
        dialog = pilot.app.screen
        assert isinstance(dialog, HyperparameterDialog)
        for name, text in {"name": "drop", "low": "0", "high": "0.4", "step": "0.1"}.items():
            dialog.query_one(f"#field-{name}", Field).focus()
            await press(pilot, *text, "tab")
        await press(pilot, "enter")
        assert "was must be given" in screen_text(pilot)
        dialog.query_one("#field-was", Field).focus()
        await press(pilot, "0", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))
        joined = api.working_space(ws, "alpha").space["drop"]
        assert (joined.bounds, joined.step, joined.was) == ((0, 0.4), 0.1, 0)
        await press(pilot, "u")
        await until(pilot, lambda: "drop" not in api.working_space(ws, "alpha").space)


async def test_what_the_engine_refuses_keeps_the_dialog_open_with_what_was_typed(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "2", "N", *"lr", "enter")
        assert "low must be a number" in screen_text(pilot)
        dialog = pilot.app.screen
        for name, text in {"low": "1", "high": "2", "was": "1"}.items():
            dialog.query_one(f"#field-{name}", Field).focus()
            await press(pilot, *text, "tab")
        await press(pilot, "enter")
        await until(pilot, lambda: "✗" in screen_text(pilot))
        assert isinstance(pilot.app.screen, HyperparameterDialog)
        assert "lr" in screen_text(pilot)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"name": "a b"}, "name must be a word"),
        ({"name": "a", "type": "int", "low": "1.5", "high": "3"}, "low must be a whole number"),
        ({"name": "a", "low": "1", "high": "x"}, "high must be a number"),
        ({"name": "a", "low": "0", "high": "1", "scale": "log"}, "log"),
        ({"name": "a", "low": "0", "high": "1", "step": "0.3"}, "step"),
        ({"name": "a", "type": "categorical", "choices": ""}, "choices"),
    ],
)
def test_fields_that_make_no_hyperparameter_are_named(texts: dict[str, str], words: str) -> None:
    with pytest.raises((ValueError, api.EngineError), match=words):
        dimension_of({**DEFAULTS, **texts})


def test_an_ordered_hyperparameter_keeps_its_order_and_what_it_was() -> None:
    texts = {**DEFAULTS, "name": "size", "type": "categorical", "choices": "s|m|l", "order": "yes", "was": "m"}
    assert dimension_of(texts) == (
        "size",
        {"type": "categorical", "choices": ["s", "m", "l"], "order": True, "was": "m"},
    )
