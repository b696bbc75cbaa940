import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import api
from tests.tui.conftest import fill
from tests.tui.terminal_session import TerminalSession
from tui.terminal import escapes

Starter = type[TerminalSession]


@pytest.fixture
def session(ws: api.Workspace, tmp_path: Path) -> Iterator[TerminalSession]:
    """The interface on the finished sprint, its first screen complete."""
    opened = TerminalSession("--workspace", str(ws.path), cwd=tmp_path)
    opened.until("1E_v1")
    opened.rest()
    yield opened
    opened.close()


def ended(session: TerminalSession, seconds: float = 120.0) -> bool:
    """Whether the process ends within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        session.drain(0.1)
        if not session.child.isalive():
            return True
    return False


def test_an_idle_screen_sends_nothing(session: TerminalSession) -> None:
    assert session.drain(3.0) == 0


def test_a_screen_switch_and_a_key_cost_little(session: TerminalSession) -> None:
    session.press("2")
    session.until("▓ top")
    session.rest()
    before = session.n_bytes
    session.press("4")
    session.until("Sprint finished")
    session.drain(0.5)
    assert session.n_bytes - before <= 40_000
    before = session.n_bytes
    session.press("j")
    session.drain(0.3)
    assert session.n_bytes - before <= 2_000


def test_a_ticking_trial_costs_at_most_its_row(ws: api.Workspace, tmp_path: Path) -> None:
    from engine.store.database import writing
    from engine.store.tables import TrialRow

    running = api.create_sprint(ws, api.default_plan(ws, "alpha", "1E"))
    fill(ws, running.id, 20, state="running")
    with writing(ws) as store:
        row = TrialRow(
            sprint_id=running.id, number=20, state="running", params={"lr": 1e-3}, attempt=1, epoch=1, n_epochs=9
        )
        store.add(row)
        store.flush()
        number = row.id
    opened = TerminalSession("--workspace", str(ws.path), "--interval", "0.5", cwd=tmp_path)
    try:
        opened.until("alpha")
        opened.press("G", "o")
        opened.until("● running")
        opened.rest()
        before, begin = opened.n_bytes, time.monotonic()
        for tick in range(10):
            with writing(ws) as store:
                live = store.get(TrialRow, number)
                assert live is not None
                live.epoch, live.fraction = 1 + tick // 5, tick / 10
                store.add(live)
            opened.drain(0.5)
        rate = (opened.n_bytes - before) / (time.monotonic() - begin)
        assert 0 < rate <= 1_500
    finally:
        opened.close()


def test_quitting_restores_the_terminal_and_names_nothing_where_nothing_runs(session: TerminalSession) -> None:
    session.press("q")
    assert ended(session)
    assert session.child.exitstatus == 0
    assert "Still running" not in session.text
    assert not session.screen.display[0].startswith("trimtab ─")


def test_sigterm_leaves_a_usable_terminal(session: TerminalSession) -> None:
    os.kill(session.child.pid, signal.SIGTERM)
    assert ended(session)
    assert session.child.signalstatus is None


def test_a_closed_terminal_ends_the_interface(session: TerminalSession) -> None:
    pid = session.child.pid
    os.close(session.child.child_fd)
    assert gone(pid)


def test_a_closed_terminal_ends_the_interface_also_where_hang_ups_are_ignored(
    ws: api.Workspace, tmp_path: Path
) -> None:
    opened = TerminalSession("--workspace", str(ws.path), cwd=tmp_path, before="trap '' HUP; ")
    opened.until("1E_v1")
    pid = opened.child.pid
    os.close(opened.child.child_fd)
    assert gone(pid)


def gone(pid: int, seconds: float = 120.0) -> bool:
    """Whether a child process ends within some seconds; it is reaped."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return True
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return False


def test_a_dumb_terminal_is_refused_in_one_line(ws: api.Workspace, tmp_path: Path) -> None:
    opened = TerminalSession("--workspace", str(ws.path), cwd=tmp_path, TERM="dumb")
    assert ended(opened)
    assert opened.child.exitstatus == 1
    assert "TERM='dumb'" in opened.text.replace("\n", "")


def test_the_clipboard_passes_through_tmux_and_refuses_what_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert escapes.clipboard_sequence("lr") == "\x1b]52;c;bHI=\x07"
    monkeypatch.setenv("TMUX", "/tmp/tmux")
    assert escapes.clipboard_sequence("lr") == "\x1bPtmux;\x1b\x1b]52;c;bHI=\x07\x1b\\"
    assert escapes.clipboard_sequence("x" * 80_000) == ""


def test_progress_and_notices_pass_through_tmux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "tmux-256color")
    monkeypatch.setenv("TMUX", "/tmp/tmux")
    assert escapes.progress_sequence(40).encode() == b"\x1bPtmux;\x1b\x1b]9;4;1;40\x07\x1b\\"
    assert escapes.progress_sequence(None).encode() == b"\x1bPtmux;\x1b\x1b]9;4;0;\x07\x1b\\"
    assert escapes.notification_sequence("done").encode() == b"\x07\x1bPtmux;\x1b\x1b]9;done\x07\x1b\\"
    assert escapes.title_sequence("t").encode() == b"\x1b]2;t\x07", "tmux has titles of its own"


def test_titles_and_notices_never_carry_control_characters() -> None:
    assert escapes.title_sequence("a\x1b]2;b\x07c") == "\x1b]2;a]2;bc\x07"
    assert escapes.progress_sequence(140) == "\x1b]9;4;1;100\x07"


def test_the_mouse_is_on_copying_uses_osc_52_and_a_viewer_changes_nothing(ws: api.Workspace, tmp_path: Path) -> None:
    opened = TerminalSession("--workspace", str(ws.path), "--readonly", cwd=tmp_path, keep=True)
    try:
        opened.until("1E_v1")
        assert "?1003h" in opened.sent
        assert "\x1b]11;?\x07" in opened.sent, "the terminal was not asked for its background"
        opened.child.send("\x1b]11;rgb:ffff/ff")
        opened.child.send("ff/f0f0\x1b\\")  # the answer, in two pieces: no key of it may be typed
        opened.rest()
        assert "threads" in opened.text
        opened.press("G", "y")
        opened.until("Copied:")
        assert "\x1b]52;c;" in opened.sent
        opened.press("2")
        opened.until("▓ top")
        opened.press("f", "space", "A", "u")
        opened.drain(1.0)
        assert "freeze lr" not in opened.text
    finally:
        opened.close()
    assert api.edit_log(ws, "alpha") == []


def test_the_mouse_is_off_when_asked_for(ws: api.Workspace, tmp_path: Path) -> None:
    opened = TerminalSession("--workspace", str(ws.path), "--no-mouse", cwd=tmp_path, keep=True)
    try:
        opened.until("1E_v1")
        assert "?1003h" not in opened.sent
    finally:
        opened.close()


def test_a_link_that_stalls_gets_the_newest_state_not_a_pile_of_frames(ws: api.Workspace, tmp_path: Path) -> None:
    opened = TerminalSession("--workspace", str(ws.path), cwd=tmp_path)
    try:
        opened.until("1E_v1")
        opened.press("2")
        opened.until("▓ top")
        opened.rest()
        for _ in range(200):  # typed while nothing is read: each key alone would repaint the plot
            opened.child.send("v")
        time.sleep(3.0)
        before = opened.n_bytes
        opened.press("1")
        opened.until("THREAD")
        opened.drain(2.0)
        assert opened.n_bytes - before <= 400_000
    finally:
        opened.close()
