"""Panes grow, one fills the screen, and the mouse does what keys do."""

import pytest

from engine import api
from tests.tui.conftest import Opener, press, screen_text, settle, until
from tui.widgets.key_line import KeyLine
from tui.widgets.line_table import LineTable
from tui.widgets.painting import Painting


async def test_z_lets_each_pane_fill_the_screen_and_esc_brings_all_back(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (100, 30)) as pilot:
        await press(pilot, "2")
        screen = pilot.app.screen
        before = {pane.id: pane.size for pane in screen.panes.all()}
        assert set(before) == {"dimensions", "plot", "said"}
        for expected in screen.panes.all():
            await press(pilot, "z")
            assert screen.panes.zoomed is expected
            assert expected.size.width >= 98
            assert expected.size.height >= 20
        await press(pilot, "z")
        assert {pane.id: pane.size for pane in screen.panes.all()} == before
        await press(pilot, "z", "escape")
        assert screen.panes.zoomed is None
        assert "review" in screen_text(pilot).splitlines()[0]


async def test_the_line_between_panes_moves_and_keeps_both_in_sight(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (100, 30)) as pilot:
        await press(pilot, "2")
        said = pilot.app.screen.query_one("#said", Painting)
        width = said.size.width
        await press(pilot, "less_than_sign")
        assert said.size.width == pytest.approx(width + 4, abs=1)
        await press(pilot, *["greater_than_sign"] * 30)
        assert 10 < said.size.width < width


async def test_a_click_presses_a_key_of_the_footer_and_sorts_by_a_head(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (120, 40)) as pilot:
        await press(pilot, "2")
        table = pilot.app.screen.query_one(LineTable)
        as_they_came = [row.key for row in table.rows]
        for sign, expected in (("▲", sorted(as_they_came)), ("▼", sorted(as_they_came)[::-1]), ("", as_they_came)):
            await pilot.click(table, offset=(table.gutter.left + 6, table.gutter.top))
            await settle(pilot)
            assert [row.key for row in table.rows] == expected
            assert f"{sign}DIMENSION" in screen_text(pilot) or f"{sign}HYPERPARAMETER" in screen_text(pilot)
        footer = screen_text(pilot).splitlines()[-1]
        await pilot.click(KeyLine, offset=(footer.index("plan"), 0))
        await until(pilot, lambda: "Ready to launch" in screen_text(pilot))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_click_on_a_head_sorts_the_trials_with_and_without_borders(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    async with open_app(ws, size) as pilot:
        await press(pilot, "4")
        table = pilot.app.screen.query_one(LineTable)
        head = screen_text(pilot).splitlines()[table.content_region.y]
        await pilot.click(table, offset=(head.index("SCORE") - table.region.x, table.gutter.top))
        await settle(pilot)
        best = api.list_sprints(ws)[0].best_trial
        await press(pilot, "g")
        assert table.cursor_key == str(best)


async def test_where_letters_are_typed_the_footer_promises_none(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (120, 40)) as pilot:
        await press(pilot, "slash")
        footer = screen_text(pilot).splitlines()[-1]
        assert not any(word in footer for word in ("new thread", "review", "plan", "compare", " q quit", "? help"))
        await press(pilot, *"npz")
        assert "/npz" in screen_text(pilot).splitlines()[0]
