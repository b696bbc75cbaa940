"""A command's output as a terminal would show it: lines, and lines that are rewritten, such as progress bars."""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from engine.metric_sources.reading import MetricSource, Reading, Stream
from engine.metric_sources.terminal_text import plain_text

LONGEST_LINE = 256 * 1024
"""Characters of a line after which it is taken in parts."""

_END = re.compile(r"\r\n|\n|\r(?=.)", re.DOTALL)
"""Ends of pieces; a carriage return that came last may be half of a line end."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands between two line ends or carriage returns.

    Attributes:
        stream: Where it was written.
        text: Without its end; empty for a sign of life: something came, but no end.
        is_rewritten: Whether a carriage return followed: on a terminal what comes next stands in its place.
        is_alive: Whether this is a sign of life only.
    """

    stream: Stream
    text: str
    is_rewritten: bool = False
    is_alive: bool = False


class OutputReader:
    """What a source finds in pieces of output; on a line that is rewritten the last state of an epoch counts."""

    def __init__(self, source: MetricSource) -> None:
        self._source = source
        self._held: dict[Stream, list[Reading]] = {}

    def read(self, piece: Piece) -> tuple[list[Reading], list[Reading]]:
        """(what the piece itself says, what may be counted now).

        The readings of a line that is rewritten wait for what takes their place.
        """
        said = [] if piece.is_alive else list(self._source.read_line(plain_text(piece.text), piece.stream))
        held = self._held.pop(piece.stream, [])
        if not said and (piece.is_rewritten or piece.is_alive):
            if held:
                self._held[piece.stream] = held
            return said, []
        when = {(reading.epoch, reading.step) for reading in said}
        released = [reading for reading in held if (reading.epoch, reading.step) not in when]
        if piece.is_rewritten:
            self._held[piece.stream] = said
            return said, released
        return said, released + said

    def rest(self) -> Sequence[Reading]:
        """What was held back when the output ended."""
        return [reading for stream in list(self._held) for reading in self._held.pop(stream)]


def pieces_of(name: Stream, stream: IO[bytes]) -> Iterator[Piece]:
    """The pieces of a stream as they come, decoded; bytes that are no UTF-8 are replaced."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    while chunk := stream.read(64 * 1024):
        text = rest + decoder.decode(chunk)
        at = 0
        for end in _END.finditer(text, max(0, len(rest) - 1)):
            yield Piece(name, text[at : end.start()], is_rewritten=end.group() == "\r")
            at = end.end()
        rest = text[at:]
        if len(rest) > LONGEST_LINE:
            yield Piece(name, rest)
            rest = ""
        elif at == 0:
            yield Piece(name, "", is_alive=True)
    if rest := rest + decoder.decode(b"", final=True):
        yield Piece(name, rest.removesuffix("\r"))
