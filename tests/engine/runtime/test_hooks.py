"""The hooks of a person who is away: called for what is new, by a real launcher, and harmless when they fail."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from engine.cli.main import main
from engine.launchers import hooks, local
from engine.launchers.hooks import HookEvent, SprintHooks, call_hooks
from engine.store import commands, queries
from engine.store.database import reading, writing
from engine.store.liveness import is_held
from engine.store.tables import TrialRow
from engine.trials.states import SprintState

TEST = HookEvent(event="test", text="It's a “test”; $(touch no)")


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the command was told so far; the command is the person's, with a place of its own for each call."""
    folder = tmp_path / "told"
    folder.mkdir()
    monkeypatch.setenv("TRIMTAB_HOOK", f'cat > "$(mktemp {folder}/$TRIMTAB_EVENT.XXXXXX)"')
    monkeypatch.delenv("TRIMTAB_WEBHOOK", raising=False)
    return lambda: sorted((json.loads(f.read_text("utf-8")) for f in folder.iterdir()), key=lambda e: str(e["text"]))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """A web server of this machine, and what was posted to it."""
    posted: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(404 if self.path == "/gone" else 204)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        monkeypatch.setenv("TRIMTAB_WEBHOOK", f"http://127.0.0.1:{made.server_port}/secret-token")
        yield posted
        made.shutdown()


def ended(lab: Any, sprint_id: int, *trials: tuple[str, float | None]) -> None:
    with writing(lab.ws) as session:
        rows = [TrialRow(sprint_id=sprint_id, number=0, source="model", params={}) for _ in trials]
        for row, (state, score) in zip(rows, trials, strict=True):
            row.state, row.score, row.reason = state, score, "out of memory" if state == "failed" else ""
        commands.add_trials(session, queries.sprint(session, sprint_id), rows)


def look(lab: Any, sprint_id: int, watch: SprintHooks) -> None:
    with reading(lab.ws) as session:
        sprint = queries.sprint(session, sprint_id)
        watch.look(session, sprint, is_held=is_held(sprint))
    for call in watch._calls:
        call.join(20)


def test_a_launcher_tells_the_end_to_the_command_and_to_the_url(lab: Any, told: Any, server: list[Any]) -> None:
    sprint_id = lab.sprint(n_trials=2, data={"sleep": 0.01})
    local.start_launcher(lab.ws, sprint_id)
    lab.until_ended(sprint_id)
    lab.until(lambda: server and told())
    (event,) = told()
    assert (event["event"], event["state"], event["n_complete"], event["sprint"]) == ("end", "done", 2, "1E_v1")
    assert event["text"].startswith("1E_v1 is done: 2 complete, 0 failed; best ")
    assert event["content"] == event["text"]
    assert server == [event]


def test_news_are_told_together_and_old_things_are_no_news(lab: Any, told: Any) -> None:
    sprint_id = lab.sprint(n_trials=50, n_random=2)
    ended(lab, sprint_id, ("complete", 1.0), ("failed", None))
    now = 0.0
    watch = SprintHooks(sprint_id, print, clock=lambda: now)
    look(lab, sprint_id, watch)
    assert told() == []
    ended(lab, sprint_id, ("complete", 0.5), ("complete", 2.0), ("failed", None))
    look(lab, sprint_id, watch)
    assert [event["text"] for event in told()] == [
        "1E_v1: a trial failed, the last one: out of memory.",
        "1E_v1: trial #3 is the best so far with 2.",
    ]
    ended(lab, sprint_id, ("complete", 3.0), ("failed", None), ("failed", None))
    look(lab, sprint_id, watch)
    assert len(told()) == 2, "it was told a moment ago"
    now = hooks.QUIET_SECONDS
    look(lab, sprint_id, watch)
    look(lab, sprint_id, watch)
    assert {event["text"] for event in told()[2:]} | {event["text"] for event in told()[:2]} >= {
        "1E_v1: 2 trials failed, the last one: out of memory.",
        "1E_v1: trial #5 is the best so far with 3.",
    }
    assert len(told()) == 4


def test_a_sprint_that_pauses_after_failures_is_told_once(lab: Any, told: Any) -> None:
    sprint_id = lab.sprint(n_trials=50)
    watch = SprintHooks(sprint_id, print)
    look(lab, sprint_id, watch)
    with writing(lab.ws) as session:
        failure = "paused: the last 5 trials have failed. All are out of memory."
        commands.set_sprint_state(session, sprint_id, SprintState.PAUSED, failure=failure, why="failures")
    look(lab, sprint_id, watch)
    look(lab, sprint_id, watch)
    assert [(event["event"], event["text"]) for event in told()] == [
        ("held", "1E_v1 is paused: the last 5 trials have failed. All are out of memory.")
    ]


def test_the_text_is_no_part_of_the_command(tmp_path: Path, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert call_hooks(TEST) == []
    assert told()[0]["text"] == TEST.text
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize(
    ("environment", "fault"),
    [
        ({"TRIMTAB_HOOK": "echo no bus >&2; exit 3"}, "TRIMTAB_HOOK ended with 3: no bus."),
        ({"TRIMTAB_HOOK": "exec sleep 60"}, "TRIMTAB_HOOK must end within 0 s; it did not and was killed."),
        (
            {"TRIMTAB_WEBHOOK": "file:///etc/passwd"},
            "TRIMTAB_WEBHOOK must be an http or https URL, got one that begins",
        ),
        ({"TRIMTAB_WEBHOOK": "http://127.0.0.1:9/token"}, "TRIMTAB_WEBHOOK at 127.0.0.1 did not take an event"),
    ],
)
def test_what_a_hook_lacks_is_said_without_its_secrets(
    environment: dict[str, str], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "PATIENCE_SECONDS", 0.3)
    (said,) = call_hooks(TEST, {"PATH": "/usr/bin:/bin", **environment})
    assert said.startswith(fault)
    assert "token" not in said


def test_hooks_are_tried_by_hand(
    server: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hook"]) == 0
    assert capsys.readouterr().out == "called TRIMTAB_WEBHOOK\n"
    assert server[0]["event"] == "test"
    monkeypatch.delenv("TRIMTAB_WEBHOOK")
    assert main(["hook"]) == 2
    assert "TRIMTAB_HOOK or TRIMTAB_WEBHOOK must be set" in capsys.readouterr().err
