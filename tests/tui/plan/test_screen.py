from dataclasses import replace

import pytest

from engine import api
from tests.tui.conftest import Opener, press, screen_text, settle, until
from tui.live.screen import LiveScreen
from tui.plan.screen import PlanScreen
from tui.widgets.field import TextField


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_plan_shows_label_documents_priming_and_forecast(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    async with open_app(ws, size) as pilot:
        await press(pilot, "3")
        text = screen_text(pilot)
        for word in ("✓ Ready to launch", "1E", "40 + 20 documents", "primed: 3", "free hyperparameters"):
            assert word in text, text


async def test_wrong_fields_are_said_as_one_types(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "3", "j", "j", "j", "j", *"99", "tab")
        assert "random trials must be 0 … 24" in screen_text(pilot)
        await press(pilot, "L")
        assert len(api.list_sprints(ws)) == 1


async def test_a_fidelity_must_look_like_one(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "3", *["j"] * 5, *"T6V3", "tab")
        assert "like T6_V3_M25" in screen_text(pilot)


async def test_another_stage_brings_its_template(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "3", "right", "right")
        text = screen_text(pilot)
        assert "‹ Full ›" in text
        assert "‹ hyperband ›" in text
        assert "brackets" in text
        assert text.count("●") >= 10


async def test_launching_starts_a_detached_sprint_on_the_trimmed_space(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2", "space", "enter", "p", *["j"] * 3, *"5", "tab", *"1", "tab", "L")
        await until(pilot, lambda: isinstance(pilot.app.screen, LiveScreen))
        await until(pilot, lambda: api.list_sprints(ws)[-1].state == "done", 60)
        second = api.list_sprints(ws)[-1]
        assert (second.stage, second.n_trials, second.n_random) == ("Warm", 5, 1), "after 1E the next stage"
        space = api.working_space(ws, "alpha").space
        trials = api.list_trials(ws, second.id)
        assert len(trials) == 5
        assert all(space["lr"].contains(trial.params["lr"]) for trial in trials)
        await until(pilot, lambda: "Sprint finished" in screen_text(pilot))


async def test_a_draft_is_kept_without_starting(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "3", "D")
        await until(pilot, lambda: len(api.list_sprints(ws)) == 2)
        draft = api.list_sprints(ws)[-1]
        assert draft.state == "draft"
        await until(pilot, lambda: f"▸    {draft.short_label} " in screen_text(pilot))
        await press(pilot, "4")
        assert "Not started: R start" in screen_text(pilot)


async def test_a_key_pressed_twice_makes_one_sprint(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "3")
        await pilot.press("D", "D")
        await until(pilot, lambda: len(api.list_sprints(ws)) == 2)
        await settle(pilot)
        assert len(api.list_sprints(ws)) == 2


async def test_what_is_typed_survives_a_look_at_another_screen(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "3", *["j"] * 3, *"17", "tab", "escape", "3")
        screen = pilot.app.screen
        assert isinstance(screen, PlanScreen)
        assert "17" in screen_text(pilot)


async def test_queueing_needs_a_running_sprint_and_makes_nothing_without_one(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "3", "Q")
        assert "No sprint is running to queue behind" in screen_text(pilot)
        assert "making" not in screen_text(pilot)
        assert "plan ─ alpha sprint 2" in screen_text(pilot)
        assert len(api.list_sprints(ws)) == 1


async def test_a_queued_sprint_starts_when_the_running_one_ends(ws: api.Workspace, open_app: Opener) -> None:
    slow = ws.path / "alpha.yaml"
    slow.write_text(slow.read_text(encoding="utf-8").replace("thread: alpha", "thread: beta\ndata: {sleep: 0.5}"))
    api.create_thread(ws, api.load_thread_file(slow))
    plan = replace(api.default_plan(ws, "beta", "1E"), n_trials=4, n_random=4)
    first = api.create_sprint(ws, plan)
    async with open_app(ws) as pilot:
        pilot.app.show_sprint("plan", "alpha", None)
        await settle(pilot)
        await press(pilot, *["j"] * 3, *"3", "tab", *"1", "tab")
        api.start_sprint(ws, first.id)
        await until(pilot, lambda: api.get_sprint(ws, first.id).state == "running")
        await press(pilot, "Q")
        await until(pilot, lambda: len(api.list_sprints(ws)) == 3)
        await until(pilot, lambda: api.list_sprints(ws)[-1].state == "done", 60)
        assert api.get_sprint(ws, first.id).state == "done"
        assert api.list_sprints(ws)[-1].n_complete == 3


async def test_a_preview_that_does_not_fit_is_counted_and_scrolled_to(ws: api.Workspace, open_app: Opener) -> None:
    many = tuple(f"objection {number}" for number in range(30))
    preview = api.preview_plan
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(api, "preview_plan", lambda ws, plan: replace(preview(ws, plan), warnings=many))
        async with open_app(ws, (80, 24)) as pilot:
            await press(pilot, "3")
            assert "more lines  J" in screen_text(pilot)
            for _ in range(8):
                await press(pilot, "J")
            assert "more lines" not in screen_text(pilot)


async def test_keys_in_a_text_field_type_and_the_key_line_promises_no_other(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "3")
        for words in ("L launch", "T reset", "? help"):
            assert words in screen_text(pilot)
        await press(pilot, *["j"] * 5)
        text = screen_text(pilot)
        assert "T reset" not in text, "T begins a fidelity here"
        assert "L launch" in text
        await press(pilot, "T")
        assert "L launch" not in screen_text(pilot), "every letter is text while one types"
        await press(pilot, "escape")
        assert "L launch" in screen_text(pilot)
        await press(pilot, *["j"] * 9)
        for words in ("L launch", "Q queue", "? help"):
            assert words not in screen_text(pilot)
        assert "f1 help" in screen_text(pilot)
        await press(pilot, *"LR1", "tab")
        assert "-LR1_v1" in screen_text(pilot)
        assert len(api.list_sprints(ws)) == 1


async def test_an_invalid_plan_says_why_when_it_is_launched(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "3", *["j"] * 5, *"T6V3", "tab", "L")
        assert "The plan is not valid. fidelity: like T6_V3_M25" in screen_text(pilot).replace("\n", " ")
        assert len(api.list_sprints(ws)) == 1


async def test_startup_trials_scale_with_the_budget_until_they_are_typed(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "3", *["j"] * 3, *"48", "tab")
        assert pilot.app.screen.query_one("#field-random", TextField).text == "24", "12 of 24 as on the command line"
        await press(pilot, *"7", "tab", "k", "k", *"24", "tab")
        assert pilot.app.screen.query_one("#field-random", TextField).text == "7"


async def test_a_digit_stays_in_a_form_that_is_being_filled_in(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "3", "j", "4")
        assert isinstance(pilot.app.screen, PlanScreen)
        assert "esc leaves the form" in screen_text(pilot)
        await press(pilot, "escape", "4")
        assert isinstance(pilot.app.screen, LiveScreen)


async def test_a_launch_above_ten_minutes_or_beside_another_sprint_asks_once(
    ws: api.Workspace, open_app: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview, listed = api.preview_plan, api.list_sprints
    monkeypatch.setattr(api, "preview_plan", lambda ws, plan: replace(preview(ws, plan), forecast_seconds=7200.0))
    async with open_app(ws) as pilot:
        await press(pilot, "3", "L")
        text = screen_text(pilot)
        for words in ("24 trials × 5m00s ≈ 2h00m", "Ends about", "full-data epochs", "▸[ Cancel ]"):
            assert words in text, text
        assert "Queue" not in text
        await press(pilot, "enter")
        assert len(listed(ws)) == 1
        busy = [replace(one, state=api.SprintState.RUNNING) for one in listed(ws)]
        monkeypatch.setattr(api, "list_sprints", lambda *_arguments: busy)
        await press(pilot, "L")
        assert "alpha 1E_v1 is running (24/24)" in screen_text(pilot)
        assert "▸[ Queue ]" in screen_text(pilot)
        await press(pilot, "enter")
        assert [one.state for one in listed(ws)] == ["done", "ready"]


async def test_leaving_a_finished_review_to_plan_brings_the_next_stage_also_to_an_open_form(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "3")
        assert "‹ 1E ›" in screen_text(pilot)
        await press(pilot, "2", "p")
        assert "‹ Warm ›" in screen_text(pilot)
