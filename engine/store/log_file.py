"""Logs of trials and workers: bounded, both ends kept, and no reason for a training to fail.

A script may print without end, and the disk may be full. The first lines say how it began and the last ones how it
ended; what is left out between them is counted.
"""

import io
import os
import re
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

MAX_BYTES = 16 << 20
"""A log that has grown to this size is shortened; so much of the disk a log takes at most."""

HEAD_BYTES = 1 << 20
"""What is kept of its beginning."""

TAIL_BYTES = 4 << 20
"""What is kept of its end."""

MAX_LINE = 1 << 16
"""Bytes of one line; the middle of a longer one is left out."""


class LogFile:
    """Lines appended to a file that never grows beyond `MAX_BYTES`.

    Args:
        path: The file; appended to.

    Raises:
        OSError: When it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file: Any = path.open("ab", buffering=0)
        self._size = self._file.tell()
        self._n_unwritten = 0

    def write(self, line: str) -> None:
        """Append one line; where the disk refuses it the line is counted, and the count is written later."""
        data = cut_line(line.encode(errors="backslashreplace")) + b"\n"
        with self._lock:
            if self._file is None:
                return
            if self._n_unwritten:
                data = f"… {self._n_unwritten} lines could not be written\n".encode() + data
            try:
                self._size += self._file.write(data)
            except OSError:
                self._n_unwritten += 1
                return
            self._n_unwritten = 0
            if self._size > MAX_BYTES:
                with suppress(OSError):
                    self._size = shorten(self._path)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
            self._file = None


_NOTE = re.compile("… ([0-9]+) bytes left out …\n".encode())
"""What stands where the middle of a file was."""


class ForgivingOutput(io.RawIOBase):
    """Standard output or error of a process whose disk may be full: what the disk refuses is dropped.

    Args:
        descriptor: Of the open file.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor

    def writable(self) -> bool:
        """As a file opened for writing."""
        return True

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def write(self, data: Any) -> int:
        """Write as much as the disk takes; says that all was written."""
        view = memoryview(data).cast("B")
        done = 0
        with suppress(OSError):
            while done < len(view):
                done += os.write(self._descriptor, view[done:])
        return len(view)


def forgive_full_disk() -> None:
    """Let this process's standard output and error outlive a full disk: a print in a training must not end it."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        raw = ForgivingOutput(stream.fileno())
        setattr(sys, name, io.TextIOWrapper(io.BufferedWriter(raw, 1), "utf-8", "backslashreplace", write_through=True))


def cut_line(line: bytes) -> bytes:
    """A line of at most `MAX_LINE` bytes and a note, both its ends kept."""
    if len(line) <= MAX_LINE:
        return line
    half = MAX_LINE // 2
    return line[:half] + f" … {len(line) - 2 * half} bytes left out … ".encode() + line[-half:]


def bound_log(path: Path) -> None:
    """Shorten a log that another process writes, once it has grown too long; where that is refused, leave it."""
    with suppress(OSError):
        if path.stat().st_size > MAX_BYTES:
            shorten(path)


def shorten(path: Path) -> int:
    """Cut the middle out of a file in place, so that no more disk is needed; its size afterwards.

    Others may have it open to append: what they write goes on at the new end.
    """
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        if size <= HEAD_BYTES + TAIL_BYTES:
            return size
        file.seek(HEAD_BYTES)
        begin = HEAD_BYTES + len(file.readline(MAX_LINE))
        file.seek(size - TAIL_BYTES)
        file.readline(MAX_LINE)
        end = file.tell()
        tail = file.read()
        file.seek(begin)
        earlier = _NOTE.match(file.readline(MAX_LINE))
        n_left_out = end - begin - (len(earlier[0]) - int(earlier[1]) if earlier else 0)
        note = f"… {n_left_out} bytes left out …\n".encode()
        position = begin + len(note)
        file.seek(begin)
        file.write(note + tail)
        file.truncate(position + len(tail))
        return position + len(tail)
