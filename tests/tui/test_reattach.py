"""Closing the terminal ends the interface only: the sprint goes on, and the next start is on it again."""

import os
import signal
from dataclasses import replace
from pathlib import Path

from engine import api
from tests.tui.conftest import THREAD
from tests.tui.terminal.test_escapes import gone
from tests.tui.terminal_session import TerminalSession


def test_a_sprint_outlives_the_interface_and_is_there_again(ws: api.Workspace, tmp_path: Path) -> None:
    file = ws.path / "slow.yaml"
    file.write_text(THREAD.replace("alpha", "slow") + "data: {sleep: 1.5}\n", encoding="utf-8")
    api.create_thread(ws, api.load_thread_file(file))
    plan = replace(api.default_plan(ws, "slow", "1E"), n_trials=8, n_random=8)
    sprint = api.create_sprint(ws, plan)
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    first = TerminalSession("--workspace", str(ws.path), cwd=tmp_path, **state)
    first.until("slow")
    first.press("G", "o")
    first.until("Not started")
    first.press("R")
    first.until("● running")
    pid = first.child.pid
    os.close(first.child.child_fd)
    assert gone(pid)
    assert api.get_sprint(ws, sprint.id).state == "running"
    second = TerminalSession("--workspace", str(ws.path), cwd=tmp_path, **state)
    try:
        second.until("trimtab ─ live")
        second.until("slow 1E_v1")
        os.kill(second.child.pid, signal.SIGKILL)
        third = TerminalSession("--workspace", str(ws.path), cwd=tmp_path, **state)
        second = third
        third.until("Sprint finished", 240)
    finally:
        second.close()
    done = api.get_sprint(ws, sprint.id)
    assert (done.state, done.n_complete, done.n_failed) == ("done", 8, 0)
