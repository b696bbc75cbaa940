"""The callbacks of `trimtab.py` in real trainings by the libraries that they are for.

LightGBM and XGBoost come with the extra ``test``, Lightning with ``model``. Keras and what the Hugging Face Trainer
needs come with the extra ``callbacks``. The tests of the last three import torch and are slow: ``pip install -e
'.[test,model,callbacks]'``, then ``pytest --run-slow tests/engine/objectives/test_reporter_callbacks.py``.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trimtab
from engine.objectives.reporter import Reporter
from tests.engine.objectives.recorded_trial import Recorded

N_ROUNDS = 5


@pytest.fixture
def reporter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reporter:
    """The engine's side of a trial that this process belongs to."""
    monkeypatch.setitem(trimtab._counts, "reports", 0)
    for name in trimtab.RANKS:
        monkeypatch.delenv(name, raising=False)
    made = Reporter(Recorded(run_dir=tmp_path), {})
    monkeypatch.setenv(trimtab.VARIABLE, str(made.folder))
    monkeypatch.setattr(trimtab, "ANSWER_SECONDS", 0.02)
    return made


def reported(reporter: Reporter) -> list[tuple[float | None, float | None]]:
    return [(reading.epoch, reading.score) for reading in reporter.readings()]


def images() -> tuple[Any, Any]:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(60, 3))
    return x, x[:, 0] + 0.1 * draw.normal(size=60)


def boosted(reporter: Reporter) -> list[float]:
    """Train LightGBM for `N_ROUNDS`; its own record of the validation error."""
    lightgbm = pytest.importorskip("lightgbm")
    x, y = images()
    data, record = lightgbm.Dataset(x[:40], y[:40]), {}
    lightgbm.train(
        {"objective": "regression", "metric": "l2", "verbose": -1, "num_threads": 1, "min_data_in_leaf": 2},
        data, N_ROUNDS, valid_sets=[lightgbm.Dataset(x[40:], y[40:], reference=data)],
        callbacks=[lightgbm.record_evaluation(record), trimtab.lightgbm_callback("valid_0 l2")],
    )  # fmt: skip
    return list(record["valid_0"]["l2"])


def test_lightgbm_reports_every_round_of_a_real_training(reporter: Reporter) -> None:
    own = boosted(reporter)
    assert len(own) == N_ROUNDS
    assert reported(reporter) == list(enumerate(own, 1))


def test_a_stop_ends_the_training_of_lightgbm(reporter: Reporter) -> None:
    reporter.stop()
    assert len(boosted(reporter)) == 1


def grown(reporter: Reporter) -> list[float]:
    """Train XGBoost for `N_ROUNDS`; its own record of the validation error."""
    xgboost = pytest.importorskip("xgboost")
    x, y = images()
    record: dict[str, Any] = {}
    xgboost.train(
        {"nthread": 1, "max_depth": 2}, xgboost.DMatrix(x[:40], y[:40]), N_ROUNDS,
        evals=[(xgboost.DMatrix(x[40:], y[40:]), "valid")], evals_result=record, verbose_eval=False,
        callbacks=[trimtab.xgboost_callback("valid rmse")],
    )  # fmt: skip
    return list(record["valid"]["rmse"])


def test_xgboost_reports_every_round_of_a_real_training(reporter: Reporter) -> None:
    own = grown(reporter)
    assert len(own) == N_ROUNDS
    assert reported(reporter) == list(enumerate(own, 1))


def test_a_stop_ends_the_training_of_xgboost(reporter: Reporter) -> None:
    reporter.stop()
    assert len(grown(reporter)) == 1


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("stops", [False, True])
def test_keras_reports_every_epoch_of_a_real_training_and_stops(
    reporter: Reporter, monkeypatch: pytest.MonkeyPatch, stops: bool
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    x, y = images()
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse", jit_compile=False)
    if stops:
        reporter.stop()
    kept = model.fit(
        x[:40], y[:40], epochs=3, verbose=0, validation_data=(x[40:], y[40:]),
        callbacks=[trimtab.keras_callback("val_loss")],
    )  # fmt: skip
    own = kept.history["val_loss"]
    assert len(own) == (1 if stops else 3)
    assert reported(reporter) == [(n, pytest.approx(loss)) for n, loss in enumerate(own, 1)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("stops", [False, True])
def test_the_hugging_face_trainer_reports_every_evaluation_of_a_real_training_and_stops(
    reporter: Reporter, tmp_path: Path, stops: bool
) -> None:
    pytest.importorskip("accelerate")
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")

    class Net(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(3, 1)

        def forward(self, x: Any, labels: Any) -> Any:
            found = self.layer(x)[:, 0]
            return {"loss": torch.nn.functional.mse_loss(found, labels), "logits": found}

    x, y = images()
    rows = [{"x": torch.tensor(a).float(), "labels": torch.tensor(b).float()} for a, b in zip(x, y, strict=True)]
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path / "out"), num_train_epochs=2, per_device_train_batch_size=10, eval_strategy="steps",
        eval_steps=2, save_strategy="no", report_to=[], disable_tqdm=True, use_cpu=True,
    )  # fmt: skip
    trainer = transformers.Trainer(
        model=Net(), args=arguments, train_dataset=rows[:40], eval_dataset=rows[40:],
        callbacks=[trimtab.transformers_callback("eval_loss")],
    )  # fmt: skip
    if stops:
        reporter.stop()
    trainer.train()
    own = [(one["epoch"], one["eval_loss"]) for one in trainer.state.log_history if "eval_loss" in one]
    assert [epoch for epoch, _ in own] == ([0.5] if stops else [0.5, 1.0, 1.5, 2.0])
    assert reported(reporter) == [(epoch, pytest.approx(loss)) for epoch, loss in own]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("stops", [False, True])
def test_lightning_reports_every_validation_of_a_real_training_and_stops(
    reporter: Reporter, tmp_path: Path, stops: bool
) -> None:
    torch = pytest.importorskip("torch")
    lightning = pytest.importorskip("pytorch_lightning")

    class Net(lightning.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(3, 1)
            self.own: list[float] = []

        def training_step(self, batch: Any, _: int) -> Any:
            x, y = batch
            return torch.nn.functional.mse_loss(self.layer(x)[:, 0], y)

        def validation_step(self, batch: Any, index: int) -> None:
            self.log("val_loss", self.training_step(batch, index))

        def on_validation_epoch_end(self) -> None:
            if not self.trainer.sanity_checking:
                self.own.append(float(self.trainer.callback_metrics["val_loss"]))

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    x, y = images()
    rows = torch.utils.data.TensorDataset(torch.tensor(x).float(), torch.tensor(y).float())
    loader = torch.utils.data.DataLoader(rows, batch_size=20)
    net = Net()
    trainer = lightning.Trainer(
        max_epochs=3, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=tmp_path, callbacks=[trimtab.lightning_callback("val_loss")],
    )  # fmt: skip
    if stops:
        reporter.stop()
    trainer.fit(net, loader, loader)
    assert len(net.own) == (1 if stops else 3), "the sanity check is no epoch"
    assert reported(reporter) == [(n, pytest.approx(loss)) for n, loss in enumerate(net.own, 1)]
