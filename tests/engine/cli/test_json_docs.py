"""docs/json.md is a promise: every key it names is printed, and every key that is printed is named."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from engine import api
from engine.cli import to_json
from engine.cli.main import cli, main
from engine.store.workspace import Workspace

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
    epoch = to_json.epoch(api.EpochReport(step=1, phase="train", score=float("nan")))
    assert epoch["score"] is None
    assert trial.pop("epochs") == []
    thread = out("thread", "show", "Hartmann")
    thread.pop("space")
    sprint = out("sprint", "list")["sprints"][0]
    compared = out("thread", "compare")
    between = to_json.plain(api.compare_stages({"a": {"x": 1.0, "y": 2.0}, "b": {"x": 2.0, "y": 1.0}}).agreements[0])
    return {
        "thread": thread,
        "sprint": sprint,
        "fidelity": sprint["fidelity"],
        "trial": trial,
        "epoch": epoch,
        "review": review,
        "finding": review["findings"][0],
        "dimension": review["dimensions"][0],
        "advice": review["dimensions"][0]["advice"],
        "cost": review["cost"],
        "space": out("space", "show", "Hartmann"),
        "edit": out("space", "log", "Hartmann")["edits"][0],
        "effect": out("space", "freeze", "Hartmann", "x2", "0.5", "--dry-run"),
        "preview": out("sprint", "new", "Hartmann", "--dry-run"),
        "comparison": compared["threads"][0],
        "agreement": between,
        "check": out("doctor")["checks"][0],
        "run": to_json.plain(api.RunView(sprint=1, pid=2, host="h", log_path="l", started_at=0.0)),
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


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with the words that lead to it."""
    if not isinstance(command, click.Group):
        yield words, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from leaves(found, (*words, name))


def test_every_command_takes_json() -> None:
    without = [" ".join(words) for words, one in leaves(cli) if "json_output" not in {p.name for p in one.params}]
    assert not without


def test_what_is_done_to_threads_sprints_and_trials_is_told_as_json(
    ws: Workspace, explored: api.SprintView, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def out(*words: str) -> Any:
        assert main([*words, "--json", "--workspace", str(ws.path)]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    assert out("thread", "notes", "Hartmann", "six dimensions")["notes"] == "six dimensions"
    assert out("thread", "rename", "Hartmann", "six")["name"] == "six"
    assert out("thread", "archive", "six")["archived"] is True
    assert out("thread", "archive", "six", "--undo")["archived"] is False
    target = tmp_path / "trials.csv"
    assert out("export", str(explored.id), str(target)) == {"target": str(target), "wrote": f"30 trials in {target}"}
    assert len(target.read_text().splitlines()) == 31
    planned = out("sprint", "new", "six", "--trials", "3")
    added = out("trial", "add", str(planned["id"]), "x0=0.5", "x1=0.05", "x2=0.5", "pct_start=0.3")
    assert out("trial", "stop", str(planned["id"]), str(added["number"]))["state"] == "cancelled"
    assert out("sprint", "start", str(planned["id"]), "--queue")["state"] == "ready"
