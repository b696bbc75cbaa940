"""The process of a command: started in its own group, read piece by piece, ended with all it started."""

import io
import os
import queue
import signal
import subprocess
import termios
import threading
import tty
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from engine.environment import person_umask
from engine.errors import EngineError
from engine.metric_sources.output import Piece, pieces_of
from engine.metric_sources.reading import Stream
from engine.processes import end_marked

MARK = "TRIMTAB_COMMAND"
"""Variable by which everything that a command started is known as its own."""

TERMINAL_SIZE = (50, 200)
"""Rows and columns of the terminal of a command with ``tty: true``: wide, so that no line of a report is cut."""

END_SECONDS = 5.0
"""What a command gets to end by itself after SIGTERM; shorter than what its worker gets, which is killed then."""

N_WAITING = 64
"""Pieces that wait to be read, at most: a command that prints faster than it is read is held up, as by a terminal, and
takes no memory here."""


class Pieces(queue.Queue[Piece | None]):
    """Pieces of both streams, None at the end of each; bounded, so whoever writes waits for whoever reads."""

    def __init__(self) -> None:
        super().__init__(N_WAITING)
        self._closed = threading.Event()

    def offer(self, piece: Piece | None) -> None:
        """Add a piece as soon as there is room; after `close` nobody waits."""
        while not self._closed.is_set():
            with suppress(queue.Full):
                self.put(piece, timeout=0.5)
                return

    def wake(self, piece: Piece) -> None:
        """Add a piece if there is room: where there is none, the reader is awake."""
        with suppress(queue.Full):
            self.put_nowait(piece)

    def close(self) -> None:
        """Say that nobody reads any more."""
        self._closed.set()


def start_process(
    words: Sequence[str], folder: Path, env: Mapping[str, str], mark: str, *, is_tty: bool = False
) -> "subprocess.Popen[bytes]":
    """Start a command without a shell.

    Args:
        words: What is run.
        folder: Where.
        env: Its environment.
        mark: By which what it starts is known.
        is_tty: Whether its standard output is a terminal, for programs that buffer what goes to a pipe.

    Raises:
        EngineError: When it is no program that can be run.
    """
    reader, writer = _terminal() if is_tty else (-1, subprocess.PIPE)
    try:
        process = subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            umask=person_umask(),
            env={"PYTHONUNBUFFERED": "1", **env, MARK: mark},
        )
    except (OSError, ValueError) as error:
        if is_tty:
            os.close(reader)
        why = error.strerror if isinstance(error, OSError) else error
        raise EngineError(f"the command must be a program that can be run, got {words[0]!r}: {why}") from None
    finally:
        if is_tty:
            os.close(writer)
    if is_tty:
        process.stdout = _TerminalOutput(reader)
    return process


class _TerminalOutput(io.FileIO):
    """Our end of a pseudo-terminal; that the other end is closed reads as an error there."""

    def read(self, size: int | None = -1, /) -> bytes:
        try:
            return super().read(-1 if size is None else size) or b""
        except OSError:
            return b""


def _terminal() -> tuple[int, int]:
    """(end to read from, end for a command) of a pseudo-terminal that changes nothing of what is written."""
    reader, writer = os.openpty()
    tty.setraw(writer)
    termios.tcsetwinsize(writer, TERMINAL_SIZE)
    return reader, writer


def read_pieces(process: "subprocess.Popen[bytes]") -> Pieces:
    """Both outputs piece by piece, each read by a thread: one of them full would stop the command."""
    pieces = Pieces()

    def pump(name: Stream, stream: IO[bytes]) -> None:
        with stream, suppress(OSError):  # how the end of a pseudo-terminal reads
            for piece in pieces_of(name, stream):
                pieces.offer(piece)
        pieces.offer(None)

    assert process.stdout is not None
    assert process.stderr is not None
    streams: tuple[tuple[Stream, IO[bytes]], ...] = (("out", process.stdout), ("err", process.stderr))
    for name, stream in streams:
        threading.Thread(target=pump, args=(name, stream), name=f"std{name}", daemon=True).start()
    return pieces


def end_process(process: "subprocess.Popen[bytes]", mark: str) -> None:
    """End the command and what it started in its process group: politely, then not.

    Also after it has ended by itself: what it left would train on beside the next trial. One that is ended takes along
    what made a session of its own, too. A second wish to end, which raises in the middle of the wait, leaves nothing
    running either.
    """
    is_cut_short = process.poll() is None
    try:
        if is_cut_short:
            signal_group(process, signal.SIGTERM)
            process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        signal_group(process, signal.SIGKILL)
        process.wait()
        if is_cut_short:
            end_marked(MARK, mark)


def signal_group(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """Send a signal to the command's process group, where there is one left."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
