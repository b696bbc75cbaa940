"""The installed command in a real pseudo-terminal: what it sends is counted and drawn as a terminal would."""

import contextlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pyte

ROOT = Path(__file__).resolve().parents[2]


class TerminalSession:
    """One run of ``trimtab`` in a pseudo-terminal.

    Attributes:
        n_bytes: Bytes it sent so far.
        sent: All that it sent, where it is kept.
    """

    def __init__(
        self, *arguments: str, cwd: Path, size: tuple[int, int] = (80, 24), before: str = "",
        keep: bool = False, **environment: str,
    ) -> None:  # fmt: skip
        columns, rows = size
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.n_bytes = 0
        self.sent, self._keep = "", keep
        own = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        command = f"{before}exec {sys.executable} -m tui {' '.join(arguments)}"
        self.child = pexpect.spawn(
            "/bin/sh", ["-c", command], cwd=str(cwd), dimensions=(rows, columns),
            env={**os.environ, **own, **environment}, timeout=10,
        )  # fmt: skip

    def drain(self, seconds: float) -> int:
        """Read for a while; how many bytes came."""
        before, until = self.n_bytes, time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                data = self.child.read_nonblocking(65536, timeout=0.05)
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                break
            self.n_bytes += len(data)
            self._stream.feed(data)
            self.sent += data.decode(errors="replace") if self._keep else ""
        return self.n_bytes - before

    def rest(self, seconds: float = 1.5) -> None:
        """Read until nothing has come for so long."""
        while self.drain(seconds):
            pass

    @property
    def text(self) -> str:
        """What the terminal shows."""
        return "\n".join(row.rstrip() for row in self.screen.display)

    def until(self, condition: str | Callable[[str], bool], seconds: float = 120.0) -> str:
        """Read until a text is shown or a condition on what is shown holds.

        Raises:
            AssertionError: When it never is, with what is shown instead.
        """
        holds = (lambda shown: condition in shown) if isinstance(condition, str) else condition
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.drain(0.1)
            if holds(self.text):
                return self.text
            if not self.child.isalive():
                self.drain(0.2)
                break
        raise AssertionError(f"never shown: {condition}\n{self.text}")

    def press(self, *keys: str) -> None:
        """Type; each key is read before the next, as from a person."""
        names = {
            "enter": "\r",
            "escape": "\x1b",
            "tab": "\t",
            "space": " ",
            "right": "\x1b[C",
            "left": "\x1b[D",
            "ctrl+r": "\x12",
        }
        for key in keys:
            self.child.send(names.get(key, key))
            self.drain(0.15 if key != "escape" else 0.4)

    def close(self) -> None:
        """End it; a test may have closed the terminal before."""
        with contextlib.suppress(OSError, pexpect.ExceptionPexpect):
            self.child.close(force=True)
