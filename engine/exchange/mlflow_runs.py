"""A sprint as an MLflow experiment: one run a trial, with parameters, epochs and end (A:F30); MLflow is optional."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.boundary.output import Output
from engine.errors import EngineError
from engine.exchange.content import SprintContent
from engine.exchange.databases import MLFLOW, database_to_write
from engine.trials.trial import TrialRecord
from engine.values import whole_text

DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
"""Schemes of tracking URIs that name a database."""

STATUS = {"complete": "FINISHED", "pruned": "KILLED", "failed": "FAILED", "cancelled": "KILLED"}
"""MLflow's states by ours; trials that did not end are left out."""


def write_runs(content: SprintContent, tracking_uri: str, experiment: str = "", workspaces: Sequence[Path] = ()) -> int:
    """Write the ended trials of a sprint as runs; returns how many.

    Args:
        content: The sprint.
        tracking_uri: As MLflow takes it: a folder, ``sqlite:///FILE.db``, ``http://…``.
        experiment: Name of the experiment; the sprint's label where empty.
        workspaces: Folders known to be workspaces, whose own files are no tracking store.

    Raises:
        EngineError: When MLflow is not installed, there is an experiment of that name, or something else is there.
    """
    try:
        from mlflow import MlflowClient
    except ModuleNotFoundError:
        raise EngineError("an MLflow export needs mlflow", "pip install 'trimtab[mlflow]'") from None
    name = experiment or content.label
    facts = {key: str(value) for key, value in content.facts.items()}
    ended = [trial for trial in content.trials if trial.state in STATUS]
    with _store_to_write(str(tracking_uri), workspaces) as uri:
        client = MlflowClient(tracking_uri=uri)
        if client.get_experiment_by_name(name) is not None:
            raise EngineError(f"{tracking_uri} has an experiment {name!r} already", "choose another --study name")
        experiment_id = client.create_experiment(name, tags={"direction": content.direction, **facts})
        try:
            for trial in ended:
                _write_run(client, experiment_id, trial, content.metric)
        except BaseException:
            client.delete_experiment(experiment_id)
            raise
    return len(ended)


@contextmanager
def _store_to_write(uri: str, workspaces: Sequence[Path]) -> Iterator[str]:
    """Inside, the tracking URI to write to; a database or folder of something else is refused.

    Raises:
        EngineError: When it holds something else.
    """
    scheme, separator, rest = uri.partition("://")
    if separator and scheme.partition("+")[0] in DATABASES:
        with database_to_write(uri, MLFLOW, workspaces) as url:
            yield url
        return
    if separator and scheme != "file":
        yield uri  # a tracking server, which keeps its own
        return
    folder = Path(rest if separator else uri.removeprefix("file:"))
    is_mlflows = any(folder.glob("*/meta.yaml")) if folder.is_dir() else False
    target = Output(path=folder, refusal=EngineError, replace=is_mlflows, own="*", workspaces=workspaces)
    target.check_folder()
    yield uri


def _write_run(client: Any, experiment_id: str, trial: TrialRecord, metric: str) -> None:
    from mlflow.entities import Metric, Param, RunTag

    started = int(1000 * trial.reports[0].at) if trial.reports else 0
    ended = started + int(1000 * (trial.seconds or 0.0))
    run = client.create_run(experiment_id, start_time=started or None, run_name=f"#{trial.number}")
    metrics = [
        Metric(name, float(value), int(1000 * report.at), report.step)
        for report in trial.reports
        for name, value in {metric: report.score, **report.metrics}.items()
        if math.isfinite(value)
    ]
    if trial.score is not None:
        last = trial.reports[-1].step if trial.reports else 0
        metrics.append(Metric(f"final_{metric}", trial.score, ended, last))
    facts: dict[str, Any] = {"number": trial.number, "state": trial.state, "source": trial.source, "seed": trial.seed}
    facts |= {"train_fold": trial.fold[0], "val_fold": trial.fold[1], "reason": trial.reason}
    client.log_batch(
        run.info.run_id,
        metrics=metrics,
        params=[Param(name, whole_text(value)) for name, value in trial.params.items()],
        tags=[RunTag(key, str(value)) for key, value in facts.items() if value != ""],
    )
    client.set_terminated(run.info.run_id, STATUS[trial.state], end_time=ended or None)
