"""Pages of a log by byte offset: any place of a file of any size is read in the time its page takes.

A line ends at a line feed. Of what a progress bar wrote into one line, by carriage returns, the last state counts, as
on a terminal.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from engine.progress import step

BLOCK = 1 << 13
"""Bytes read at once."""

SEARCH_BLOCK = 1 << 22
"""Bytes searched at once."""

MAX_LINE = 1 << 13
"""Bytes of a line that are shown; of a longer one both ends are, of a progress bar the last."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a log.

    Attributes:
        start: Offset of its first byte.
        end: Offset behind its line feed.
        text: What it says, without line end.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """Consecutive lines of a log.

    Attributes:
        lines: In order; none of an empty file.
        size: Bytes of the file when it was read.
    """

    lines: tuple[LogLine, ...] = ()
    size: int = 0

    @property
    def is_first(self) -> bool:
        """Whether nothing comes before it."""
        return not self.lines or self.lines[0].start == 0

    @property
    def is_last(self) -> bool:
        """Whether nothing comes behind it."""
        return not self.lines or self.lines[-1].end >= self.size


def read_page(path: Path, offset: int, n_before: int, n_after: int) -> LogPage:
    """Lines around an offset; an empty page where there is no file.

    Args:
        path: The log.
        offset: Of any byte; the line that holds it is the first of those after. Beyond the end it is the end.
        n_before: Lines before that one, at most.
        n_after: Lines from that one on, at most.

    Raises:
        OSError: When it cannot be read.
    """
    try:
        with path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            here = _start_of_line(log, min(max(offset, 0), size))
            starts = [here]
            while len(starts) <= n_before and starts[0] > 0:
                starts.insert(0, _start_of_line(log, starts[0] - 1))
            position = here
            spans = list(pairwise(starts))
            for _ in range(n_after):
                if position >= size:
                    break
                end = _end_of_line(log, position, size)
                spans.append((position, end))
                position = end
            return LogPage(tuple(LogLine(start, end, _text(log, start, end)) for start, end in spans), size)
    except FileNotFoundError:
        return LogPage()


def find_line(path: Path, text: str, offset: int, *, forward: bool = True) -> int | None:
    """Offset of the next line that contains a text, in any case unless the text has capitals; None for none.

    Args:
        path: The log.
        text: What is looked for, without line ends.
        offset: Where to begin: forward from the line that begins here, backward in the lines that end before.
        forward: Towards the end, or towards the beginning.

    Raises:
        OSError: When it cannot be read.
        CalledOff: As `engine.progress.step`.
    """
    wanted = text.encode()
    fold: Callable[[bytes], bytes] = bytes.lower if text == text.lower() else bytes
    if not wanted:
        return None
    try:
        with path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            offset = min(max(offset, 0), size)
            begin = offset if forward else max(offset - SEARCH_BLOCK, 0)
            while begin < size if forward else offset > 0:
                step("searching the log", begin if forward else size - offset, size)
                stop = min(begin + SEARCH_BLOCK, size) if forward else offset
                reach = min(stop + len(wanted) - 1, size if forward else offset)
                log.seek(begin)
                block = fold(log.read(reach - begin))
                at = block.find(wanted) if forward else block.rfind(wanted)
                if at >= 0:
                    return _start_of_line(log, begin + at)
                if forward:
                    begin = stop
                else:
                    offset = begin + min(len(wanted) - 1, begin) if begin else 0
                    begin = max(begin - SEARCH_BLOCK, 0)
    except FileNotFoundError:
        pass
    return None


def _start_of_line(log: BinaryIO, offset: int) -> int:
    """Where the line that holds a byte begins; at the end of the file, the end or the begin of an unfinished line."""
    stop = offset
    while stop > 0:
        begin = max(stop - BLOCK, 0)
        log.seek(begin)
        at = log.read(stop - begin).rfind(b"\n")
        if at >= 0:
            return begin + at + 1
        stop = begin
    return 0


def _end_of_line(log: BinaryIO, offset: int, size: int) -> int:
    position = offset
    while position < size:
        log.seek(position)
        block = log.read(BLOCK)
        at = block.find(b"\n")
        if at >= 0:
            return position + at + 1
        position += len(block)
        if not block:
            break
    return size


def _text(log: BinaryIO, start: int, end: int) -> str:
    log.seek(start)
    if end - start <= MAX_LINE:
        return _last_state(log.read(end - start)).decode(errors="replace")
    head = log.read(MAX_LINE // 2)
    log.seek(end - MAX_LINE // 2)
    tail = log.read(MAX_LINE // 2)
    if b"\r" in tail.rstrip(b"\r\n"):
        return _last_state(tail).decode(errors="replace")
    n_left_out = end - start - len(head) - len(tail)
    told = tail.rstrip(b"\r\n").decode(errors="replace")
    return f"{head.decode(errors='replace')} … {n_left_out:,} bytes left out … {told}"


def _last_state(written: bytes) -> bytes:
    return written.rstrip(b"\r\n").rpartition(b"\r")[2]
