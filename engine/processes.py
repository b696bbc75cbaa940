"""Which process is which, across pid reuse, reboots and machines: known by machine, boot, pid and start time.

A host's name says nothing: two rented machines are often called the same, and one machine is renamed.
"""

import hashlib
import os
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

PROC = Path("/proc")

MACHINE_IDS = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))

MARK = "TRIMTAB_STARTED_BY"
"""Variable that names the marked process among the ancestors of another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessId:
    """A process, named so that no other one ever has the same name.

    Attributes:
        host: Name of the machine, only to be shown.
        boot_id: ``boot/namespace/machine``: the kernel's boot id, the pid namespace (two containers on one machine do
            not see each other's pids) and a digest of the machine id. Rows of older versions lack the machine.
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
    """Whether a process lives; None where that cannot be seen from here (another machine, boot or pid namespace).

    All that is known of a machine must agree: an image that was copied, or resumed from a snapshot, shares the rest.
    """
    boot, namespace, machine = _parts(process.boot_id)
    here_boot, here_namespace, here_machine = _parts(boot_id())
    is_here = process.host == host() and boot == here_boot and namespace == here_namespace
    if not is_here or (machine and here_machine and machine != here_machine):
        return None
    return _start_time(process.pid) == process.start_time


def is_before_reboot(process: ProcessId, seconds_ago: float) -> bool:
    """Whether a process said its last word before this very machine started again, so that it cannot live.

    Args:
        process: It may be of another boot.
        seconds_ago: When it was heard of last. A copy of this machine that runs elsewhere is heard of later.
    """
    boot, _, machine = _parts(process.boot_id)
    here_boot, _, here_machine = _parts(boot_id())
    is_here = bool(machine) and machine == here_machine and process.host == host()
    return is_here and boot != here_boot and seconds_ago > _uptime()


def is_stopped(process: ProcessId) -> bool:
    """Whether a living process of this machine is stopped (SIGSTOP, a debugger), so that it does nothing."""
    if is_alive(process) is not True or not PROC.exists():
        return False
    try:
        text = (PROC / str(process.pid) / "stat").read_text(errors="replace")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] in ("T", "t")


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
    """This boot, pid namespace and machine."""
    kernel = PROC / "sys/kernel/random/boot_id"
    if kernel.exists():
        return f"{kernel.read_text().strip()}/{(PROC / 'self/ns/pid').readlink()}/{_machine()}"
    import psutil

    return f"{psutil.boot_time():.0f}@{host()}//{_machine()}"


def _machine() -> str:
    """A digest of the machine id, which is not to be shown to others; empty where the machine has none."""
    for path in MACHINE_IDS:
        with suppress(OSError):
            if text := path.read_text().strip():
                return hashlib.sha256(f"trimtab {text}".encode()).hexdigest()[:16]
    return ""


def _parts(identity: str) -> tuple[str, str, str]:
    """(boot, namespace, machine) of a boot id; the namespace may hold no slash."""
    boot, _, rest = identity.partition("/")
    namespace, _, machine = rest.partition("/")
    return boot, namespace, machine


def _uptime() -> float:
    """Seconds since this machine started, suspended ones included."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


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
