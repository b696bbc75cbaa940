"""Ray as a launcher: one detached actor a slot, placed by Ray, keeping one worker process of the usual kind.

Ray only places. An actor is never restarted (``max_restarts=0``) and its task never retried, for Ray's retries re-run a
trial unseen by the store (engine notes 5); a dead worker is replaced by the supervisor in the actor, a dead actor by
calling `start_on_ray` again, which leaves living ones alone. The store must be reachable from every node: PostgreSQL on
more than one machine.
"""

import os
import socket
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.launchers.local import begin, living_run
from engine.store.workspace import Workspace

NAMESPACE = "trimtab"
"""Ray namespace of the actors, so that another driver finds them by name."""

CONNECT_SECONDS = 5.0
"""How long an address may take to answer."""


class SlotKeeper:
    """What an actor does from its birth on: keep one slot of a sprint filled until the sprint needs no more.

    No task is sent to it: the driver may be gone before the cluster has room for the actor.
    """

    def __init__(self, path: str, store_url: str | None, sprint_id: int, slot: int) -> None:
        ws = Workspace(Path(path), store_url)
        threading.Thread(target=_keep_and_end, args=(ws, sprint_id, slot), name="supervisor").start()


def keep_slot(ws: Workspace, sprint_id: int, slot: int) -> str:
    """Supervise one worker here, on the GPU that Ray made visible; returns the sprint's state at the end."""
    from engine.launchers.supervisor import Supervisor

    ws.logs.mkdir(parents=True, exist_ok=True)
    return Supervisor(ws, sprint_id, slots=1, first_slot=slot, launcher="ray").run()


def _keep_and_end(ws: Workspace, sprint_id: int, slot: int) -> None:
    """Keep the slot, then end the actor's process: the GPU goes back to the cluster."""
    try:
        keep_slot(ws, sprint_id, slot)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def start_on_ray(
    ws: Workspace, sprint_id: int, slots: int = 1, *, address: str = "auto", gpus: float = 1.0
) -> list[str]:
    """Start a sprint's slots on a Ray cluster, or those of them that are missing; returns the actors' names.

    Args:
        ws: The workspace; its path must exist on every node.
        sprint_id: The sprint.
        slots: Workers at the same time.
        address: Of the cluster, as ``ray.init`` takes it; ``auto`` is the one this machine belongs to.
        gpus: GPUs a slot takes; 0 for CPU.

    Raises:
        EngineError: When Ray is not installed or there is no cluster, when another launcher keeps the sprint, or it
            cannot run.
    """
    ray = _import_ray()
    living = living_run(ws, sprint_id)
    if living is not None and living.launcher != "ray":
        raise EngineError(
            f"sprint {sprint_id} must have no other launcher, got process {living.pid} on {living.host}",
            "stop it first",
        )
    _refuse_unreachable(address)
    try:
        ray.init(address=address, namespace=NAMESPACE, ignore_reinit_error=True, log_to_driver=False)
    except ConnectionError as error:
        raise EngineError(f"a Ray cluster must run at {address}: {error}", "start one: ray start --head") from error
    begin(ws, sprint_id, slots)
    actor_class = ray.remote(SlotKeeper)
    names = []
    for slot in range(slots):
        name = f"sprint-{sprint_id}-slot-{slot}"
        options: Mapping[str, Any] = {
            "name": name,
            "lifetime": "detached",
            "get_if_exists": True,
            "max_restarts": 0,
            "max_task_retries": 0,
            "num_gpus": gpus,
        }
        actor_class.options(**options).remote(str(ws.path), ws.store_url, sprint_id, slot)
        names.append(name)
    return names


def _refuse_unreachable(address: str) -> None:
    """Refuse an address nobody listens at; Ray itself would try for minutes."""
    host, colon, port = address.rpartition(":")
    if not colon or "/" in host or not port.isdigit():
        return  # auto, local or a Ray client's URL
    try:
        socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        why = error.strerror or str(error)
        raise EngineError(f"a Ray cluster must run at {address}: {why}", "start one: ray start --head") from None


def _import_ray() -> Any:
    try:
        import ray
    except ModuleNotFoundError:
        raise EngineError("the Ray launcher needs Ray, which is not installed", "pip install 'trimtab[ray]'") from None
    return ray
