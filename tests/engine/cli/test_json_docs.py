"""docs/json.md is a promise: every key it names is printed, and every key that is printed is named."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from engine import api
from engine.cli import plain
from engine.cli.main import main
from engine.workspace import Workspace

PAGE = Path(__file__).resolve().parents[3] / "docs" / "json.md"


def documented() -> dict[str, set[str]]:
    """Keys of each section of the page."""
    sections = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {
        one.split("\n", 1)[0].strip(): set(re.findall(r"^\| `(\w+)` \|", one, flags=re.MULTILINE)) for one in sections
    }


@pytest.fixture
def printed(ws: Workspace, explored: api.SprintView, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """One real example of every kind of object, by the name of its section."""

    def out(*words: str) -> Any:
        capsys.readouterr()
        status = main([*words, "--json", "--workspace", str(ws.path)])
        assert status == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    review = out("review", "1E_v1")
    out("space", "accept", "Hartmann", "1E_v1")
    trial = out("trial", "show", "1E_v1", "0")
    epoch = plain.epoch(api.EpochReport(step=1, phase="train", score=float("nan")))
    assert epoch["score"] is None
    assert trial.pop("epochs") == []
    thread = out("thread", "show", "Hartmann")
    thread.pop("space")
    sprint = out("sprint", "list")["sprints"][0]
    compared = out("thread", "compare")
    between = plain.plain(api.compare_stages({"a": {"x": 1.0, "y": 2.0}, "b": {"x": 2.0, "y": 1.0}}).agreements[0])
    return {
        "thread": thread,
        "sprint": sprint,
        "fidelity": sprint["fidelity"],
        "trial": trial,
        "epoch": epoch,
        "review": review,
        "finding": review["findings"][0],
        "dimension": review["dimensions"][0],
        "space": out("space", "show", "Hartmann"),
        "edit": out("space", "log", "Hartmann")["edits"][0],
        "effect": out("space", "freeze", "Hartmann", "x2", "0.5", "--dry-run"),
        "preview": out("sprint", "new", "Hartmann", "--dry-run"),
        "comparison": compared["threads"][0],
        "agreement": between,
        "check": out("doctor")["checks"][0],
        "run": plain.plain(api.RunView(sprint=1, pid=2, host="h", log_path="l", started_at=0.0)),
    }


def test_the_page_names_exactly_the_keys_that_are_printed(printed: dict[str, Any]) -> None:
    promised = documented()
    for section, example in printed.items():
        assert promised[section] == set(example), section


def test_a_proposal_has_only_documented_keys(printed: dict[str, Any]) -> None:
    proposals = [one["proposal"] for one in printed["review"]["dimensions"] if one["proposal"]]
    assert proposals
    assert all(set(one) <= documented()["proposal"] for one in proposals)


def test_states_and_kinds_are_lower_case(printed: dict[str, Any]) -> None:
    words = [printed["sprint"]["state"], printed["trial"]["state"], printed["check"]["status"]]
    for finding in printed["review"]["findings"]:
        words += [finding["kind"], finding["severity"]]
    assert words == [word.lower() for word in words]
