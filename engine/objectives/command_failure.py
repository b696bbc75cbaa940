"""Why a command failed, in its own words: the exception line first, then its last lines of stderr, whole."""

import re
import signal
from collections import deque

from engine.errors import EngineError
from engine.metric_sources.reading import Stream
from engine.objectives.protocol import OutOfMemoryError
from engine.processes import exit_reason

N_LINES = 80
"""Lines of each stream that are kept for a failure: a long traceback."""

MAX_LINE = 4000
"""Characters of a line that are kept."""

KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)
"""Exit codes of a command that was killed from outside, itself or within its shell."""

EXCEPTION = re.compile(
    r"(?:[A-Za-z_][\w.]*\.)?[A-Za-z_]\w*(?:Error|Exception|Interrupt|Exit|Failure|OutOfMemory)\w*(?:: .*)?"
    r"|[\w./-]+: error: .*|(?:Error|ERROR|Fatal|FATAL|error)(?: in .*)?: .*|Segmentation fault.*|Killed"
)
"""A line that names what went wrong: the last line of a Python traceback, argparse's complaint, R's and a shell's."""

NOTHING_SAID = "it printed nothing"


class CommandFailedError(EngineError):
    """A command did not do what a trial needs.

    Attributes:
        details: What a person reads of it: the exception line, then the last lines of stderr.
    """

    def __init__(self, message: str, hint: str = "", *, details: str = "") -> None:
        super().__init__(message, hint)
        self.details = details


class CommandKilledError(CommandFailedError, OutOfMemoryError):
    """A command was killed from outside: nobody here did, the kernel does when memory is out."""


class LastLines:
    """The last lines of both streams of a command."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[str]] = {"out": deque(maxlen=N_LINES), "err": deque(maxlen=N_LINES)}

    def add(self, stream: Stream, text: str) -> None:
        """Keep a line."""
        if text.strip():
            half = MAX_LINE // 2
            self._lines[stream].append(text if len(text) <= MAX_LINE else f"{text[:half]} … {text[-half:]}")

    def failure(self, code: int) -> CommandFailedError:
        """The failure of a command that ended with this exit code."""
        how = f"exited with code {code}" if code >= 0 else exit_reason(code)
        line = self.exception_line or self._last
        message = f"Command {how}: {line}" if line else f"Command {how}, {NOTHING_SAID}"
        kind = CommandKilledError if code in KILLED else CommandFailedError
        return kind(message, details=self.details(line))

    def details(self, first: str = "") -> str:
        """A line that says what went wrong, then the last lines of stderr, or of stdout where there are none."""
        stream, name = ("err", "stderr") if self._lines["err"] else ("out", "stdout")
        last = "\n".join(self._lines[stream])
        return "\n".join(part for part in (first, f"Last lines of {name}:\n{last}" if last else "") if part)

    @property
    def exception_line(self) -> str:
        """The last line that names what went wrong; empty where none does."""
        for stream in ("err", "out"):
            for text in reversed(self._lines[stream]):
                if EXCEPTION.fullmatch(text.rstrip()):
                    return text.strip()
        return ""

    @property
    def _last(self) -> str:
        for stream in ("err", "out"):
            if self._lines[stream]:
                return self._lines[stream][-1].strip()
        return ""
