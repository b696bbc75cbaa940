"""Hearing an objective's objections to a thread file before anything is stored, in a process of its own.

The interface must never load an objective, and a broken one must not take its caller down; hence the process. It
builds the objective as a worker would and prepares nothing: no data are read, no weights loaded.
"""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.objectives.protocol import build_objective
from engine.progress import step
from engine.start import own_command

LONGEST_SECONDS = 60.0
"""An objective whose import takes longer is not waited for: the sprint will tell."""

PATIENCE_SECONDS = 0.2
"""Between two looks at whether someone still waits for the answer."""


def check_objective(
    name: str, *, model: Mapping[str, Any], data: Mapping[str, Any], base_dir: Path, env: Mapping[str, str]
) -> None:
    """Build the objective in a process of its own, as a worker would, and listen.

    Args:
        name: ``module:Class``.
        model: Its ``model`` options.
        data: Its ``data`` options.
        base_dir: Folder of the thread file.
        env: Environment of that process: a worker's.

    Raises:
        EngineError: With what it objects to: a name that leads nowhere, an unknown option, a value that does not fit.
    """
    asked = json.dumps({"name": name, "model": dict(model), "data": dict(data), "base_dir": str(base_dir)})
    with subprocess.Popen(
        own_command("engine.objectives.validation"),
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            heard = _listen(child, asked)
        finally:
            child.kill()  # nobody waits for it any more
    if heard is None or child.returncode == 0:
        return
    out, err = heard
    last = (out.strip().splitlines() or [""])[-1]
    try:
        told = json.loads(last)
    except ValueError:
        words = (err.strip().splitlines() or [f"exit status {child.returncode}"])[-1]
        raise EngineError(f"objective {name} cannot be built: {words}") from None
    raise EngineError(told["message"], told["hint"])


def _listen(child: "subprocess.Popen[str]", asked: str) -> tuple[str, str] | None:
    """Both outputs of a child, or None when it thinks for too long."""
    end, told = time.monotonic() + LONGEST_SECONDS, asked
    while time.monotonic() < end:
        step("asking the objective")
        try:
            return child.communicate(told or None, timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            told = ""  # it has begun to hear it
    return None


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
