"""MLflow: a sprint as an experiment with a run a trial, and a table of runs as a sprint; writing needs mlflow."""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from engine.boundary.output import Output
from engine.errors import EngineError
from engine.exchange.cells import cell_of
from engine.exchange.content import SprintContent
from engine.exchange.conventions import TableConventions
from engine.exchange.databases import MLFLOW, database_to_write
from engine.exchange.format import DATABASE_SUFFIXES, ExportTarget, ImportRequest, ImportSource, Reading
from engine.exchange.table_import import flattened, read_table
from engine.trials.states import TrialState
from engine.trials.trial import TrialRecord

DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
"""Schemes of tracking URIs that name a database."""

STATUS = {
    TrialState.COMPLETE: "FINISHED",
    TrialState.PRUNED: "KILLED",
    TrialState.FAILED: "FAILED",
    TrialState.CANCELLED: "KILLED",
}
"""MLflow's states by ours; trials that did not end are left out."""

MOST_METRICS = 1000
"""Metrics that MLflow takes at once."""

MOST_CHARACTERS = 6000
"""Characters of a hyperparameter's value that MLflow takes."""

STRANGE = re.compile(r"[^\w\-. /]")
"""What may not be in a metric's name."""

RUNS = TableConventions(
    params=("params.",),
    metrics=("metrics.",),
    facts={
        "tags.state": "state",
        "status": "state",
        "Status": "state",
        "start_time": "started_at",
        "Start Time": "started_at",
        "end_time": "finished_at",
        "tags.reason": "reason",
        "tags.seed": "seed",
        "tags.train_fold": "train_fold",
        "tags.val_fold": "val_fold",
    },
    ignored={
        "run_id": "id",
        "Run ID": "id",
        "Name": "id",
        "experiment_id": "id",
        "run_name": "id",
        "artifact_uri": "path",
        "tags.*": "tag or note",
        "Source Type": "tag or note",
        "Source Name": "tag or note",
        "User": "host or user",
        "Duration": "time",
    },
    any_of=("params.*", "Run ID"),
    signature=("[rR]un[_ ][iI][dD]",),
    naive_times_are_local=False,
)
"""What ``mlflow.search_runs().to_csv()`` and the web page write."""


class MlflowRuns:
    """MLflow's runs."""

    name = "mlflow"
    title = "MLflow runs"
    can_write = True
    can_read = True

    def is_target(self, target: ExportTarget) -> bool:
        """A tracking server, or a folder called ``mlruns``."""
        scheme = target.text.partition("://")[0]
        return scheme in ("http", "https", "databricks", "file") if target.is_url else target.path.name == "mlruns"

    def is_source(self, source: ImportSource) -> bool:
        """A table with MLflow's columns."""
        return source.is_text and RUNS.fits(flattened(source.table).header)

    def write(self, content: SprintContent, target: ExportTarget) -> str:
        """Write an experiment."""
        return f"{write_runs(content, tracking_uri(target), target.study, target.workspaces)} runs in {target.text}"

    def read(self, source: ImportSource, request: ImportRequest) -> Reading:
        """Read a table of runs."""
        return read_table(self.name, source.table, RUNS, request)


def tracking_uri(target: ExportTarget) -> str:
    """A target as MLflow takes it: a database's file or a folder as a URL, a URL as it is."""
    if target.is_url:
        return target.text
    if target.path.suffix.lower() in DATABASE_SUFFIXES:
        return f"sqlite:///{target.path.resolve()}"
    return target.path.resolve().as_uri()


def write_runs(content: SprintContent, tracking_uri: str, experiment: str = "", workspaces: Sequence[Path] = ()) -> int:
    """Write the ended trials of a sprint as runs; returns how many.

    Args:
        content: The sprint.
        tracking_uri: As MLflow takes it: a folder, ``sqlite:///FILE.db``, ``http://…``.
        experiment: Name of the experiment; the sprint's label where empty.
        workspaces: Folders known to be workspaces, whose own files are no tracking store.

    Raises:
        EngineError: When MLflow is not installed or refuses, there is an experiment of that name, or something else is
            there.
    """
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ModuleNotFoundError:
        raise EngineError("an MLflow export needs mlflow", "pip install 'trimtab[mlflow]'") from None
    name = experiment or content.label
    facts = {key: str(value) for key, value in content.facts.items()}
    ended = [trial for trial in content.trials if trial.state in STATUS]
    with _store_to_write(str(tracking_uri), workspaces) as uri:
        try:
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
        except MlflowException as error:
            told = str(error).partition("\n")[0]
            raise EngineError(f"{tracking_uri} must be a tracking URI that MLflow can write: {told}") from error
    return len(ended)


@contextmanager
def _store_to_write(uri: str, workspaces: Sequence[Path]) -> Iterator[str]:
    """Inside, the tracking URI to write to; a database or folder of something else is refused.

    Raises:
        EngineError: When it holds something else.
    """
    scheme, separator, rest = uri.partition("://")
    if separator and scheme.partition("+")[0] in DATABASES:
        with database_to_write(uri, MLFLOW, workspaces) as url, _without_strays(url):
            yield url
        return
    if separator and scheme != "file":
        yield uri  # a tracking server, which keeps its own
        return
    folder = Path(unquote(rest) if separator else uri.removeprefix("file:"))
    is_mlflows = any(folder.glob("*/meta.yaml")) if folder.is_dir() else False
    target = Output(path=folder, refusal=EngineError, replace=is_mlflows, own="*", workspaces=workspaces)
    target.check_folder()
    yield uri


@contextmanager
def _without_strays(url: str) -> Iterator[None]:
    """Remove the empty folders that MLflow makes inside where it takes a URL's percent signs for the path's own."""
    scheme, _, path = url.partition(":///")
    folder = Path(path).parent
    strays = [one for one in (folder, *folder.parents) if scheme == "sqlite" and not one.exists()]
    try:
        yield
    finally:
        for stray in strays:  # the deepest first
            with suppress(OSError):
                stray.rmdir()


def _write_run(client: Any, experiment_id: str, trial: TrialRecord, metric: str) -> None:
    from mlflow.entities import Metric, Param, RunTag

    first = trial.reports[0].at if trial.reports else 0.0
    began = trial.started_at if trial.started_at is not None else first
    started = int(1000 * began)
    ended = int(1000 * trial.finished_at) if trial.finished_at else started + int(1000 * (trial.seconds or 0.0))
    run = client.create_run(experiment_id, start_time=started or None, run_name=f"#{trial.number}")
    metrics = [
        Metric(STRANGE.sub("_", name), float(value), int(1000 * report.at), report.step)
        for report in trial.reports
        for name, value in {metric: report.score, **report.metrics}.items()
        if math.isfinite(value)
    ]
    if trial.score is not None:
        last = trial.reports[-1].step if trial.reports else 0
        metrics.append(Metric(STRANGE.sub("_", f"final_{metric}"), trial.score, ended, last))
    facts: dict[str, Any] = {"number": trial.number, "state": trial.state, "source": trial.source, "seed": trial.seed}
    facts |= {"train_fold": trial.fold[0], "val_fold": trial.fold[1], "reason": trial.reason}
    params = [Param(name, str(cell_of(value))[:MOST_CHARACTERS]) for name, value in trial.params.items()]
    tags = [RunTag(key, str(value)) for key, value in facts.items() if value != ""]
    for part in _parts(params, 100):
        client.log_batch(run.info.run_id, params=part)
    client.log_batch(run.info.run_id, tags=tags)
    for part in _parts(metrics, MOST_METRICS):
        client.log_batch(run.info.run_id, metrics=part)
    client.set_terminated(run.info.run_id, STATUS[trial.state], end_time=ended or None)


def _parts(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


FORMAT = MlflowRuns()
"""What the registry loads."""
