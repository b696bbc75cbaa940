"""The environment workers start in: what measured best, shown by ``doctor``, every part overridable.

On two CPU cores passive OpenMP waiting and malloc thresholds that keep large tensors on the heap took the training of
the public JEREX from 1.71 to 2.05 documents a second, for two thirds of the CPU time (jerex-reference 2.1).
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import engine
from engine.errors import EngineError

MEASURED_BEST: Mapping[str, str] = {
    "OMP_WAIT_POLICY": "passive",
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TRIM_THRESHOLD_": "8589934592",
}
"""Set unless the variable is set already."""

OVERRIDE = "TRIMTAB_WORKER_ENV"
"""Variable with ``NAME=value`` pairs, comma-separated, that go over everything else."""


def worker_environment(slots: int, gpu: str | None = None) -> dict[str, str]:
    """Environment of one worker of ``slots`` on this machine.

    Args:
        slots: Workers that share the machine's cores.
        gpu: What the worker sees as its only GPU; None leaves the GPUs as they are.

    Raises:
        EngineError: When `OVERRIDE` holds no pairs.
    """
    env = dict(os.environ)
    for name, value in MEASURED_BEST.items():
        env.setdefault(name, value)
    env.setdefault("OMP_NUM_THREADS", str(threads_per_slot(slots)))
    if gpu is not None:
        env["CUDA_VISIBLE_DEVICES"] = gpu
    source = str(Path(engine.__file__).parents[1])
    env["PYTHONPATH"] = os.pathsep.join(part for part in (source, env.get("PYTHONPATH", "")) if part)
    env["PYTHONUNBUFFERED"] = "1"
    for pair in filter(None, env.get(OVERRIDE, "").split(",")):
        name, equals, value = pair.partition("=")
        if not name.strip() or not equals:
            raise EngineError(f"{OVERRIDE} must hold NAME=value pairs with commas between, got {pair.strip()!r}")
        env[name.strip()] = value
    return env


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
