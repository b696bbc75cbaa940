"""What an attempt ended in, and writing that down."""

import math
from typing import Any

from engine.artifacts.reader import NAMES
from engine.store import claims
from engine.store.database import reading, writing
from engine.store.tables import SprintRow, TrialRow
from engine.store.workspace import Workspace
from engine.trials.limits import Limits
from engine.trials.trial import NOT_FINITE
from engine.worker.checkpoints import delete, give_up, last_checkpoint, surplus
from engine.worker.context import TrialContext
from engine.worker.failures import Failure
from engine.worker.retention import drop_artifacts, keep_artifacts


def write_outcome(
    ws: Workspace, sprint: SprintRow, trial: TrialContext, *, score: float, failure: Failure | None, seconds: float
) -> None:
    """Move the trial to the state its attempt ended in, from what it was told and what the objective did.

    Args:
        ws: Where the store is.
        sprint: Its row.
        trial: The attempt.
        score: What the objective returned; NaN when it did not.
        failure: What it raised.
        seconds: How long the attempt took.
    """
    # What a trial that was stopped returns is no final score; one that ran to its end must return one.
    final = score if math.isfinite(score) or not trial.ending else trial.last_score
    kept = final if math.isfinite(final) else None
    if trial.ending == "lost":
        trial.log(f"lost: {trial.reason}")
        return
    if trial.ending == "interrupted":
        give_back(ws, trial, trial.reason)
        return
    if trial.ending == "timeout":
        failure = Failure(kind="timeout", reason=trial.reason)
    if failure is None and kept is None and not trial.ending:
        failure = Failure(kind="nan", reason=f"{NOT_FINITE}, got {score}")
    if failure is not None and trial.ending in ("", "timeout"):
        _write_failure(ws, sprint, trial, failure, seconds)
        return
    facts: dict[str, Any] = {"score": kept, "reason": trial.reason, "checkpoint": last_checkpoint(trial.run_dir)}
    facts["findings"] = trial.findings
    _finish(ws, sprint, trial, trial.ending or "complete", seconds=seconds, **facts)


def give_back(ws: Workspace, trial: TrialContext, reason: str, **facts: Any) -> None:
    """Put the trial back into the queue with its number and parameters."""
    with writing(ws) as session:
        kept = claims.release_trial(session, trial.claim, reason, **facts)
        if kept:
            drop_artifacts(trial.run_dir)
    trial.log(f"back in the queue: {reason}" if kept else "lost: another worker has it")


def _write_failure(ws: Workspace, sprint: SprintRow, trial: TrialContext, failure: Failure, seconds: float) -> None:
    trial.log(f"failed ({failure.kind}): {failure.reason}\n{failure.text}")
    with reading(ws) as session:
        row = session.get(TrialRow, trial.claim.trial_id)
        n_failures = 1 if row is None else row.n_failures + 1
    if failure.kind == "objective" and n_failures <= Limits.from_dict(sprint.limits).max_errors:
        give_back(ws, trial, failure.reason, n_failures=n_failures, error_text=failure.text)
        return
    facts = {"n_failures": n_failures, "error_kind": failure.kind, "error_text": failure.text, "reason": failure.reason}
    facts["findings"] = trial.findings
    _finish(ws, sprint, trial, "failed", seconds=seconds, **facts)


def _finish(ws: Workspace, sprint: SprintRow, trial: TrialContext, state: str, *, seconds: float, **facts: Any) -> None:
    with writing(ws) as session:
        kept = claims.finish_trial(session, trial.claim, state, seconds=seconds, **facts)
        if kept and state != "complete":
            drop_artifacts(trial.run_dir)
    if kept:
        # After the write, for both look at every trial's folder and the store's lock is everybody's.
        if any((trial.run_dir / name).exists() for name in NAMES):
            with reading(ws) as session:
                keep_artifacts(session, ws, sprint)
        _give_up_checkpoints(ws, sprint)
    trial.log(f"{state} after {seconds:.1f} s" if kept else "lost: another worker has it")


def _give_up_checkpoints(ws: Workspace, sprint: SprintRow) -> None:
    with reading(ws) as session:
        found = surplus(session, ws, sprint)
    if found and sprint.id is not None:
        with writing(ws) as session:
            given_up = give_up(session, sprint.id, found)
        delete(given_up)
