"""The commands, driven as the entry point drives them: main(words) → status, output, one line of error."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import api
from engine.cli.main import COMMANDS, main
from engine.workspace import Workspace

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in the workspace: (status, standard output, standard error)."""

    def command(*words: str) -> tuple[int, str, str]:
        status = main([*words, "--workspace", str(ws.path)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return command


def content(answer: tuple[int, str, str]) -> Any:
    status, out, err = answer
    assert (status, err) == (0, "")
    return json.loads(out)


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
    trimmed = content(run("space", "accept", "Hartmann", "1E_v1", "--json"))
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


def test_a_failed_sprint_ends_with_one_and_one_line(run: Run, ws: Workspace, thread_file: Path) -> None:
    text = thread_file.read_text().replace("Hartmann", "Broken").replace("hartmann3", "nonsense")
    thread_file.write_text(text)
    assert run("thread", "new", str(thread_file))[0] == 0
    run("sprint", "new", "Broken", "--trials", "2")
    status, _, err = run("sprint", "run", "Broken/1E_v1", "--quiet")
    assert status == 1
    assert err.startswith("trimtab: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("thread", "show", "Hartman"), "no thread is called 'Hartman' – did you mean Hartmann?"),
        (("sprint", "new", "hart"), "did you mean Hartmann?"),
        (("sprint", "show", "1E_v9"), "no sprint is called '1E_v9'"),
        (("sprint", "new", "Hartmann", "--stage", "wrm"), "no stage is called 'wrm' – did you mean Warm?"),
        (("sprint", "new", "Hartmann", "--fidelity", "T6V3"), "a fidelity must look like T6_V3_M25"),
        (("sprint", "new", "Hartmann", "--trials", "0"), "--trials"),
        (("sprint", "new", "Hartmann", "--trials", "4", "--random", "9"), "random trials must be 0 … 4"),
        (("sprint", "new", "Hartmann", "--trail", "x0=1"), "No such option '--trail'"),
        (("sprint", "new", "Hartmann", "--trial", "x9=1"), "unknown key 'x9'"),
        (("sprint", "new", "Hartmann", "--trial", "x0=7"), "x0: 7 is outside its domain"),
        (("sprint", "new", "Hartmann", "--sampler", "gpp"), "did you mean gp?"),
        (("sprint", "new", "Hartmann", "--sampler-option", "acq_fun=EI"), "did you mean acq_func?"),
        (("sprint", "new", "Hartmann", "--prime", "warm"), "needs a sprint to take trials from"),
        (("space", "freeze", "Hartmann", "x00", "1"), "did you mean x0?"),
        (("space", "freeze", "Hartmann", "x0", "2"), "outside its domain 0 … 1"),
        (("space", "narrow", "Hartmann", "x0", "--high", "2"), "outside its domain"),
        (("space", "narrow", "Hartmann", "x1", "--low", "0.001"), "is not inside"),
        (("space", "widen", "Hartmann", "x0", "--low", "0.5"), "does not contain"),
        (("space", "choices", "Hartmann", "x0", "a"), "it has no choices"),
        (("space", "undo", "Hartmann"), "undo"),
        (("space", "frezze", "Hartmann", "x0", "1"), "no command 'space frezze' – did you mean space freeze?"),
        (("sprnt", "list"), "no command 'sprnt' – did you mean sprint?"),
        (("thread", "new", "absent.yaml"), "no thread file at absent.yaml"),
        (("thread", "show"), "Missing argument 'NAME'"),
    ],
)
def test_a_users_mistake_is_one_readable_line_and_status_two(run: Run, words: tuple[str, ...], message: str) -> None:
    status, out, err = run(*words)
    assert status == 2
    assert out == ""
    assert err.startswith("trimtab: ")
    assert err.count("\n") == 1
    assert message in err


def test_a_missing_workspace_is_said_and_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sprint", "list", "--workspace", str(tmp_path / "none")]) == 2
    assert "without one" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


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
    ):
        status, _, err = run("space", *words)
        assert (status, err) == (0, ""), words
    edits = content(run("space", "log", "Hartmann", "--json"))["edits"]
    assert [one["action"] for one in edits] == [
        "freeze", "unfreeze", "narrow", "widen", "restore", "constrain", "constrain",
    ]  # fmt: skip
    assert (edits[0]["author"], edits[0]["reason"]) == ("ana", "certain")


def test_sampler_and_pruner_options_are_typed(run: Run) -> None:
    words = ("--sampler", "tpe", "--sampler-option", "n_startup_trials=5", "--sampler-option", "multivariate=false")
    made = content(run("sprint", "new", "Hartmann", *words, "--json"))
    assert made["sampler_options"] == {"n_startup_trials": 5, "multivariate": False}


def test_fidelity_and_budgets_are_taken_from_options(run: Run) -> None:
    words = ("--fidelity", "T2_V1_M8", "--epochs", "3", "--hours", "0.5", "--epoch-budget", "9", "--suffix", "mine")
    made = content(run("sprint", "new", "Hartmann", "--stage", "1E", *words, "--json"))
    assert made["fidelity"]["code"] == "T2_V1_M8"
    assert (made["fidelity"]["epochs"], made["max_seconds"], made["max_epoch_equivalents"]) == (3, 1800.0, 9.0)
    assert made["short_label"] == "mine_v1"


def test_tables_show_what_a_person_looks_for(run: Run, explored: api.SprintView) -> None:
    assert "Hartmann" in run("thread", "list")[1]
    assert "30/30" in run("sprint", "list")[1]
    shown = run("sprint", "show", "1E_v1")[1]
    assert "T6_V3_M25, 1 epochs, scheduler off" in shown
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
