"""One worker for another scheduler to start: a SLURM job, a container, a terminal on a second machine.

No launcher watches it. What it does is what every worker does: it takes trials from the store until the sprint needs no
more, and other workers take over what it leaves when it dies.

- SIGTERM: the running trial is given back at once.
- SIGUSR1: the running trial is given back after its epoch. Schedulers send it some time before a job's limit (SLURM:
  ``--signal=B:USR1@90``), and Lightning answers it in the same way: save, requeue, end.
"""

import os
import re
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta

from engine.environment import person_umask
from engine.errors import EngineError
from engine.launchers.environment import gpus, worker_environment
from engine.launchers.local import begin
from engine.start import own_command
from engine.store import queries
from engine.store.database import reading
from engine.store.liveness import is_held
from engine.store.workspace import Workspace
from engine.trials.states import SprintState

SLOT_VARIABLES = ("SLURM_ARRAY_TASK_ID", "SLURM_PROCID", "JOB_COMPLETION_INDEX")
"""Where SLURM and Kubernetes say which of several equal jobs this one is."""

END_VARIABLE = "SLURM_JOB_END_TIME"
"""Unix time of a SLURM job's limit (22.05 and newer)."""

DURATION = re.compile(r"\+?(?P<n>\d+(?:\.\d+)?)(?P<unit>[smhd])")

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def work(
    ws: Workspace, sprint_id: int, *, slot: int | None, device: str, max_trials: int | None, until: float | None
) -> None:
    """Become a worker of a sprint: this process is replaced and keeps its number, so signals reach the worker.

    Args:
        ws: The workspace.
        sprint_id: The sprint; one that is planned is started.
        slot: Number of the worker, which names its log; None for what the scheduler says, else the lowest free one.
        device: ``cpu``, ``cuda:N``, or ``auto`` for the first GPU that the job sees and the CPU where there is none.
        max_trials: Trials to take at most.
        until: Unix time of the job's end; None for what SLURM says.

    Raises:
        EngineError: When the sprint is over, or paused after a run of failures.
    """
    with reading(ws) as session:
        sprint = queries.sprint(session, sprint_id)
        state, label, slots, failure = sprint.state, sprint.label, sprint.slots, sprint.failure
        held = is_held(sprint)
        taken = {worker.slot for worker in queries.workers(session, sprint_id, open_only=True)}
    if state.is_finished or state == SprintState.STOPPING:
        raise EngineError(f"sprint {label} is {state}: a worker has nothing to do", "resume or extend it first")
    if held:
        raise EngineError(
            f"sprint {label} paused after failures: {failure}", "mend the cause, then trimtab sprint resume"
        )
    if not state.is_started:
        begin(ws, sprint_id, max(1, slots or 1))
    number = slot_of(os.environ, taken) if slot is None else slot
    ws.make_folder(ws.logs)
    command = [
        *own_command("engine.worker", unbuffered=True), "--workspace", str(ws.path), "--sprint", str(sprint_id),
        "--slot", str(number), "--device", device_of(device), "--in-job",
    ]  # fmt: skip
    until = limit_of(os.environ) if until is None else until
    command += ["--max-trials", str(max_trials)] if max_trials is not None else []
    command += ["--until", repr(until)] if until is not None else []
    log_path = ws.worker_log(sprint_id, number)
    sys.stderr.write(f"Worker {number} of {label}, process {os.getpid()}, log {log_path}\n")
    sys.stderr.flush()
    with ws.appending(log_path) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.umask(person_umask())
    os.execve(command[0], command, worker_environment(1, None, ws))


def limit_of(environment: Mapping[str, str]) -> float | None:
    """When SLURM ends this job, as Unix time; None where it does not say."""
    told = environment.get(END_VARIABLE, "")
    return float(told) if told.isdecimal() else None


def slot_of(environment: Mapping[str, str], taken: set[int]) -> int:
    """The number that the scheduler gives this job, else the lowest that no worker of the sprint has."""
    for name in SLOT_VARIABLES:
        if environment.get(name, "").isdecimal():
            return int(environment[name])
    return next(n for n in range(len(taken) + 1) if n not in taken)


def device_of(asked: str) -> str:
    """``auto`` as a device: the first GPU that this process may use, else the CPU.

    Raises:
        EngineError: For no device.
    """
    if asked == "auto":
        return "cuda:0" if gpus() else "cpu"
    if asked != "cpu" and not re.fullmatch(r"cuda:\d+", asked):
        raise EngineError(f"a device must be auto, cpu or cuda:N, got {asked!r}")
    return asked


def end_time(text: str, now: datetime) -> float:
    """Unix time of ``+90m``, ``14:30`` (the next one), ``2026-12-24T18:00`` or what SLURM prints.

    Args:
        text: As typed.
        now: In local time.

    Raises:
        EngineError: For anything else, or a moment that has passed.
    """
    text = text.strip()
    if duration := DURATION.fullmatch(text):
        return now.timestamp() + float(duration["n"]) * SECONDS[duration["unit"]]
    try:
        if re.fullmatch(r"\d{1,2}:\d{2}", text):
            hour, minute = map(int, text.split(":"))
            at = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
            at = at if at > now else at + timedelta(days=1)
        else:
            at = datetime.fromtimestamp(float(text)) if re.fullmatch(r"\d{9,}", text) else datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise EngineError(
            f"a time must be a duration or a moment, got {text!r}", "write +90m, 14:30 or 2026-12-24T18:00"
        ) from None
    if at.timestamp() <= now.timestamp():
        raise EngineError(f"a job must end in the future, got {text}")
    return at.timestamp()
