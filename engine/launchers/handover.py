"""What outlives a supervisor: finishing a stopped sprint, finding the next queued one, a log's last words."""

from pathlib import Path

from sqlmodel import col, select

from engine.store import commands, queries
from engine.store.database import reading, write_nothing, writing
from engine.store.outbox import settle
from engine.store.reclaim import find_lost, take_lost
from engine.store.tables import SprintRow
from engine.store.workspace import Workspace
from engine.trials.limits import Limits
from engine.trials.states import SprintState, TrialState


def close_stopped(ws: Workspace, sprint_id: int) -> SprintState:
    """Finish a stopping sprint that nobody works on: its trials go back to the queue, it is done."""
    with reading(ws) as session:
        limits = Limits.from_dict(queries.sprint(session, sprint_id).limits)
        lost = find_lost(session, sprint_id, limits)
    for one in lost:  # a training script whose worker was killed holds the GPU to this day
        settle(ws, sprint_id, one)
    with writing(ws) as session:
        sprint = queries.sprint(session, sprint_id)
        take_lost(session, sprint, limits, lost)
        if sprint.state != SprintState.STOPPING or queries.trials(session, sprint_id, states=(TrialState.RUNNING,)):
            return sprint.state
        commands.set_sprint_state(session, sprint_id, SprintState.DONE, why="stopped")
        return SprintState.DONE


def last_lines(path: Path, n_lines: int) -> list[str]:
    """The last lines of a log that are not empty; none where there is no such file."""
    if not path.exists():
        return []
    with path.open("rb") as log:
        log.seek(max(0, log.seek(0, 2) - 8192))
        lines = log.read().decode(errors="replace").splitlines()
    return [line.strip() for line in lines if line.strip()][-n_lines:]


def next_queued(ws: Workspace) -> int | None:
    """The sprint that waits longest to start after the one that ended; it is set running. None when none waits."""
    with writing(ws) as session:
        query = select(SprintRow).where(SprintRow.state == SprintState.READY, col(SprintRow.queued_at).is_not(None))
        row = session.exec(query.order_by(col(SprintRow.queued_at))).first()
        if row is None or row.id is None:
            write_nothing(session)
            return None
        commands.set_sprint_state(session, row.id, SprintState.RUNNING)
        return row.id
