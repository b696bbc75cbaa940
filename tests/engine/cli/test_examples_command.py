"""``trimtab trial examples`` prints what a person needs to see, and the whole file for programs."""

import json
from typing import Any

import pytest

from engine import api
from engine.cli.main import main
from engine.store.workspace import Workspace
from tests.engine.artifacts.test_examples import content


@pytest.fixture
def run(ws: Workspace, explored: api.SprintView, capsys: pytest.CaptureFixture[str]) -> Any:
    folder = ws.run_dir(explored.id, 2)
    folder.mkdir(parents=True)
    (folder / "examples.json").write_text(json.dumps(content()), encoding="utf-8")

    def command(*words: str) -> tuple[int, str, str]:
        status = main(["trial", "examples", "Hartmann/1E_v1", *words, "--workspace", str(ws.path)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return command


@pytest.mark.parametrize("number", ["2", "#2"])
def test_documents_mistakes_and_types_are_listed(run: Any, number: str) -> None:
    status, out, err = run(number)
    assert (status, err) == (0, "")
    assert "3✓ 1✗ 1+" in out
    assert "in pieces" in out
    assert "wrote" in out


def test_one_document_is_shown_in_full(run: Any) -> None:
    status, out, _ = run("2", "--document", "1")
    assert status == 0
    assert "<Anna Holm|1> lives in <Lund> ." in out
    assert "wrong (split)" in out
    status, _, err = run("2", "--document", "4")
    assert status == 2
    assert "1 … 1" in err


def test_json_is_the_file_with_every_key(run: Any) -> None:
    status, out, _ = run("2", "--json")
    assert status == 0
    printed = json.loads(out)
    assert (printed["absence"], printed["examples"]["n_documents"]) == ("", 12)
    document = printed["examples"]["documents"][0]
    given = content()["documents"][0]
    assert document["gold"]["entities"] == given["gold"]["entities"]
    assert document["mistakes"] == given["mistakes"]


def test_a_trial_without_says_why(run: Any) -> None:
    status, out, _ = run("3")
    assert status == 0
    assert "this trial's examples were deleted" in out
    assert json.loads(run("3", "--json")[1])["examples"] is None


def test_what_is_no_number_is_refused(run: Any) -> None:
    status, _, err = run("best")
    assert status == 2
    assert "as in 7 or #7" in err
