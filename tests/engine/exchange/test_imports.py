"""What comes in from other tools: tables and studies as they are found, and what is said of those that do not fit."""

from pathlib import Path

import optuna
import pytest

from engine import api
from engine.errors import EngineError
from engine.exchange import optuna_study
from engine.exchange.content import SprintContent
from engine.exchange.format import ImportRequest, ImportSource
from engine.exchange.registry import format_named
from engine.store.workspace import Workspace


def read_csv(path: Path) -> SprintContent:
    return format_named("csv").read(ImportSource(text=str(path)), ImportRequest()).content


@pytest.fixture
def storage(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'study.db'}"


def test_parameters_a_thread_does_not_know_are_refused_and_nothing_is_stored(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x00,score\n0.5,1\n")
    with pytest.raises(EngineError, match="did you mean x0"):
        api.import_sprint(ws, "Hartmann", str(path))
    assert api.list_sprints(ws) == []


def test_a_table_that_lacks_a_dimension_or_has_values_outside_is_told(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x0,x1,score\n0.5,0.1,1\n")
    with pytest.raises(EngineError, match="every free dimension of thread Hartmann, #0 of t has none for x2"):
        api.import_sprint(ws, "Hartmann", str(path))
    assert api.list_sprints(ws) == []
    path.write_text("x0,x1,x2,score\n0.5,0.1,0.2,1\n0.5,0.1,7,1\n0.5,,,\n")
    view = api.import_sprint(ws, "Hartmann", str(path))
    assert (view.n_complete, view.manifest["n_outside_space"]) == (2, 1)


def test_a_table_from_a_spreadsheet_begins_with_a_mark_that_is_no_letter(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("score,x0\n3,0.1\n1,0.9\n", encoding="utf-8-sig")
    content = read_csv(path)
    assert [(trial.score, trial.params) for trial in content.trials] == [(3.0, {"x0": 0.1}), (1.0, {"x0": 0.9})]


def test_scores_come_in_the_way_the_thread_has_them(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x0,x1,x2,score\n0.1,0.1,0.2,3\n0.9,0.1,0.2,1\n")
    assert api.import_sprint(ws, "Loss", str(path), direction="minimize").best_score == 1
    assert api.import_sprint(ws, "Loss", str(path)).best_score == 1, "the thread's own way"
    assert api.import_sprint(ws, "Gain", str(path)).best_score == 3
    with pytest.raises(EngineError, match="the way of thread Gain, maximize, got minimize"):
        api.import_sprint(ws, "Gain", str(path), direction="minimize")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a header line and a line for each trial, got none"),
        ("a,score\n", "a header line and a line for each trial, got none"),
        ("a,a,score\n1,2,3\n", "every column must be named once, got 'a' twice"),
        ("a,score\n1,2\n1,2,3\n", "line 3: 2 cells are needed as in the header, got 3"),
        ("a,score\n1\n", "line 2: 2 cells are needed as in the header, got 1"),
        ("a;b\n1;2\n", "no score column among score, value, values_0, objective, reward, it has a, b"),
        ("score\n1\n", "a column for each hyperparameter, got score"),
    ],
)
def test_a_table_that_is_none_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(EngineError, match=message):
        read_csv(path)


def test_a_score_that_is_no_number_fails_its_trial_and_says_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,score\n1,oom\n2,inf\n3,\n4,0.5\n")
    trials = read_csv(path).trials
    assert [trial.state for trial in trials] == ["failed"] * 3 + ["complete"]
    assert "got 'oom'" in trials[0].reason


def test_names_and_categories_that_only_optuna_takes_are_translated(storage: str) -> None:
    study = optuna.create_study(storage=storage, study_name="foreign")
    lr, kind = optuna.distributions.FloatDistribution(0.1, 20, log=True), optuna.distributions.CategoricalDistribution
    for value, choice in ((1.0, None), (2.0, "a")):
        study.add_trial(
            optuna.trial.create_trial(
                params={"model/lr": value, "model-lr": value, "2nd": choice},
                distributions={"model/lr": lr, "model-lr": lr, "2nd": kind([None, "a"])},
                value=value,
                intermediate_values={0: value},
            )
        )
    content = optuna_study.read_study(storage, "foreign")
    assert content.space.names == ("model_lr", "model_lr_2", "p_2nd")
    assert "called model/lr" in content.space["model_lr"].note
    assert content.trials[0].params == {"model_lr": 1.0, "model_lr_2": 1.0, "p_2nd": None}
    assert [report.step for trial in content.trials for report in trial.reports] == [1, 1], "Optuna counts from 0"


def test_a_storage_that_is_not_there_is_not_made_and_empty_ones_are_said(storage: str, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no file"):
        optuna_study.read_study(f"sqlite:///{tmp_path / 'none.db'}")
    assert not (tmp_path / "none.db").exists()
    for name in ("one", "two"):
        optuna.create_study(storage=storage, study_name=name)
    with pytest.raises(EngineError, match=r"one study must be named, .* has 2 – --study names one of: one, two"):
        optuna_study.read_study(storage)
    with pytest.raises(EngineError, match="must have a trial with hyperparameters, got 0 without"):
        optuna_study.read_study(storage, "one")


def test_a_file_of_another_kind_is_refused_as_a_source(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"needs a file or a storage URL, got s\.parquet"):
        api.import_sprint(ws, "Hartmann", "s.parquet")
    (tmp_path / "s.parquet").write_bytes(b"PAR1 and nothing more")
    with pytest.raises(EngineError, match="cannot be read as Parquet"):
        api.import_sprint(ws, "Hartmann", str(tmp_path / "s.parquet"))
