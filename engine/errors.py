"""The one exception of the engine package that speaks to a person."""

import errno

from engine.secrets import masked_text


class EngineError(Exception):
    """Something a person can put right.

    Attributes:
        message: What must hold and what was given.
        hint: What to do about it; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(masked_text(message))
        self.message = masked_text(message)
        self.hint = masked_text(hint)

    def __str__(self) -> str:
        return f"{self.message} – {self.hint}" if self.hint else self.message


def unusable_file(error: OSError) -> EngineError:
    """What an operating system refuses, as something a person can put right."""
    if error.errno == errno.ENOSPC:
        where = f", got {error.filename}: it is full" if error.filename else ", it is full"
        return EngineError(f"the disk must have room{where}", "make room and try again; what was stored is kept")
    told = error.strerror or type(error).__name__
    if not error.filename:
        return EngineError(f"the operating system must allow it, got: {told}")
    return EngineError(f"a file or folder must be usable, got {error.filename}: {told}", "see its rights and its disk")
