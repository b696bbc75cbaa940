"""A workspace with a synthetic thread, and sprints made to measure; whatever a test starts is killed at its end."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.dimensions import Dimension
from engine.liveness import process_of
from engine.processes import is_alive
from engine.space import Space
from engine.store import commands, queries
from engine.store.database import dispose, reading, writing
from engine.store.tables import SprintRow, ThreadRow, TrialRow, WorkerRow
from engine.worker.loop import Worker
from engine.workspace import Workspace, open_workspace

SPACE = Space(dimensions=tuple(Dimension(name=f"x{i}", kind="float", low=0.0, high=1.0) for i in range(3)))


class Lab:
    """What a runtime test needs: a store, sprints, and patience."""

    def __init__(self, ws: Workspace) -> None:
        self.ws = ws

    def sprint(self, *, data: dict[str, Any] | None = None, trials: int = 0, **facts: Any) -> int:
        """A running sprint of a thread of its own; ``trials`` of them are queued beforehand."""
        objective = facts.pop("objective", "engine.objectives.synthetic:Synthetic")
        options = facts.pop("options", {"model": {"function": "hartmann3"}, "data": data or {}})
        with writing(self.ws) as session:
            name = f"t{len(queries.threads(session))}"
            row = ThreadRow(name=name, objective=objective, options=options, base_dir=str(self.ws.path))
            thread = commands.create_thread(session, row, SPACE)
            defaults = {"stage": "1E", "n_trials": 4, "n_random": 100, "sampler": "random", "seed": 5,
                        "state": "running", "fidelity": {"max_epochs": 3}}  # fmt: skip
            sprint = SprintRow(
                thread_id=thread.id, space_id=thread.head_space_id, label="1E_v1", **{**defaults, **facts}
            )
            queued = [
                TrialRow(params={"x0": 0.1 * n, "x1": 0.5, "x2": 0.5}, source="primed-cold", sprint_id=0, number=0)
                for n in range(trials)
            ]
            commands.create_sprint(session, sprint, queued)
            assert sprint.id is not None
            return sprint.id

    def work(self, sprint_id: int) -> str:
        """One worker in this very process, where no signal is tested: a process costs a second."""
        Worker(self.ws, sprint_id).run()
        return self.row(sprint_id).state

    def row(self, sprint_id: int) -> SprintRow:
        with reading(self.ws) as session:
            return queries.sprint(session, sprint_id)

    def trials(self, sprint_id: int) -> list[TrialRow]:
        with reading(self.ws) as session:
            return queries.trials(session, sprint_id)

    def workers(self, sprint_id: int, *, living: bool = True) -> list[WorkerRow]:
        with reading(self.ws) as session:
            rows = queries.workers(session, sprint_id, open_only=living)
        return [row for row in rows if not living or is_alive(process_of(row))]

    def kinds(self, sprint_id: int) -> list[str]:
        with reading(self.ws) as session:
            return [event.kind for event in queries.events(session, sprint_id=sprint_id)]

    def until(self, holds: Callable[[], Any], *, seconds: float = 30.0) -> Any:
        """Wait until something holds; what it returned."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = holds()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"did not come about within {seconds:g} s: {self._report()}")

    def until_ended(self, sprint_id: int, *, seconds: float = 40.0) -> SprintRow:
        self.until(lambda: self.row(sprint_id).state in ("done", "failed"), seconds=seconds)
        return self.row(sprint_id)

    def _report(self) -> str:
        with reading(self.ws) as session:
            trials = [
                (t.number, t.state, t.attempt) for s in queries.sprints(session) for t in queries.trials(session, s.id)
            ]
            states = [(s.id, s.state, s.failure) for s in queries.sprints(session)]
        logs = [f"{path.name}: {path.read_text()[-600:]}" for path in sorted(self.ws.logs.glob("*.log"))]
        return f"{states} {trials} {logs}"

    def kill_all(self) -> None:
        with reading(self.ws) as session:
            rows = [*queries.runs(session), *queries.workers(session)]
        for row in rows:
            if row.pid not in (0, os.getpid()) and is_alive(process_of(row)):
                os.kill(row.pid, signal.SIGKILL)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    made = Lab(open_workspace(tmp_path / "ws", create=True))
    yield made
    made.kill_all()
    dispose(made.ws)
