"""Sprints leave for other tools and come back as they were."""

import json
import math
import sqlite3
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import optuna
import pytest

from engine import api
from engine.api.exchange import sprint_content
from engine.errors import EngineError
from engine.exchange import mlflow_runs, optuna_study
from engine.exchange.content import SprintContent
from engine.exchange.format import ExportTarget, ImportRequest, ImportSource
from engine.exchange.registry import format_named
from engine.exchange.space_inference import inferred_space
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.store.workspace import Workspace
from engine.trials.trial import EpochReport, TrialRecord

SPACE = Space(
    dimensions=(
        Dimension(name="lr", kind="float", low=1e-6, high=1e-3, log=True),
        Dimension(name="layers", kind="int", low=1, high=6),
        Dimension(name="norm", kind="categorical", choices=("rms",), domain_choices=("layer", "rms")),
        Dimension(name="dropout", kind="float", low=0.0, high=0.5, frozen=0.7),
        Dimension(name="pct_start", kind="float", low=0.24, high=0.32, active_when={"scheduler": True}),
    )
)
PARAMS = {"lr": 1e-4, "layers": 2, "norm": "rms", "dropout": 0.7}


def reports(*scores: float) -> tuple[EpochReport, ...]:
    return tuple(
        EpochReport(step=step, phase="train", score=score, metrics={"loss": 1.5, "odd": math.nan}, at=1.7e9 + step)
        for step, score in enumerate(scores, start=1)
    )


CONTENT = SprintContent(
    label="L",
    space=SPACE,
    trials=[
        TrialRecord(
            number=0, state="complete", source="random", params=PARAMS, score=40.0, seconds=3.0, n_epochs=2,
            reports=reports(20.0, 40.0), seed=11, fold=(1, 2),
        ),
        TrialRecord(
            number=1, state="pruned", source="model", params=PARAMS | {"lr": 9e-4}, score=5.0, n_epochs=1,
            reports=reports(5.0), reason="bracket 0, rung 1",
        ),
        TrialRecord(number=2, state="failed", source="model", params=PARAMS | {"layers": 6}, reason="out of memory"),
        TrialRecord(number=3, state="queued", source="primed-cold", params=PARAMS | {"layers": 5}),
    ],
    metric="f1",
)  # fmt: skip


def write(form: str, path: Path, content: SprintContent = CONTENT, *, replace: bool = False) -> str:
    return format_named(form).write(content, ExportTarget(text=str(path), replace=replace))


def read(form: str, path: Path, **request: Any) -> SprintContent:
    return format_named(form).read(ImportSource(text=str(path)), ImportRequest(**request)).content


@pytest.fixture
def storage(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'study.db'}"


def test_a_study_has_the_right_distributions_states_and_intermediate_values(storage: str) -> None:
    optuna_study.write_study(CONTENT, storage)
    study = optuna.load_study(study_name="L", storage=storage)
    first, pruned, failed, waiting = study.trials
    assert [t.state.name for t in study.trials] == ["COMPLETE", "PRUNED", "FAIL", "WAITING"]
    assert first.distributions == {
        "lr": optuna.distributions.FloatDistribution(1e-6, 1e-3, log=True),
        "layers": optuna.distributions.IntDistribution(1, 6),
        "norm": optuna.distributions.CategoricalDistribution(("layer", "rms")),
        "dropout": optuna.distributions.FloatDistribution(0.7, 0.7),
    }
    assert first.intermediate_values == {1: 20.0, 2: 40.0}
    assert first.user_attrs["source"] == "random"
    assert (first.value, first.user_attrs["seed"], first.user_attrs["loss"]) == (40.0, 11, 1.5)
    assert "odd" not in first.user_attrs
    assert first.duration is not None
    assert first.duration.total_seconds() == 3.0
    assert (pruned.intermediate_values, pruned.user_attrs["reason"]) == ({1: 5.0}, "bracket 0, rung 1")
    assert failed.value is None
    assert waiting.params["layers"] == 5
    assert (study.best_value, study.direction.name, study.metric_names) == (40.0, "MAXIMIZE", ["f1"])
    with pytest.raises(EngineError, match="has a study 'L' already"):
        optuna_study.write_study(CONTENT, storage)


def test_a_study_comes_back_with_its_space_trials_and_epochs(storage: str) -> None:
    optuna_study.write_study(CONTENT, storage)
    back = optuna_study.read_study(storage)
    assert (back.label, back.metric, back.direction) == ("L", "f1", "maximize")
    assert back.space["lr"].bounds == (1e-6, 1e-3)
    assert back.space["lr"].log
    assert back.space["dropout"].frozen == 0.7
    assert [(t.number, t.state, t.score) for t in back.trials] == [
        (0, "complete", 40.0), (1, "pruned", 5.0), (2, "failed", None), (3, "cancelled", None),
    ]  # fmt: skip
    assert [r.score for r in back.trials[0].reports] == [20.0, 40.0]
    with pytest.raises(EngineError, match="--study names one of: L"):
        optuna_study.read_study(storage, "M")


def test_a_table_comes_back_with_its_values(tmp_path: Path) -> None:
    write("csv", tmp_path / "t.csv")
    back = read("csv", tmp_path / "t.csv")
    assert [(t.state, t.score, t.reason) for t in back.trials[:3]] == [
        ("complete", 40.0, ""),
        ("pruned", 5.0, "bracket 0, rung 1"),
        ("failed", None, "out of memory"),
    ]
    assert back.trials[0].params == PARAMS
    assert back.space.names == ("lr", "layers", "norm", "dropout")
    assert back.space["layers"].kind == "int"


def test_a_foreign_table_needs_only_a_score(tmp_path: Path) -> None:
    path = tmp_path / "grid.csv"
    path.write_text("lr,layers,f1\n1e-5,2,30.5\n1e-2,3,\n0.001,4,nan\n")
    back = read("csv", path)
    assert [(t.state, t.score) for t in back.trials] == [("complete", 30.5), ("failed", None), ("failed", None)]
    assert back.space["lr"].log
    assert back.space["lr"].bounds == (1e-5, 1e-2)
    assert back.metric == "f1", "the only metric is the score"
    with pytest.raises(EngineError, match="must be a file"):
        read("csv", tmp_path / "absent.csv")


def test_what_a_table_does_not_say_is_inferred() -> None:
    space = inferred_space({"a": [1, 2], "b": [0.1, 0.2], "c": ["x", "y"], "d": [True, False], "e": [3, 3], "f": []})
    assert [(d.name, d.kind, d.is_frozen) for d in space] == [
        ("a", "int", False), ("b", "float", False), ("c", "categorical", False), ("d", "categorical", False),
        ("e", "int", True),
    ]  # fmt: skip


def test_json_keeps_everything_and_no_nan(tmp_path: Path) -> None:
    write("json", tmp_path / "t.json")
    whole = json.loads((tmp_path / "t.json").read_text())
    assert Space.from_dict(whole["space"]) == SPACE
    assert whole["trials"][0]["params"] == PARAMS
    assert whole["trials"][0]["epochs"][1] == {
        "step": 2, "phase": "train", "score": 40.0, "metrics": {"loss": 1.5, "odd": None}, "at": 1.7e9 + 2,
    }  # fmt: skip


def test_parquet_has_the_types_of_the_dimensions(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    write("parquet", tmp_path / "t.parquet")
    table = parquet.read_table(tmp_path / "t.parquet")
    types = {field.name: str(field.type) for field in table.schema}
    assert (types["param_lr"], types["param_layers"], types["param_norm"]) == ("double", "int64", "string")
    assert types["param_pct_start"] == "double", "though no trial has a value"
    assert table.to_pylist()[0]["param_layers"] == 2
    assert [row["state"] for row in table.to_pylist()] == ["complete", "pruned", "failed", "queued"]


@pytest.mark.parametrize(
    ("module", "form", "message"),
    [
        ("pyarrow", "parquet", "Parquet needs pyarrow .* 'trimtab.parquet.'"),
        ("mlflow", "mlflow", "needs mlflow .* 'trimtab.mlflow.'"),
    ],
)
def test_a_format_whose_package_is_missing_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, form: str, message: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EngineError, match=message):
        write(form, tmp_path / "out")


@pytest.mark.filterwarnings("ignore")  # MLflow's own, of its dependencies
def test_every_ended_trial_becomes_an_mlflow_run_with_its_curve(tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow")
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    assert mlflow_runs.write_runs(CONTENT, uri) == 3, "the queued one is left out"
    client = mlflow.MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("L")
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert {name: run.info.status for name, run in runs.items()} == {
        "#0": "FINISHED", "#1": "KILLED", "#2": "FAILED",
    }  # fmt: skip
    first = runs["#0"]
    assert first.data.params == {name: str(value) for name, value in PARAMS.items()}
    assert first.data.metrics["final_f1"] == 40.0
    assert [(m.step, m.value) for m in client.get_metric_history(first.info.run_id, "f1")] == [(1, 20.0), (2, 40.0)]
    assert "odd" not in first.data.metrics, "NaN is no metric"
    assert runs["#1"].data.tags["reason"] == "bracket 0, rung 1"
    with pytest.raises(EngineError, match="has an experiment 'L' already"):
        mlflow_runs.write_runs(CONTENT, uri)


@pytest.mark.filterwarnings("ignore")  # MLflow's own, of its dependencies
@pytest.mark.parametrize("folder", ["p%41x q?x/in", "it's w\"q #é {0}"])
def test_mlflow_runs_are_written_where_their_path_says_and_nowhere_else(tmp_path: Path, folder: str) -> None:
    pytest.importorskip("mlflow")
    place = tmp_path / folder
    place.mkdir(parents=True)
    target = ExportTarget(text=str(place / "runs.db"))
    assert mlflow_runs.FORMAT.write(CONTENT, target) == f"3 runs in {place / 'runs.db'}"
    assert [path.name for path in place.iterdir()] == ["runs.db"]
    assert [path.name for path in tmp_path.iterdir()] == [folder.partition("/")[0]]
    with sqlite3.connect(place / "runs.db") as connection:
        assert connection.execute("select count(*) from runs").fetchone() == (3,)


def test_a_value_outside_the_space_still_makes_a_study(storage: str) -> None:
    outside = PARAMS | {"lr": 1e-2, "norm": "batch", "dropout": 0.2}
    trial = TrialRecord(number=0, state="complete", source="manual", params=outside, score=1.0)
    optuna_study.write_study(replace(CONTENT, trials=[trial]), storage)
    [written] = optuna.load_study(study_name="L", storage=storage).trials
    assert written.params == outside
    assert written.distributions["lr"].high == 1e-2


def test_an_exported_study_opens_in_optuna_dashboard(storage: str) -> None:
    dashboard = pytest.importorskip("optuna_dashboard")
    optuna_study.write_study(CONTENT, storage)
    app = dashboard.wsgi(optuna.storages.RDBStorage(storage))

    def get(path: str) -> Any:
        status: list[str] = []
        environ: dict[str, Any] = {}
        setup_testing_defaults(environ)
        body = b"".join(app(environ | {"PATH_INFO": path}, lambda line, *_: status.append(line)))
        assert status == ["200 OK"]
        return json.loads(body)

    [summary] = get("/api/studies")["study_summaries"]
    shown = get(f"/api/studies/{summary['study_id']}")
    assert [one["state"] for one in shown["trials"]] == ["Complete", "Pruned", "Fail", "Waiting"]
    assert [one["value"] for one in shown["trials"][0]["intermediate_values"]] == [20.0, 40.0]
    assert {one["name"]: one["distribution"]["type"] for one in shown["union_search_space"]} == {
        "lr": "FloatDistribution", "layers": "IntDistribution", "norm": "CategoricalDistribution",
        "dropout": "FloatDistribution",
    }  # fmt: skip


def test_a_sprint_goes_out_and_comes_into_another_thread_to_be_reviewed(
    ws: Workspace, explored: api.SprintView, tmp_path: Path
) -> None:
    target = f"sqlite:///{tmp_path / 'out.db'}"
    assert "30 trials" in api.export_sprint(ws, explored.id, target)
    view = api.import_sprint(ws, "Elsewhere", target)
    assert (view.short_label, view.state, view.n_complete, view.best_score) == (
        "imported_v1", "done", 30, explored.best_score,
    )  # fmt: skip
    assert api.review(ws, view.id).top == api.review(ws, explored.id).top
    after = api.accept_all(ws, "Elsewhere", view.id)
    assert after.space["x0"].bounds[0] > 0.6
    again = api.import_sprint(ws, "Hartmann", target)
    assert again.label.startswith("Hartmann-")
    assert sprint_content(ws, again.id).space == sprint_content(ws, explored.id).space


def test_an_unknown_format_is_refused(ws: Workspace, explored: api.SprintView) -> None:
    with pytest.raises(EngineError, match="a format must be one of parquet, json, optuna, mlflow, csv, got"):
        api.export_sprint(ws, explored.id, "out.txt")
