from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from engine import api
from tests.tui.conftest import Opener, press, screen_text, settle, until
from tui.dialogs.edit import EditPlot
from tui.dialogs.trim import BoundsDialog
from tui.drawing.styled_lines import Line
from tui.plan.screen import PlanScreen
from tui.plots.curve import Series, draw_curves, running_best
from tui.plots.histogram_layout import MARGIN
from tui.plots.spread import concentration_curve, entropy_curve
from tui.review.dimension_plot import VIEWS, DimensionPlot
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
        assert api.edit_log(ws, "alpha")[-1].reason == f"Proposed was 4.93e-4 … 0.00428 log: {proposal.reason}"


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
        assert "at least one choice must stay" in screen_text(pilot)


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
        assert "the working space is what it was after #2" in screen_text(pilot)
        await press(pilot, "j", "R")
        assert "layers: frozen 3 → 1 … 8. Enter restores; a reason may be" in screen_text(pilot)
        assert "given:" in screen_text(pilot), "nothing of the question is cut"
        await press(pilot, *"too early", "enter")
        await until(pilot, lambda: space(ws) == then)
        await until(pilot, lambda: "3 edits in force" in screen_text(pilot))
        assert api.edit_log(ws, "alpha")[-1].reason == "too early"
        await press(pilot, "u")
        await until(pilot, lambda: space(ws) == now)
        await press(pilot, "question_mark")
        assert "after the decision under" in " ".join(screen_text(pilot).split())


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


async def test_every_view_of_a_dimension_can_be_drawn(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "2")
        for view in (*VIEWS[1:], VIEWS[0]):
            await press(pilot, "v")
            assert pilot.app.screen.query_one(DimensionPlot).view == view
            assert view in screen_text(pilot)


async def test_the_largest_scores_there_are_can_be_reviewed_in_every_view(ws: api.Workspace, open_app: Opener) -> None:
    from engine.store.database import writing
    from engine.store.tables import TrialRow

    with writing(ws) as session:
        for trial, score in zip(session.exec(select(TrialRow)).all(), (1.7e308, -1.7e308, 1e200), strict=False):
            trial.score = score
            session.add(trial)
    async with open_app(ws) as pilot:
        await press(pilot, "2")
        assert "best 1.7e308" in screen_text(pilot)
        for view in (*VIEWS[1:], VIEWS[0]):
            await press(pilot, "v")
            assert view in screen_text(pilot)
            assert "nan%" not in screen_text(pilot)
        assert not pilot.app._notifications


async def test_views_go_both_ways_and_say_their_key(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "2")
        plot = pilot.app.screen.query_one(DimensionPlot)
        assert "v next" in screen_text(pilot)
        await press(pilot, "v")
        assert plot.view == VIEWS[1]
        assert "◆ top 8  • others" in screen_text(pilot)
        await press(pilot, "V", "V")
        assert plot.view == VIEWS[-1]


@pytest.mark.parametrize("steps", [2, 3, 4])
async def test_running_best_entropy_and_concentration_are_followed_in_the_order_of_the_trials(
    ws: api.Workspace, open_app: Opener, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    drawn: list[Series] = []

    def draw(series: Sequence[Series], **shape: Any) -> list[Line]:
        drawn[:] = series
        return draw_curves(series, **shape)

    monkeypatch.setattr("tui.review.dimension_plot.draw_curves", draw)
    async with open_app(ws) as pilot:
        await press(pilot, "2", *["v"] * (steps + 1))
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        assert screen.review is not None
        trials = [t for t in screen.review.trials if t.state == "complete" and t.score is not None]
        assert [t.number for t in trials][: screen.review.n_top] != list(screen.review.top), "best first is no time"
        tried = [(t.params["lr"], t.score or 0.0) for t in trials]
        lr = api.working_space(ws, "alpha").space["lr"]
        if steps == 2:
            assert drawn[0].points == tuple((float(t.number), t.score) for t in trials)
            assert drawn[1].points == running_best(drawn[0].points)
        elif steps == 3:
            assert drawn[0].points == entropy_curve(lr, tried)
        else:
            assert drawn[0].points == concentration_curve(lr, tried, screen.review.n_top)


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
        assert "no thread yet" in screen_text(pilot)
        await press(pilot, "H")
        for key, *words in (
            ("2", "No sprint to review yet", "1  choose a sprint", "A review needs a sprint"),
            ("3", "no thread to plan for", "1  go to the threads", "n  makes one with a form", "a sprint belongs to"),
            ("4", "no sprint yet", "3  plan one", "1  go to the threads", "once a sprint runs"),
            ("5", "nothing to compare yet", "two threads are needed", "1  go to the threads"),
        ):
            await press(pilot, key)
            text = screen_text(pilot)
            assert all(word in text for word in words), text
            assert "reading …" not in text
            assert "L launch" not in text


async def test_asking_for_a_thread_file_says_what_it_is_and_where_one_is(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "1", "F")
        text = screen_text(pilot)
        for words in ("docs/thread-file.md", "docs/examples/digits/thread.yaml", "ctrl+o"):
            assert words in text
    for file in ("docs/thread-file.md", "docs/examples/digits/thread.yaml"):
        assert (Path(__file__).parents[3] / file).is_file()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_all_dimensions_are_drawn_at_once_in_three_views(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    async with open_app(ws, size) as pilot:
        await press(pilot, "2", *["v"] * 6)
        for words in (("importance", "PED-ANOVA", "fANOVA"), ("parallel coordinates", "score"), ("slices", "◆")):
            text = screen_text(pilot)
            assert all(word in text for word in words), text
            await press(pilot, "v")
        assert "histogram" in screen_text(pilot)


async def test_a_bracket_that_is_dragged_opens_the_dialog_at_its_bounds(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (120, 40)) as pilot:
        await press(pilot, "2")
        plot = pilot.app.screen.query_one(DimensionPlot)
        found = plot.histogram_layout()
        assert found is not None
        layout, first = found
        row, high = layout.row_of("now"), layout.ends_of(space(ws)["lr"])[1]
        assert row is not None
        at = first + row
        await pilot.mouse_down(plot, offset=(MARGIN + high, at))
        await pilot.hover(plot, offset=(MARGIN + high - 20, at))
        assert plot.dragged is not None
        assert plot.dragged.bounds[1] < 1e-2
        await pilot.mouse_up(plot, offset=(MARGIN + high - 20, at))
        await settle(pilot)
        dialog = pilot.app.screen
        assert isinstance(dialog, BoundsDialog)
        low, dragged = (dialog.query_one(f"#field-{name}", TextField).text for name in ("low", "high"))
        assert float(low) == 1e-5
        assert float(dragged) == pytest.approx(layout.value_at(high - 20), rel=0.2)

        inner = dialog.query_one(EditPlot)  # and on from there, in the dialog's own plot
        found = inner.histogram_layout()
        assert found is not None
        layout, first = found
        row, low_at = layout.row_of("new"), layout.ends_of(space(ws)["lr"])[0]
        assert row is not None
        await pilot.mouse_down(inner, offset=(MARGIN + low_at, first + row))
        await pilot.hover(inner, offset=(MARGIN + low_at + 10, first + row))
        await pilot.mouse_up(inner, offset=(MARGIN + low_at + 10, first + row))
        await settle(pilot)
        assert float(dialog.query_one("#field-low", TextField).text) > 1e-5
        assert dialog.query_one("#field-high", TextField).text == dragged
        await press(pilot, "enter")
        assert space(ws)["lr"].bounds[1] == float(dragged)


async def test_a_trial_is_brought_to_the_front_by_keys_and_by_the_pointer(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (120, 40)) as pilot:
        await press(pilot, "2", "V", "V", "right_square_bracket")
        plot = pilot.app.screen.query_one(DimensionPlot)
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        assert screen.review is not None
        assert plot.view == "parallel coordinates"
        assert plot.front == screen.review.top[0]
        assert f"● #{screen.review.top[0]}" in screen_text(pilot)
        await press(pilot, "right_square_bracket")
        assert plot.front == screen.review.top[1]
        await press(pilot, "left_square_bracket", "left_square_bracket")
        assert plot.front is None
        room = plot.size.width // 5  # four dimensions and the score
        await pilot.hover(plot, offset=(room // 2 + 4 * room, 2))
        await settle(pilot)
        assert plot.front is not None


async def test_partial_dependence_says_how_far_its_shape_is_to_be_trusted(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (120, 40)) as pilot:
        await press(pilot, "2", "v", "v")
        await settle(pilot)
        text = screen_text(pilot)
        assert "partial dependence · height" in text
        assert "80% band" in text
        assert "of unseen scores" in text
        await press(pilot, "j", "j", "j")  # a category
        assert "of unseen scores" in screen_text(pilot)


async def test_failures_stand_at_their_values_in_every_plot_of_single_values(
    ws: api.Workspace, open_app: Opener
) -> None:
    from engine.store.database import writing
    from engine.store.tables import TrialRow

    with writing(ws) as session:
        for row in session.exec(select(TrialRow).where(TrialRow.number < 3)).all():
            row.state, row.score = "failed", None
            session.add(row)
    async with open_app(ws, (120, 40)) as pilot:
        await press(pilot, "2")
        assert "✗ failed 3" in screen_text(pilot)
        assert "\n fail" in screen_text(pilot) or "fail  " in screen_text(pilot)
        for view in ("score against value", "partial dependence"):
            await press(pilot, "v")
            assert view in screen_text(pilot)
            assert screen_text(pilot).count("✗") >= 2
        await press(pilot, "V", "V", "V")
        assert "slices" in screen_text(pilot)
        assert "✗" in screen_text(pilot)
        await press(pilot, "x")
        assert "✗ failed 3" in screen_text(pilot)


async def test_a_pair_is_drawn_over_the_score_models_map(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (120, 40)) as pilot:
        await press(pilot, "2", "x")
        await until(pilot, lambda: "expected" in screen_text(pilot))
        text = screen_text(pilot)
        assert "░▒▓" in text
        assert "of unseen scores" in text
        assert "◆" in text
        await press(pilot, "v")
        assert "▓▓" not in screen_text(pilot)
