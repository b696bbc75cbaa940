"""A screen that was resized looks as one that was opened at that size."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from engine import api
from tests.tui.conftest import BOWL, THREAD, Opener, fill, press, screen_text, settle
from tests.tui.test_snapshots import SCREENS
from tui.dialogs.choose import Choose
from tui.dialogs.dialog import Dialog
from tui.dialogs.prompt import Prompt
from tui.drawing.styled_lines import plain
from tui.widgets.key_line import KeyLine

FIRST = (120, 40)
SIZES = ((80, 23), (200, 60))
"""The smallest is what tmux, with its status line, leaves of a terminal of 80x24."""

KEYS: dict[str, tuple[str, ...]] = {
    **SCREENS,
    "accept": ("2", "j", "space"),
    "accept-all": ("2", "A"),
    "freeze": ("2", "f"),
    "sprint-findings": ("2", "i"),
    "examples": ("4", "enter", "e"),
    "extend": ("4", "e"),
    "losses": ("4", "V"),
    "columns": ("4", "C"),
    "trajectories": ("5", "t"),
}
"""Keys that lead to each screen and dialog, on one sprint of 24 trials."""

LONG = "a sentence that is longer than a narrow terminal is wide, and says so again, and again, and once more"

DIALOGS: dict[str, Callable[[], Dialog[Any]]] = {
    "choose": lambda: Choose("some of several", [(str(i), f"row {i} {LONG}") for i in range(50)], ["3"]),
    "prompt": lambda: Prompt("a question", LONG, "an answer"),
}
"""Dialogs that a screen opens only where there is more to choose from than here."""


async def stands(pilot: Pilot[Any], wanted: str = "") -> str:
    """The screen once it is as wanted, or has not changed for half a second."""
    same, shown = 0, ""
    for _ in range(200):
        await settle(pilot)
        now = screen_text(pilot)
        same, shown = (same + 1 if now == shown else 0), now
        if now == wanted or same >= 5:
            break
        await pilot.pause(0.1)
    return shown


@pytest.fixture
def decided(ws: api.Workspace) -> api.Workspace:
    """The template with decisions in its log."""
    sprint = api.list_sprints(ws)[0]
    api.accept_all(ws, sprint.thread, sprint.id, ["lr", "layers"])
    freeze = api.Proposal(action="freeze", dimension="weight_decay", value=1e-3)
    api.apply_edit(ws, sprint.thread, freeze, sprint=sprint.id, reason=f"{LONG}; {LONG}")
    return ws


@pytest.fixture
def open_apart(open_app: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Opens the interface as `open_app` does, each time as if for the first time."""
    numbers = count()

    def opened(ws: api.Workspace, size: tuple[int, int]) -> Any:
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / f"state-{next(numbers)}"))
        return open_app(ws, size)

    return opened


@pytest.mark.parametrize("name", KEYS)
async def test_a_resized_screen_looks_as_one_opened_at_that_size(
    name: str, decided: api.Workspace, open_apart: Opener
) -> None:
    await as_opened(decided, open_apart, lambda pilot: press(pilot, *KEYS[name]))


async def test_a_resized_table_of_many_dimensions_takes_the_room_there_is(
    empty_ws: api.Workspace, open_apart: Opener
) -> None:
    many = "".join(f"  w{number}: {{type: float, low: 0, high: 1}}\n" for number in range(12))
    (empty_ws.path / "bowl.py").write_text(BOWL, encoding="utf-8")
    (empty_ws.path / "wide.yaml").write_text(THREAD.replace("stages:", f"{many}stages:"), encoding="utf-8")
    thread = api.create_thread(empty_ws, api.load_thread_file(empty_ws.path / "wide.yaml"))
    fill(empty_ws, api.create_sprint(empty_ws, api.default_plan(empty_ws, thread.name, "1E")).id)
    await as_opened(empty_ws, open_apart, lambda pilot: press(pilot, "2"))


@pytest.mark.parametrize("name", DIALOGS)
async def test_a_resized_dialog_looks_as_one_opened_at_that_size(
    name: str, ws: api.Workspace, open_apart: Opener
) -> None:
    async def show(pilot: Pilot[Any]) -> None:
        pilot.app.push_screen(DIALOGS[name]())
        await settle(pilot)

    await as_opened(ws, open_apart, show)


async def as_opened(ws: api.Workspace, open_apart: Opener, show: Callable[[Pilot[Any]], Any]) -> None:
    opened: dict[tuple[int, int], str] = {}
    for size in SIZES:
        async with open_apart(ws, size) as pilot:
            await show(pilot)
            opened[size] = await stands(pilot)
            assert_whole(pilot.app.screen, opened[size])
    async with open_apart(ws, FIRST) as pilot:
        await show(pilot)
        opened[FIRST] = await stands(pilot)
        for size in (*SIZES, FIRST):
            await pilot.resize_terminal(*size)
            resized = await stands(pilot, opened[size])
            assert resized == opened[size], f"at {size}\n{resized}\n── opened at this size ──\n{opened[size]}"


def assert_whole(screen: Screen[Any], shown: str) -> None:
    """Nothing is cut off: the key line, the top line, every part of a dialog."""
    (key_line,) = screen.query(KeyLine)
    keys = plain(key_line.draw(*key_line.region.size)[0]).strip()
    assert keys
    assert keys in shown.split("\n")[key_line.region.y], f"the key line is hidden\n{shown}"
    for part in screen.query(".key-line, .top-line, .dialog-box"):
        assert part.region.height > 0
        assert screen.region.contains_region(part.region), f"{part} is cut off\n{shown}"
    for part in screen.query(".dialog-box > *"):
        box = part.parent.region  # type: ignore[union-attr]
        assert not part.display or box.contains_region(part.region), f"{part} is cut off\n{shown}"
