"""Bytes and text of a file from outside: only from something that ends, never more than a limit, UTF-8 or UTF-16."""

import os
import select
import stat
import time
from pathlib import Path

from model.boundary.refusal import Refusal

PIPE_SECONDS = 10.0
"""A pipe (``<(sed …)``) into which nobody writes for so long is given up."""

CHUNK = 2**20
"""Bytes read at once."""

MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
"""Byte order marks: editors and shells on Windows begin files with one."""


def read_bytes(path: Path, *, limit: int, refusal: Refusal) -> bytes:
    """Read a whole file, or what a pipe brings.

    Args:
        path: Where.
        limit: Most bytes to take.
        refusal: The exception of who reads.

    Raises:
        Exception: The refusal, when there is no such file, it is no file, cannot be read, or is larger than the limit.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISFIFO(mode):
            data = _drain(path, limit, refusal)
        elif stat.S_ISREG(mode):
            with path.open("rb") as file:
                data = file.read(limit + 1)
        else:
            raise refusal(f"{path} must be a file, got a {_kind(mode)}", "")
    except (FileNotFoundError, NotADirectoryError):
        raise refusal(f"{path} must be a file, got no file of that name", "") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise refusal(f"{path} must be a readable file: {told}", "") from None
    if len(data) > limit:
        raise refusal(f"{path} must not be larger than {size_text(limit)}", "Is this the right file?")
    return data


def read_text(path: Path, *, limit: int, refusal: Refusal) -> str:
    """Read a whole text file.

    Raises:
        Exception: The refusal, as of `read_bytes`, and with the line where the bytes stop being text.
    """
    return decode(read_bytes(path, limit=limit, refusal=refusal), str(path), refusal)


def decode(data: bytes, source: str, refusal: Refusal) -> str:
    """Text of bytes: UTF-8, or UTF-16 where a byte order mark says so; the mark is dropped, line ends are line feeds.

    Raises:
        Exception: The refusal, with the line of the first byte that is no text.
    """
    mark, coding = next(((mark, coding) for mark, coding in MARKS if data.startswith(mark)), (b"", "utf-8"))
    try:
        text = data[len(mark) :].decode(coding)
    except UnicodeDecodeError as error:
        before = data[len(mark) :][: error.start].decode(coding, errors="replace")
        line = before.count("\n") + 1
        byte = data[len(mark) + error.start]
        raise refusal(
            f"{source}, line {line}: text must be UTF-8, got byte 0x{byte:02x}", "save the file as UTF-8"
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def size_text(n_bytes: int) -> str:
    """A number of bytes as a person reads it."""
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if n_bytes >= size:
            return f"{n_bytes / size:.4g} {unit}"
    return f"{n_bytes} bytes"


def _drain(path: Path, limit: int, refusal: Refusal) -> bytes:
    """What writers put into a pipe until the last one closes it.

    Raises:
        Exception: The refusal, when nobody writes.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        parts: list[bytes] = []
        n, has_begun, end = 0, False, time.monotonic() + PIPE_SECONDS
        while n <= limit:
            ready, _, _ = select.select([handle], [], [], 0.05)
            part = os.read(handle, CHUNK) if ready else None
            if part:
                parts.append(part)
                n, has_begun, end = n + len(part), True, time.monotonic() + PIPE_SECONDS
            elif part == b"" and has_begun:
                break  # the last writer has closed it
            elif time.monotonic() > end:
                raise refusal(f"{path} must bring text: nothing was written to the pipe for {PIPE_SECONDS:.0f} s", "")
            elif part == b"":
                time.sleep(0.02)  # no writer has opened it so far
        return b"".join(parts)
    finally:
        os.close(handle)


def _kind(mode: int) -> str:
    tests = ((stat.S_ISDIR, "folder"), (stat.S_ISCHR, "device"), (stat.S_ISBLK, "device"), (stat.S_ISSOCK, "socket"))
    return next((name for is_kind, name in tests if is_kind(mode)), "special file")
