"""A worker inside another scheduler's job: when it takes no further trial, and how the job is run again."""

import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from engine.store.queries import TRIAL
from engine.trials.states import TrialState

PERCENTILE = 0.9
"""Of the durations of the sprint's complete trials: what the next trial is expected to need at most."""


NEAR_SECONDS = 180.0
"""A job told to end so soon before its limit is told so for its limit: SLURM's signals may come a minute early."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobLimit:
    """What bounds a worker besides the sprint's own budget.

    Attributes:
        max_trials: Trials it takes at most; None for no limit.
        until: Unix time at which its job ends; None for no limit.
    """

    max_trials: int | None = None
    until: float | None = None

    @property
    def is_near(self) -> bool:
        """Whether the job is about to reach its limit."""
        return self.until is not None and self.until - time.time() <= NEAR_SECONDS

    def reason_to_end(self, session: Session, sprint_id: int, n_taken: int) -> str:
        """Why the worker takes no further trial; empty while it may.

        Args:
            session: A transaction that reads.
            sprint_id: The sprint.
            n_taken: Trials the worker has taken.
        """
        if self.max_trials is not None and n_taken >= self.max_trials:
            return f"it reached its limit of {self.max_trials} trials"
        if self.until is None:
            return ""
        left = self.until - time.time()
        if left <= 0:
            return "the time limit of its job is reached"
        needed = forecast_seconds(session, sprint_id)
        if needed is not None and needed > left:
            return f"a trial takes about {needed:.0f} s, its job ends in {left:.0f} s"
        return ""


def forecast_seconds(session: Session, sprint_id: int) -> float | None:
    """How long the sprint's next trial may take, in seconds; None before any trial is complete."""
    c = TRIAL.c
    query = select(c.seconds).where(c.sprint_id == sprint_id, c.state == TrialState.COMPLETE, c.seconds.is_not(None))
    durations = sorted(session.connection().execute(query).scalars())
    return float(durations[min(len(durations) - 1, int(PERCENTILE * len(durations)))]) if durations else None


def requeue(environment: Mapping[str, str]) -> str:
    """Ask SLURM to run this job again, as Lightning does; what was done, empty outside a SLURM job.

    Args:
        environment: Where SLURM says which job this is.
    """
    job = environment.get("SLURM_JOB_ID", "")
    if environment.get("SLURM_ARRAY_JOB_ID"):
        job = f"{environment['SLURM_ARRAY_JOB_ID']}_{environment.get('SLURM_ARRAY_TASK_ID', '')}"
    program = shutil.which("scontrol", path=environment.get("PATH"))
    if not job or program is None:
        return ""
    done = subprocess.run(
        [program, "requeue", job], env=dict(environment), capture_output=True, text=True, check=False, timeout=60
    )
    stamp = time.strftime("%H:%M:%S")
    if done.returncode != 0:
        return f"{stamp} SLURM did not requeue job {job}: {done.stderr.strip()}"
    return f"{stamp} Requeued job {job}."
