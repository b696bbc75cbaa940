"""Threads beside each other, and the course of hyperparameters over checkpoints."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from engine.errors import EngineError
from engine.store.workspace import Workspace
from engine.trials.fidelity import Fidelity

if TYPE_CHECKING:
    from engine.review.rank_agreement import Comparison
    from engine.review.schedule_fit import ScheduleSuggestion
    from engine.review.trajectories import Trajectory


@dataclass(frozen=True, kw_only=True, slots=True)
class TrajectoryView:
    """Single-epoch sprints from several checkpoints, read together (paper A.2).

    Attributes:
        trajectories: One a numeric dimension that all sprints left free.
        suggestion: A schedule fitted to the course of the rate; None with too few checkpoints or without a rate.
        labels: Of the sprints, in order of their checkpoints.
        notes: Why some of the sprints do not belong here; empty where all do.
    """

    trajectories: "tuple[Trajectory, ...]"
    suggestion: "ScheduleSuggestion | None"
    labels: tuple[str, ...]
    notes: tuple[str, ...] = ()


def compare_threads(
    ws: Workspace, threads: Sequence[str] | None = None, stages: Sequence[str] | None = None
) -> "Comparison":
    """The best score of every thread at every stage, with ranks and rank correlations between stages.

    Only threads of one metric are ranked against each other. Sprints that a new version replaces are left out.

    Raises:
        EngineError: For an unknown thread.
    """
    from engine.api.threads import get_thread, list_threads
    from engine.review.rank_agreement import compare_stages

    views = list_threads(ws) if not threads else [get_thread(ws, name) for name in threads]
    scored = [
        (view.name, one) for view in views for one in view.sprints if one.best_score is not None and not one.replaced_by
    ]
    metrics = {view.name: (view.metric, view.direction) for view in views}
    wanted = list(stages or dict.fromkeys(one.stage for _, one in scored))
    table: dict[str, dict[str, float]] = {stage: {} for stage in wanted}
    for name, one in scored:
        column = table.get(one.stage)
        if column is None or one.best_score is None:
            continue
        if name not in column or metrics[name][1].gain(one.best_score, column[name]) > 0:
            column[name] = one.best_score
    return compare_stages(table, metrics=metrics)


def sprint_spaces(ws: Workspace, ids: Sequence[int]) -> dict[int, str]:
    """The space each sprint searched as text that is equal for equal spaces, for telling whether scores compare."""
    import json

    from sqlmodel import col, select

    from engine.store.database import reading
    from engine.store.tables import SpaceRow, SprintRow

    with reading(ws) as session:
        rows = session.exec(
            select(SprintRow.id, SpaceRow.dimensions)
            .join(SpaceRow, col(SpaceRow.id) == col(SprintRow.space_id))
            .where(col(SprintRow.id).in_(list(ids)))
        ).all()
    return {cast(int, key): json.dumps(plain, sort_keys=True) for key, plain in rows}


def trajectory(ws: Workspace, refs: Sequence[int | str], *, rate: str = "lr", top_k: int = 10) -> TrajectoryView:
    """Where the top trials lie along the checkpoints that sprints began from.

    Args:
        ws: The workspace.
        refs: Sprints of any threads; each at the epoch its label names (``E7_S1234``).
        rate: The learning rate's dimension, for the fitted schedule.
        top_k: Top trials of each sprint that count.

    Raises:
        EngineError: When no sprint is named, or their scores point in different directions.
    """
    from engine.api.lookup import sprint_row
    from engine.review.schedule_fit import suggest_schedule
    from engine.review.trajectories import CheckpointSprint, trajectories
    from engine.sprint.label import parse_initialization
    from engine.store import queries
    from engine.store.database import reading

    if not refs:
        raise EngineError("a trajectory needs sprints to follow", "name those that began from different checkpoints")
    with reading(ws) as session:
        rows = list({row.id: row for row in (sprint_row(session, ref) for ref in refs)}.values())
        found = [
            CheckpointSprint(
                epoch=float(parse_initialization(row.checkpoint_label)[0]),
                label=row.label,
                space=queries.space(session, row.space_id),
                trials=queries.trial_records(session, cast(int, row.id)),
            )
            for row in rows
        ]
    directions = {row.direction for row in rows}
    if len(directions) > 1:
        raise EngineError("sprints that maximize and sprints that minimize cannot be read together")
    direction = directions.pop()
    max_epochs = max(int(row.fidelity.get("max_epochs", 1)) for row in rows)
    has_rate = all(rate in one.space.names for one in found)
    return TrajectoryView(
        trajectories=trajectories(found, direction=direction, top_k=top_k),
        suggestion=suggest_schedule(found, max_epochs=max_epochs, rate=rate, direction=direction, top_k=top_k)
        if has_rate
        else None,
        labels=tuple(one.label for one in sorted(found, key=lambda one: one.epoch)),
        notes=tuple(note for row in rows if (note := _misplaced(row.label, Fidelity.from_dict(row.fidelity)))),
    )


def _misplaced(label: str, fidelity: Fidelity) -> str:
    """Why a sprint's values are no effective ones of one moment of training; empty where they are."""
    if fidelity.scheduler:
        return f"{label} ran with the scheduler on: its learning rates follow a schedule and are not the effective ones"
    if (n := fidelity.n_epochs()) > 1:
        return f"{label} ran {n} epochs: its values do not belong to one checkpoint"
    return ""
