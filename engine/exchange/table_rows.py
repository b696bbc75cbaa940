"""A sprint as the rows of a table: facts of the trial, then one column a hyperparameter."""

from datetime import UTC, datetime
from typing import Any

from engine.exchange.cells import cell_of
from engine.exchange.content import SprintContent
from engine.trials.trial import TrialRecord

PARAM = "param_"
"""Prefix of a hyperparameter's column."""

FACTS = (
    "number", "state", "source", "score", "seed", "train_fold", "val_fold", "seconds", "n_epochs", "reason",
    "started_at", "finished_at",
)  # fmt: skip
"""Columns besides the hyperparameters."""


def header(content: SprintContent) -> list[str]:
    """Names of the columns."""
    return [*FACTS, *(f"{PARAM}{name}" for name in content.space.names)]


def rows(content: SprintContent) -> list[dict[str, Any]]:
    """One flat row a trial; an inactive hyperparameter is None, the choice null is text."""
    return [
        facts_of(trial)
        | {
            f"{PARAM}{name}": cell_of(trial.params[name]) if name in trial.params else None
            for name in content.space.names
        }
        for trial in content.trials
    ]


def facts_of(trial: TrialRecord) -> dict[str, Any]:
    """What is written of a trial besides its hyperparameters."""
    return {
        "number": trial.number,
        "state": trial.state,
        "source": trial.source,
        "score": trial.score,
        "seed": trial.seed,
        "train_fold": trial.fold[0],
        "val_fold": trial.fold[1],
        "seconds": trial.seconds,
        "n_epochs": trial.n_epochs,
        "reason": trial.reason,
        "started_at": _moment(trial.started_at),
        "finished_at": _moment(trial.finished_at),
    }


def _moment(at: float | None) -> str | None:
    """A moment that reads the same in every time zone."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()
