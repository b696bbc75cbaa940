"""`trimtab.py`: reports through a file, an answer whether to stop, nothing at all outside a trial."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import trimtab
from engine.errors import EngineError
from engine.metric_sources.reading import Reading
from engine.objectives.command import CommandObjective
from engine.objectives.reporter import Reporter
from tests.engine.objectives.recorded_trial import Recorded

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process just started, outside a trial and of no rank."""
    monkeypatch.setitem(trimtab._counts, "reports", 0)
    for name in (trimtab.VARIABLE, *trimtab.RANKS):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def reporter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reporter:
    """The engine's side of a trial that this process belongs to."""
    trial = Recorded(run_dir=tmp_path, params={"lr": 0.2}, inactive=("momentum",))
    made = Reporter(trial, {"epochs": 4, "seed": 11})
    monkeypatch.setenv(trimtab.VARIABLE, str(made.folder))
    monkeypatch.setattr(trimtab, "ANSWER_SECONDS", 0.02)  # nobody answers in these tests unless they do
    return made


def run(folder: Path, code: str, trial: Recorded) -> float:
    (folder / "train.py").write_text(code)
    trial.run_dir = folder / "run"
    trial.run_dir.mkdir()
    environment = {"PYTHONPATH": str(ROOT)}
    model = {"command": "python train.py", "command_options": {"env": environment}}
    return CommandObjective(model=model, data={}, base_dir=folder).run(trial)


def test_outside_a_trial_nothing_is_written_and_training_goes_on(tmp_path: Path) -> None:
    code = """
import trimtab
print(trimtab.report(0.5, epoch=1), trimtab.params(lr=1), trimtab.is_trial())
trimtab.progress(0.5)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("True {'lr': 1} False\n", "")
    assert list(tmp_path.iterdir()) == []


def test_the_module_needs_nothing_but_the_standard_library() -> None:
    code = """
import sys
before = set(sys.modules)
import trimtab
print(*{name.split('.')[0] for name in set(sys.modules) - before})
"""
    said = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert set(said) - {"trimtab"} <= sys.stdlib_module_names


def test_a_script_reports_past_bars_and_buffers_and_hears_its_hyperparameters(tmp_path: Path) -> None:
    code = """
import sys, trimtab
sys.stdout = open("/dev/null", "w")
lr, epochs = trimtab.params(lr=9, width=64), trimtab.facts()["epochs"]
for epoch in range(1, epochs + 1):
    trimtab.progress(0.5, message="half")
    assert trimtab.report(epoch=epoch, score=epoch * lr["lr"], loss=1.5)
assert lr["width"] == 64
"""
    trial = Recorded(params={"lr": 0.25})
    assert run(tmp_path, code, trial) == 1.0
    assert [(step, score, metrics) for step, score, metrics, _ in trial.reports] == [
        (n, n / 4, {"loss": 1.5}) for n in (1, 2, 3, 4)
    ]
    assert (1, 0.5) in trial.progressed


def test_a_report_returns_false_when_the_trial_should_stop_and_the_script_may_end_by_itself(tmp_path: Path) -> None:
    code = """
import trimtab
for epoch in range(1, 5):
    if not trimtab.report(score=epoch, epoch=epoch):
        open("stopped", "w").write(str(epoch))
        break
"""
    trial = Recorded(stop_at=2)
    assert run(tmp_path, code, trial) == 2
    assert (tmp_path / "stopped").read_text() == "2"


def test_what_a_script_prints_beside_its_own_reports_does_not_count(tmp_path: Path) -> None:
    code = """
import trimtab
for epoch in (1, 2):
    trimtab.report(score=epoch, epoch=epoch)
    print('{"epoch": 7, "score": 7}', flush=True)
"""
    trial = Recorded(max_epochs=2)
    assert run(tmp_path, code, trial) == 2
    assert (trial.reports[-1][0], trial.findings) == (2, [])


def test_a_score_that_is_no_number_is_refused_where_it_is_reported(reporter: Reporter) -> None:
    with pytest.raises(TypeError, match="score must be a number, got 'high'"):
        trimtab.report("high")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="loss must be a number"):
        trimtab.report(0.5, loss=[1])  # type: ignore[arg-type]


def test_a_trial_whose_worker_is_gone_trains_on(reporter: Reporter) -> None:
    started = time.monotonic()
    assert trimtab.report(0.5)
    assert time.monotonic() - started < 5


def test_only_rank_0_writes_and_every_rank_hears_the_same(reporter: Reporter, monkeypatch: pytest.MonkeyPatch) -> None:
    assert trimtab.report(0.5, epoch=1)
    assert reporter.readings() == [Reading(score=0.5, epoch=1)]
    reporter.answer(goes_on=False)
    for variable in trimtab.RANKS:
        with monkeypatch.context() as other:
            other.setenv(variable, "1")
            other.setitem(trimtab._counts, "reports", 0)
            assert not trimtab.report(0.9, epoch=1), "its first report is the one that was answered with a stop"
    assert reporter.readings() == []


def test_a_stop_between_reports_is_heard_by_the_next_report_of_every_rank(
    reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    trimtab.report(0.5, epoch=1)
    reporter.readings()
    reporter.answer(goes_on=True)
    reporter.stop()
    assert not trimtab.report(0.6, epoch=2)
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setitem(trimtab._counts, "reports", 0)
    assert trimtab.report(0.5, epoch=1), "a rank that is late still hears what the others heard"
    assert not trimtab.report(0.6, epoch=2)


def test_a_line_that_is_being_written_waits(reporter: Reporter) -> None:
    reports = reporter.folder / "reports.jsonl"
    reports.write_text('{"epoch": 1, "score": 0.5}\n{"epoch": 2, "sco')
    assert [reading.epoch for reading in reporter.readings()] == [1]
    with reports.open("a") as file:
        file.write('re": 0.6, "rank": 3}\nnonsense\n')
    [reading] = reporter.readings()
    assert (reading.epoch, reading.metrics, reading.rank) == (2, {"rank": 3.0}, 0)


def test_a_new_attempt_does_not_read_the_reports_of_the_last(tmp_path: Path) -> None:
    trial = Recorded(run_dir=tmp_path)
    (Reporter(trial, {}).folder / "reports.jsonl").write_text('{"epoch": 1, "score": 0.5}\n')
    assert Reporter(trial, {}).readings() == []


def reported(reporter: Reporter) -> list[Any]:
    return [(reading.epoch, reading.score, dict(reading.metrics)) for reading in reporter.readings()]


def test_the_callback_of_lightgbm_reports_every_iteration(reporter: Reporter) -> None:
    env = SimpleNamespace(
        iteration=2, evaluation_result_list=[("valid_0", "auc", 0.8, True), ("train", "auc", 0.9, True)]
    )
    trimtab.lightgbm_callback("valid_0 auc")(env)
    assert reported(reporter) == [(3, 0.8, {"train auc": 0.9})]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_callback_of_lightning_reports_and_stops(reporter: Reporter) -> None:
    pl = pytest.importorskip("pytorch_lightning")
    torch = pytest.importorskip("torch")

    class Net(pl.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)

        def training_step(self, batch: Any, _: int) -> Any:
            return self.layer(batch).sum()

        def validation_step(self, batch: Any, _: int) -> None:
            self.log("val_acc", 0.5 + self.current_epoch)

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), 0.1)

    data = torch.utils.data.DataLoader(torch.ones(2, 1))
    trainer = pl.Trainer(
        max_epochs=3, callbacks=[trimtab.lightning_callback("val_acc")], logger=False, accelerator="cpu",
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(Net(), data, data)
    assert [(epoch, score) for epoch, score, _ in reported(reporter)] == [(1, 0.5), (2, 1.5), (3, 2.5)]


@pytest.mark.slow
def test_the_callback_of_the_hugging_face_trainer_reports_evaluations_and_stops(reporter: Reporter) -> None:
    pytest.importorskip("transformers")
    callback = trimtab.transformers_callback("eval_f1")
    control = SimpleNamespace(should_training_stop=False)
    callback.on_evaluate(
        None, SimpleNamespace(epoch=1.0), control, metrics={"eval_f1": 0.4, "eval_loss": 2, "epoch": 1.0}
    )
    assert reported(reporter) == [(1, 0.4, {"eval_loss": 2.0})]
    assert not control.should_training_stop
    reporter.stop()
    callback.on_evaluate(None, SimpleNamespace(epoch=2.0), control, metrics={"eval_f1": 0.5})
    assert control.should_training_stop


def test_the_callback_of_keras_reports_epochs_from_one_and_stops(reporter: Reporter) -> None:
    keras = pytest.importorskip("keras")
    callback = trimtab.keras_callback("val_accuracy")
    assert isinstance(callback, keras.callbacks.Callback)
    callback.set_model(SimpleNamespace(stop_training=False))
    callback.on_epoch_end(0, {"val_accuracy": 0.4, "loss": 1.5})
    assert reported(reporter) == [(1, 0.4, {"loss": 1.5})]


def test_the_callback_of_xgboost_reports_iterations(reporter: Reporter) -> None:
    xgboost = pytest.importorskip("xgboost")
    callback = trimtab.xgboost_callback("valid rmse")
    assert isinstance(callback, xgboost.callback.TrainingCallback)
    assert not callback.after_iteration(None, 0, {"valid": {"rmse": [0.5]}, "train": {"rmse": [(0.4, 0.1)]}})
    assert reported(reporter) == [(1, 0.5, {"train rmse": 0.4})]


def test_a_sprint_can_be_read_as_records(tmp_path: Path, finished_sprint: Any) -> None:
    trials = trimtab.sprint("Hartmann/1E_v1", finished_sprint.path)
    assert [(trial["number"], trial["state"], trial["score"]) for trial in trials] == [
        (0, "complete", 0.5), (1, "complete", 0.7), (2, "failed", None),
    ]  # fmt: skip
    assert trials[0]["param_x0"] == 0.25
    assert json.dumps(trials)
    with pytest.raises(EngineError, match="a workspace must hold"):
        trimtab.sprint(1, tmp_path)


def test_a_sprint_can_be_read_as_a_frame_where_pandas_is(finished_sprint: Any) -> None:
    pandas = pytest.importorskip("pandas")
    frame = trimtab.sprint(1, finished_sprint.path).frame()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["score"][:2]) == [0.5, 0.7]


@pytest.fixture
def finished_sprint(ws: Any, finish: Any) -> Any:
    from engine import api

    plan = api.default_plan(ws, "Hartmann", "1E")
    sprint = api.create_sprint(ws, plan)
    values = {"x0": 0.25, "x1": 0.5, "x2": 0.5}
    finish(ws, sprint.id, [(values, 0.5), (values, 0.7), (values, None)])
    return ws
