"""Results of Ray Tune: what ``ResultGrid.get_dataframe().to_csv()`` writes."""

from engine.exchange.conventions import TableConventions
from engine.exchange.table_import import TableFormat

FORMAT = TableFormat(
    name="ray",
    title="results of Ray Tune",
    conventions=TableConventions(
        params=("config/", "config."),
        facts={
            "time_total_s": "seconds",
            "training_iteration": "n_epochs",
            "status": "state",
            "trial_status": "state",
            "error": "reason",
        },
        ignored={
            "trial_id": "id",
            "experiment_id": "id",
            "experiment_tag": "id",
            "logdir": "path",
            "checkpoint_dir_name": "path",
            "pid": "host or user",
            "hostname": "host or user",
            "node_ip": "host or user",
            "date": "time",
            "timestamp": "time",
            "time_*": "time",
            "timesteps_*": "progress",
            "iterations_since_restore": "progress",
            "episodes_*": "progress",
            "warmup_time": "time",
            "should_checkpoint": "bookkeeping",
            "done": "bookkeeping",
        },
        signature=("trial_id", "training_iteration"),
    ),
)
"""What the registry loads."""
