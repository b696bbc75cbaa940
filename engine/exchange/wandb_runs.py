"""Runs of Weights & Biases: the table that its web page exports, or a frame of names, configs and summaries.

The page's table mixes configuration and results without a mark, so its columns are told by name and value; in a frame
made with its API (``config`` and ``summary`` as dictionaries) every value says where it belongs.
"""

from engine.exchange.conventions import TableConventions
from engine.exchange.table_import import TableFormat

FORMAT = TableFormat(
    name="wandb",
    title="runs of Weights & Biases",
    conventions=TableConventions(
        params=("config/", "config."),
        metrics=("summary/", "summary.", "summary_metrics/"),
        facts={
            "State": "state",
            "state": "state",
            "Runtime": "seconds",
            "_runtime": "seconds",
            "summary/_runtime": "seconds",
            "Created": "started_at",
            "created_at": "started_at",
            "End Time": "finished_at",
            "epoch": "n_epochs",
            "summary/epoch": "n_epochs",
        },
        ignored={
            "Name": "id",
            "name": "id",
            "ID": "id",
            "id": "id",
            "Sweep": "id",
            "sweep": "id",
            "Group": "id",
            "Job Type": "id",
            "Commit": "id",
            "Github": "id",
            "Project": "id",
            "Notes": "tag or note",
            "Tags": "tag or note",
            "Description": "tag or note",
            "User": "host or user",
            "Host": "host or user",
            "Hostname": "host or user",
            "GPU *": "host or user",
            "CPU *": "host or user",
            "Updated": "time",
            "*_timestamp": "time",
            "*_runtime": "time",
            "*_step": "progress",
            "*global_step": "progress",
            "*_wandb*": "structured values",
        },
        any_of=("Sweep", "Runtime", "_wandb", "_runtime", "config/*", "summary/*"),
        signature=("[Nn]ame",),
        naive_times_are_local=False,
    ),
)
"""What the registry loads."""
