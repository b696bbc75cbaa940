"""Building an objective once, as the thread names it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.objectives.declaration import declaration_from
from engine.objectives.protocol import Objective, build_objective
from engine.secrets import masked
from engine.store import commands, queries
from engine.store.database import reading, writing
from engine.store.tables import SprintRow, ThreadRow
from engine.store.workspace import Workspace
from engine.trials.states import Direction
from engine.worker.manifest import CHANGES, changed_facts, make_manifest


def objective_of(thread: ThreadRow) -> Objective:
    """The thread's objective, built but not prepared.

    Raises:
        EngineError: When its name leads nowhere; or whatever its constructor raises.
    """
    options = thread.options
    model, data = options.get("model") or {}, options.get("data") or {}
    base_dir = Path(thread.base_dir or ".").resolve()
    return build_objective(thread.objective, model=model, data=data, base_dir=base_dir)


def introduce(
    ws: Workspace, sprint_id: int, objective: Objective, facts: Mapping[str, Any], device: str, *, number: int
) -> SprintRow:
    """Write what the objective says of itself, and the environment, to the sprint; the first manifest stays.

    What has changed since, before trial ``number``, is added to it: a sprint's trials should all be of one kind.
    """
    told = getattr(objective, "declaration", None)
    declared = {} if told is None else {"declaration": declaration_from(told).to_dict()}
    facts = masked({**facts, **declared})
    with reading(ws) as session:
        row = queries.sprint(session, sprint_id)
        thread_row = session.get(ThreadRow, row.thread_id)
        assert thread_row is not None
    # Before the write lock is taken: it asks git and the GPU's driver, which may take their time.
    manifest = row.manifest or masked(make_manifest(facts, Path(thread_row.base_dir or "."), device))
    with writing(ws) as session:
        sprint = session.get(SprintRow, sprint_id)
        assert sprint is not None
        thread = session.get(ThreadRow, sprint.thread_id)
        assert thread is not None
        if not sprint.manifest:
            sprint.manifest = manifest
            commands.record_event(session, "sprint.manifest", thread_id=thread.id, sprint_id=sprint_id)
        elif changes := changed_facts(sprint.manifest, json.loads(json.dumps(facts)), number):
            sprint.manifest = {**sprint.manifest, CHANGES: [*sprint.manifest.get(CHANGES, ()), *changes]}
            whose = {"thread_id": thread.id, "sprint_id": sprint_id, "number": number}
            commands.record_event(session, "sprint.changed", **whose, facts=[one["fact"] for one in changes])
        sprint.metric = thread.metric = objective.metric
        sprint.direction = thread.direction = Direction.read(objective.direction)
        session.add_all((sprint, thread))
        return sprint
