from dataclasses import replace

import pytest

from engine import api
from tests.tui.conftest import Opener, press, screen_text, until
from tui.app import TrimtabApp
from tui.dialogs.confirm import Confirm
from tui.drawing.styled_lines import plain
from tui.trials.difference import difference_lines

SAME: dict[str, api.Value] = {"head": "mlp", "layers": 2}
A = api.TrialView(number=7, state=api.TrialState.COMPLETE, source="random", params={"lr": 1e-3, **SAME}, score=40.0)


def sprint_of(ws: api.Workspace) -> api.SprintView:
    return api.list_sprints(ws)[0]


def test_a_difference_shows_only_what_differs_with_both_values_and_the_change_of_the_score() -> None:
    b = replace(A, number=9, score=43.5, params={"lr": 2e-4, "head": "mlp", "layers": 2, "warmup": 0.1})
    told = [plain(one) for one in difference_lines([A, b], "f1", best=9)]
    assert told[0].split() == ["#7", "#9", "best", "DIFFERENCE"]
    assert told[1].split() == ["f1", "40.00", "43.50", "+3.5"]
    assert told[2].split() == ["lr", "0.001", "2e-4", "-8e-4"]
    assert told[3].split() == ["warmup", "–", "0.1"]
    assert told[-1] == "2 hyperparameters are the same."
    three = [plain(one) for one in difference_lines([A, b, replace(A, number=11)], "f1")]
    assert three[0].split() == ["#7", "#9", "#11"]


async def test_selected_trials_are_compared_and_one_alone_with_the_best(ws: api.Workspace, open_app: Opener) -> None:
    best = sprint_of(ws).best_trial
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "4", "d")
        assert f"Trials #{best}, #23" in screen_text(pilot)
        assert "DIFFERENCE" in screen_text(pilot)
        await press(pilot, "escape", "v", "v", "v", "d")
        assert "Trials #23, #22, #21" in screen_text(pilot)
        assert "DIFFERENCE" not in screen_text(pilot)


async def test_stars_and_tags_are_given_to_the_selected_trials_and_taken_back(
    ws: api.Workspace, open_app: Opener
) -> None:
    def trial(number: int) -> api.TrialView:
        return api.list_trials(ws, sprint_of(ws).id)[number]

    async with open_app(ws) as pilot:
        await press(pilot, "4", "v", "v", "asterisk")
        await until(pilot, lambda: trial(23).starred and trial(22).starred)
        await until(pilot, lambda: "★23" in screen_text(pilot))
        await press(pilot, "t", *"odd", "enter")
        await until(pilot, lambda: trial(22).tags == ("odd",))
        await until(pilot, lambda: "TAGS" in screen_text(pilot))
        await press(pilot, "u")
        await until(pilot, lambda: trial(22).tags == ())
        await press(pilot, "u")
        await until(pilot, lambda: not trial(23).starred)
        await press(pilot, "ctrl+r")
        await until(pilot, lambda: trial(23).starred)


async def test_a_trial_is_run_again_only_when_it_is_confirmed_and_can_be_taken_back(
    ws: api.Workspace, open_app: Opener
) -> None:
    sprint = sprint_of(ws)
    async with open_app(ws) as pilot:
        await press(pilot, "4", "a")
        assert isinstance(pilot.app.screen, Confirm)
        await press(pilot, "enter")
        assert len(api.list_trials(ws, sprint.id)) == 24, "cancel is the default"
        await press(pilot, "a", "y")
        await until(pilot, lambda: len(api.list_trials(ws, sprint.id)) == 25)
        made = api.list_trials(ws, sprint.id)[24]
        assert (made.state, made.params) == ("queued", api.list_trials(ws, sprint.id)[23].params)
        await press(pilot, "u")
        await until(pilot, lambda: api.list_trials(ws, sprint.id)[24].state == "cancelled")


async def test_a_clone_changes_what_is_typed_and_refuses_what_does_not_fit(ws: api.Workspace, open_app: Opener) -> None:
    sprint = sprint_of(ws)
    async with open_app(ws) as pilot:
        await press(pilot, "4", "n", *"layrs=3")
        assert "layers" in screen_text(pilot)
        await press(pilot, *["backspace"] * 7, *"lr 2e-4", "enter")
        await until(pilot, lambda: len(api.list_trials(ws, sprint.id)) == 25)
        before, made = api.list_trials(ws, sprint.id)[23:25]
        assert made.params == {**before.params, "lr": 2e-4}


async def test_a_configuration_is_copied_in_the_form_that_was_taken_last(
    ws: api.Workspace, open_app: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    monkeypatch.setattr(TrimtabApp, "copy", lambda _app, text: copied.append(text))
    sprint = sprint_of(ws)
    async with open_app(ws) as pilot:
        await press(pilot, "4", "y", "j", "j", "enter")
        await until(pilot, lambda: bool(copied))
        assert copied[-1] == api.configuration_text(ws, sprint.id, 23, "json")
        await press(pilot, "y", "enter")
        await until(pilot, lambda: len(copied) == 2)
        assert copied[1] == copied[0], "the last choice is remembered"


async def test_readonly_marks_and_queues_nothing(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, readonly=True) as pilot:
        await press(pilot, "4", "asterisk", "a", "n", "u")
        assert "log of" in screen_text(pilot), "no question is asked"
    trials = api.list_trials(ws, sprint_of(ws).id)
    assert len(trials) == 24
    assert not any(trial.starred for trial in trials)
