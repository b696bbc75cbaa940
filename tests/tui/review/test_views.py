"""The views of the review: every plot of a dimension, of all of them, of two; what the pointer does on them."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlmodel import select

from engine import api
from tests.tui.conftest import Opener, press, screen_text, settle, until
from tui.dialogs.edit import EditPlot
from tui.dialogs.trim import BoundsDialog
from tui.drawing.styled_lines import Line
from tui.plots.curve import Series, draw_curves, running_best
from tui.plots.histogram_layout import MARGIN
from tui.plots.spread import concentration_curve, entropy_curve
from tui.review.dimension_plot import VIEWS, DimensionPlot
from tui.review.screen import ReviewScreen
from tui.widgets.field import TextField


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
        row, high = layout.row_of("now"), layout.ends_of(api.working_space(ws, "alpha").space["lr"])[1]
        assert row is not None
        high += plot.gutter.left
        at = first + row + plot.gutter.top
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
        assert float(dragged) == pytest.approx(layout.value_at(high - plot.gutter.left - 20), rel=0.2)

        inner = dialog.query_one(EditPlot)  # and on from there, in the dialog's own plot
        found = inner.histogram_layout()
        assert found is not None
        layout, first = found
        row, low_at = layout.row_of("new"), layout.ends_of(api.working_space(ws, "alpha").space["lr"])[0]
        assert row is not None
        await pilot.mouse_down(inner, offset=(MARGIN + low_at, first + row))
        await pilot.hover(inner, offset=(MARGIN + low_at + 10, first + row))
        await pilot.mouse_up(inner, offset=(MARGIN + low_at + 10, first + row))
        await settle(pilot)
        assert float(dialog.query_one("#field-low", TextField).text) > 1e-5
        assert dialog.query_one("#field-high", TextField).text == dragged
        await press(pilot, "enter")
        assert api.working_space(ws, "alpha").space["lr"].bounds[1] == float(dragged)


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
        await pilot.hover(plot, offset=(room // 2 + 4 * room + plot.gutter.left, 2 + plot.gutter.top))
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
