"""Hearing an objective's objections to a thread file before anything is stored, in a process of its own.

The interface must never load an objective, and a broken one must not take its caller down; hence the process. It
builds the objective as a worker would and prepares nothing: no data are read, no weights loaded.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.objective import build_objective

LONGEST_SECONDS = 60.0
"""An objective whose import takes longer is not waited for: the sprint will tell."""


def check_objective(name: str, *, model: Mapping[str, Any], data: Mapping[str, Any], base_dir: Path) -> None:
    """Build the objective elsewhere and listen.

    Raises:
        EngineError: With what it objects to: a name that leads nowhere, an unknown option, a value that does not fit.
    """
    from engine.launchers.environment import worker_environment

    asked = json.dumps({"name": name, "model": dict(model), "data": dict(data), "base_dir": str(base_dir)})
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "engine.objective_check"],
            input=asked,
            env=worker_environment(1),
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return
    if done.returncode == 0:
        return
    last = (done.stdout.strip().splitlines() or [""])[-1]
    try:
        told = json.loads(last)
    except ValueError:
        words = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise EngineError(f"objective {name} cannot be built: {words}") from None
    raise EngineError(told["message"], told["hint"])


def _answer() -> int:
    asked = json.loads(sys.stdin.read())
    try:
        build_objective(
            asked["name"], model=asked["model"], data=asked["data"], base_dir=Path(asked["base_dir"]).resolve()
        )
    except Exception as error:  # whatever it is, a person gets to read it
        plain = f"objective {asked['name']} cannot be built: {type(error).__name__}: {error}"
        message = getattr(error, "message", plain)
        sys.stdout.write("\n" + json.dumps({"message": str(message), "hint": str(getattr(error, "hint", ""))}) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_answer())
