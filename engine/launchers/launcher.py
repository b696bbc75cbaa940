"""What a launcher is: it starts the workers of a sprint, or those that are missing, and returns at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from engine.store.workspace import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Launched:
    """A launcher that was started.

    Attributes:
        sprint_id: What it works on.
        pid: Its process; 0 where it has none on this machine.
        host: Machine or cluster.
        log_path: Its log.
        started_at: Unix time.
        place: Where it works, in words: ``launcher 4711 on box``.
        already: It was at work before it was asked for.
        actors: What keeps the slots, where that is no process of this machine.
    """

    sprint_id: int
    pid: int
    host: str
    log_path: str
    started_at: float
    place: str
    already: bool = False
    actors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What another scheduler has of a sprint: a task that waits or works.

    Attributes:
        id: As the scheduler writes it.
        slot: Number of its worker.
        waits: It has not begun.
        reason: Why it waits, in the scheduler's word.
        begins: When the scheduler expects it to begin; empty where it does not say.
        node: Where it works.
    """

    id: str
    slot: int
    waits: bool
    reason: str = ""
    begins: str = ""
    node: str = ""


class Start(Protocol):
    """How a sprint is started, or taken up again."""

    def __call__(self, ws: Workspace, sprint_id: int, slots: int, options: Mapping[str, Any]) -> Launched:
        """Start it and return at once; `engine.launchers.local.begin` sets the sprint running.

        Args:
            ws: The workspace.
            sprint_id: The sprint.
            slots: Workers at the same time; `engine.launchers.supervisor.Supervisor` keeps one or several.
            options: Complete, of the kinds of their defaults.

        Raises:
            EngineError: When it cannot run here, has nothing left to do, or another launcher keeps it.
        """
        ...
