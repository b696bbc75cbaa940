"""A memory with a budget in bytes: what was used longest ago goes first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar, runtime_checkable


@runtime_checkable
class Weighed(Protocol):
    """Anything that knows its memory."""

    @property
    def n_bytes(self) -> int:
        """Bytes held."""
        ...


Value = TypeVar("Value", bound=Weighed)


class Memo(Generic[Value]):
    """Values by key.

    Args:
        budget: Bytes it may hold; the value just made is always kept, however large.

    Attributes:
        n_bytes: Held now.
        n_made: Values made so far.
        n_asked: Times a value was asked for.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.n_bytes = self.n_made = self.n_asked = 0
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def put(self, key: Hashable, value: Value) -> None:
        """Remembers a value in place of what the key had."""
        if key in self._values:
            self.n_bytes -= self._values.pop(key).n_bytes
        self._values[key] = value
        self.n_bytes += value.n_bytes
        while self.n_bytes > self.budget and len(self._values) > 1:
            self.n_bytes -= self._values.popitem(last=False)[1].n_bytes

    def peek(self, key: Hashable) -> Value | None:
        """The value of a key if it is remembered, which counts as use."""
        if key in self._values:
            self._values.move_to_end(key)
        return self._values.get(key)

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key, remembered or made."""
        self.n_asked += 1
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value = make()
        self.n_made += 1
        self.put(key, value)
        return value
