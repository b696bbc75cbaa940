"""Example documents and thresholds on screen: flows, signs without colour, reasons where there is nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine import api
from engine.boundary.ascii_letters import to_ascii
from tests.engine.artifacts.test_examples import content
from tests.tui.conftest import Opener, press, screen_text, until
from tui.drawing.styled_lines import plain, width_of
from tui.examples.lines import error_words
from tui.examples.screen import ExamplesScreen, nothing_lines
from tui.thresholds.screen import VIEWS, ThresholdsScreen
from tui.trial.screen import TrialScreen
from tui.widgets.scroll_lines import ScrollLines

BEST = 7
"""Any trial of the template."""


def two_documents() -> dict[str, Any]:
    plain = content()
    second = json.loads(json.dumps(plain["documents"][0]))
    second |= {"title": "two", "why": "best", "predicted": second["gold"], "mistakes": []}
    plain["documents"].append(second)
    return plain


def trace() -> dict[str, Any]:
    values = [0.8, 0.75, 0.85]
    tried = [[m, c, r, 30 + m + 10 * c - r] for m in values for c in values for r in values]
    return {
        "schema": 1,
        "scut": {
            "used": False, "beta": 1, "in_force": 0.85, "lowest": 0.1, "discard": 0.02, "n_candidates": 900,
            "n_gold": 40, "betas": [1, 2],
            "best": [{"beta": 1, "threshold": 0.4, "f": 52.5, "kept": 44, "right": 22},
                     {"beta": 2, "threshold": 0.2, "f": 55.0, "kept": 99, "right": 30}],
            "points": [[0.1, 20, 40], [0.2, 40, 55], [0.4, 52.5, 50], [0.85, 31.5, 20], [0.95, 0, 0]],
        },
        "rounds": [{"phase": "calibration", "step": 1, "what": "mention, coref, relation ± 0.05", "scut": None,
                    "before": [0.8, 0.8, 0.8], "after": [0.85, 0.85, 0.75],
                    "f1_before": 38.0, "f1_after": 38.6, "tried": tried}],
        "classes": [{"name": "wrote", "threshold": 0.75, "gold": 4, "predicted": 4, "right": 2}],
    }  # fmt: skip


def leave(ws: api.Workspace, name: str, plain: Any, number: int = BEST) -> Path:
    folder = ws.run_dir(api.list_sprints(ws)[0].id, number)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(plain if isinstance(plain, str) else json.dumps(plain), encoding="utf-8")
    return folder / name


async def open_trial(pilot: Any, ws: api.Workspace, key: str, number: int = BEST) -> Any:
    pilot.app.push_screen(TrialScreen(api.list_sprints(ws)[0].id, number))
    await until(pilot, lambda: f"#{number} of" in screen_text(pilot))
    await press(pilot, key)
    return pilot.app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_examples_show_documents_text_and_items_side_by_side(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    leave(ws, "examples.json", two_documents())
    async with open_app(ws, size) as pilot:
        screen = await open_trial(pilot, ws, "e")
        assert isinstance(screen, ExamplesScreen)
        await until(pilot, lambda: "<Anna Holm|1> lives in <Lund>" in screen_text(pilot))
        shown = screen_text(pilot)
        assert "3✓ 1✗ 1+" in shown
        assert "{wrote [Vara]}" in shown
        await press(pilot, "v")
        shown = screen_text(pilot)
        assert "ENTITIES  ✓ 0 right  ✗ 3 missed  + 3 spurious or wrong" in shown
        (row,) = [text for text in shown.splitlines() if "Lund LOC" in text]
        assert "≠" in row
        assert "Lund ORG" in row
        await press(pilot, "right_square_bracket")
        await until(pilot, lambda: screen.document.title == "two")
        assert "{" not in screen_text(pilot).split("RELATIONS")[0].split("spurious}")[-1]
        await press(pilot, "left_square_bracket", "enter")
        assert isinstance(pilot.app.focused, ScrollLines)
        await press(pilot, "G", "h")
        assert pilot.app.focused is screen.table()
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, TrialScreen)


async def test_a_class_of_mistakes_filters_documents_and_items(ws: api.Workspace, open_app: Opener) -> None:
    leave(ws, "examples.json", two_documents())
    async with open_app(ws, (80, 24)) as pilot:
        screen = await open_trial(pilot, ws, "e")
        await until(pilot, lambda: len(screen.table().rows) == 2)
        await press(pilot, "f")
        assert "only entity · split: in pieces" in screen_text(pilot)
        assert [row.cells[0] for row in screen.table().rows] == ["one"]
        await press(pilot, "v")
        shown = screen_text(pilot)
        assert shown.count("split") >= 2
        assert "Lund ORG" not in shown
        await press(pilot, "F")
        assert len(screen.table().rows) == 2
        await press(pilot, "c")
        shown = screen_text(pilot)
        assert "errors by class" in shown
        assert "12 documents" in shown
        assert "WRONG TYPE" in shown
        await press(pilot, "c")
        assert "<Anna Holm|1>" in screen_text(pilot)


async def test_a_class_of_mistakes_is_told_in_full_also_on_80_columns(ws: api.Workspace, open_app: Opener) -> None:
    plain = two_documents()
    meaning = "its mentions are spread over several predicted entities, none of which holds all of them"
    for error in plain["errors"]:
        error["meaning"] = meaning
    leave(ws, "examples.json", plain)
    async with open_app(ws, (80, 24)) as pilot:
        screen = await open_trial(pilot, ws, "e")
        await until(pilot, lambda: len(screen.table().rows) == 2)
        await press(pilot, "f")
        assert f"only entity · split: {meaning}" in " ".join(screen_text(pilot).split())
    assert error_words(screen.examples, ("relation", "missed_cluster")) == "relation · missed cluster"


async def test_a_trial_without_examples_says_why_and_what_to_do(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (80, 24)) as pilot:
        await open_trial(pilot, ws, "e")
        await until(pilot, lambda: "left no examples" in screen_text(pilot))
        shown = " ".join(screen_text(pilot).split())
        assert "ran with an older version" in shown, "its objective declares the view"
        assert "run the trial again" in shown
        await press(pilot, "v", "c", "f", "right_square_bracket", "enter")
        assert pilot.app._exception is None


async def test_a_damaged_file_is_named_and_the_epochs_stay(ws: api.Workspace, open_app: Opener) -> None:
    leave(ws, "thresholds.json", '{"schema": 1, "rounds": [{"step": "one"}]}')
    async with open_app(ws, (80, 24)) as pilot:
        screen = await open_trial(pilot, ws, "t")
        await until(pilot, lambda: len(screen.table().rows) == 1)
        await press(pilot, "v")
        shown = " ".join(screen_text(pilot).split())
        assert "rounds[0].step must be a whole number" in shown
        assert "docs/examples.md" in shown


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_thresholds_show_scut_the_climb_and_the_types(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    leave(ws, "thresholds.json", trace())
    async with open_app(ws, size) as pilot:
        screen = await open_trial(pilot, ws, "t")
        assert isinstance(screen, ThresholdsScreen)
        await until(pilot, lambda: screen.data is not None)
        await press(pilot, "v")
        shown = " ".join(screen_text(pilot).split())
        assert "in force 0.85: F1 31.5; unchanged; SCut would choose 0.4: F1 52.5" in shown
        assert "SCut stops at 0.1" in shown
        await press(pilot, "v")
        shown = screen_text(pilot)
        assert "27 combinations of mention, coref, relation ± 0.05" in shown
        assert "mention ↑ 0.85 · coref ↑ 0.85 · relation ↓ 0.75: F1 38.00 → 38.60 (+0.60)" in " ".join(shown.split())
        assert all(f"relation {value}" in shown for value in ("0.75", "0.8", "0.85"))
        assert ">38.6<" in shown
        assert "(38.0)" in shown
        await press(pilot, "v")
        assert "wrote" in screen_text(pilot)
        assert VIEWS[3] in screen_text(pilot)
        await press(pilot, "V", "V", "V")
        assert "1/4" in screen_text(pilot)


async def test_everything_is_ascii_where_asked(ws: api.Workspace, open_app: Opener) -> None:
    leave(ws, "examples.json", two_documents())
    leave(ws, "thresholds.json", trace())
    async with open_app(ws, (80, 24), ascii=True) as pilot:
        await open_trial(pilot, ws, "e")
        await until(pilot, lambda: "Anna Holm" in screen_text(pilot))
        await press(pilot, "v")
        seen = [screen_text(pilot)]
        await press(pilot, "escape", "t", "v")
        seen.append(screen_text(pilot))
    signs = [to_ascii(sign) for sign in ("✓", "✗", "+", "≠")]
    assert len(set(signs)) == 4
    assert all(to_ascii(text).isascii() for text in seen)


def test_why_there_is_nothing_is_said_in_full_at_every_width() -> None:
    found: api.Artifact[api.ExampleSet] = api.Artifact(content=None, absence="word " * 40, advice="do " * 40)
    for width in (40, 79, 199):
        rows = nothing_lines(found, width)
        assert max(map(width_of, rows)) <= width
        assert sum(plain(row).count("word") for row in rows) == 40
