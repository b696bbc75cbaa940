"""Editing a space on the command line."""

from engine import api
from tests.engine.cli.conftest import Run, content


def test_every_edit_verb_works_and_is_logged(run: Run) -> None:
    for words in (
        ("freeze", "Hartmann", "x2", "0.5", "--reason", "certain", "--author", "ana"),
        ("unfreeze", "Hartmann", "x2"),
        ("narrow", "Hartmann", "x0", "--low", "0.2", "--high", "0.9"),
        ("widen", "Hartmann", "x0", "--high", "1"),
        ("undo", "Hartmann"),
        ("redo", "Hartmann"),
        ("restore", "Hartmann", "x0"),
        ("constrain", "Hartmann", "x0 < x2"),
        ("constrain", "Hartmann"),
        ("restore", "Hartmann", "--after", "3"),
    ):
        status, _, err = run("space", *words)
        assert (status, err) == (0, ""), words
    assert run("space", "restore", "Hartmann")[0] != 0
    edits = content(run("space", "log", "Hartmann", "--json"))["edits"]
    assert [one["action"] for one in edits] == [
        "freeze", "unfreeze", "narrow", "widen", "restore", "constrain", "constrain", "restore",
    ]  # fmt: skip
    assert (edits[0]["author"], edits[0]["reason"]) == ("ana", "certain")


def test_two_spaces_of_a_thread_are_compared(run: Run, explored: api.SprintView) -> None:
    run("space", "narrow", "Hartmann", "x2", "--high", "0.5")
    run("space", "freeze", "Hartmann", "x0", "0.25")
    changes = {one["name"]: one["after"] for one in content(run("space", "diff", "Hartmann", "--json"))["changes"]}
    assert set(changes) == {"x0", "x2"}
    assert "0.25" in changes["x0"]
    assert content(run("space", "diff", "Hartmann", "1E_v1", "2", "--json"))["changes"][0]["name"] == "x2"
    assert "no difference" in run("space", "diff", "Hartmann", "1", "1E_v1")[1]
    status, _, err = run("space", "diff", "Hartmann", "9")
    assert status == 2
    assert "it has 1 … 3" in err
    run("space", "undo", "Hartmann", "--steps", "2")
    assert content(run("space", "diff", "Hartmann", "--json"))["changes"] == []
    assert run("space", "undo", "Hartmann")[0] == 2
    assert "jerex-global" in run("space", "catalogue")[1]


def test_what_an_automatic_reviewer_decided_is_undone_like_a_persons_edits(run: Run, explored: api.SprintView) -> None:
    run("space", "accept", "Hartmann", "1E_v1", "--reviewer", "paper")
    decided = content(run("space", "log", "Hartmann", "--json"))["edits"]
    assert decided
    assert {one["author"] for one in decided} == {"reviewer paper"}
    after = content(run("space", "undo", "Hartmann", "--steps", str(len(decided)), "--json"))
    assert (after["number"], after["can_undo"], after["can_redo"]) == (1, False, True)
    assert all(one["undone"] for one in content(run("space", "log", "Hartmann", "--json"))["edits"])
