import asyncio
from dataclasses import replace
from typing import Any

import pytest

from engine import api
from tests.tui.conftest import Opener, fill, press, screen_text, settle, until
from tui.app import TrimtabApp
from tui.dialogs.confirm import Confirm
from tui.review.screen import ReviewScreen
from tui.thresholds.screen import ThresholdsScreen
from tui.trial.screen import TrialScreen


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_finished_sprint_shows_its_trials_and_leads_to_its_review(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    async with open_app(ws, size) as pilot:
        await press(pilot, "4")
        text = screen_text(pilot)
        for word in ("24/24", "best", "complete", "lr", "best so far", "Sprint finished", "weight_decay"):
            assert word in text, text
        await press(pilot, "r")
        assert isinstance(pilot.app.screen, ReviewScreen)


async def test_new_trials_arrive_without_a_key(ws: api.Workspace, open_app: Opener) -> None:
    draft = api.create_sprint(ws, api.default_plan(ws, "alpha", "1E"))
    async with open_app(ws) as pilot:
        pilot.app.show_sprint("live", "alpha", draft.id)
        await settle(pilot)
        assert "Not started" in screen_text(pilot)
        fill(ws, draft.id, 7, state="paused")
        await until(pilot, lambda: "7/24" in screen_text(pilot))
        assert "orphaned" in screen_text(pilot)


async def test_a_sprint_without_a_living_launcher_is_orphaned_and_offers_to_resume(
    ws: api.Workspace, open_app: Opener
) -> None:
    lost = api.create_sprint(ws, api.default_plan(ws, "alpha", "1E"))
    fill(ws, lost.id, 5, state="running")
    async with open_app(ws) as pilot:
        pilot.app.show_sprint("live", "alpha", lost.id)
        await settle(pilot)
        text = screen_text(pilot)
        assert "orphaned" in text
        assert "R resume" in text


async def test_the_hint_tells_what_this_sprint_waits_for(ws: api.Workspace, open_app: Opener) -> None:
    plan = replace(api.default_plan(ws, "alpha", "1E"), suffix="1E")
    draft = api.create_sprint(ws, plan)
    async with open_app(ws) as pilot:
        pilot.app.show_sprint("live", "alpha", draft.id)
        await press(pilot, "H")
        await until(pilot, lambda: "Not started. R start" in screen_text(pilot))
        assert "trainings are running" not in screen_text(pilot)
        assert "worker is loading" not in screen_text(pilot)


async def test_stopping_asks_first_and_cancel_is_the_default(ws: api.Workspace, open_app: Opener) -> None:
    lost = api.create_sprint(ws, api.default_plan(ws, "alpha", "1E"))
    fill(ws, lost.id, 5, state="running")
    async with open_app(ws) as pilot:
        pilot.app.show_sprint("live", "alpha", lost.id)
        await settle(pilot)
        await press(pilot, "X")
        assert isinstance(pilot.app.screen, Confirm)
        assert "▸[ Cancel ]" in screen_text(pilot)
        await press(pilot, "enter")
        assert api.get_sprint(ws, lost.id).state == "orphaned"


async def test_extending_raises_the_budget(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "4", "e", "backspace", "backspace", "x", "enter")
        assert "Enter a whole number above 0" in screen_text(pilot)
        await press(pilot, "backspace", "6", "enter")
        await until(pilot, lambda: api.list_sprints(ws)[0].n_trials == 30)


async def test_a_typed_number_takes_the_place_of_the_offered_one(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "4", "e", *"50", "enter")
        await until(pilot, lambda: api.list_sprints(ws)[0].n_trials == 74)


async def test_a_note_goes_on_at_its_end(ws: api.Workspace, open_app: Opener) -> None:
    api.set_notes(ws, "alpha", "a word")
    async with open_app(ws) as pilot:
        await press(pilot, "1", "N", *" more", "enter")
        await until(pilot, lambda: api.get_thread(ws, "alpha").notes == "a word more")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_trial_opens_with_parameters_curves_and_log(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    async with open_app(ws, size) as pilot:
        await press(pilot, "4", "enter")
        assert isinstance(pilot.app.screen, TrialScreen)
        text = screen_text(pilot)
        for word in ("#23", "complete", "rank", "lr", "weight_decay", "subsets", "score"):
            assert word in text, text
        await press(pilot, "v")
        assert "losses" in screen_text(pilot)
        await press(pilot, "V")
        assert "losses" not in screen_text(pilot)
        await press(pilot, "G")
        assert "more lines" not in screen_text(pilot), "the facts end where one has scrolled to their end"
        await press(pilot, "h")
        assert "#22" in screen_text(pilot)
        await press(pilot, "t")
        assert isinstance(pilot.app.screen, ThresholdsScreen)
        assert "0.85" in screen_text(pilot)
        await press(pilot, "escape", "escape")
        assert "Sprint finished" in screen_text(pilot)


async def test_a_trial_opens_without_reviewing_its_sprint(
    ws: api.Workspace, open_app: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "4")
        monkeypatch.setattr(api, "review", lambda *_: pytest.fail("a review reads every trial"))
        await press(pilot, "enter")
        assert "weight_decay" in screen_text(pilot)


async def test_the_filter_hides_rows_and_escape_clears_it(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "4", "slash", *"head=mlp", "enter")
        rows = [row for row in screen_text(pilot).splitlines() if "complete" in row]
        assert rows
        assert all(" mlp " in row for row in rows)
        await press(pilot, "escape")
        assert any(" linear " in row for row in screen_text(pilot).splitlines())


async def test_the_newest_trial_is_drawn_against_the_best(ws: api.Workspace, open_app: Opener) -> None:
    best = api.list_sprints(ws)[0].best_trial
    async with open_app(ws) as pilot:
        await press(pilot, "4", "V")
        await until(pilot, lambda: "score #23" in screen_text(pilot))
        await press(pilot, "V")
        await until(pilot, lambda: "loss #23" in screen_text(pilot))
        assert f"best #{best}" in screen_text(pilot)
        await press(pilot, "V")
        await until(pilot, lambda: "mention 1.5 (best 1.5)" in screen_text(pilot))
        await press(pilot, "V")
        await until(pilot, lambda: "learning rate #23" in screen_text(pilot))
        await press(pilot, "V", "V")
        await until(pilot, lambda: "best so far" in screen_text(pilot))


async def test_the_lower_half_is_the_selected_trials(ws: api.Workspace, open_app: Opener) -> None:
    sprint = api.list_sprints(ws)[0].id
    trials = api.list_trials(ws, sprint)
    for number in (22, 23):
        log = ws.trial_log(sprint, number)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(f"said by {number}\n")
    async with open_app(ws) as pilot:
        await press(pilot, "4")
        assert "log of trial #23" in screen_text(pilot)
        assert "◆ #23" in screen_text(pilot)
        await press(pilot, "j")
        await until(pilot, lambda: "said by 22" in screen_text(pilot))
        text = screen_text(pilot)
        assert "log of trial #22" in text
        assert f"◆ #22 {trials[22].score:.4g}"[:9] in text
        await press(pilot, *["V"] * 5)
        await until(pilot, lambda: "parameters #22" in screen_text(pilot))
        assert "lr" in screen_text(pilot).split("parameters #22")[1]
        await press(pilot, "F")
        await until(pilot, lambda: "log of trial #23" in screen_text(pilot))
        assert pilot.app.screen.table().cursor_key == "23"


async def test_a_search_from_the_live_screen_opens_the_log_at_the_text(ws: api.Workspace, open_app: Opener) -> None:
    sprint = api.list_sprints(ws)[0].id
    log = ws.trial_log(sprint, 23)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(f"line {n}{' needle' if n == 100 else ''}\n" for n in range(3000)))
    async with open_app(ws) as pilot:
        await press(pilot, "4", "f", *"needle", "enter")
        await until(pilot, lambda: "line 100 needle" in screen_text(pilot))
        assert "trial #23" in screen_text(pilot)


SLOW = "thread: beta\ndata: {sleep: 0.4}"
"""A thread like alpha whose epochs take 0.4 s."""


def running(ws: api.Workspace, name: str = "beta", **changes: Any) -> api.SprintView:
    """A sprint of slow trials with real workers."""
    file = ws.path / f"{name}.yaml"
    text = (ws.path / "alpha.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace("thread: alpha", SLOW.replace("beta", name)), encoding="utf-8")
    api.create_thread(ws, api.load_thread_file(file))
    plan = replace(api.default_plan(ws, name, "1E"), n_trials=40, n_random=40, **changes)
    sprint = api.create_sprint(ws, plan)
    api.start_sprint(ws, sprint.id)
    return sprint


async def test_a_running_sprint_is_watched_commanded_and_announced_at_its_end(
    ws: api.Workspace, open_app: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    sprint = running(ws, fidelity=api.Fidelity(train_parts=6, val_parts=3, run_to="epochs", epochs=25, scheduler=False))
    written: list[str] = []
    monkeypatch.setattr(TrimtabApp, "write", lambda _app, sequence: written.append(sequence))
    try:
        async with open_app(ws, (80, 24)) as pilot:
            pilot.app.show_sprint("live", "beta", sprint.id)
            await until(pilot, lambda: "9 docs/s" in screen_text(pilot))
            assert any("trimtab 1E_v1 0/40" in text for text in written)
            await press(pilot, "V", "V")
            await until(pilot, lambda: "loss #0" in screen_text(pilot))
            await press(pilot, "x", "y")
            await until(pilot, lambda: api.list_trials(ws, sprint.id)[0].state == "cancelled")
            await until(pilot, lambda: "#1 " in screen_text(pilot).replace("  ", " "))
            await press(pilot, "e", "backspace", "backspace", "2", "enter")
            await until(pilot, lambda: api.get_sprint(ws, sprint.id).n_trials == 42)
            await press(pilot, "K", "y")
            await until(pilot, lambda: api.get_sprint(ws, sprint.id).state == "done")
            await until(pilot, lambda: any(text.startswith("\x07") for text in written))
            assert api.get_sprint(ws, sprint.id).stopped
            await press(pilot, "R")
            await until(pilot, lambda: api.get_sprint(ws, sprint.id).state == "running")
    finally:
        api.stop_sprint(ws, sprint.id, now=True)
        await gone(ws, sprint.id)


async def gone(ws: api.Workspace, sprint: int) -> None:
    """Wait until no worker of a sprint is left."""
    for _ in range(600):
        if api.get_sprint(ws, sprint).state != "stopping":
            return
        await asyncio.sleep(0.1)


async def test_brackets_walk_through_all_sprints_that_run_or_wait(ws: api.Workspace, open_app: Opener) -> None:
    made = [api.create_sprint(ws, api.default_plan(ws, "alpha", "1E")).id for _ in range(3)]
    for sprint in made:
        fill(ws, sprint, 3, state="paused")
    async with open_app(ws) as pilot:
        pilot.app.show_sprint("live", "alpha", made[0])
        await settle(pilot)
        assert "2 other sprints: ]" in screen_text(pilot)
        seen = []
        for key in ("]", "]", "]", "["):
            await press(pilot, {"]": "right_square_bracket", "[": "left_square_bracket"}[key])
            seen.append(pilot.app.memory.place.sprint)
        assert seen == [made[1], made[2], made[0], made[2]]


async def test_the_row_under_the_cursor_says_in_full_why_a_trial_was_pruned(
    ws: api.Workspace, open_app: Opener
) -> None:
    from sqlmodel import select

    from engine.store.database import writing
    from engine.store.tables import TrialRow

    why = "bracket 0, rung 1 (epoch 3): score 31.39 < cutoff 40.12 (1 of 3 promoted)"
    with writing(ws) as session:
        row = session.exec(select(TrialRow).where(TrialRow.number == 22)).one()
        row.state, row.reason = "pruned", why
        session.add(row)
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "4")
        assert why not in screen_text(pilot)
        await press(pilot, "j")
        assert f"✂ #22 {why}" in screen_text(pilot)


LONG = api.Fidelity(train_parts=6, val_parts=3, run_to="epochs", epochs=25, scheduler=False)


async def test_the_pause_key_holds_running_trials_at_their_epoch_and_they_go_on_where_they_were(
    ws: api.Workspace, open_app: Opener
) -> None:
    sprint = running(ws, "held", fidelity=LONG)
    try:
        async with open_app(ws, (80, 24)) as pilot:
            pilot.app.show_sprint("live", "held", sprint.id)
            await until(pilot, lambda: "9 docs/s" in screen_text(pilot))
            await press(pilot, "P")
            await until(pilot, lambda: api.get_sprint(ws, sprint.id).state == "paused")
            await until(pilot, lambda: "paused" in screen_text(pilot) and "R resume" in screen_text(pilot))
            seen = [-1, api.list_trials(ws, sprint.id)[0].epoch]
            while seen[-1] != seen[-2]:  # the epoch that ran when the key was pressed, no other
                await pilot.pause(1.5)
                seen.append(api.list_trials(ws, sprint.id)[0].epoch)
            assert len(set(seen)) <= 3
            [held] = api.list_trials(ws, sprint.id)
            assert held.state == "running", "it waits inside its worker"
            assert " P pause" not in screen_text(pilot)
            await press(pilot, "R")
            await until(pilot, lambda: api.get_sprint(ws, sprint.id).state == "running")
            await until(pilot, lambda: (api.list_trials(ws, sprint.id)[0].epoch or 0) > (held.epoch or 0))
            now = api.list_trials(ws, sprint.id)[0]
            assert (now.number, now.attempt, now.params) == (held.number, 1, held.params), "nothing is trained twice"
    finally:
        api.stop_sprint(ws, sprint.id, now=True)
        await gone(ws, sprint.id)


async def test_the_stop_key_ends_a_running_sprint_after_its_epoch_and_keeps_the_trial_for_a_resume(
    ws: api.Workspace, open_app: Opener
) -> None:
    sprint = running(ws, "ended", fidelity=LONG)
    try:
        async with open_app(ws, (80, 24)) as pilot:
            pilot.app.show_sprint("live", "ended", sprint.id)
            await until(pilot, lambda: "9 docs/s" in screen_text(pilot))
            await press(pilot, "X", "y")
            await until(pilot, lambda: api.get_sprint(ws, sprint.id).state not in ("running", "stopping"))
            await until(pilot, lambda: "S " in screen_text(pilot) and "stopping" not in screen_text(pilot))
            [trial] = api.list_trials(ws, sprint.id)
            assert (trial.number, trial.state) == (0, "queued")
            await press(pilot, "R")
            await until(pilot, lambda: api.list_trials(ws, sprint.id)[0].attempt == 2)
            assert api.list_trials(ws, sprint.id)[0].params == trial.params
    finally:
        api.stop_sprint(ws, sprint.id, now=True)
        await gone(ws, sprint.id)


async def test_capital_x_stops_after_the_running_epochs_and_capital_k_at_once(
    ws: api.Workspace, open_app: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = api.create_sprint(ws, api.default_plan(ws, "alpha", "1E"))
    asked: list[tuple[str, bool]] = []

    def stop(_ws: api.Workspace, _ref: int, now: bool = False, after: str = "epoch") -> api.SprintView:
        asked.append((after, now))
        return api.get_sprint(ws, draft.id)

    monkeypatch.setattr(api, "stop_sprint", stop)
    async with open_app(ws) as pilot:
        pilot.app.show_sprint("live", "alpha", draft.id)
        await settle(pilot)
        screen: Any = pilot.app.screen
        monkeypatch.setattr(type(screen), "check_action", lambda *_: True)
        for key in ("X", "K"):
            await press(pilot, key, "y")
        await until(pilot, lambda: len(asked) == 2)
    assert asked == [("epoch", False), ("epoch", True)]
