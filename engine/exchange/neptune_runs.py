"""Runs of Neptune: the table that its web page exports, or ``fetch_runs_table().to_pandas().to_csv()``."""

from engine.exchange.conventions import TableConventions
from engine.exchange.table_import import TableFormat

FORMAT = TableFormat(
    name="neptune",
    title="runs of Neptune",
    conventions=TableConventions(
        params=("parameters/", "params/", "config/", "hparams/", "hyperparameters/", "training/hyperparams/"),
        metrics=("metrics/", "training/metrics/", "logs/"),
        facts={
            "sys/state": "state",
            "State": "state",
            "sys/failed": "failed",
            "sys/running_time": "seconds",
            "sys/creation_time": "started_at",
            "Creation Time": "started_at",
        },
        ignored={"sys/*": "facts of the run", "monitoring/*": "facts of the run", "source_code/*": "facts of the run"},
        any_of=("sys/id", "Id"),
        signature=("sys/*",),
        naive_times_are_local=False,
    ),
)
"""What the registry loads."""
