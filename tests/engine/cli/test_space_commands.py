"""Editing a space on the command line."""

from pathlib import Path

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


def test_what_accepting_or_constraining_would_do_is_told_and_nothing_is_kept(
    run: Run, explored: api.SprintView
) -> None:
    told = run("space", "accept", "Hartmann", "1E_v1", "--dry-run")[1]
    assert "x0 0 … 1" in told
    assert "of 30 trials" in told
    effect = content(run("space", "accept", "Hartmann", "1E_v1", "x0", "--dry-run", "--json"))
    assert (effect["n_before"], 10 <= effect["n_kept"] < 30) == (30, True)
    assert effect["after"].startswith("x0 0.")
    told = run("space", "constrain", "Hartmann", "x0 < x2", "--sprint", "1E_v1", "--dry-run")[1]
    assert "keeps     15 of 30 trials" in told
    assert "50% of random points" in told or "49% of random points" in told or "51% of random points" in told
    assert content(run("space", "constrain", "Hartmann", "x0 < y", "--dry-run", "--json"))["error"]
    assert content(run("space", "log", "Hartmann", "--json"))["edits"] == []


def test_no_thread_is_edited_by_what_another_ones_sprint_showed(
    run: Run, thread_file: Path, explored: api.SprintView
) -> None:
    thread_file.write_text(thread_file.read_text().replace("Hartmann", "Other"))
    run("thread", "new", str(thread_file))
    for words in (
        ("accept", "Other", "1"),
        ("accept", "Other", "1", "--dry-run"),
        ("accept", "Other", "1", "--reviewer", "paper"),
        ("narrow", "Other", "x0", "--high", "0.5", "--sprint", "1"),
    ):
        status, _, err = run("space", *words)
        assert (status, err.count("\n")) == (2, 1)
        assert "thread Other" in err
    for thread in ("Other", "Hartmann"):
        assert content(run("space", "log", thread, "--json"))["edits"] == []
    status, _, err = run("space", "accept", "Hartmann", "1", "x0", "--reviewer", "paper")
    assert (status, "leave out dimensions" in err) == (2, True)


def test_undoing_more_than_there_is_undoes_nothing_and_says_how_many_there_are(run: Run) -> None:
    run("space", "freeze", "Hartmann", "x2", "0.5")
    status, _, err = run("space", "undo", "Hartmann", "--steps", "3")
    assert (status, "there must be 3 edits to undo, got 1" in err) == (2, True)
    assert not content(run("space", "log", "Hartmann", "--json"))["edits"][0]["undone"]
