"""Table rows turned into views."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlmodel import Session

from engine.api.lookup import short_label
from engine.api.views import SprintView, ThreadView, TrialView
from engine.launchers.placements import jobs_of
from engine.secrets import masked
from engine.sprint.options import option_values
from engine.sprint.stages import OPENS_TEST, all_stages
from engine.store import queries
from engine.store.liveness import liveness
from engine.store.summaries import SprintSummary, busy_seconds
from engine.store.tables import EventRow, SprintRow, ThreadRow, TrialRow, now
from engine.store.workspace import Workspace
from engine.trials.budgets import budget_uses, first_to_end
from engine.trials.fidelity import Fidelity
from engine.trials.states import SprintState, TrialState


def sprint_view(session: Session, summary: SprintSummary) -> SprintView:
    """A sprint with its counts; asks the system whether anybody works on it where somebody should."""
    row, counts = summary.row, summary.counts
    fidelity = Fidelity.from_dict(row.fidelity)
    per_trial = summary.seconds / summary.n_timed if summary.n_timed else None
    used_epochs = summary.n_epochs / fidelity.train_parts
    used_seconds = 0.0 if row.max_seconds is None else busy_seconds(session, cast(int, row.id))
    budgets = budget_uses(
        n_ended=counts[TrialState.COMPLETE] + counts[TrialState.PRUNED] + counts[TrialState.FAILED],
        n_trials=row.n_trials,
        used_seconds=used_seconds,
        max_seconds=row.max_seconds,
        used_epochs=used_epochs,
        max_epochs=row.max_epoch_equivalents,
        trial_seconds=per_trial,
        slots=row.slots,
    )
    ending = first_to_end(budgets)
    n_used = sum(counts.values()) - counts[TrialState.CANCELLED] - counts[TrialState.QUEUED]
    used_up = n_used >= row.n_trials or any(use.used >= use.limit for use in budgets[1:])
    n_drawn = summary.n_suggested + summary.n_rejected
    state = row.state
    if state.is_open and liveness(session, row) == "orphaned" and not jobs_of(session, cast(int, row.id)):
        state = SprintState.ORPHANED
    return SprintView(
        id=cast(int, row.id),
        label=row.label,
        thread=summary.thread,
        objective=summary.objective,
        thread_id=row.thread_id,
        stage=row.stage,
        version=row.version,
        state=state,
        space_number=summary.space_number,
        fidelity=fidelity,
        sampler=row.sampler,
        pruner=row.pruner,
        n_trials=row.n_trials,
        n_random=row.n_random,
        n_complete=counts[TrialState.COMPLETE],
        n_pruned=counts[TrialState.PRUNED],
        n_failed=counts[TrialState.FAILED],
        n_running=counts[TrialState.RUNNING],
        n_queued=counts[TrialState.QUEUED],
        best_score=summary.best_score,
        best_trial=summary.best_trial,
        seed=row.seed,
        priming=priming_words(session, row),
        reviewed=row.reviewed_at is not None,
        created_at=row.created_at.timestamp(),
        started_at=seconds(row.started_at),
        finished_at=seconds(row.finished_at),
        scores=tuple(score for _, score in summary.scores),
        seconds_per_trial=per_trial,
        eta_seconds=ending.seconds_left if ending is not None and state == SprintState.RUNNING else None,
        failure=row.failure,
        suffix=row.suffix,
        short_label=short_label(row),
        metric=row.metric,
        direction=row.direction,
        sampler_options=row.sampler_options,
        pruner_options=row.pruner_options,
        settings=row.settings,
        manifest=masked(row.manifest, ()),  # one of an earlier version may hold what today is masked at once
        n_warm=summary.n_warm,
        n_cancelled=counts[TrialState.CANCELLED],
        slots=row.slots,
        checkpoint=row.checkpoint,
        used_seconds=used_seconds,
        used_epoch_equivalents=used_epochs,
        budgets=budgets,
        n_rejected=summary.n_rejected,
        rejection_rate=summary.n_rejected / n_drawn if n_drawn else None,
        replaces="" if row.replaces_id is None else short_label(queries.sprint(session, row.replaces_id)),
        replaced_by=summary.replaced_by,
        **option_values(row, row.plan),
        keep_checkpoint_at=tuple(row.keep_checkpoint_at),
        limits=row.limits,
        stopped=row.state == SprintState.DONE and not used_up,
        pause_mode=row.pause_mode if state == SprintState.PAUSED else "",
        n_extended=row.n_trials - int(row.plan.get("n_trials", row.n_trials)),
        n_test_openings=len(queries.openings(session, cast(int, row.id))) if row.stage == OPENS_TEST else 0,
    )


def thread_view(row: ThreadRow, space_number: int, sprints: tuple[SprintView, ...]) -> ThreadView:
    """A thread with its sprints, whose working space has that number."""
    assert row.head_space_id is not None, f"thread {row.name} has no space"
    return ThreadView(
        id=cast(int, row.id),
        name=row.name,
        objective=row.objective,
        options=row.options,
        metric=row.metric,
        direction=row.direction,
        created_at=row.created_at.timestamp(),
        archived=row.archived,
        notes=row.notes,
        space_number=space_number,
        sprints=sprints,
        stages=tuple(all_stages(row.stages)),
        base_dir=row.base_dir,
        checkpoint=row.checkpoint,
    )


def trial_view(
    ws: Workspace,
    row: TrialRow,
    *,
    sources: Mapping[int, str],
    workers: Mapping[int, str],
    openings: Sequence[EventRow] = (),
) -> TrialView:
    """A trial.

    Args:
        ws: The workspace, for its folder.
        row: The trial.
        sources: Names of trials by row id, for those that primed others.
        workers: Names of workers by id.
        openings: Of the test split, by this trial, oldest first.
    """
    running = row.state == TrialState.RUNNING
    took = (now() - row.started_at).total_seconds() if running and row.started_at else row.seconds
    return TrialView(
        number=row.number,
        state=row.state,
        source=row.source,
        params=row.params,
        score=row.last_score if running else row.score,
        fold=(row.train_fold, row.val_fold),
        seed=row.seed,
        seconds=took,
        epoch=row.epoch,
        n_epochs=row.n_epochs,
        fraction=row.fraction,
        message=row.message,
        attempt=max(1, row.attempt),
        reason=row.reason,
        findings=tuple(row.findings),
        checkpoint=row.checkpoint,
        started_at=seconds(row.started_at),
        finished_at=seconds(row.finished_at),
        worker=workers.get(row.worker_id, f"worker {row.worker_id}") if row.worker_id is not None else "",
        phase=row.phase,
        source_trial=sources.get(row.source_trial_id, "") if row.source_trial_id is not None else "",
        warm=row.source == "primed-warm",
        failure=row.error_text,
        run_dir=str(ws.run_dir(row.sprint_id, row.number)),
        n_test_openings=len(openings),
        test_metrics=openings[-1].payload["metrics"] if openings else {},
        starred=bool(row.starred),
        tags=tuple(row.tags),
    )


def priming_words(session: Session, row: SprintRow) -> str:
    """How a sprint was primed: ``none`` or ``cold, top 3 of 1E_v1``."""
    if row.priming == "none" or row.parent_id is None:
        return row.priming
    top = f"top {row.top_n}" if row.top_n else "all"
    return f"{row.priming}, {top} of {short_label(queries.sprint(session, row.parent_id))}"


def seconds(at: datetime | None) -> float | None:
    """Unix seconds of a moment."""
    return None if at is None else at.timestamp()
