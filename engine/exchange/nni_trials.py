"""Trials of NNI: what ``nnictl experiment export --type csv`` writes."""

from engine.exchange.conventions import TableConventions
from engine.exchange.table_import import TableFormat

FORMAT = TableFormat(
    name="nni",
    title="trials of NNI",
    conventions=TableConventions(
        facts={"status": "state", "duration": "seconds", "startTime": "started_at", "endTime": "finished_at"},
        ignored={
            "trialJobId": "id",
            "parameter_id": "id",
            "sequenceId": "id",
            "sequence": "id",
            "intermediate": "list of values",
            "intermediateCount": "progress",
            "logPath": "path",
        },
        scores=("reward", "default"),
        signature=("trialJobId",),
    ),
)
"""What the registry loads."""
