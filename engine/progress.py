"""How far a long call of the engine is, told to whoever watches it and may call it off.

Functions that can take long say so by `step`; without a watcher that costs a look at a variable. A call inside a
transaction that is called off leaves the store as it was.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

Watcher = Callable[[str, int, int], None]
"""What is told: what is being done, how many of it are done, of how many (0 where that is not known)."""

ROWS = 1000
"""Rows read between two steps."""

_WATCHER: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


class CalledOff(Exception):  # noqa: N818 - nothing is wrong when someone changes their mind
    """A watcher raises it in the call it watches; nothing was changed."""


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Let a watcher follow every step of the calls made inside, in this thread.

    Args:
        watcher: Is called at each step, in the thread that works; raises `CalledOff` to end the call.
    """
    token = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(token)


def step(doing: str, done: int = 0, total: int = 0) -> None:
    """Say what is being done.

    Args:
        doing: A present participle and its object, ``reading trials``.
        done: How many of it are done.
        total: Of how many; 0 where that is not known.

    Raises:
        CalledOff: When the watcher does not want the rest.
    """
    watcher = _WATCHER.get()
    if watcher is not None:
        watcher(doing, done, total)


def stepping(rows: Iterable[T], doing: str) -> Iterator[T]:
    """Rows as they come, with a step before the first and after every thousandth."""
    for done, row in enumerate(rows):
        if done % ROWS == 0:
            step(doing, done)
        yield row
