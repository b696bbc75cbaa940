"""Which process is which, across pid reuse, reboots and hosts: known by host, boot, pid and start time."""

import os
import signal
import socket
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

PROC = Path("/proc")

MARK = "TRIMTAB_STARTED_BY"
"""Variable that names the marked process among the ancestors of another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessId:
    """A process, named so that no other one ever has the same name.

    Attributes:
        host: Name of the machine.
        boot_id: Its boot and pid namespace: two containers on one machine do not see each other's pids.
        pid: Process id.
        start_time: When it started, in the kernel's own unit since boot, so that clock changes do not matter.
    """

    host: str
    boot_id: str
    pid: int
    start_time: float


def this_process() -> ProcessId:
    """The calling process."""
    found = identify(os.getpid())
    assert found is not None, "a running process has a start time"
    return found


def identify(pid: int) -> ProcessId | None:
    """The living process with that pid on this machine, or None; zombies do not live."""
    started = _start_time(pid)
    return None if started is None else ProcessId(host=host(), boot_id=boot_id(), pid=pid, start_time=started)


def is_alive(process: ProcessId) -> bool | None:
    """Whether a process lives; None where that cannot be seen from here (another host or pid namespace)."""
    if process.host != host():
        return None
    if process.boot_id != boot_id():
        # The same machine after a reboot has another boot id and the same namespace number.
        same_boot = process.boot_id.split("/")[0] == boot_id().split("/")[0]
        return None if same_boot else False
    return _start_time(process.pid) == process.start_time


def mark(process: ProcessId) -> None:
    """Let what this process starts from now on carry its name, so that `end_left_behind` finds it."""
    os.environ[MARK] = _name(process)


def end_left_behind(process: ProcessId | None) -> int:
    """Kill what a dead process of this machine started and left running; returns how many there were.

    A training script would go on beside the trial's next attempt, on the same GPU.
    """
    if process is None or is_alive(process) is not False:
        return 0
    return end_marked(MARK, _name(process))


def end_marked(variable: str, value: str) -> int:
    """Kill every process of this machine that began with a variable's value in its environment; how many there were."""
    import psutil

    n_killed = 0
    for one in psutil.process_iter():
        try:
            if one.environ().get(variable) == value and one.pid != os.getpid():
                one.kill()
                n_killed += 1
        except psutil.Error:
            continue  # it has ended, or is another user's
    return n_killed


def exit_reason(code: int) -> str:
    """What an exit code says, in words."""
    if code < -1:
        name = signal.Signals(-code).name if -code in signal.Signals.__members__.values() else str(-code)
        extra = " (the kernel kills so when memory is out)" if code == -signal.SIGKILL else ""
        return f"was killed by {name}{extra}"
    return "died" if code == -1 else f"ended with exit code {code}"


def _name(process: ProcessId) -> str:
    return f"{process.pid}-{process.start_time:.3f}"


@lru_cache(maxsize=1)
def host() -> str:
    """Name of this machine."""
    return socket.gethostname()


@lru_cache(maxsize=1)
def boot_id() -> str:
    """This boot and pid namespace."""
    kernel = PROC / "sys/kernel/random/boot_id"
    if kernel.exists():
        return f"{kernel.read_text().strip()}/{(PROC / 'self/ns/pid').readlink()}"
    import psutil

    return f"{psutil.boot_time():.0f}/"


def _start_time(pid: int) -> float | None:
    if not PROC.exists():
        return _start_time_elsewhere(pid)
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The name may hold blanks and brackets: fields are counted after the last bracket.
    state, *fields = text.rpartition(")")[2].split()
    return None if state in ("Z", "X") else float(fields[18])


def _start_time_elsewhere(pid: int) -> float | None:
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.Error:
        return None
