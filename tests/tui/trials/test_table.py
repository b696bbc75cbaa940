import csv
from typing import Any

import pytest
from textual.pilot import Pilot

from engine import api
from tests.tui.conftest import Opener, press, screen_text, until
from tui.shell.state import load_memory
from tui.trials.column_choice import ColumnChoice
from tui.trials.table import TrialsTable

HYPERPARAMETERS = ("lr", "weight_decay", "layers", "head")


def table_of(pilot: Pilot[Any]) -> TrialsTable:
    return pilot.app.screen.query_one(TrialsTable)


def numbers(pilot: Pilot[Any]) -> list[int]:
    return [trial.number for trial in table_of(pilot).order]


def head_of(pilot: Pilot[Any]) -> str:
    return next(row for row in screen_text(pilot).splitlines() if "STATE" in row)


def marked(pilot: Pilot[Any]) -> list[str]:
    """Numbers of the rows that are marked as selected."""
    rows = [row for row in screen_text(pilot).splitlines() if "◆" in row and "1/1" in row]
    return [row.partition("◆")[2].split()[0] for row in rows]


async def test_each_hyperparameter_has_a_column_and_the_others_are_reached_sideways(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "4")
        head = head_of(pilot)
        assert all(name in head for name in HYPERPARAMETERS)
        assert "NOTE" not in head
        assert head.rstrip().endswith("›")
        await press(pilot, *["right"] * 9)
        assert "NOTE" in head_of(pilot)
        assert "‹" in head_of(pilot)
        assert "STATE" in head_of(pilot), "number and state stay"
        await press(pilot, *["left"] * 9)
        assert head_of(pilot) == head


async def test_sorting_goes_from_column_to_column_and_is_shown_in_the_head(ws: api.Workspace, open_app: Opener) -> None:
    trials = api.list_trials(ws, api.list_sprints(ws)[0].id)
    async with open_app(ws) as pilot:
        await press(pilot, "4")
        assert "# ▼" in head_of(pilot)
        assert numbers(pilot) == list(range(23, -1, -1))
        await press(pilot, "s", "s", "s")
        assert "SCORE ▼" in head_of(pilot)
        by_score = [t.number for t in sorted(trials, key=lambda t: -(t.score or 0.0))]
        assert numbers(pilot) == by_score
        await press(pilot, "S")
        assert "SCORE ▲" in head_of(pilot)
        assert numbers(pilot) == by_score[::-1]
        await press(pilot, "s", "s")
        assert "lr ▲" in head_of(pilot)
        assert numbers(pilot) == [t.number for t in sorted(trials, key=lambda t: t.params["lr"])]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_sign_of_the_sort_is_in_the_head_whatever_the_column(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    async with open_app(ws, size) as pilot:
        await press(pilot, "4")
        for _ in range(11):
            await press(pilot, "s")
            assert sum(head_of(pilot).count(sign) for sign in "▲▼") == 1, head_of(pilot)
            before = head_of(pilot)
            await press(pilot, "S")
            assert head_of(pilot) != before


async def test_a_sort_keeps_the_cursor_on_its_trial_and_its_column_in_sight(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "4", "j", "j")
        assert table_of(pilot).cursor_key == "21"
        await press(pilot, *["s"] * 9)
        assert "SOURCE ▲" in head_of(pilot)
        assert table_of(pilot).cursor_key == "21"


async def test_a_click_on_the_head_sorts_by_that_column_and_another_reverses(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "4")
        table = table_of(pilot)
        at = (head_of(pilot).index("lr") - table.region.x, table.gutter.top)
        await pilot.click(TrialsTable, offset=at)
        assert "lr ▲" in head_of(pilot)
        await pilot.click(TrialsTable, offset=at)
        assert "lr ▼" in head_of(pilot)


async def test_a_filter_is_an_expression_and_a_wrong_one_says_what_is_possible(
    ws: api.Workspace, open_app: Opener
) -> None:
    sprint = api.list_sprints(ws)[0]
    wanted = [t.number for t in api.list_trials(ws, sprint.id) if (t.score or 0) > 50 and t.params["layers"] >= 4]
    async with open_app(ws) as pilot:
        await press(pilot, "4", "slash", *"score>50 layers>=4", "enter")
        assert wanted
        assert numbers(pilot) == wanted[::-1]
        await press(pilot, "slash", *"score>50 layers>=4 layrs<2")
        assert "did you mean layers?" in screen_text(pilot)
        assert numbers(pilot) == wanted[::-1], "the last filter that could be read stays in force"
        await press(pilot, "enter")
        assert pilot.app.screen.query_one("#filter").display, "a wrong filter is not kept"
        await press(pilot, "escape")
        assert len(numbers(pilot)) == 24
        assert "did you mean" not in screen_text(pilot)


async def test_columns_are_chosen_and_reordered_and_come_back_after_a_restart(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "4", "C")
        assert isinstance(pilot.app.screen, ColumnChoice)
        await press(pilot, "space", "j", "K", "enter")  # no EPOCHS; SCORE above it
        await press(pilot, "C", *["j"] * 3, "K", "K", "K", "enter")  # lr first
        head = head_of(pilot)
        assert "EPOCHS" not in head
        assert head.index("lr") < head.index("SCORE") < head.index("TIME")
    assert load_memory(ws.path).place.columns["alpha"][0] == "param:lr"
    async with open_app(ws) as pilot:
        await press(pilot, "4")
        assert head_of(pilot) == head


async def test_the_export_holds_numbers_of_the_trials_that_are_shown(ws: api.Workspace, open_app: Opener) -> None:
    sprint = api.list_sprints(ws)[0]
    async with open_app(ws) as pilot:
        await press(pilot, "4", "slash", *"head=mlp", "enter", "E")
        await until(pilot, lambda: bool(list((ws.path / "exports").glob("*.csv"))))
    with next((ws.path / "exports").glob("*.csv")).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    trials = [t for t in api.list_trials(ws, sprint.id) if t.params["head"] == "mlp"]
    assert [(int(r["number"]), float(r["score"]), float(r["lr"])) for r in rows] == [
        (t.number, t.score, t.params["lr"]) for t in reversed(trials)
    ]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_selected_trials_are_marked_and_escape_deselects_them(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    async with open_app(ws, size) as pilot:
        await press(pilot, "4", "v", "space", "j")
        assert table_of(pilot).selected == (23, 22)
        assert marked(pilot) == ["23", "22"]
        await press(pilot, "escape")
        assert table_of(pilot).selected == ()
        assert marked(pilot) == []
