"""Ray as a launcher: one detached actor a slot, placed by Ray, keeping one worker process of the usual kind.

Ray only places. An actor is never restarted (``max_restarts=0``) and its task never retried, for Ray's retries re-run a
trial unseen by the store (decisions: Ray); a dead worker is replaced by the supervisor in the actor, a dead actor by
calling `start` again, which leaves living ones alone. The store must be reachable from every node: PostgreSQL on
more than one machine.
"""

import os
import socket
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.environment import undo_for_person
from engine.errors import EngineError
from engine.launchers.launcher import Launched
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

    def __init__(self, path: str, sprint_id: int, slot: int, gpus: float = 1.0) -> None:
        undo_for_person(_set_by_ray())
        ws = Workspace(Path(path))
        address = _address_file(ws, sprint_id)
        if address.exists():
            ws = replace(ws, store_url=address.read_text(encoding="utf-8"))
        threading.Thread(target=_keep_and_end, args=(ws, sprint_id, slot, gpus > 0), name="supervisor").start()


def keep_slot(ws: Workspace, sprint_id: int, slot: int, has_gpus: bool = True) -> str:
    """Supervise one worker here, on all GPUs that Ray made visible; returns the sprint's state at the end."""
    from engine.launchers.supervisor import Supervisor

    ws.make_folder(ws.logs)
    return Supervisor(
        ws, sprint_id, slots=1, first_slot=slot, launcher="ray", gpus_per_slot=None if has_gpus else 0
    ).run()


def _keep_and_end(ws: Workspace, sprint_id: int, slot: int, has_gpus: bool) -> None:
    """Keep the slot, then end the actor's process: the GPU goes back to the cluster."""
    try:
        keep_slot(ws, sprint_id, slot, has_gpus)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def start(ws: Workspace, sprint_id: int, slots: int, options: Mapping[str, Any]) -> Launched:
    """Start a sprint's slots on a Ray cluster, or those of them that are missing.

    Args:
        ws: The workspace; its path must exist on every node.
        sprint_id: The sprint.
        slots: Workers at the same time.
        options: ``address`` of the cluster as ``ray.init`` takes it (``auto`` is the one this machine belongs to),
            ``gpus`` and ``cpus``, how many a slot takes (0 for none), and ``resources``, custom ones:
            ``a100=1,fast=0.5``.

    Raises:
        EngineError: When Ray is not installed or there is no cluster, when another launcher keeps the sprint, or it
            cannot run.
    """
    address, gpus = str(options["address"]), float(options["gpus"])
    cpus, resources = float(options["cpus"]), custom_resources(str(options["resources"]))
    for name, given in (("gpus", gpus), ("cpus", cpus)):
        if given < 0:
            raise EngineError(f"launcher ray: {name} must be 0 or more, got {given:g}")
    ray = _import_ray()
    living = living_run(ws, sprint_id)
    if living is not None and living.launcher != "ray":
        raise EngineError(
            f"sprint {sprint_id} must have no other launcher, got process {living.pid} on {living.host}",
            "stop it first",
        )
    _refuse_unreachable(address)
    ws.make_folder(ws.logs)
    try:
        with _working_in(ws.logs):
            ray.init(address=address, namespace=NAMESPACE, ignore_reinit_error=True, log_to_driver=False)
    except ConnectionError as error:
        raise EngineError(f"a Ray cluster must run at {address}: {error}", "start one: ray start --head") from error
    except Exception as error:
        if type(error).__name__ != "AuthenticationError" and "auth" not in str(error).lower():
            raise
        raise EngineError(
            f"The Ray cluster at {address} must accept this login, it asks for a token",
            "set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN, or RAY_AUTH_TOKEN_PATH",
        ) from error
    begin(ws, sprint_id, slots)
    _write_address(ws, sprint_id)
    actor_class = ray.remote(SlotKeeper)
    names = []
    for slot in range(slots):
        name = f"sprint-{sprint_id}-slot-{slot}"
        placed: Mapping[str, Any] = {
            "name": name,
            "lifetime": "detached",
            "get_if_exists": True,
            "max_restarts": 0,
            "max_task_retries": 0,
            "num_gpus": gpus,
            "num_cpus": cpus,
            "resources": resources,
        }
        actor_class.options(**placed).remote(str(ws.path), sprint_id, slot, gpus)
        names.append(name)
    return Launched(
        sprint_id=sprint_id,
        pid=0,
        host=address,
        log_path=str(ws.launcher_log(sprint_id)),
        started_at=time.time(),
        place=f"actors {', '.join(names)} on the Ray cluster {address}",
        actors=tuple(names),
    )


def custom_resources(text: str) -> dict[str, float]:
    """Resources of a site as a person wrote them: ``a100=1,fast=0.5``.

    Raises:
        EngineError: For anything but names with numbers.
    """
    found = {}
    for pair in filter(None, map(str.strip, text.split(","))):
        name, _, number = pair.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise EngineError(f"launcher ray: resources must be like a100=1,fast=0.5, got {pair!r}") from None
    return found


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    """Inside, work in a folder without code: Ray puts its driver's folder first on the actors' module path."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _address_file(ws: Workspace, sprint_id: int) -> Path:
    """Where a sprint's actors find the store's URL: a file of the owner's alone, for Ray shows what it is told."""
    return ws.sprint_dir(sprint_id) / "store-address"


def _write_address(ws: Workspace, sprint_id: int) -> None:
    file = _address_file(ws, sprint_id)
    ws.make_folder(file.parent)
    if ws.store_url is None:
        file.unlink(missing_ok=True)
    else:
        ws.write_text(file, ws.store_url)


def _set_by_ray() -> list[str]:
    """Variables that Ray set for an actor, which a trial's command is not to find."""
    start = Path("/proc/self/environ")
    given = start.read_bytes().split(b"\0") if start.exists() else []
    threads = [] if any(one.startswith(b"OMP_NUM_THREADS=") for one in given) else ["OMP_NUM_THREADS"]
    return [*threads, *(name for name in os.environ if name.startswith("RAY_"))]


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
