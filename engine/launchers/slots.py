"""One slot of a launcher: the worker process in it, its own child or one adopted from a launcher that died."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.environment import person_umask
from engine.errors import EngineError
from engine.launchers.environment import worker_environment
from engine.launchers.watch import Watch
from engine.processes import ProcessId, identify, is_alive
from engine.start import own_command
from engine.store.liveness import process_of
from engine.store.tables import WorkerRow
from engine.store.workspace import Workspace
from engine.trials.limits import Limits

BACKOFF_SECONDS = 0.5
"""Wait before a worker that died at once is replaced; doubled each time."""

MAX_BACKOFF_SECONDS = 30.0
"""It is never longer than this."""


def shared_out(found: Sequence[str], index: int, per_slot: int) -> str | None:
    """The GPUs of a slot, as ``CUDA_VISIBLE_DEVICES`` names them; None on a machine without any.

    Args:
        found: GPUs of this machine.
        index: Number of the slot; slots beyond the last share of GPUs begin with the first one again.
        per_slot: GPUs each slot gets.

    Raises:
        EngineError: When there are GPUs, but fewer than a slot is to get.
    """
    if per_slot < 1:
        raise EngineError(f"A slot must get 1 GPU or more, got {per_slot}")
    if not found:
        return None
    if per_slot > len(found):
        raise EngineError(f"A slot must get {per_slot} GPUs, this machine has {len(found)}", "Lower --gpus-per-slot")
    first = index % (len(found) // per_slot) * per_slot
    return ",".join(found[first : first + per_slot])


@dataclass(slots=True)
class Slot:
    """A place for one worker.

    Attributes:
        index: From 0.
        gpu: Its GPU, several with commas between, or None.
        child: The worker started here.
        process: Its identity, also for an adopted one.
        started: Monotonic time of the last start.
        n_crashes: Deaths within `Limits.crash_seconds` of their start, in a row.
        not_before: Monotonic time before which no replacement starts.
        told_to_end: Monotonic time of the first request to end, None while there is none.
        killed_for: Why this launcher killed the worker; empty when it did not.
        watch: What is known of its trial.
    """

    index: int
    gpu: str | None = None
    child: subprocess.Popen[bytes] | None = None
    process: ProcessId | None = None
    started: float = 0.0
    n_crashes: int = 0
    not_before: float = 0.0
    told_to_end: float | None = None
    killed_for: str = field(default="")
    watch: Watch = field(default_factory=Watch)

    @property
    def device(self) -> str:
        """How the worker names its device: the first GPU it sees, or the CPU."""
        return "cpu" if self.gpu is None else "cuda:0"

    def start(self, ws: Workspace, sprint_id: int, *, run_id: int, n_slots: int) -> None:
        """Start a worker as a process of its own session, so that it outlives this launcher."""
        command = [
            *own_command("engine.worker", unbuffered=True), "--workspace", str(ws.path), "--sprint", str(sprint_id),
            "--slot", str(self.index), "--run", str(run_id), "--device", self.device,
        ]  # fmt: skip
        with ws.appending(ws.worker_log(sprint_id, self.index)) as log:
            self.child = subprocess.Popen(
                command,
                env=worker_environment(n_slots, self.gpu, ws),
                umask=person_umask(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.process = identify(self.child.pid)
        self.started, self.told_to_end, self.killed_for = time.monotonic(), None, ""

    def adopt(self, worker: WorkerRow) -> None:
        """Take over a living worker that another launcher started."""
        self.child, self.process, self.started = None, process_of(worker), time.monotonic()

    def poll(self) -> int | None:
        """The worker's exit code once it has ended, None while it lives; -1 where an adopted one's is not known."""
        if self.child is not None:
            return self.child.poll()
        return None if self.process is not None and is_alive(self.process) else -1

    @property
    def is_free(self) -> bool:
        """Whether no worker is in it."""
        return self.process is None

    def clear(self, code: int, limits: Limits) -> None:
        """Take the ended worker out; one that died soon after its start delays its replacement."""
        lived = time.monotonic() - self.started
        self.n_crashes = self.n_crashes + 1 if code != 0 and lived < limits.crash_seconds else 0
        wait = min(BACKOFF_SECONDS * 2.0 ** (self.n_crashes - 1), MAX_BACKOFF_SECONDS) if self.n_crashes else 0.0
        self.not_before = time.monotonic() + wait
        self.child, self.process, self.told_to_end, self.killed_for = None, None, None, ""

    def end(self, *, grace_seconds: float) -> None:
        """Ask the worker to end; after the grace time it is killed."""
        if self.process is None:
            return
        if self.told_to_end is None:
            self.told_to_end = time.monotonic()
            self.send(signal.SIGTERM)
        elif time.monotonic() - self.told_to_end > grace_seconds:
            self.send(signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the worker, and to no process that has taken its pid."""
        if self.process is not None and is_alive(self.process):
            os.kill(self.process.pid, number)
