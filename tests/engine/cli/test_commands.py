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


def test_an_objective_that_objects_leaves_no_thread_behind(run: Run, ws: Workspace, thread_file: Path) -> None:
    text = thread_file.read_text().replace("Hartmann", "Broken").replace("hartmann3", "nonsense")
    thread_file.write_text(text)
    status, _, err = run("thread", "new", str(thread_file))
    assert (status, err.count("\n")) == (2, 1)
    assert "nonsense" in err
    assert "Broken" not in {thread.name for thread in api.list_threads(ws)}


def test_a_failed_sprint_ends_with_one_and_one_line(run: Run, ws: Workspace, thread_file: Path) -> None:
    text = thread_file.read_text().replace("Hartmann", "Broken").replace("hartmann3", "nonsense")
    thread_file.write_text(text)
    api.create_thread(ws, api.load_thread_file(thread_file))  # as an older version might have let it in
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


def test_a_hand_typed_trial_is_added_to_a_sprint_beyond_its_budget(run: Run) -> None:
    run("sprint", "new", "Hartmann", "--stage", "1E", "--trials", "2")
    added = content(run("trial", "add", "1E_v1", "x0=0.5,x1=1e-1", "x2=0.25", "--json"))
    assert (added["state"], added["source"]) == ("queued", "manual")
    assert added["params"] == {"x0": 0.5, "x1": 0.1, "x2": 0.25}
    assert content(run("sprint", "show", "1E_v1", "--json"))["n_trials"] == 3
    status, _, err = run("trial", "add", "1E_v1", "x0=2", "x1=0.1", "x2=0")
    assert status == 2
    assert "outside its domain 0 … 1" in err
    status, _, err = run("trial", "add", "1E_v1", "x0=1")
    assert status == 2
    assert "x1" in err


def test_a_replacement_begins_from_the_old_plan_and_leaves_the_old_sprint_readable(
    run: Run, ws: Workspace, finish: Any
) -> None:
    from tests.engine.conftest import spread

    words = ("--stage", "baseline", "--trials", "6", "--seed", "0", "--limit", "max_errors=1")
    old = content(run("sprint", "new", "Hartmann", *words, "--json"))
    assert old["seed"] == 0
    finish(ws, old["id"], spread(6))
    new = content(run("sprint", "new", "Hartmann", "--replace", "baseline_v1", "--trials", "8", "--json"))
    assert (new["short_label"], new["replaces"], new["n_trials"]) == ("baseline_v2", "baseline_v1", 8)
    assert (new["sampler"], new["limits"], new["seed"]) == ("random", {"max_errors": 1}, 0)
    again = content(run("sprint", "show", "baseline_v1", "--json"))
    assert (again["replaced_by"], again["n_complete"]) == ("baseline_v2", 6)
    assert "replaced by" in run("sprint", "show", "baseline_v1")[1]
    assert content(run("thread", "compare", "--json"))["threads"] == [], "the replaced sprint counts no more"
    for words, message in (
        (("--replace", "baseline_v1"), "replaced by baseline_v2 already"),
        (("--replace", "baseline_v2", "--stage", "1E"), "has the stage of the sprint it replaces"),
    ):
        status, _, err = run("sprint", "new", "Hartmann", *words)
        assert status == 2
        assert message in err


def test_zero_is_a_value_like_any_other(run: Run, explored: api.SprintView) -> None:
    made = content(run("sprint", "new", "Hartmann", "--stage", "Full", "--trials", "30", "--top", "0", "--seed", "0",
                       "--keep-top", "0", "--json"))  # fmt: skip
    assert (made["n_queued"], made["seed"], made["keep_top"]) == (30, 0, 0)


def test_limits_and_checkpoints_are_taken_from_options_and_shown(run: Run) -> None:
    words = ("--limit", "trial_seconds=90", "--limit", "silence_seconds=none", "--keep-top", "2")
    epochs = ("--keep-at", "warmup", "--keep-at", "mid", "--keep-at", "late", "--keep-at", "2")
    made = content(run("sprint", "new", "Hartmann", "--stage", "Warm", *words, *epochs, "--json"))
    assert made["limits"] == {"trial_seconds": 90, "silence_seconds": None}
    assert (made["keep_top"], made["keep_checkpoint_at"]) == (2, [0, 2, 13, 23]), "0: each trial's own warmup"
    shown = run("sprint", "show", "Warm_v1")[1]
    assert "trial_seconds=90" in shown
    assert "the best 2 trials keep theirs, of the end of its warmup and epoch 2" in shown
    assert "up to 50 GiB" in shown
    for wrong, message in (("trial_second=9", "did you mean trial_seconds"), ("trial_seconds=x", "must be a number")):
        status, _, err = run("sprint", "new", "Hartmann", "--limit", wrong)
        assert status == 2
        assert message in err
    assert run("sprint", "new", "Hartmann", "--keep-at", "soon")[0] == 2


def test_budgets_burn_down_and_are_extended(run: Run, ws: Workspace, finish: Any) -> None:
    from tests.engine.conftest import spread

    words = ("--stage", "1E", "--trials", "40", "--hours", "1", "--epoch-budget", "5")
    run("sprint", "new", "Hartmann", *words)
    finish(ws, "1E_v1", spread(30), state="running")
    shown = run("sprint", "show", "1E_v1")[1]
    assert "30 of 40 trials" in shown
    assert "75%, would end in 20s" in shown
    assert "2.0s of 1h00m" in shown
    assert "5 of 5 full-data epochs" in shown
    assert "100%" in shown
    status, out, _ = run("sprint", "extend", "1E_v1", "10", "--hours", "0.5", "--epoch-budget", "1")
    assert status == 0
    assert "50 trials, 1h30m, 6 full-data epochs" in out
    assert run("sprint", "extend", "1E_v1", "3")[0] == 0
    assert run("sprint", "extend", "1E_v1")[0] == 2


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


def test_a_trial_of_the_joint_model_is_shown_within_eighty_columns(
    run: Run, ws: Workspace, explored: api.SprintView, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.store import queries
    from engine.store.database import writing
    from engine.store.tables import EpochRow

    tasks = ("mention", "coref", "entity", "rel", "rel_nec")
    metrics = {"loss": 1.234567, "lr": 4.987654e-05, "docs_per_s": 12.3456, "threshold_mention": 0.8}
    metrics |= {f"{task}_f1_micro": 45.6789 for task in tasks} | {f"loss_{task}": 0.5 for task in tasks}
    with writing(ws) as session:
        trial = queries.trial(session, explored.id, 3)
        assert trial is not None
        for step, phase in ((1, "train"), (2, "calibration")):
            session.add(EpochRow(trial_id=trial.id, attempt=1, step=step, phase=phase, score=45.6789, metrics=metrics))
    monkeypatch.setattr("engine.cli.output.PIPE_WIDTH", 80)
    shown = run("trial", "show", "1E_v1", "3")[1].splitlines()
    head = next(index for index, line in enumerate(shown) if line.split()[:1] == ["EP"])
    assert shown[head].split() == ["EP", "PHASE", "SCORE", "LOSS", "LR", "DOCS/S", "MENT", "COREF", "ENT", "REL", "NEC"]
    assert len(shown[head + 1].split()) == len(shown[head + 2].split()) == 11, "no cell is folded"
    assert shown[head + 3] == "6 more metrics with --json"
    assert len(content(run("trial", "show", "1E_v1", "3", "--json"))["epochs"][0]["metrics"]) == 14


def test_a_negative_value_is_a_value_and_a_misspelt_option_is_still_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "negative.yaml"
    file.write_text(
        "thread: Negative\nobjective: engine.objectives.synthetic:Synthetic\n"
        "space: {x0: {type: float, low: -5, high: 10}}\n"
    )
    assert run("thread", "new", str(file))[0] == 0
    status, out, _ = run("space", "freeze", "Negative", "x0", "-2")
    assert (status, "frozen -2" in out) == (0, True)
    status, _, err = run("space", "freeze", "Negative", "x0", "2", "--reasn", "x")
    assert (status, "--reason" in err) == (2, True)


def test_a_workspace_that_is_a_file_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "thread.yaml").write_text(
        "thread: A\nobjective: engine.objectives.synthetic:Synthetic\nspace: {x0: {type: float, low: 0, high: 1}}\n"
    )
    status = main(["thread", "new", str(tmp_path / "thread.yaml"), "--workspace", str(tmp_path / "file")])
    assert (status, "folder that can be written" in capsys.readouterr().err) == (2, True)
