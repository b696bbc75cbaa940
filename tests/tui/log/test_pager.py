"""The log pager: rows, scrolling, search, following, and the person's own programs."""

from pathlib import Path

import pytest

from engine import api
from tests.tui.conftest import Opener, press, screen_text, settle, until
from tui.drawing.styled_lines import plain, width_of
from tui.log.pager import LogPager
from tui.log.programs import program_words, run_program
from tui.log.rows import line_inks, log_rows
from tui.log.screen import LogScreen, in_bytes

TRACE = """\
INFO began
Traceback (most recent call last):
  File "train.py", line 3, in <module>
    main()
RuntimeError: CUDA out of memory
WARNING: next
DEBUG detail
"""


@pytest.fixture
def log(ws: api.Workspace) -> Path:
    """The log of trial 5 of the finished sprint, 1100 lines."""
    path = ws.trial_log(api.list_sprints(ws)[0].id, 5)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"line {n} of the trial\n" for n in range(1100)))
    return path


def opened(pilot: object) -> LogPager:
    screen = pilot.app.screen  # type: ignore[attr-defined]
    assert isinstance(screen, LogScreen)
    return screen.query_one(LogPager)


async def show(pilot: object, ws: api.Workspace, number: int | None = 5) -> None:
    pilot.app.push_screen(LogScreen(api.list_sprints(ws)[0].id, number))  # type: ignore[attr-defined]
    await settle(pilot)  # type: ignore[arg-type]


async def test_the_end_is_shown_and_every_line_can_be_reached(ws: api.Workspace, log: Path, open_app: Opener) -> None:
    async with open_app(ws, (120, 40)) as pilot:
        await show(pilot, ws)
        await until(pilot, lambda: "line 1099 of the trial" in screen_text(pilot))
        assert "trial #5" in screen_text(pilot)
        assert "following its end" in screen_text(pilot)
        await press(pilot, "g")
        await until(pilot, lambda: "line 0 of the trial" in screen_text(pilot))
        assert "following" not in screen_text(pilot)
        seen = set()
        for _ in range(90):
            seen |= set(opened(pilot).visible_text().splitlines())
            if "line 1099 of the trial" in seen:
                break
            before = opened(pilot).top_line
            await press(pilot, "space")
            await until(pilot, lambda before=before: opened(pilot).top_line != before or opened(pilot).follows)
        assert seen == {f"line {n} of the trial" for n in range(1100)}
        await press(pilot, "k", "k", "k")
        assert not opened(pilot).follows
        await press(pilot, "F")
        await until(pilot, lambda: opened(pilot).follows)


async def test_what_is_written_while_one_looks_arrives(ws: api.Workspace, log: Path, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await show(pilot, ws)
        with log.open("a") as file:
            file.write("something new\nunfinished")
        await until(pilot, lambda: "something new" in screen_text(pilot))
        assert "unfinished" in screen_text(pilot)
        await press(pilot, "k", "k")
        top = opened(pilot).top_line
        with log.open("a") as file:
            file.write(" line\nmore\n")
        await pilot.pause(1.2)
        assert opened(pilot).top_line == top


async def test_a_search_goes_from_match_to_match_and_around(ws: api.Workspace, log: Path, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await show(pilot, ws)
        await press(pilot, "slash", *"line 7 of", "enter")
        await until(pilot, lambda: "line 7 of the trial" in screen_text(pilot))
        await press(pilot, "slash", *"line 12", "enter")
        await until(pilot, lambda: opened(pilot).in_sight("line 12 of"))
        await press(pilot, "n")
        await until(pilot, lambda: "line 12 " in (opened(pilot).top_line or api.LogLine(0, 0, "")).text)
        await press(pilot, "n")
        await until(pilot, lambda: "line 120 " in (opened(pilot).top_line or api.LogLine(0, 0, "")).text)
        await press(pilot, "N")
        await until(pilot, lambda: "line 12 " in (opened(pilot).top_line or api.LogLine(0, 0, "")).text)
        await press(pilot, "N")
        await until(pilot, lambda: "line 129 " in screen_text(pilot))
        await press(pilot, "slash", *"nowhere", "enter")
        await until(pilot, lambda: "Not in this log: nowhere" in screen_text(pilot))


async def test_the_logs_of_trial_worker_and_launcher_follow_each_other(
    ws: api.Workspace, log: Path, open_app: Opener
) -> None:
    ws.launcher_log(api.list_sprints(ws)[0].id).write_text("the launcher's words\n")
    async with open_app(ws) as pilot:
        await show(pilot, ws)
        await press(pilot, "tab")
        await until(pilot, lambda: "the launcher's words" in screen_text(pilot))
        assert " launcher " in screen_text(pilot)
        await press(pilot, "tab")
        await until(pilot, lambda: "line 1099" in screen_text(pilot))
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, LogScreen)


async def test_long_lines_wrap_or_are_cut_and_moved_sideways(ws: api.Workspace, log: Path, open_app: Opener) -> None:
    log.write_text("begin " + "x" * 300 + " finis\n" + "y\n" * 3)
    async with open_app(ws, (80, 24)) as pilot:
        await show(pilot, ws)
        assert " finis" in screen_text(pilot)
        await press(pilot, "w")
        assert " finis" not in screen_text(pilot)
        assert "lines cut" in screen_text(pilot)
        for _ in range(36):
            await press(pilot, "right")
        assert " finis" in screen_text(pilot)
        assert "begin" not in screen_text(pilot)


async def test_a_line_taller_than_the_screen_is_scrolled_by_its_rows(
    ws: api.Workspace, log: Path, open_app: Opener
) -> None:
    log.write_text("first\n" + " ".join(f"w{n}" for n in range(500)) + "\nlast\n")
    async with open_app(ws, (80, 24)) as pilot:
        await show(pilot, ws)
        await press(pilot, "g")
        seen = screen_text(pilot)
        for _ in range(15):
            await press(pilot, "ctrl+d")
            seen += screen_text(pilot)
        assert all(f"w{n}" in seen for n in range(0, 500, 50))
        assert "last" in screen_text(pilot)


async def test_a_trial_without_a_log_says_so(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws) as pilot:
        await show(pilot, ws, 7)
        assert "No log yet." in screen_text(pilot)
        await press(pilot, "n", "escape", "o", "w", "tab", "G", "j")
        assert "No log yet." in screen_text(pilot)


def test_levels_and_tracebacks_have_their_inks() -> None:
    assert line_inks(TRACE.splitlines()) == ["", "error", "", "", "bold:error", "warning", "muted"]


@pytest.mark.parametrize("text", ["x" * 50, "größer 漢字漢字漢字漢字漢字 end", "a\tb\tc", "", "e\u0301" * 30])
@pytest.mark.parametrize("wraps", [True, False])
def test_rows_hold_the_whole_text_and_no_more_than_their_width(text: str, wraps: bool) -> None:
    rows = log_rows(text, "", 12, wraps=wraps, wanted="e")
    if wraps:
        assert all(width_of(row) <= 12 for row in rows)
    assert "".join(plain(row) for row in rows) == text.expandtabs(8)


def test_matches_are_marked_across_rows() -> None:
    rows = log_rows("abcdefgh", "warning", 4, wraps=True, wanted="def")
    assert rows == [
        (("abc", "warning"), ("d", "reverse:top")),
        (("ef", "reverse:top"), ("gh", "warning")),
    ]
    assert log_rows("Abc", "", 9, wraps=True, wanted="abc") == [(("Abc", "reverse:top"),)]
    assert log_rows("Abc", "", 9, wraps=True, wanted="ABC") == [(("Abc", ""),)]


@pytest.mark.parametrize(("shift", "left"), [(0, "漢字x"), (1, " 字x"), (2, "字x"), (4, "x"), (9, "")])
def test_half_of_a_wide_character_becomes_a_blank(shift: int, left: str) -> None:
    assert "".join(plain(row) for row in log_rows("漢字x", "", 9, wraps=False, shift=shift)) == left


def test_the_persons_programs_are_found() -> None:
    assert program_words("pager", "/a b", {}) == ["less", "/a b"]
    assert program_words("pager", "/a", {"PAGER": "less -R"}) == ["less", "-R", "/a"]
    assert program_words("editor", "/a", {"EDITOR": "nano", "VISUAL": "code --wait"}) == ["code", "--wait", "/a"]
    assert run_program(["true"]) == ""
    assert run_program(["false"]) == "false ended with 1"
    assert "no-such-program could not be run" in run_program(["no-such-program"])


@pytest.mark.parametrize(
    ("size", "told"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (123_456, "123 kB"), (10**8, "100 MB")]
)
def test_sizes_are_short(size: int, told: str) -> None:
    assert in_bytes(size) == told
