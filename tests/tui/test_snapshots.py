"""Each screen in three sizes as it was last looked at and accepted; the pictures lie in ``__snapshots__/``.

A screen that was changed on purpose is drawn anew with::

    pytest tests/tui/test_snapshots.py --snapshot-update

and the new pictures are looked at before they are committed (they open in a browser).
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from engine import api
from tests.tui.conftest import press, screen_text, settle, until
from tui.app import TrimtabApp
from tui.demo import lay_out_recording
from tui.options import Options

SIZES = ((80, 24), (120, 40), (200, 60))
AT = datetime(2026, 1, 1, 9, 30, tzinfo=UTC)
SCREENS: dict[str, tuple[str, ...]] = {
    "threads": ("1",),
    "new-thread": ("1", "n"),
    "review": ("2",),
    "plan": ("3",),
    "live": ("4",),
    "compare": ("5",),
    "pairs": ("2", "x"),
    "decisions": ("1", "d"),
    "trial": ("4", "enter"),
    "thresholds": ("4", "enter", "t"),
    "narrow": ("2", "n"),
    "constraints": ("2", "C"),
    "card": ("2", "enter"),
    "help": ("2", "?"),
}
"""Keys that lead to each screen, on one sprint of 24 trials."""

RECORDED: dict[str, tuple[str, ...]] = {
    "seven-threads": ("1",),
    "ranks": ("5",),
    "trajectories": ("5", "t"),
    "ten-dimensions": ("2",),
    "curves": ("4", "j", "enter"),
    "documents": ("4", "j", "enter", "e"),
    "thresholds-of-a-model": ("4", "j", "enter", "t"),
    "climb": ("4", "j", "enter", "t", "v", "v"),
}
"""Keys that lead to what only a trained model or several threads can show, in the recording."""

OPENED_AT = ("tiny-DTL-GLOBAL", "6E+Cal_v1")
"""Thread and sprint of the recording that the interface opens on."""

Compare = Callable[..., bool]

UNCHANGED = 8
"""Looks, a tenth of a second apart, in which a screen must not change before it counts as complete."""


@pytest.fixture
def drawn_alike(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The same picture on every machine: no word from the terminal, a fixed clock, a fixed person at home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("TERM", "COLORTERM", "NO_COLOR", "TERM_PROGRAM", "TEXTUAL_THEME", "CI", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def history(ws: api.Workspace) -> api.Workspace:
    """The template with decisions, all its times fixed."""
    from engine.store.database import writing
    from engine.store.tables import SpaceEditRow, SprintRow, StoreModel, ThreadRow

    sprint = api.list_sprints(ws)[0]
    api.accept_all(ws, sprint.thread, sprint.id, ["lr", "layers"])
    with writing(ws) as session:
        for table, columns in (
            (ThreadRow, {"created_at": AT}),
            (SprintRow, {"created_at": AT}),
            (SpaceEditRow, {"at": AT, "author": "somebody"}),
        ):
            session.connection().execute(StoreModel.metadata.tables[table.__tablename__].update().values(**columns))
    return ws


async def complete(pilot: Pilot[Any]) -> None:
    """Wait until nothing is read and nothing is drawn any more."""
    before, same = "", 0
    for _ in range(600):
        await settle(pilot)
        now = screen_text(pilot)
        same = same + 1 if now == before else 0
        if same >= UNCHANGED:
            return
        before = now
        await pilot.pause(0.1)
    raise AssertionError(f"the screen never stood still:\n{before}")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded") / "ws"
    lay_out_recording(folder)
    return folder


@pytest.fixture
def recorded(unpacked: Path, tmp_path: Path) -> api.Workspace:
    """A copy of the recording."""
    shutil.copytree(unpacked, tmp_path / "recorded")
    return api.open_workspace(tmp_path / "recorded")


def looks_as_accepted(app: TrimtabApp, keys: Sequence[str], size: tuple[int, int], snap_compare: Compare) -> bool:
    """Open a screen and compare it; nothing that only this machine has may be on it."""
    shown: list[str] = []

    async def open_it(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: pilot.app.ready)
        await settle(pilot)
        for key in keys:
            await press(pilot, key)
            await complete(pilot)
        shown.append(screen_text(pilot))

    alike = snap_compare(app, terminal_size=size, run_before=open_it)
    folder = str(app.options.workspace.parent)
    assert folder not in shown[0].replace("\n", ""), "a path of this machine is on the screen"
    return alike


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_looks_as_accepted(
    name: str, size: tuple[int, int], drawn_alike: None, history: api.Workspace, snap_compare: Compare
) -> None:
    app = TrimtabApp(Options(workspace=history.path, interval=3600.0))
    alike = looks_as_accepted(app, SCREENS[name], size, snap_compare)
    assert alike, f"{name} at {size} is drawn otherwise than accepted; if that is meant: --snapshot-update"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", RECORDED)
def test_a_screen_of_the_recording_looks_as_accepted(
    name: str, size: tuple[int, int], drawn_alike: None, recorded: api.Workspace, snap_compare: Compare
) -> None:
    thread, label = OPENED_AT
    sprint = next(one for one in api.list_sprints(recorded, thread) if one.short_label == label)
    app = TrimtabApp(Options(workspace=recorded.path, interval=3600.0))
    app.memory.place.thread, app.memory.place.sprint = thread, sprint.id
    alike = looks_as_accepted(app, RECORDED[name], size, snap_compare)
    assert alike, f"{name} at {size} is drawn otherwise than accepted; if that is meant: --snapshot-update"
