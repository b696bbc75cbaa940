"""What background threads tell the interface: past-tense facts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textual.message import Message


@dataclass
class StoreChanged(Message):
    """Something in the store is new; only the latest matters."""

    cursor: int

    def can_replace(self, message: Message) -> bool:
        """A later change stands for all earlier ones."""
        return isinstance(message, StoreChanged)


@dataclass
class StoreLost(Message):
    """The store cannot be read at the moment."""

    problem: str

    def can_replace(self, message: Message) -> bool:
        """One notice is enough."""
        return isinstance(message, StoreLost)


@dataclass
class Fetched(Message):
    """A call to the engine ended in a worker thread; ``problem`` is None when it succeeded."""

    group: str
    serial: int
    value: Any
    problem: Exception | None
    then: Callable[[Any], object]


@dataclass
class BackgroundTold(Message):
    """The terminal said whether its background is dark."""

    is_dark: bool
