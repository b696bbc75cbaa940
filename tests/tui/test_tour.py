"""The whole tour in a real pseudo-terminal with real trainings: demo, live, review, trim, plan, second sprint."""

import time
from pathlib import Path

import pytest

from engine import api
from tests.tui.terminal_session import TerminalSession

N_TRIALS = 4
PATIENCE = 180.0
"""Seconds a sprint of real trainings may take on a loaded machine."""


def edits(ws: api.Workspace) -> list[tuple[str, str]]:
    """Actions and dimensions in force."""
    thread = api.list_threads(ws)[0].name
    return [(edit.action, edit.dimension) for edit in api.edit_log(ws, thread) if not edit.undone]


@pytest.mark.timeout(600)
def test_a_newcomer_is_led_from_the_demo_to_a_second_sprint_inside_the_trimmed_space(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    size = ("--trials", str(N_TRIALS), "--documents", "36", "--encoder", "tiny")
    session = TerminalSession(
        "--workspace", str(folder), "demo", *size, cwd=tmp_path, XDG_STATE_HOME=str(tmp_path / "state")
    )
    try:
        session.until("trimtab ─ live")
        first_frame = time.monotonic()
        session.until("● running", PATIENCE)
        session.until(lambda shown: "▸   0 ● running" in shown or "✓ complete" in shown, PATIENCE)
        waited = time.monotonic() - first_frame
        session.until("Sprint finished", PATIENCE)
        ws = api.open_workspace(folder)
        session.press("r")
        session.until("FINDINGS")
        session.until("weight_decay")

        session.press("f")  # lr at the best trial's value
        session.until("freeze lr")
        session.until("remain")
        session.press("enter")
        session.until("❄ lr")
        session.press("j", "n")  # weight_decay to typed bounds
        session.until("narrow weight_decay")
        session.press(*"1e-3", "tab", *"1e-2", "enter")
        session.until("0.001 … 0.01")
        session.press("j", "w")  # w_mention beyond its range
        session.until("widen w_mention")
        session.press("enter")
        session.until("± w_mention")
        session.press("j", "f")  # w_coref frozen, and thought better of
        session.until("freeze w_coref")
        session.press("enter")
        session.until("❄ w_coref")
        session.press("u")
        session.until(lambda shown: "❄ w_coref" not in shown)
        assert edits(ws) == [("freeze", "lr"), ("narrow", "weight_decay"), ("widen", "w_mention")]

        session.press("p")
        session.until("Ready to launch")
        assert "‹ cold ›" in session.text
        session.press("L")
        session.until("1E_v2")
        session.until("Sprint finished", PATIENCE)
    finally:
        session.close()
    first, second = api.list_sprints(ws)
    assert (first.state, second.state) == ("done", "done")
    space = api.working_space(ws, second.thread).space
    trials = api.list_trials(ws, second.id)
    assert len(trials) == N_TRIALS
    assert all(space[name].contains(value) for trial in trials for name, value in trial.params.items())
    assert {trial.params["lr"] for trial in trials} == {space["lr"].frozen}
    print(f"first trial running {waited:.1f} s after the first frame")  # noqa: T201
