"""Planning a sprint on the command line: options, budgets, limits, hand-typed trials, replacements."""

from pathlib import Path
from typing import Any

import pytest

from engine import api
from engine.store.workspace import Workspace
from tests.engine.cli.conftest import Run, content


def test_sampler_and_pruner_options_are_typed(run: Run) -> None:
    words = ("--sampler", "tpe", "--sampler-option", "n_startup_trials=5", "--sampler-option", "multivariate=false")
    made = content(run("sprint", "new", "Hartmann", *words, "--json"))
    assert made["sampler_options"] == {"n_startup_trials": 5, "multivariate": False}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--sampler gp --sampler-option n_points=0", "n_points must be 1 or more, got 0"),
        ("--sampler gp --sampler-option xi=-1", "xi must be 0 or more, got -1"),
        ("--sampler tpe --sampler-option n_ei_candidates=0", "n_ei_candidates must be 1 or more, got 0"),
        ("--sampler cmaes --sampler-option sigma=5", "sigma must be above 0 and at most 1, a share of each range"),
        ("--sampler cmaes --sampler-option population=2", "population must be 3 or more, or 0, which chooses, got 2"),
        ("--pruner median --pruner-option interval=0", "median needs n_startup_trials ≥ 1"),
        ("--pruner patience --pruner-option patience=0", "patience must be ≥ 1"),
        ("--pruner hyperband --pruner-option reduction_factor=1", "reduction_factor ≥ 2"),
    ],
)
def test_an_option_out_of_its_range_is_refused_before_the_sprint(run: Run, words: str, message: str) -> None:
    status, _, err = run("sprint", "new", "Hartmann", *words.split())
    assert (status, err.count("\n")) == (2, 1)
    assert message in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--hours nan", "max_seconds must be a finite number above 0, got nan"),
        ("--hours inf", "max_seconds must be a finite number above 0, got inf"),
        ("--epoch-budget nan", "max_epoch_equivalents must be a finite number above 0, got nan"),
        ("--limit trial_seconds=nan", "limit trial_seconds must be a finite number ≥ 0, got nan"),
        ("--limit max_deaths=1.5", "limit max_deaths must be a whole number ≥ 0, got 1.5"),
        ("--trials 99999999999", "a sprint's trials must be 1 … 100,000, got 99,999,999,999"),
        ("--seed 99999999999999999999", "a seed must be 0 … 2^63 - 1"),
        ("--keep-at 0", "a checkpoint's epoch must be a number from 1, warmup, mid or late, got '0'"),
        ("--checkpoint E7_S1", "checkpoint: no folder"),
        ("--trial x0=0.1,x0=0.2", "must name every hyperparameter once, got x0 twice"),
    ],
)
def test_numbers_that_make_no_plan_are_refused(run: Run, words: str, message: str) -> None:
    status, _, err = run("sprint", "new", "Hartmann", *words.split())
    assert (status, err.count("\n")) == (2, 1)
    assert message in err


def test_a_checkpoint_is_found_from_any_folder(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "E7_S1").mkdir()
    monkeypatch.chdir(tmp_path)
    made = content(run("sprint", "new", "Hartmann", "--stage", "1E", "--checkpoint", "E7_S1", "--json"))
    assert made["label"].endswith("-E7_S1-1E_v1")
    shown = run("sprint", "show", "1E_v1")[1]
    assert str(tmp_path.resolve() / "E7_S1") in shown


def test_fidelity_and_budgets_are_taken_from_options(run: Run) -> None:
    words = ("--fidelity", "T2_V1_M8", "--epochs", "3", "--hours", "0.5", "--epoch-budget", "9", "--suffix", "mine")
    made = content(run("sprint", "new", "Hartmann", "--stage", "1E", *words, "--json"))
    assert made["fidelity"]["code"] == "T2_V1_M8"
    assert (made["fidelity"]["epochs"], made["max_seconds"], made["max_epoch_equivalents"]) == (3, 1800.0, 9.0)
    assert made["short_label"] == "mine_v1"


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
    for wrong, message in (
        ("trial_second=9", "did you mean trial_seconds"),
        ("trial_seconds=x", "must be a finite number"),
    ):
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
    assert "2s of 1h00m" in shown
    assert "5 of 5 full-data epochs" in shown
    assert "100%" in shown
    status, out, _ = run("sprint", "extend", "1E_v1", "10", "--hours", "0.5", "--epoch-budget", "1")
    assert status == 0
    assert "50 trials, 1h30m, 6 full-data epochs" in out
    assert run("sprint", "extend", "1E_v1", "3")[0] == 0
    assert run("sprint", "extend", "1E_v1")[0] == 2
    assert run("sprint", "extend", "1E_v1", "--hours", "nan")[0] == 2
    assert "50 trials, 1h30m" not in run("sprint", "show", "1E_v1")[1]


def test_a_category_with_a_blank_or_a_comma_can_be_typed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "spaces.yaml"
    file.write_text(
        "thread: spaces\ncommand: 'python train.py {aug}'\n"
        "space:\n  aug: {type: categorical, choices: ['none', 'flip, crop', 'mix up']}\n"
    )
    assert run("thread", "new", str(file))[0] == 0
    words = ("sprint", "new", "spaces", "--trials", "3", "--trial", "aug=mix up", "--trial", "aug='flip, crop'")
    planned = content(run(*words, "--dry-run", "--json"))
    assert planned["errors"] == []
    assert planned["plan"]["manual"] == [{"aug": "mix up"}, {"aug": "flip, crop"}]
    made = content(run(*words, "--json"))
    queued = content(run("trial", "add", str(made["id"]), "aug=mix up", "--json"))
    assert queued["params"] == {"aug": "mix up"}
