from pathlib import Path

import pytest

from engine import api
from tests.tui.conftest import Opener, press, screen_text, settle, until
from tui.dialogs.trim import BoundsDialog
from tui.plan.screen import PlanScreen
from tui.review.screen import ReviewScreen
from tui.widgets.field import TextField

SIZES = [(80, 24), (120, 40)]


def space(ws: api.Workspace) -> api.Space:
    return api.working_space(ws, "alpha").space


@pytest.mark.parametrize("size", SIZES)
async def test_the_review_shows_ranges_histogram_findings_and_what_is_proposed(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    async with open_app(ws, size) as pilot:
        await press(pilot, "2")
        text = screen_text(pilot)
        for word in (
            "lr",
            "weight_decay",
            "1e-5 … 0.01 log",
            "▓ top",
            "now",
            "narrow to 4.93e-4 … 0.00",
            "Source: a source",
        ):
            assert word in text, text
        assert all(len(row) <= size[0] for row in text.splitlines())


async def test_accepting_a_proposal_shows_what_it_keeps_before_it_is_kept(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2", "space")
        assert "remain" in screen_text(pilot)
        assert space(ws)["lr"].bounds == (1e-5, 1e-2)
        await press(pilot, "enter")
        assert space(ws)["lr"].bounds[0] > 1e-5
        assert "±" in screen_text(pilot)
        log = api.edit_log(ws, "alpha")
        assert log[0].sprint_label.endswith("1E_v1")


async def test_escape_leaves_everything_as_it_was(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        for key in ("space", "f", "n", "w", "A"):
            await press(pilot, "2", key, "escape")
        await press(pilot, "j", "j", "j", "c", "escape")
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert not api.edit_log(ws, "alpha")


async def test_freezing_takes_the_best_value_the_median_or_a_typed_one(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2")
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        assert screen.one is not None
        best = screen.one.top_values[0]
        await press(pilot, "f", "enter")
        assert space(ws)["lr"].frozen == best, "not a digit is lost"
        await press(pilot, "f")
        assert not space(ws)["lr"].is_frozen
        await press(pilot, "f", "m", "enter")
        assert space(ws)["lr"].frozen != pytest.approx(best, rel=1e-3)
        await press(pilot, "u", "f", *"3e-3", "enter")
        assert space(ws)["lr"].frozen == pytest.approx(3e-3)


async def test_narrowing_takes_typed_bounds_and_a_reason(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2", "n", *"1e-4", "tab", *"5e-3", "tab", *"known from JEREX", "enter")
        assert space(ws)["lr"].bounds == (1e-4, 5e-3)
        assert api.edit_log(ws, "alpha")[-1].reason == "known from JEREX"


async def test_bounds_that_nobody_touched_are_kept_digit_for_digit_with_the_reason_of_the_proposal(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2")
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        assert screen.one is not None
        proposal = screen.one.proposal
        assert proposal is not None
        assert proposal.reason
        assert proposal.low is not None
        await press(pilot, "n", "enter")
        assert space(ws)["lr"].bounds == (proposal.low, proposal.high)
        assert api.edit_log(ws, "alpha")[-1].reason == proposal.reason
        await press(pilot, "u", "n", "tab", *"5e-3", "enter")
        assert space(ws)["lr"].bounds == (proposal.low, 5e-3)
        assert api.edit_log(ws, "alpha")[-1].reason == f"Proposed: 4.93e-4 … 0.00428 log: {proposal.reason}"


async def test_arrows_drag_a_bound_while_the_count_of_kept_trials_follows(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2", "j", "n")
        dialog = pilot.app.screen
        assert isinstance(dialog, BoundsDialog)
        dialog.query_one("#field-low", TextField).value = "1e-4"
        dialog.renew()
        await settle(pilot)
        before = screen_text(pilot)
        await press(pilot, *["right"] * 12)
        after = screen_text(pilot)
        assert dialog.query_one("#field-low", TextField).text != "1e-4"
        assert before != after
        assert "of 24 trials" in after


async def test_only_the_field_that_has_the_keys_is_marked(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "2", "j", "n")

        def marked() -> list[str]:
            return [label for label in ("low", "high") if f"▸ {label} " in screen_text(pilot)]

        assert marked() == ["low"]
        await press(pilot, "tab")
        assert marked() == ["high"]
        await press(pilot, "tab")
        assert marked() == []


async def test_bounds_that_make_no_range_are_refused_in_words(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2", "n", *"1", "tab", *"1e-3", "enter")
        assert isinstance(pilot.app.screen, BoundsDialog)
        assert "low must be below high" in screen_text(pilot)
        await press(pilot, "escape", "n", *"x", "escape")
        assert not api.edit_log(ws, "alpha")


async def test_an_edit_that_the_engine_refuses_leaves_the_dialog_open_with_what_was_typed(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "2", "n", "tab", *"10", "tab", *"why not", "enter")
        dialog = pilot.app.screen
        assert isinstance(dialog, BoundsDialog)
        text = screen_text(pilot)
        assert "✗ lr: 10 is outside its domain" in text
        assert "why not" in text
        assert dialog.query_one("#field-high", TextField).text == "10"
        await press(pilot, "shift+tab", *"1e-3", "enter")
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert [edit.reason for edit in api.edit_log(ws, "alpha")] == ["why not"]


async def test_proposals_that_the_engine_refuses_leave_the_list_open_with_its_reason(
    ws: api.Workspace, open_app: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> api.SpaceView:
        raise api.EngineError("the space must not change now", "try later")

    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "2", "A", "a", "tab", *"my reason")
        with monkeypatch.context() as patched:
            patched.setattr(api, "accept_all", refuse)
            await press(pilot, "enter")
        text = screen_text(pilot)
        assert "✗ the space must not change now; try later" in text
        assert "my reason" in text
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert {edit.reason for edit in api.edit_log(ws, "alpha")} == {"my reason"}


async def test_widening_goes_beyond_the_range(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2", "w", "enter")
        low, high = space(ws)["lr"].bounds
        assert low < 1e-5
        assert high > 1e-2


async def test_choices_can_be_dropped_but_not_all(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2", "G", "c", "right", "enter")
        assert "linear" not in space(ws)["head"].choices
        await press(pilot, "c", "j", "right", "j", "right", "enter")
        assert "At least one choice must remain" in screen_text(pilot)


async def test_accept_all_asks_and_takes_the_marked_ones(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2", "A", "enter")
        assert "Nothing is selected" in screen_text(pilot), "few trials: nothing is recommended"
        await press(pilot, "a", "space", "enter")
        await until(pilot, lambda: bool(api.edit_log(ws, "alpha")))
        edited = {edit.dimension for edit in api.edit_log(ws, "alpha")}
        assert "lr" not in edited
        assert edited


async def test_accept_all_keeps_one_reason_and_a_space_in_it_marks_nothing(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "2", "A", "a")
        assert "Reason for all" in screen_text(pilot)
        await press(pilot, "tab", *"as the plots say", "enter")
        await until(pilot, lambda: bool(api.edit_log(ws, "alpha")))
        log = api.edit_log(ws, "alpha")
        assert "lr" in {edit.dimension for edit in log}
        assert {edit.reason for edit in log} == {"as the plots say"}


@pytest.mark.parametrize("size", SIZES)
async def test_the_space_after_a_decision_is_restored_with_a_reason_and_undone(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    api.apply_edit(ws, "alpha", api.Proposal(action="narrow", dimension="lr", low=1e-4, high=1e-2))
    then = space(ws)
    api.apply_edit(ws, "alpha", api.Proposal(action="freeze", dimension="layers", value=3))
    now = space(ws)
    async with open_app(ws, size) as pilot:
        await press(pilot, "2", "d", "R")
        assert "the working space is as after #2" in screen_text(pilot)
        await press(pilot, "j", "R")
        await until(pilot, lambda: "layers: = 3 frozen → 1 … 8. Reason (optional;" in screen_text(pilot))
        assert "enter restores):" in screen_text(pilot), "nothing of the question is cut"
        await press(pilot, *"too early", "enter")
        await until(pilot, lambda: space(ws) == then)
        await until(pilot, lambda: "3 edits in force" in screen_text(pilot))
        assert api.edit_log(ws, "alpha")[-1].reason == "too early"
        await press(pilot, "u")
        await until(pilot, lambda: space(ws) == now)
        await press(pilot, "question_mark")
        assert "as after the selected decision" in " ".join(screen_text(pilot).split())


async def test_undo_and_redo_walk_without_limit_also_after_a_restart(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2", "space", "enter", "j", "f", "enter")
        trimmed = space(ws)
        await press(pilot, "u", "u")
        assert space(ws)["lr"].bounds == (1e-5, 1e-2)
        await press(pilot, "u")
        assert "Nothing to undo" in screen_text(pilot)
    async with open_app(ws) as pilot:
        await press(pilot, "2", "ctrl+r", "ctrl+r")
        assert space(ws) == trimmed


async def test_a_frozen_category_is_unfrozen_before_its_choices_are_restricted(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2", "G", "f", "enter")
        toasts = pilot.app._notifications
        await until(pilot, lambda: any(n.message.startswith("head: = mlp frozen; ") for n in toasts))
        await press(pilot, "c")
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert any("f unfreeze" in n.message for n in toasts)


async def test_more_and_fewer_top_trials(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2")
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        assert screen.review is not None
        before = screen.review.n_top
        await press(pilot, "plus")
        assert screen.review.n_top == before + 1
        await press(pilot, "minus", "minus")
        assert screen.review.n_top == before - 1


async def test_findings_open_as_cards_with_meaning_and_advice(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2", "enter")
        assert "Findings on lr" in screen_text(pilot)
        await press(pilot, "escape", "i")
        assert "Findings on the sprint" in screen_text(pilot)


async def test_pairs_decisions_and_plan_open_from_the_review(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2", "space", "enter", "x")
        assert "rank correlation" in screen_text(pilot)
        await press(pilot, "j", "l", "a", "escape", "d")
        assert "in force" in screen_text(pilot)
        await press(pilot, "escape", "p")
        assert isinstance(pilot.app.screen, PlanScreen)


async def test_a_readonly_viewer_can_look_but_not_change(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, readonly=True) as pilot:
        await press(pilot, "2", "space", "f", "n", "A", "u")
        assert isinstance(pilot.app.screen, ReviewScreen)
        await press(pilot, "question_mark")
        assert "unfreeze it (off)" in screen_text(pilot)
        assert not api.edit_log(ws, "alpha")


async def test_a_workspace_without_sprints_says_what_to_press(empty_ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(empty_ws, (80, 24)) as pilot:
        assert "No threads yet" in screen_text(pilot)
        await press(pilot, "H")
        for key, *words in (
            ("2", "No sprint to review yet", "1  choose a sprint", "A review needs a sprint"),
            ("3", "No thread to plan for", "1  list the threads", "n  new thread by a form", "A sprint belongs to"),
            ("4", "No sprint yet", "3  plan a sprint", "1  list the threads", "Press 3 to plan"),
            ("5", "Nothing to compare yet", "needs a sprint with scores", "1  list the threads"),
        ):
            await press(pilot, key)
            text = screen_text(pilot)
            assert all(word in text for word in words), text
            assert "eading …" not in text
            assert "L launch" not in text


async def test_asking_for_a_thread_file_says_what_it_is_and_where_one_is(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "1", "F")
        text = screen_text(pilot)
        for words in ("docs/thread-file.md", "docs/examples/digits/thread.yaml", "ctrl+o"):
            assert words in text
    for file in ("docs/thread-file.md", "docs/examples/digits/thread.yaml"):
        assert (Path(__file__).parents[3] / file).is_file()


async def test_the_number_of_top_trials_stays_when_one_leaves_the_review_and_comes_back(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2")
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        assert screen.review is not None
        before = screen.review.n_top
        await press(pilot, "plus", "plus", "4", "2")
        again = pilot.app.screen
        assert isinstance(again, ReviewScreen)
        await until(pilot, lambda: again.review is not None and again.review.n_top == before + 2)


@pytest.mark.parametrize(("size", "is_whole"), [((80, 24), False), ((120, 40), True), ((200, 60), True)])
async def test_a_range_is_whole_where_there_is_room(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int], is_whole: bool
) -> None:
    async with open_app(ws, size) as pilot:
        await press(pilot, "2")
        await until(pilot, lambda: "weight_decay" in screen_text(pilot))
        assert ("linear | mlp | bilinear" in screen_text(pilot)) == is_whole
