"""The environment workers start in: what measured best, shown by ``doctor``, every part overridable.

On two CPU cores passive OpenMP waiting and malloc thresholds that keep large tensors on the heap took the training of
a fine-tuned transformer from 1.71 to 2.05 texts a second, for two thirds of the CPU time.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping

from engine.environment import own_environment, person_environment
from engine.errors import EngineError
from engine.store.workspace import STORE, Workspace

MEASURED_BEST: Mapping[str, str] = {
    "OMP_WAIT_POLICY": "passive",
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TRIM_THRESHOLD_": "8589934592",
}
"""Set for the worker unless the variable is set already; a command that the worker starts does not get them."""

OVERRIDE = "TRIMTAB_WORKER_ENV"
"""Variable with ``NAME=value`` pairs, comma-separated, that go over everything else."""


def worker_environment(slots: int, gpu: str | None = None, ws: Workspace | None = None) -> dict[str, str]:
    """Environment of one worker of ``slots`` on this machine.

    What a person asked for reaches the commands that the worker starts, what was measured best does not.

    Args:
        slots: Workers that share the machine's cores.
        gpu: What the worker sees as its only GPU; None leaves the GPUs as they are.
        ws: The workspace whose store the worker writes to.

    Raises:
        EngineError: When `OVERRIDE` holds no pairs.
    """
    env = person_environment()
    if gpu is not None:
        env["CUDA_VISIBLE_DEVICES"] = gpu
    for pair in filter(None, env.get(OVERRIDE, "").split(",")):
        name, equals, value = pair.partition("=")
        if not name.strip() or not equals:
            raise EngineError(f"{OVERRIDE} must hold NAME=value pairs with commas between, got {pair.strip()!r}")
        env[name.strip()] = value
    measured = {**MEASURED_BEST, "OMP_NUM_THREADS": str(threads_per_slot(slots))}
    added = {name: value for name, value in measured.items() if name not in env}
    return own_environment({**added, **store_address(ws)}, env)


def launcher_environment(ws: Workspace) -> dict[str, str]:
    """Environment of a launcher: the person's, and where the store is."""
    return own_environment(store_address(ws))


def store_address(ws: Workspace | None) -> dict[str, str]:
    """The variable by which a process of ours is told of a store elsewhere; other accounts cannot read it there."""
    return {} if ws is None else {STORE: ws.store_url or ""}


def threads_per_slot(slots: int) -> int:
    """Cores shared out among slots, at least one each."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return max(1, available // max(1, slots))


def gpus() -> list[str]:
    """The GPUs a launcher may hand out, as ``CUDA_VISIBLE_DEVICES`` names them; empty on a machine without any."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [one.strip() for one in visible.split(",") if one.strip() and one.strip() != "-1"]
    return ask_nvidia_smi("index")


def ask_nvidia_smi(field: str) -> list[str]:
    """One field of every GPU that ``nvidia-smi`` lists; empty where there is none, or none that answers."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    try:
        listed = subprocess.run(
            [program, f"--query-gpu={field}", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in listed.stdout.splitlines() if line.strip()]
