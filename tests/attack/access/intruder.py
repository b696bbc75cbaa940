"""Who attacks: another account of this machine, and what a person has whose environment holds nothing of a test run."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NOBODY = 65534
"""Another account of this machine, by its number."""


def ran(folder: Path) -> list[str]:
    """Which modules of a hostile folder were run."""
    told = folder / "RAN"
    return told.read_text().split() if told.exists() else []


def person(**more: str) -> dict[str, str]:
    """A person's environment without anything of this test run's."""
    unset = {
        "PYTHONPATH", "PYTHONSAFEPATH", "PYTEST_CURRENT_TEST", "PYTEST_VERSION", "TRIMTAB_STORE", "OMP_NUM_THREADS",
        "TRIMTAB_WORKSPACE", "PYTHONUNBUFFERED",
    }  # fmt: skip
    return {**{k: v for k, v in os.environ.items() if k not in unset}, "HF_HUB_OFFLINE": "1", **more}


def as_another_account(action: Callable[[], Any]) -> Any:
    """What an action returns when a process of another account of this machine does it; needs root to become one."""
    if os.geteuid() != 0:
        pytest.skip("only root can act as another account")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            answer = action()
        except BaseException as error:
            answer = f"{type(error).__name__}: {error}"
        os.write(writer, pickle.dumps(answer))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        told = answer.read()
    os.waitpid(child, 0)
    return pickle.loads(told)
