from engine import api
from tests.tui.conftest import Opener, press, screen_text, until
from tui.review.screen import ReviewScreen


def held(ws: api.Workspace) -> tuple[str, ...]:
    return api.working_space(ws, "alpha").space.constraints


async def test_a_constraint_is_previewed_while_typed_kept_with_its_reason_undone_and_redone(
    ws: api.Workspace, open_app: Opener
) -> None:
    sprint = api.list_sprints(ws)[0]
    n_kept = sum(float(t.params["weight_decay"]) < float(t.params["lr"]) for t in api.list_trials(ws, sprint.id))
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "2", "C", *"weight_decay < lr")
        await until(pilot, lambda: f"{n_kept} of 24 trials remain" in screen_text(pilot))
        text = screen_text(pilot)
        assert "no constraints → weight_decay < lr" in text
        assert "of 2000 uniform draws" in text
        assert not held(ws)
        await press(pilot, "tab", *"known from JEREX", "enter")
        await until(pilot, lambda: held(ws) == ("weight_decay < lr",))
        assert api.edit_log(ws, "alpha")[-1].reason == "known from JEREX"
        await until(pilot, lambda: "1 edit" in screen_text(pilot))
        await press(pilot, "u")
        assert not held(ws)
        await press(pilot, "ctrl+r")
        assert held(ws) == ("weight_decay < lr",)
        await press(pilot, "d")
        await until(pilot, lambda: "no constraints → weight_decay < lr" in screen_text(pilot))
        assert "Redone: the working space is #2" in screen_text(pilot)
        assert "Undone: the working space" not in screen_text(pilot), "notices do not pile up over what they speak of"


async def test_one_constraint_is_removed_and_another_added_in_one_edit(ws: api.Workspace, open_app: Opener) -> None:
    api.constrain(ws, "alpha", ["weight_decay < lr"])
    async with open_app(ws) as pilot:
        await press(pilot, "2")
        assert "1 constraint" in screen_text(pilot)
        await press(pilot, "C", "space")
        await until(pilot, lambda: "weight_decay < lr → no constraints" in screen_text(pilot))
        await press(pilot, "tab", *"lr < weight_decay", "enter")
        await until(pilot, lambda: held(ws) == ("lr < weight_decay",))
        assert len(api.edit_log(ws, "alpha")) == 2


async def test_a_constraint_that_cannot_be_read_is_said_and_not_kept(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2", "C", "enter")
        assert "No changes" in screen_text(pilot)
        await press(pilot, *"lr < rl", "enter")
        await until(pilot, lambda: "did you mean" in screen_text(pilot) or "unknown key" in screen_text(pilot))
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert not held(ws)
