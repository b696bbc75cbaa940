"""The environment a sprint ran in: versions, hardware, code, data."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from engine.launchers.environment import ask_nvidia_smi
from engine.processes import host

PACKAGES = (
    "trimtab", "torch", "pytorch-lightning", "transformers", "spacy", "optuna", "scikit-optimize", "scikit-learn",
    "numpy", "scipy", "sqlmodel",
)  # fmt: skip
"""Packages whose version can change a result."""

VARIABLES = (
    "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "CUDA_VISIBLE_DEVICES",
)  # fmt: skip
"""Environment variables that change speed or placement."""

CHANGES = "changes"
"""Key of the manifest under which later workers note what has changed since."""


def make_manifest(facts: Mapping[str, Any], base_dir: Path, device: str) -> dict[str, Any]:
    """Everything but the objective's own facts is found here; those come first, under their own names."""
    return {
        **facts,
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
        "host": host(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "cpu": _cpu_name(),
        "memory_gb": _memory_gb(),
        "device": device,
        "gpus": gpu_names(),
        "environment": {name: os.environ[name] for name in VARIABLES if name in os.environ},
        "git": git_state(base_dir),
        "argv": sys.argv[1:],
    }


def changed_facts(manifest: Mapping[str, Any], facts: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
    """What an objective says of itself otherwise than the workers before it: another script, other data (paper §3).

    Args:
        manifest: Of the sprint, earlier changes included.
        facts: Of the objective as it is now; decimal ones may be times and are not compared.
        number: The trial from which on they hold.

    Returns:
        One entry for each fact: ``fact``, ``trial``, ``before``, ``after``.
    """
    known = {**manifest, **{one["fact"]: one["after"] for one in manifest.get(CHANGES, ())}}
    return [
        {"fact": name, "trial": number, "before": known[name], "after": value}
        for name, value in facts.items()
        if name in known and not isinstance(value, float) and value != known[name]
    ]


def gpu_names() -> list[str]:
    """The GPUs that ``nvidia-smi`` lists; empty where there is none."""
    return ask_nvidia_smi("name")


def git_state(folder: Path) -> dict[str, Any]:
    """Commit and cleanness of the repository a folder lies in; empty outside one."""
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return {}
    return {"commit": commit, "dirty": bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))}


def _git(folder: Path, *arguments: str) -> str:
    program = shutil.which("git")
    if program is None or not folder.is_dir():
        return ""
    try:
        answer = subprocess.run(
            [program, "-C", str(folder), *arguments], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _cpu_name() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError):
        return None
