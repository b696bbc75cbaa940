"""Report from a training script to trimtab, and read its results; one file without dependencies, free to copy.

Usage::

    import trimtab

    lr = trimtab.params(lr=1e-3)["lr"]              # the trial's value, or the default outside a trial
    for epoch in range(1, 11):
        ...
        if not trimtab.report(epoch=epoch, score=accuracy, loss=loss):
            break                                   # the trial should stop

Outside a trial nothing is written and `report` returns True. With several processes only rank 0 writes, and every rank
that calls `report` hears the same answer. For Python 3.8 and newer.
"""

import json
import os
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

__all__ = [
    "facts",
    "is_trial",
    "keras_callback",
    "lightgbm_callback",
    "lightning_callback",
    "params",
    "progress",
    "report",
    "sprint",
    "transformers_callback",
    "xgboost_callback",
]

VARIABLE = "TRIMTAB_TRIAL"
"""Environment variable that names the trial's folder of reports."""

RANKS = ("RANK", "SLURM_PROCID", "LOCAL_RANK")
"""Where launchers say the rank of a process; the first that is set counts."""

ANSWER_SECONDS = 10.0
"""How long a report waits to hear whether to stop; a trial whose worker is gone trains on."""

_counts = {"reports": 0}


def is_trial() -> bool:
    """Whether this process belongs to a trial of trimtab."""
    return _folder() is not None


def params(**defaults: Any) -> Dict[str, Any]:
    """The trial's hyperparameters by name; inactive ones are left out.

    Args:
        defaults: Values for names that the trial does not set, and for all outside a trial.
    """
    return {**defaults, **_trial().get("params", {})}


def facts(**defaults: Any) -> Dict[str, Any]:
    """What else the trial knows, such as ``epochs``, ``seed``, ``train_fraction`` and ``run_dir``.

    Args:
        defaults: Values outside a trial.
    """
    return {**defaults, **_trial().get("facts", {})}


def report(score: float, epoch: Optional[float] = None, **metrics: float) -> bool:
    """Report one epoch; False means that the trial should stop.

    Args:
        score: What the search optimizes.
        epoch: From 1; counted where it is left out.
        metrics: Any other numbers, such as ``loss=1.2``.

    Raises:
        TypeError: When one of them is no number.
    """
    folder = _folder()
    if folder is None:
        return True
    _counts["reports"] += 1
    line = {name: _number(name, value) for name, value in metrics.items()}
    line["score"] = _number("score", score)
    if epoch is not None:
        line["epoch"] = _number("epoch", epoch)
    end = _append(folder, line)
    return _answer(folder, _counts["reports"], end)


def progress(fraction: float, epoch: Optional[int] = None, message: str = "") -> None:
    """Say how far the running epoch is.

    Args:
        fraction: Share of the epoch that is done, 0 to 1.
        epoch: The running epoch, from 1; the one after the last report where it is left out.
        message: Text to show.
    """
    folder = _folder()
    if folder is not None:
        running = _counts["reports"] + 1 if epoch is None else epoch
        _append(folder, {"fraction": _number("fraction", fraction), "epoch": running, "message": str(message)})


class Trials(List[Dict[str, Any]]):
    """The trials of a sprint as records, in order of their numbers."""

    def frame(self) -> Any:
        """The same as a pandas data frame, a row a trial."""
        import pandas as pd

        return pd.DataFrame.from_records(list(self))


def sprint(ref: Union[int, str], workspace: Optional[Union[str, "os.PathLike[str]"]] = None) -> Trials:
    """The trials of a sprint, for notebooks: one record a trial; ``.frame()`` makes a pandas data frame of them.

    Args:
        ref: Number of the sprint, or its label (``THREAD/1E_v1``).
        workspace: Folder of the workspace; found as the command line finds it where it is left out.
    """
    from engine.api import sprint_records  # only where trimtab itself is installed

    return Trials(sprint_records(ref, workspace))


def transformers_callback(score: str = "eval_loss") -> Any:
    """A callback for the Hugging Face Trainer: ``Trainer(callbacks=[trimtab.transformers_callback("eval_f1")])``.

    Args:
        score: Name of the score among the evaluation metrics.
    """
    from transformers import TrainerCallback

    class TrimtabCallback(TrainerCallback):
        def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **kwargs: Any) -> None:
            if not _report_one_of(_numbers(metrics or {}), score, state.epoch):
                control.should_training_stop = True

    return TrimtabCallback()


def lightning_callback(score: str) -> Any:
    """A callback for Lightning: ``Trainer(callbacks=[trimtab.lightning_callback("val_acc")])``.

    Args:
        score: Name under which the module logs the score.
    """
    try:
        from lightning.pytorch import Callback
    except ImportError:
        from pytorch_lightning import Callback

    class TrimtabCallback(Callback):  # type: ignore[misc]
        def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
            if not trainer.sanity_checking:
                goes_on = _report_one_of(_numbers(trainer.callback_metrics), score, trainer.current_epoch + 1)
                trainer.should_stop = trainer.should_stop or not goes_on

    return TrimtabCallback()


def keras_callback(score: str = "val_accuracy") -> Any:
    """A callback for Keras: ``model.fit(…, callbacks=[trimtab.keras_callback("val_accuracy")])``.

    Args:
        score: Name of the score among the logs of an epoch.
    """
    import keras

    class TrimtabCallback(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if not _report_one_of(_numbers(logs or {}), score, epoch + 1):
                self.model.stop_training = True

    return TrimtabCallback()


def lightgbm_callback(score: str) -> Any:
    """A callback for LightGBM: ``lgb.train(…, callbacks=[trimtab.lightgbm_callback("valid_0 auc")])``.

    Args:
        score: Name of the evaluation set and of the metric, with a blank between.
    """

    def callback(env: Any) -> None:
        found = {f"{entry[0]} {entry[1]}": float(entry[2]) for entry in env.evaluation_result_list or ()}
        if not _report_one_of(found, score, env.iteration + 1):
            from lightgbm.callback import EarlyStopException

            raise EarlyStopException(env.iteration, env.evaluation_result_list)

    callback.order = 40  # type: ignore[attr-defined]  # after LightGBM's own, whose records the last round is in too
    return callback


def xgboost_callback(score: str) -> Any:
    """A callback for XGBoost: ``xgb.train(…, callbacks=[trimtab.xgboost_callback("valid auc")])``.

    Args:
        score: Name of the evaluation set and of the metric, with a blank between.
    """
    from xgboost.callback import TrainingCallback

    class TrimtabCallback(TrainingCallback):  # type: ignore[misc]
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            found = {
                f"{data} {metric}": float(values[-1][0] if isinstance(values[-1], tuple) else values[-1])
                for data, metrics in evals_log.items()
                for metric, values in metrics.items()
            }
            return not _report_one_of(found, score, epoch + 1)

    return TrimtabCallback()


def _folder() -> Optional[Path]:
    name = os.environ.get(VARIABLE)
    return Path(name) if name and os.path.isdir(name) else None


def _trial() -> Dict[str, Any]:
    folder = _folder()
    if folder is None:
        return {}
    with open(folder / "trial.json", encoding="utf-8") as file:
        return dict(json.load(file))


def _rank() -> int:
    for name in RANKS:
        if os.environ.get(name, "").isdigit():
            return int(os.environ[name])
    return 0


def _append(folder: Path, line: Dict[str, Any]) -> int:
    """Append one line in one write, on rank 0 only; the file's length after it, 0 on other ranks."""
    if _rank() != 0:
        return 0
    content = (json.dumps(line) + "\n").encode("utf-8")
    opened = os.open(folder / "reports.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(opened, content)
        return os.lseek(opened, 0, os.SEEK_END)
    finally:
        os.close(opened)


def _answer(folder: Path, n_reports: int, end: int) -> bool:
    """Wait until the engine has taken this report; whether to go on."""
    give_up = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < give_up:
        try:
            with open(folder / "answers.json", encoding="utf-8") as file:
                told = json.load(file)
        except (OSError, ValueError):
            told = {"bytes": 0, "reports": 0, "stop_at": None}
        stop_at = told["stop_at"]
        if stop_at is not None and stop_at <= n_reports:
            return False
        if told["bytes"] >= end if end else told["reports"] >= n_reports:
            return True
        time.sleep(0.005)
    return True


def _report_one_of(numbers: Dict[str, float], score: str, epoch: Optional[float]) -> bool:
    """Report one of several numbers as the score, the others as metrics; True where the score is not among them."""
    if score not in numbers:
        return True
    metrics = {name: value for name, value in numbers.items() if name not in (score, "score", "epoch")}
    return report(numbers[score], epoch, **metrics)


def _number(name: str, value: Any) -> float:
    try:
        return int(value) if isinstance(value, int) and not isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, got {value!r}") from None


def _numbers(values: Any) -> Dict[str, float]:
    """The numbers of a mapping, tensors of one element included."""
    found = {}
    for name, value in values.items():
        try:
            found[str(name)] = float(value)
        except (TypeError, ValueError):
            continue
    return found
