"""How a reader or writer of the boundary says no: with the exception of the package that asked."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Refusal = Callable[[str, str], Exception]
"""Makes an exception from what must hold and what to do, as `EngineError` and `ModelError` are made."""


@contextmanager
def about(source: str, refusal: Refusal, known: type[Exception]) -> Iterator[None]:
    """Put the name of a file before refusals that do not say it.

    Raises:
        Exception: The refusal.
    """
    try:
        yield
    except known as error:
        message = str(getattr(error, "message", error))
        if source in message:
            raise
        raise refusal(f"{source}: {message}", str(getattr(error, "hint", ""))) from error


@contextmanager
def unforeseen_refused(
    source: str, wanted: str, refusal: Refusal, known: type[Exception] | tuple[type[Exception], ...]
) -> Iterator[None]:
    """A net below a reader: whatever nobody thought of becomes a sentence about the file, not a traceback.

    With ``TRIMTAB_DEBUG`` set it is off, so that tests and people who look for the cause see it.

    Args:
        source: The file.
        wanted: What the file must be, as in ``a thread file``.
        refusal: The exception of who reads.
        known: What the reader raises on purpose; it passes.

    Raises:
        Exception: The refusal.
    """
    try:
        yield
    except known:
        raise
    except Exception as error:
        if os.environ.get("TRIMTAB_DEBUG"):
            raise
        told = " ".join(str(error).split())[:200]
        raise refusal(
            f"{source} must be {wanted}, reading it ended in {type(error).__name__}: {told}",
            "TRIMTAB_DEBUG=1 shows where",
        ) from error
