"""How an attempt ended, and recording it in the store."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.artifacts.reader import NAMES
from engine.store import claims
from engine.store.database import reading, writing
from engine.store.driver_connection import raw
from engine.store.outages import StoreOutageError
from engine.store.patience import Outages
from engine.store.tables import SprintRow, TrialRow
from engine.store.workspace import Workspace
from engine.trials.limits import Limits
from engine.trials.states import TrialState
from engine.trials.trial import NOT_FINITE
from engine.worker.checkpoints import delete, give_up, last_checkpoint, surplus
from engine.worker.context import TrialContext
from engine.worker.failures import Failure
from engine.worker.retention import drop_artifacts, keep_artifacts


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How an attempt ended.

    Attributes:
        state: ``complete``, ``pruned``, ``cancelled``, ``failed``, ``queued`` (back into the queue); None when the
            trial is another worker's now.
        facts: Columns of the trial to set with it.
    """

    state: TrialState | None
    facts: Mapping[str, Any] = field(default_factory=dict)


def outcome_of(trial: TrialContext, *, score: float, failure: Failure | None) -> Outcome:
    """How an attempt ended, from what it was told and what the objective did.

    Args:
        trial: The attempt.
        score: What the objective returned; NaN when it did not.
        failure: What it raised.
    """
    # What a trial that was stopped returns is no final score; one that ran to its end must return one.
    final = score if math.isfinite(score) or not trial.ending else trial.last_score
    kept = final if math.isfinite(final) else None
    if trial.ending == "lost":
        return Outcome(state=None)
    if trial.ending == "interrupted":
        return Outcome(state=TrialState.QUEUED, facts={"reason": trial.reason})
    if trial.ending == "timeout":
        failure = Failure(kind="timeout", reason=trial.reason)
    if failure is None and kept is None and not trial.ending:
        failure = Failure(kind="nan", reason=f"{NOT_FINITE}, got {score}")
    if failure is not None and trial.ending in ("", "timeout"):
        died_of: dict[str, Any] = {"error_kind": failure.kind, "error_text": failure.text, "reason": failure.reason}
        died_of["findings"] = trial.findings
        return Outcome(state=TrialState.FAILED, facts=died_of)
    facts: dict[str, Any] = {"score": kept, "reason": trial.reason, "checkpoint": last_checkpoint(trial.run_dir)}
    facts["findings"] = trial.findings
    return Outcome(state=TrialState(trial.ending or "complete"), facts=facts)


def write_outcome(
    ws: Workspace, sprint: SprintRow, trial: TrialContext, outcome: Outcome, seconds: float, outages: Outages
) -> None:
    """Move the trial to the state its attempt ended in, after whatever reports still wait; waits out an outage.

    Args:
        ws: Where the store is.
        sprint: Its row.
        trial: The attempt.
        outcome: How it ended.
        seconds: How long the attempt took.
        outages: Of this process.

    Raises:
        StoreOutageError: When the store stays out of reach; the outcome is in the trial's folder then.
    """
    if outcome.state is None:
        trial.log(f"lost: {trial.reason}")
        return
    if outcome.state == TrialState.FAILED:
        trial.log("failed ({error_kind}): {reason}\n{error_text}".format(**outcome.facts))
    try:
        final = outages.wait_out(lambda: _retried(ws, sprint, trial, outcome))
        kept = outages.wait_out(lambda: _record(ws, trial, final, seconds))
    except StoreOutageError:
        trial.outbox.save({"state": outcome.state, "seconds": seconds, **outcome.facts})
        trial.log("the store is out of reach: the outcome waits in this folder")
        raise
    if kept and final.state != TrialState.QUEUED:
        outages.wait_out(lambda: _tidy(ws, sprint, trial))
    if not kept:
        trial.log("lost: another worker has it")
    elif final.state == TrialState.QUEUED:
        trial.log(f"back in the queue: {final.facts['reason']}")
    else:
        trial.log(f"{final.state} after {seconds:.1f} s")


def give_back(ws: Workspace, trial: TrialContext, reason: str, outages: Outages) -> None:
    """Put the trial back into the queue with its number and parameters; waits out an outage.

    Raises:
        StoreOutageError: When the store stays out of reach; that it goes back is in the trial's folder then.
    """
    outcome = Outcome(state=TrialState.QUEUED, facts={"reason": reason})
    try:
        kept = outages.wait_out(lambda: _record(ws, trial, outcome, 0.0))
    except StoreOutageError:
        trial.outbox.save({"state": TrialState.QUEUED, "reason": reason})
        raise
    trial.log(f"back in the queue: {reason}" if kept else "lost: another worker has it")


def _retried(ws: Workspace, sprint: SprintRow, trial: TrialContext, outcome: Outcome) -> Outcome:
    """A failure that may be tried again as what puts it back into the queue; every other outcome as it is."""
    if outcome.state != TrialState.FAILED:
        return outcome
    with reading(ws) as session:
        row = session.get(TrialRow, trial.claim.trial_id)
        n_failures = 1 if row is None else row.n_failures + 1
    limits = Limits.from_dict(sprint.limits)
    kind = outcome.facts["error_kind"]
    n_retries = {"objective": limits.max_errors, "oom": limits.max_deaths, "disk": limits.max_deaths}.get(kind, 0)
    if n_failures > n_retries:
        return Outcome(state=TrialState.FAILED, facts={**outcome.facts, "n_failures": n_failures})
    facts = {"n_failures": n_failures, "error_text": outcome.facts["error_text"], "reason": outcome.facts["reason"]}
    return Outcome(state=TrialState.QUEUED, facts=facts)


def _record(ws: Workspace, trial: TrialContext, outcome: Outcome, seconds: float) -> bool:
    """One transaction: the reports that wait, then the outcome; False when the trial was lost."""
    facts = dict(outcome.facts)
    with trial.sending:
        with writing(ws) as session:
            n_reports, _ = trial.outbox.deliver(raw(session))
            assert outcome.state is not None, "a lost trial is nobody's to write"
            if outcome.state == TrialState.QUEUED:
                kept = claims.release_trial(session, trial.claim, facts.pop("reason"), **facts)
            else:
                kept = claims.finish_trial(session, trial.claim, outcome.state, seconds=seconds, **facts)
            if kept and outcome.state != TrialState.COMPLETE:
                drop_artifacts(trial.run_dir)
        trial.outbox.delivered(n_reports)
    return kept


def _tidy(ws: Workspace, sprint: SprintRow, trial: TrialContext) -> None:
    """Keep the sprint's artifacts and checkpoints within their bounds.

    After the outcome, for both look at every trial's folder and the store's lock is everybody's.
    """
    if any((trial.run_dir / name).exists() for name in NAMES):
        with reading(ws) as session:
            keep_artifacts(session, ws, sprint)
    with reading(ws) as session:
        found = surplus(session, ws, sprint)
    if found and sprint.id is not None:
        with writing(ws) as session:
            given_up = give_up(session, sprint.id, found)
        delete(given_up)
