"""A program in a pseudo-terminal: what it sends, when, and what it costs; drawn only where a text is waited for."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pyte

TRIMTAB = str(Path(sys.executable).with_name("trimtab"))
"""The installed command."""

CURSOR = "▸".encode()
"""Every repainted row under the cursor holds it: the answer to a key that moves, whatever else is painted."""


def claim_processor(niceness: int) -> None:
    """Raise the priority of this process and of its session's group, on a machine that does other work; needs root."""
    if niceness:
        os.setpriority(os.PRIO_PROCESS, 0, niceness)
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(niceness))


class Terminal:
    """One run of a command in a pseudo-terminal of its own.

    Attributes:
        received: All bytes so far.
        started: `time.perf_counter` just before the process was made.
    """

    def __init__(
        self, command: Sequence[str], home: Path, size: tuple[int, int] = (120, 40), niceness: int = 0
    ) -> None:
        self.received = bytearray()
        self._screen = pyte.Screen(*size)
        self._stream, self._drawn = pyte.ByteStream(self._screen), 0
        environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TMUX")}
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "OMP_NUM_THREADS": "1"}
        environment |= {"XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config")}
        columns, rows = size
        self.started = time.perf_counter()
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            claim_processor(niceness)
            os.execve(command[0], list(command), environment)
        self.process = psutil.Process(self.pid)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, seconds: float) -> bytes:
        """What comes within some time; as soon as anything did."""
        if not select.select([self._descriptor], [], [], max(seconds, 0.0))[0]:
            return b""
        try:
            data = os.read(self._descriptor, 1 << 20)
        except OSError:
            return b""
        self.received += data
        return data

    def drain(self, seconds: float) -> int:
        """Read for some time; how many bytes came."""
        before, until = len(self.received), time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self.read(left)
        return len(self.received) - before

    def quiet(self, seconds: float = 0.4, patience: float = 30.0) -> None:
        """Read until nothing comes for some time."""
        end = time.perf_counter() + patience
        while time.perf_counter() < end and self.drain(seconds):
            pass

    def until(self, wanted: bytes, patience: float = 60.0, start: int = 0) -> float:
        """Seconds from now until the wanted bytes are among those from ``start`` on.

        Raises:
            TimeoutError: When they never come.
        """
        begin = time.perf_counter()
        while wanted not in self.received[start:]:
            if time.perf_counter() - begin > patience:
                raise TimeoutError(f"never sent: {wanted!r}; last bytes: {bytes(self.received[-800:])!r}")
            self.read(0.2)
        return time.perf_counter() - begin

    def until_shown(self, wanted: str, patience: float = 60.0) -> None:
        """Read until the terminal shows a text.

        Raises:
            TimeoutError: When it never does.
        """
        end = time.perf_counter() + patience
        while wanted not in self.shown:
            if time.perf_counter() > end:
                raise TimeoutError(f"never shown: {wanted!r}\n{self.shown}")
            self.read(0.2)

    @property
    def shown(self) -> str:
        """What the terminal shows."""
        self._stream.feed(bytes(self.received[self._drawn :]))
        self._drawn = len(self.received)
        return "\n".join(row.rstrip() for row in self._screen.display)

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self._descriptor, keys.encode())

    def press(self, key: str, wanted: bytes = CURSOR, patience: float = 5.0) -> float:
        """Seconds from a key to the frame that answers it."""
        start = len(self.received)
        self.send(key)
        return self.until(wanted, patience, start)

    def cpu(self) -> float:
        """CPU seconds used so far, of all threads."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> tuple[float, float]:
        """RSS and PSS in MB (2 ** 20 bytes)."""
        full = self.process.memory_full_info()
        return full.rss / 2**20, full.pss / 2**20

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        with contextlib.suppress(OSError):
            os.close(self._descriptor)
