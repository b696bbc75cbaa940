"""SLURM as a launcher: one job array, each task a worker of the usual kind (`engine.launchers.job`).

SLURM only places. A worker gives its trial back when its job is about to end (TERM, `SIGNAL_SECONDS` before the limit)
and asks SLURM to run the job again while the sprint needs more; a task that died is submitted again by a resume. The
store must be reachable from every node, and the workspace lie at the same path on all of them.
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import EngineError
from engine.launchers.environment import launcher_environment
from engine.launchers.launcher import Job, Launched
from engine.launchers.local import begin, living_run
from engine.launchers.placements import Placement, record_placement
from engine.start import own_command
from engine.store.workspace import Workspace

SIGNAL_SECONDS = 90
"""How long before its limit a job is told to end; SLURM may be a minute late."""

ASK_SECONDS = 15.0
"""How long SLURM's programs may take to answer."""

REMEMBERED_SECONDS = 5.0
"""How long an answer of ``squeue`` is shown before it is asked again: sites ask users to leave it in peace."""

ENDED = frozenset(
    {
        "BOOT_FAIL", "CANCELLED", "COMPLETED", "COMPLETING", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY",
        "PREEMPTED", "TIMEOUT",
    }
)  # fmt: skip
"""States of a task that does not work any more."""

OWN_OPTIONS = ("--array", "-a", "--job-name", "-J", "--output", "-o", "--error", "-e", "--export", "--wrap")
"""Options of ``sbatch`` that are set here."""


def start(ws: Workspace, sprint_id: int, slots: int, options: Mapping[str, Any]) -> Launched:
    """Submit a sprint's tasks as a job array, or those of them that SLURM does not have.

    Args:
        ws: The workspace.
        sprint_id: The sprint.
        slots: Tasks: workers at the same time, as many as SLURM finds room for.
        options: ``sbatch``, options of the site such as ``--partition=gpu --time=4:00:00``, and ``gpus`` of a task.

    Raises:
        EngineError: When SLURM is not here or refuses the job, another launcher keeps the sprint, or it cannot run.
    """
    _program("sbatch")
    site = site_options(str(options["sbatch"]))
    living = living_run(ws, sprint_id)
    if living is not None and living.launcher != "slurm":
        raise EngineError(
            f"sprint {sprint_id} must have no other launcher, got process {living.pid} on {living.host}",
            "Stop it first",
        )
    name = job_name(ws, sprint_id)
    known = {job.slot for job in _asked(name)}
    missing = [slot for slot in range(slots) if slot not in known]
    ws.make_folder(ws.logs)
    log_path = ws.logs / f"{name}-%A_%a.log"
    gpus = int(options["gpus"])
    command = [
        "sbatch", "--parsable", f"--job-name={name}", f"--array={array_of(missing)}", "--requeue",
        f"--signal=B:TERM@{SIGNAL_SECONDS}", f"--output={log_path}", "--open-mode=append", "--export=ALL",
        *([f"--gres=gpu:{gpus}"] if gpus else []), *site,
    ]  # fmt: skip
    env, script = launcher_environment(ws), job_script(ws, sprint_id)
    if missing:  # what SLURM refuses is heard now, while the sprint is as it was
        _ask([*command, "--test-only"], env=env, script=script)
    begin(ws, sprint_id, slots)
    if not missing:
        return _launched(sprint_id, str(log_path), f"SLURM jobs {name}, all {slots} in its queue", already=True)
    answer = _ask(command, env=env, script=script)
    _REMEMBERED.pop(name, None)
    job = answer.strip().partition(";")[0]
    record_placement(ws, sprint_id, Placement(launcher="slurm", options=dict(options), job_name=name))
    tasks = f"{job}_[{array_of(missing)}]"
    return _launched(sprint_id, str(log_path), f"SLURM job {tasks}", actors=tuple(f"{job}_{n}" for n in missing))


def jobs(name: str) -> tuple[Job, ...]:
    """The tasks of that name that wait or work, as SLURM says; none where it cannot be asked from this machine."""
    known = _REMEMBERED.get(name)
    if known is None or time.monotonic() - known[0] > REMEMBERED_SECONDS:
        try:
            found = _asked(name)
        except EngineError:
            found = ()
        known = _REMEMBERED[name] = (time.monotonic(), found)
    return known[1]


def cancel(name: str) -> None:
    """Withdraw the tasks of that name that wait; without SLURM nothing is done.

    Those that work are left alone: they hear from the store that their sprint stops, give their trials back and end.
    """
    if shutil.which("scancel") is None:
        return
    _ask(["scancel", f"--name={name}", "--state=PENDING"])
    _REMEMBERED.pop(name, None)


def job_name(ws: Workspace, sprint_id: int) -> str:
    """What SLURM knows a sprint's jobs by; of this store alone."""
    where = f"{ws.path}\n{ws.store_url or ''}".encode()
    return f"trimtab-{sprint_id}-{hashlib.sha256(where).hexdigest()[:8]}"


def job_script(ws: Workspace, sprint_id: int) -> str:
    """What each task runs; ``exec`` lets the worker hear the signals that SLURM sends to the script."""
    command = [*own_command("engine", unbuffered=True), "--workspace", str(ws.path), "worker", str(sprint_id)]
    return f"#!/bin/sh\nexec {shlex.join(command)}\n"


def site_options(text: str) -> list[str]:
    """Options for ``sbatch`` as a person wrote them.

    Raises:
        EngineError: For one that this launcher sets, or text that cannot be split into words.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise EngineError(f"Options of sbatch must be words of a shell, got {text!r}: {error}") from None
    for word in words:
        if word.partition("=")[0] in OWN_OPTIONS:
            raise EngineError(f"Launcher slurm sets {word.partition('=')[0]} itself, got {word!r}", "Leave it out")
    return words


def array_of(slots: Sequence[int]) -> str:
    """Numbers as SLURM writes an array: ``0-3,6``."""
    spans: list[list[int]] = []
    for slot in sorted(slots):
        if spans and slot == spans[-1][1] + 1:
            spans[-1][1] = slot
        else:
            spans.append([slot, slot])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


_REMEMBERED: dict[str, tuple[float, tuple[Job, ...]]] = {}
"""By name of the jobs: when ``squeue`` was asked, and what it said."""


def _asked(name: str) -> tuple[Job, ...]:
    """What ``squeue`` says of the tasks of a name.

    Raises:
        EngineError: When it does not answer.
    """
    listed = _ask(["squeue", "--noheader", "--array", f"--name={name}", "--format=%i|%T|%r|%S|%N"])
    found = []
    for line in filter(None, map(str.strip, listed.splitlines())):
        key, state, reason, begins, node = [*line.split("|"), "", "", "", ""][:5]
        number = key.rpartition("_")[2]
        if state not in ENDED and number.isdecimal():
            waits = state != "RUNNING"
            begins = "" if begins in ("", "N/A") else begins
            found.append(Job(id=key, slot=int(number), waits=waits, reason=reason, begins=begins, node=node))
    return tuple(sorted(found, key=lambda job: job.slot))


def _ask(command: Sequence[str], *, env: Mapping[str, str] | None = None, script: str = "") -> str:
    """What one of SLURM's programs prints.

    Raises:
        EngineError: With what it says when it refuses.
    """
    program = _program(command[0])
    try:
        done = subprocess.run(
            [program, *command[1:]], env=None if env is None else dict(env), input=script, capture_output=True,
            text=True, check=False, timeout=ASK_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise EngineError(
            f"SLURM must answer, {command[0]} did not within {ASK_SECONDS:g} s", "See sinfo, or ask the site"
        ) from None
    if done.returncode != 0:
        said = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise EngineError(f"SLURM must take what {command[0]} asks, got: {said[:400]}", "Set options with --sbatch")
    return done.stdout


def _program(name: str) -> str:
    found = shutil.which(name, path=os.environ.get("PATH"))
    if found is None:
        raise EngineError(
            f"The SLURM launcher needs {name}, which is not on the PATH", "Run it on a login node of the cluster"
        )
    return found


def _launched(sprint_id: int, log_path: str, place: str, **facts: Any) -> Launched:
    return Launched(
        sprint_id=sprint_id, pid=0, host=os.environ.get("SLURM_CLUSTER_NAME", "slurm"), log_path=log_path,
        started_at=time.time(), place=place, **facts,
    )  # fmt: skip
