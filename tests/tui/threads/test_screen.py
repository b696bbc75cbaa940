import threading
from pathlib import Path

import pytest

from engine import api
from tests.tui.conftest import BOWL, THREAD, Opener, fill, press, screen_text, until
from tui.dialogs.confirm import Confirm
from tui.live.screen import LiveScreen
from tui.review.screen import ReviewScreen
from tui.threads.tree import TreeTable


async def test_an_empty_workspace_says_how_to_begin(empty_ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(empty_ws, (80, 24)) as pilot:
        await press(pilot, "1", "H")
        assert "n new thread" in screen_text(pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_home_lists_threads_with_their_sprints(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    async with open_app(ws, size) as pilot:
        text = screen_text(pilot)
        for word in ("alpha", "1E_v1", "T6_V3", "✓ done"):
            assert word in text, text


async def test_a_stopped_sprint_is_called_so_in_the_tree_and_beside_it(ws: api.Workspace, open_app: Opener) -> None:
    sprint = api.create_sprint(ws, api.default_plan(ws, "alpha", "1E"))
    fill(ws, sprint.id, 5)
    async with open_app(ws) as pilot:
        await press(pilot, "G")
        assert screen_text(pilot).count("✓ stopped") == 2
        assert screen_text(pilot).count("✓ done") == 1


async def test_enter_opens_a_finished_sprint_in_review(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "j", "enter")
        assert isinstance(pilot.app.screen, ReviewScreen)
        await press(pilot, "escape", "o")
        assert isinstance(pilot.app.screen, LiveScreen)


async def test_a_thread_is_made_from_a_file_and_what_is_wrong_with_one_is_said(
    ws: api.Workspace, open_app: Opener, tmp_path: Path
) -> None:
    good, bad, lost = tmp_path / "beta.yaml", tmp_path / "bad.yaml", tmp_path / "lost.yaml"
    (tmp_path / "bowl.py").write_text(BOWL, encoding="utf-8")
    lost.write_text(THREAD.replace("bowl:Bowl", "bowl:Bwol"), encoding="utf-8")
    good.write_text(THREAD.replace("alpha", "beta"), encoding="utf-8")
    bad.write_text(THREAD.replace("space:", "spaec:"), encoding="utf-8")
    async with open_app(ws) as pilot:
        await press(pilot, "F")
        pilot.app.screen.query_one("#answer").value = str(bad)
        await press(pilot, "enter")
        await until(pilot, lambda: "spaec" in screen_text(pilot))
        await press(pilot, "F")
        pilot.app.screen.query_one("#answer").value = str(lost)
        await press(pilot, "enter")
        await until(pilot, lambda: "did you mean bowl:Bowl" in " ".join(screen_text(pilot).split()))
        await press(pilot, "F")
        pilot.app.screen.query_one("#answer").value = str(good)
        await press(pilot, "enter")
        await until(pilot, lambda: "beta" in screen_text(pilot))
        assert {t.name for t in api.list_threads(ws)} == {"alpha", "beta"}


async def test_a_file_that_is_likely_not_what_was_meant_is_asked_about(
    ws: api.Workspace, open_app: Opener, tmp_path: Path
) -> None:
    file = tmp_path / "gamma.yaml"
    file.write_text(
        "thread: gamma\ncommand: python lost.py --lr {lr} --epochs {epochs}\n"
        "space:\n  lr: {type: float, low: 0.1, high: 1.0}\n",
        encoding="utf-8",
    )
    warnings = api.thread_warnings(api.load_thread_file(file))
    assert len(warnings) == 2

    async def give() -> None:
        await press(pilot, "F")
        pilot.app.screen.query_one("#answer").value = str(file)
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))

    async with open_app(ws) as pilot:
        await give()
        shown = "".join(screen_text(pilot).replace("│", " ").split())  # a path may be broken anywhere
        assert all("".join(f"▲ {text}.".split()) in shown for text in warnings), shown
        await press(pilot, "escape")
        assert [thread.name for thread in api.list_threads(ws)] == ["alpha"]
        await give()
        await press(pilot, "y")
        await until(pilot, lambda: "gamma" in {thread.name for thread in api.list_threads(ws)})


async def test_notes_are_kept_and_an_archived_thread_is_hidden_until_asked_for(
    ws: api.Workspace, open_app: Opener
) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "N", *"try POS next", "enter")
        await until(pilot, lambda: api.get_thread(ws, "alpha").notes == "try POS next")
        await press(pilot, "A")
        await until(pilot, lambda: "The only thread is archived" in screen_text(pilot))
        await press(pilot, "Z")
        assert "alpha archived" in screen_text(pilot)


async def test_the_place_is_kept_between_starts(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "2", "j", "j")
    async with open_app(ws) as pilot:
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert pilot.app.screen.table().cursor_key == "layers"


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 40)])
async def test_a_panel_tells_about_the_sprint_where_there_is_room(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    api.set_notes(ws, "alpha", "try POS next")
    async with open_app(ws, size) as pilot:
        await press(pilot, "j")
        if size[0] < 100:
            assert "try POS next" not in screen_text(pilot)
            return
        await until(pilot, lambda: "Findings" in screen_text(pilot))
        text = screen_text(pilot)
        for word in ("best 68", "sampler", "try POS next", "r review  p plan  o live"):
            assert word in text, text


async def test_a_thread_folds_and_unfolds_and_the_cursor_stays_in_it(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await press(pilot, "1", "j", "h")
        table = pilot.app.screen.query_one(TreeTable)
        assert table.cursor_key == "t:alpha"
        await press(pilot, "h")
        assert [row.key for row in table.rows] == ["t:alpha"]
        assert "▸ alpha" in screen_text(pilot)
        await press(pilot, "left")
        assert len(table.rows) == 1
        await press(pilot, "right")
        assert len(table.rows) == 2
        assert "▾ alpha" in screen_text(pilot)
        await press(pilot, "l")
        assert table.cursor_key.startswith("s:")
        await press(pilot, "l")
        assert isinstance(pilot.app.screen, ReviewScreen)


async def test_findings_and_decisions_of_a_sprint_stand_beside_the_tree(ws: api.Workspace, open_app: Opener) -> None:
    narrow = api.Proposal(action="narrow", dimension="lr", low=1e-4, high=1e-2)
    api.apply_edit(ws, "alpha", narrow, sprint=api.list_sprints(ws)[0].id)
    async with open_app(ws) as pilot:
        await press(pilot, "1", "j")
        await until(pilot, lambda: "Findings" in screen_text(pilot))
        text = screen_text(pilot)
        assert "± narrow lr: 1e-5" in text
        assert "◆ " in text


async def test_an_empty_place_offers_only_what_can_be_done_there(empty_ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(empty_ws, (80, 24)) as pilot:
        footer = screen_text(pilot).splitlines()[-1]
        assert "new thread" in footer
        assert not any(word in footer for word in ("review", "plan", "live", "compare"))
        await press(pilot, "5")
        text = screen_text(pilot)
        assert "Nothing to compare yet" in text
        assert "agreement" not in text


async def test_nothing_claims_emptiness_while_reading(
    empty_ws: api.Workspace, open_app: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app(empty_ws) as pilot:
        release = threading.Event()
        monkeypatch.setattr(api, "list_threads", lambda *_, **__: (release.wait(20), ())[1])
        pilot.app.simulate_key("5")
        await until(pilot, lambda: "─ compare" in screen_text(pilot))
        text = screen_text(pilot)
        release.set()
        assert "Reading …" in text
        assert "Nothing to compare" not in text
        await until(pilot, lambda: "Nothing to compare" in screen_text(pilot))
