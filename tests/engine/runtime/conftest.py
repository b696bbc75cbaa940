"""A workspace with a synthetic thread, and sprints made to measure; whatever a test starts is killed at its end."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import select

from engine.processes import is_alive
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.store import commands, queries
from engine.store.database import dispose, reading, writing
from engine.store.liveness import process_of
from engine.store.tables import EpochRow, EventRow, RunRow, SprintRow, ThreadRow, TrialRow, WorkerRow
from engine.store.workspace import Workspace, open_workspace
from engine.worker.loop import Worker

SPACE = Space(dimensions=tuple(Dimension(name=f"x{i}", kind="float", low=0.0, high=1.0) for i in range(3)))


class Patience:
    """Waits as long as the store goes on changing: a busy machine is slow, a test that hangs stands still.

    Args:
        lab: Whose store.
        seconds: So long nothing may have changed.
    """

    def __init__(self, lab: "Lab", seconds: float = 60.0) -> None:
        self._lab, self._seconds = lab, seconds
        self._seen: tuple[int, ...] | None = None
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Raise when it has run out.

        Raises:
            AssertionError: With what the store holds.
        """
        if time.monotonic() < self._end:
            return
        seen = self._lab.progress()
        assert seen != self._seen, f"nothing changed within {self._seconds:g} s: {self._lab.report()}"
        self._seen, self._end = seen, time.monotonic() + self._seconds


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

    def runs(self, sprint_id: int) -> list[RunRow]:
        with reading(self.ws) as session:
            rows = queries.runs(session, sprint_id, open_only=True)
        return [row for row in rows if is_alive(process_of(row))]

    def kinds(self, sprint_id: int) -> list[str]:
        with reading(self.ws) as session:
            return [event.kind for event in queries.events(session, sprint_id=sprint_id)]

    def until(self, holds: Callable[[], Any]) -> Any:
        """Wait until something holds; what it returned. Fails once the store stands still."""
        patience = Patience(self)
        while not (found := holds()):
            patience.check()
            time.sleep(0.05)
        return found

    def until_ended(self, sprint_id: int) -> SprintRow:
        self.until(lambda: self.row(sprint_id).state in ("done", "failed"))
        return self.row(sprint_id)

    def progress(self) -> tuple[int, ...]:
        """Grows with whatever advances: events, epochs reported, trials begun; not with a heartbeat."""
        counts = func.max(EventRow.id), func.count(), func.sum(TrialRow.attempt)
        with reading(self.ws) as session:
            found = [session.exec(select(count).select_from(table)).one()
                     for count, table in zip(counts, (EventRow, EpochRow, TrialRow), strict=True)]  # fmt: skip
        return tuple(int(number or 0) for number in found)

    def report(self) -> str:
        """What the store holds and the logs end with."""
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


@pytest.fixture(autouse=True)
def restored_path() -> Iterator[None]:
    """A worker adds the thread's folder to the module path."""
    before = list(sys.path)
    yield
    sys.path[:] = before
    sys.modules.pop("the_task", None)
