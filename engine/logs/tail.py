"""The last lines of a log, in bounded time and memory, however long the log or one of its lines is."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

BLOCK = 1 << 20
"""Bytes that are searched for line ends at once."""

MAX_SEARCHED = 1 << 28
"""Bytes that are searched at most; a log keeps below it, and a line end further back is not worth the wait."""

MAX_LINE = 1 << 13
"""Bytes of a line that are shown; of a longer one both ends are."""

ENDS = (b"\n", b"\r")
"""Progress bars end lines by a carriage return."""


def last_lines(path: Path, n_lines: int) -> list[str]:
    """The last lines of a file, of long ones both ends; none where there is no file.

    Raises:
        OSError: When it cannot be read.
    """
    try:
        with path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            ends = _line_ends(log, size, n_lines + 1)
            starts = [0, *(end for _, end in ends)] if len(ends) <= n_lines else [end for _, end in ends]
            stops = [begin for begin, _ in ends if begin >= starts[0]] + [size]
            spans = list(zip(starts, stops, strict=True))
            if spans[-1] == (size, size):  # what follows the last line end is no line
                spans.pop()
            return [_line(log, start, stop) for start, stop in spans[-n_lines:]] if n_lines > 0 else []
    except FileNotFoundError:
        return []


def _line_ends(log: BinaryIO, size: int, n_ends: int) -> list[tuple[int, int]]:
    """(begin, end) of the last line ends, in their order; both characters of Windows are one."""
    found: list[tuple[int, int]] = []  # the last one first
    position, newline_at = size, -1
    while position > max(0, size - MAX_SEARCHED) and len(found) <= n_ends:
        begin = max(0, position - BLOCK)
        log.seek(begin)
        block = log.read(position - begin)
        for offset in sorted((one for end in ENDS for one in _positions(block, end)), reverse=True):
            at = begin + offset
            is_return = block[offset] == ENDS[1][0]
            if is_return and at + 1 == newline_at:
                found[-1] = (at, at + 2)
            else:
                found.append((at, at + 1))
            newline_at = -1 if is_return else at
        position = begin
    return found[:n_ends][::-1]


def _positions(block: bytes, end: bytes) -> Iterator[int]:
    at = block.find(end)
    while at >= 0:
        yield at
        at = block.find(end, at + 1)


def _line(log: BinaryIO, start: int, stop: int) -> str:
    log.seek(start)
    if stop - start <= MAX_LINE:
        return log.read(stop - start).decode(errors="replace")
    half = MAX_LINE // 2
    head = log.read(half).decode(errors="replace")
    log.seek(stop - half)
    return f"{head} … {stop - start - 2 * half:,} bytes left out … {log.read(half).decode(errors='replace')}"
