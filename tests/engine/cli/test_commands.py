"""The commands from a thread file to a trimmed second sprint, and what they show."""

from pathlib import Path
from typing import Any

import pytest

from engine import api
from engine.cli.main import COMMANDS, main
from engine.store.workspace import Workspace
from tests.engine.cli.conftest import Run, content


def test_the_whole_way_from_a_file_to_a_trimmed_second_sprint(run: Run, ws: Workspace, finish: Any) -> None:
    from tests.engine.conftest import spread

    made = content(run("sprint", "new", "Hartmann", "--stage", "1E", "--trials", "12", "--seed", "7", "--json"))
    assert (made["label"], made["n_trials"], made["n_random"], made["seed"], made["state"]) == (
        "Hartmann-T6_V3_M25-E0_S0-1E_v1", 12, 6, 7, "ready",
    )  # fmt: skip
    finish(ws, made["id"], spread(12))
    (listed,) = content(run("sprint", "list", "--json"))["sprints"]
    assert (listed["state"], listed["n_complete"], listed["thread"]) == ("done", 12, "Hartmann")
    review = content(run("review", "1E_v1", "--json"))
    assert review["n_top"] == 4
    assert "12 complete trials for 3 free hyperparameters is few" in review["caution"]
    status, _, err = run("space", "accept", "Hartmann", "1E_v1")
    assert (status, "To accept one nevertheless, name it: x0" in err) == (2, True)
    trimmed = content(run("space", "accept", "Hartmann", "1E_v1", "x0", "--json"))
    (x0,) = [one for one in trimmed["dimensions"] if one["name"] == "x0"]
    assert x0["low"] > 0.6
    second = content(run("sprint", "new", "Hartmann", "--trials", "6", "--prime", "cold", "--top", "2", "--json"))
    assert (second["stage"], second["n_queued"]) == ("Warm", 2)
    trials = content(run("trial", "list", "Warm_v1", "--json"))["trials"]
    assert all(x0["low"] <= one["params"]["x0"] <= x0["high"] for one in trials)
    log = content(run("space", "log", "Hartmann", "--json"))["edits"]
    assert all(one["sprint_label"] == "1E_v1" for one in log)


def test_a_sprint_runs_in_the_foreground(run: Run) -> None:
    run("sprint", "new", "Hartmann", "--stage", "baseline", "--trials", "2")
    status, out, err = run("sprint", "run", "1")
    assert status == 0
    assert "baseline_v1 is done: 2 complete" in out
    assert [line.split()[:2] for line in err.splitlines()] == [["#0", "complete"], ["#1", "complete"]]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_workspace_may_be_named_anywhere(ws: Workspace, place: int, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["thread", "list"]
    words[place:place] = ["--workspace", str(ws.path)]
    assert main(words) == 0
    assert main(["thread", "list", f"--workspace={ws.path}"]) == 0
    assert capsys.readouterr().out.count("Hartmann") == 2


def test_the_environment_names_the_workspace_where_no_option_does(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIMTAB_WORKSPACE", str(ws.path))
    assert main(["thread", "list"]) == 0
    assert main(["thread", "list", "--workspace"]) == 2
    assert "needs a value" in capsys.readouterr().err


def test_a_store_may_be_named_by_url(ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{ws.store_path}"
    assert main(["--store", url, "thread", "list", "--workspace", str(tmp_path / "other")]) == 0
    assert "Hartmann" in capsys.readouterr().out


def test_a_dry_run_shows_and_makes_nothing(run: Run, ws: Workspace) -> None:
    status, out, _ = run("sprint", "new", "Hartmann", "--stage", "1E", "--dry-run")
    assert status == 0
    assert "Hartmann-T6_V3_M25-E0_S0-1E_v1" in out
    assert api.list_sprints(ws) == []
    effect = content(run("space", "narrow", "Hartmann", "x0", "--high", "0.5", "--dry-run", "--json"))
    assert (effect["before"], effect["after"]) == ("0 … 1", "0 … 0.5")
    assert api.working_space(ws, "Hartmann").n_edits == 0


def test_tables_show_what_a_person_looks_for(run: Run, explored: api.SprintView) -> None:
    assert "Hartmann" in run("thread", "list")[1]
    assert "30/30" in run("sprint", "list")[1]
    shown = run("sprint", "show", "1E_v1")[1]
    assert "T6_V3_M25, 1 epoch, scheduler off" in shown
    best = run("trial", "list", "1E_v1", "--best")[1].splitlines()
    assert best[1].split()[0] == "26"
    one = run("trial", "show", "1E_v1", "26")[1]
    assert "train 2, validation 2" in one
    review = run("review", "1E_v1", "--done")[1]
    assert "narrow" in review
    assert "▁" in review or "█" in review


def test_help_lists_every_verb_without_loading_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)
    assert "Usage: trimtab" in shown
    assert main(["sprint", "new", "--help"]) == 0
    assert "Usage: trimtab sprint new" in capsys.readouterr().out


def test_a_trial_of_the_joint_model_is_shown_within_eighty_columns(
    run: Run, ws: Workspace, explored: api.SprintView, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.store import queries
    from engine.store.database import writing
    from engine.store.tables import EpochRow
    from model.search.declaration import OBJECTIVE

    tasks = ("mention", "coref", "entity", "rel", "rel_nec")
    metrics = {"loss": 1.234567, "lr": 4.987654e-05, "docs_per_s": 12.3456, "threshold_mention": 0.8}
    metrics |= {f"{task}_f1_micro": 45.6789 for task in tasks} | {f"loss_{task}": 0.5 for task in tasks}
    with writing(ws) as session:
        trial = queries.trial(session, explored.id, 3)
        assert trial is not None
        sprint = queries.sprint(session, explored.id)
        sprint.manifest = {**sprint.manifest, "declaration": OBJECTIVE["declaration"]}
        session.add(sprint)
        for step, phase in ((1, "train"), (2, "calibration")):
            session.add(EpochRow(trial_id=trial.id, attempt=1, step=step, phase=phase, score=45.6789, metrics=metrics))
    monkeypatch.setattr("engine.cli.output.PIPE_WIDTH", 80)
    shown = run("trial", "show", "1E_v1", "3")[1].splitlines()
    head = next(index for index, line in enumerate(shown) if line.split()[:1] == ["EP"])
    assert shown[head].split() == ["EP", "PHASE", "SCORE", "MENT", "COREF", "ENT", "REL", "NEC", "LOSS", "LR", "DOCS/S"]
    assert len(shown[head + 1].split()) == len(shown[head + 2].split()) == 11, "no cell is folded"
    assert shown[head + 3] == "6 more metrics with --json"
    assert len(content(run("trial", "show", "1E_v1", "3", "--json"))["epochs"][0]["metrics"]) == 14
