"""Whether torch can use this machine's GPUs: tried once in a process of its own, not assumed.

A GPU that `nvidia-smi` lists is of no use to a torch built for the CPU, to one newer than the driver allows, or while
others hold its memory. Training on the CPU instead would go on for days before somebody notices.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.launchers.environment import ask_nvidia_smi, gpus

TRY_SECONDS = 120.0
"""Loading torch from a network disk for the first time takes a minute."""

LITTLE_MEMORY = 512 * 2**20
"""Bytes of free memory below which nothing is trained on a GPU."""

PROGRAM = """
import json, sys
told = {}
try:
    import torch
    told["torch"], told["built for"] = torch.__version__, torch.version.cuda or torch.version.hip
    told["usable"] = torch.cuda.is_available()
    torch.zeros(8, device="cuda").sum().item()
    told["free"], told["total"] = torch.cuda.mem_get_info()
except BaseException as error:
    told["error"] = f"{type(error).__name__}: {error}"
print("\\n" + json.dumps(told))
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What trying torch on the GPUs came to.

    Attributes:
        is_usable: A tensor was made and summed on one.
        text: What was found, in one sentence.
        hint: What mends it; empty where nothing is to be mended.
    """

    is_usable: bool
    text: str
    hint: str = ""


def try_torch() -> Verdict | None:
    """Run torch once on this machine's GPUs; None where there are none, or no torch."""
    if not gpus():
        return None
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", PROGRAM], capture_output=True, text=True, timeout=TRY_SECONDS, check=False,
            env=dict(os.environ),
        )  # fmt: skip
        told = json.loads(done.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        return Verdict(
            is_usable=False, text=f"torch did not answer within {TRY_SECONDS:g} s", hint="See nvidia-smi, and the disk"
        )
    except (OSError, ValueError, IndexError):
        return Verdict(
            is_usable=False, text="torch ended without a word", hint=f"Try: {sys.executable} -c 'import torch'"
        )
    if "torch" not in told and "No module named 'torch'" in told.get("error", ""):
        return None
    return verdict(told, driver=(ask_nvidia_smi("driver_version") or ["unknown"])[0])


def verdict(told: Mapping[str, Any], driver: str) -> Verdict:
    """What the answers of the trial mean, and the line that mends it.

    Args:
        told: By `PROGRAM`.
        driver: Version of the driver.
    """
    torch, error = told.get("torch", ""), str(told.get("error", ""))
    if not torch:
        return Verdict(is_usable=False, text=f"torch cannot be imported: {error[:200]}", hint="Install torch again")
    if not told.get("built for"):
        return Verdict(
            is_usable=False,
            text=f"torch {torch} is built for the CPU, and this machine has a GPU",
            hint="Install a build for CUDA: pip install --force-reinstall torch",
        )
    words = error.lower()
    if "driver" in words and ("too old" in words or "insufficient" in words or not told.get("usable")):
        return Verdict(
            is_usable=False,
            text=f"driver {driver} is too old for torch {torch}, which is built for CUDA {told['built for']}",
            hint="Update the driver, or install a torch for an older CUDA",
        )
    if "out of memory" in words or ("free" in told and told["free"] < LITTLE_MEMORY):
        free = f"{told['free'] / 2**20:.0f} MiB free" if "free" in told else "none free"
        return Verdict(
            is_usable=False,
            text=f"the GPU has no memory left ({free})",
            hint="See who holds it: nvidia-smi --query-compute-apps=pid,used_memory --format=csv",
        )
    if error or not told.get("usable"):
        return Verdict(
            is_usable=False,
            text=f"torch {torch} cannot use the GPU: {error[:200] or 'it sees none'}",
            hint="See nvidia-smi and CUDA_VISIBLE_DEVICES",
        )
    return Verdict(is_usable=True, text=f"torch {torch} (CUDA {told['built for']}) works with driver {driver}")
