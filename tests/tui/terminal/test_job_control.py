"""A process that was stopped and runs on shows the whole screen again, in a real pseudo-terminal."""

import os
import signal
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import api
from tests.tui.terminal_session import TerminalSession


@pytest.fixture
def session(ws: api.Workspace, tmp_path: Path) -> Iterator[TerminalSession]:
    """The interface on the finished sprint, its first screen complete."""
    opened = TerminalSession("--workspace", str(ws.path), cwd=tmp_path, XDG_STATE_HOME=str(tmp_path / "s"))
    opened.until("1E_v1")
    opened.rest()
    yield opened
    os.kill(opened.child.pid, signal.SIGCONT)  # a stopped process could not be closed
    opened.close()


def state(session: TerminalSession) -> str:
    """The process's state by /proc, T when it is stopped."""
    return Path(f"/proc/{session.child.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


def wait_until_stopped(session: TerminalSession, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while state(session) != "T":
        assert time.monotonic() < until, "the process never stopped"
        session.drain(0.1)


def n_threads(session: TerminalSession) -> int:
    return len(list(Path(f"/proc/{session.child.pid}/task").iterdir()))


def is_cooked(session: TerminalSession) -> bool:
    """Whether the terminal echoes what is typed, as for a shell."""
    return bool(termios.tcgetattr(session.child.child_fd)[3] & termios.ECHO)


def stop(session: TerminalSession, how: str) -> None:
    if how == "ctrl+z":
        session.child.send("\x1a")
    else:
        os.kill(session.child.pid, getattr(signal, how))
    wait_until_stopped(session)
    session.drain(0.2)


@pytest.mark.parametrize("how", ["ctrl+z", "SIGTSTP", "SIGSTOP"])
def test_a_stopped_interface_paints_the_whole_screen_when_it_runs_on(session: TerminalSession, how: str) -> None:
    shown, threads = session.text, n_threads(session)
    for _ in range(2):
        stop(session, how)
        assert is_cooked(session) or how == "SIGSTOP"
        session.screen.reset()  # the shell's screen
        os.kill(session.child.pid, signal.SIGCONT)
        session.until(lambda text: text == shown, 60)
    assert not is_cooked(session)
    session.rest()
    assert n_threads(session) <= threads, "a second reader takes half of the keys"
    session.press("2")
    session.until("▓ top")
    session.press("q")
    session.until(lambda _: is_cooked(session), 60)


def test_a_dialog_is_painted_again_with_the_screen_below(session: TerminalSession) -> None:
    session.press("2")
    session.until("▓ top")
    session.press("n")
    session.rest()
    shown = session.text
    assert "narrow" in shown
    stop(session, "ctrl+z")
    session.screen.reset()
    os.kill(session.child.pid, signal.SIGCONT)
    session.until(lambda text: text == shown, 60)


@pytest.mark.parametrize("keys", [(), ("2", "n"), ("?",), (":",)], ids=["screen", "dialog", "card", "palette"])
def test_ctrl_l_repaints_a_garbled_screen(session: TerminalSession, keys: tuple[str, ...]) -> None:
    session.press(*keys)
    session.rest()
    shown = session.text
    session.screen.reset()
    session.screen.draw("a message of another program")
    session.child.send("\x0c")
    session.until(lambda text: text == shown, 60)
