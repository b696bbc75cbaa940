"""Standard output and errors that cannot fail over a letter and obey no text: what the command line prints through.

A letter that the stream's encoding lacks becomes its nearest one in ASCII; control characters become visible signs.
Rich draws with escape sequences of its own and writes past the second rule, by the attribute under which rich looks for
the stream behind a stream; `model.boundary.console` applies the rule to each piece of text instead.
"""

import codecs
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from model.boundary.ascii_letters import to_ascii
from model.boundary.text import HIDDEN, visible

NEAREST = "trimtab-nearest"
"""Name of the error handler that writes the nearest ASCII letter."""

LINE_ENDS = "\n\t\r"
"""Control characters that stand in what the command line prints by itself."""


@contextmanager
def safe_streams(*, ascii_only: bool = False) -> Iterator[None]:
    """Inside, ``sys.stdout`` and ``sys.stderr`` take any text.

    Args:
        ascii_only: Print ASCII only, whatever the terminal takes.
    """
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (
        cast(TextIO, one if isinstance(one, VisibleStream) and not ascii_only else VisibleStream(one, ascii_only))
        for one in before
    )
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class EncodableStream:
    """A text stream that writes every text: letters that it cannot encode become their nearest in ASCII."""

    def __init__(self, stream: Any, ascii_only: bool = False) -> None:
        self._stream = stream
        self._ascii_only = ascii_only
        self._encoding = getattr(stream, "encoding", None) or "utf-8"

    @property
    def takes_unicode(self) -> bool:
        """Whether any letter may be printed as it is."""
        return not self._ascii_only and self._encoding.lower().replace("-", "").startswith("utf")

    def write(self, text: str) -> int:
        """Write a text."""
        if self._ascii_only:
            text = to_ascii(text)
        elif not text.isascii():
            text = text.encode(self._encoding, NEAREST).decode(self._encoding)
        self._stream.write(text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class VisibleStream(EncodableStream):
    """An encodable stream that shows control characters in place of obeying them.

    Attributes:
        rich_proxied_file: Where rich writes, whose console has made its texts visible.
        encoding: What others may assume of it: it takes everything.
    """

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, stream: Any, ascii_only: bool = False) -> None:
        super().__init__(stream, ascii_only)
        self.rich_proxied_file = EncodableStream(stream, ascii_only)

    def write(self, text: str) -> int:
        """Write a text, its control characters visible."""
        return super().write(visible(text, keep=LINE_ENDS))


def json_text(content: Any, stream: Any = None, **options: Any) -> str:
    r"""JSON that any stream and terminal takes unchanged: what one might obey or lack is written as ``\uXXXX``.

    Args:
        content: Plain values.
        stream: Where it will be printed; ``sys.stdout`` where None.
        options: Of `json.dumps`.
    """
    takes = getattr(sys.stdout if stream is None else stream, "takes_unicode", True)
    text = json.dumps(content, ensure_ascii=not takes, **options)
    return HIDDEN.sub(lambda found: found[0] if found[0] in LINE_ENDS else _escaped(found[0]), text)


def _escaped(character: str) -> str:
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return to_ascii(visible(error.object[error.start : error.end])), error.end


codecs.register_error(NEAREST, _nearest)
