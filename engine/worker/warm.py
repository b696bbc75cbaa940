"""Building an objective once, as the thread names it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.objective import Objective, build_objective
from engine.store import commands
from engine.store.database import writing
from engine.store.tables import SprintRow, ThreadRow
from engine.worker.manifest import make_manifest
from engine.workspace import Workspace


def objective_of(thread: ThreadRow) -> Objective:
    """The thread's objective, built but not prepared.

    Raises:
        EngineError: When its name leads nowhere; or whatever its constructor raises.
    """
    options = thread.options
    model, data = options.get("model") or {}, options.get("data") or {}
    base_dir = Path(thread.base_dir or ".").resolve()
    return build_objective(thread.objective, model=model, data=data, base_dir=base_dir)


def introduce(ws: Workspace, sprint_id: int, objective: Objective, facts: Mapping[str, Any], device: str) -> SprintRow:
    """Write what the objective says of itself, and the environment, to the sprint; the first manifest stays."""
    with writing(ws) as session:
        sprint = session.get(SprintRow, sprint_id)
        assert sprint is not None
        thread = session.get(ThreadRow, sprint.thread_id)
        assert thread is not None
        if not sprint.manifest:
            sprint.manifest = make_manifest(facts, Path(thread.base_dir or "."), device)
            commands.record_event(session, "sprint.manifest", thread_id=thread.id, sprint_id=sprint_id)
        sprint.metric = thread.metric = objective.metric
        sprint.direction = thread.direction = objective.direction
        session.add_all((sprint, thread))
        return sprint
