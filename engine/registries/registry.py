"""Things of one kind by name: the built-in ones and those that other packages add by entry points.

A package adds one in its ``pyproject.toml``, here a sampler:

    [project.entry-points."trimtab.samplers"]
    halton = "my_package.halton:INFO"

Entry points are read when a name is asked for that is not built in, or when all names are listed, never before: they
cost the interface's first frame nothing. A built-in name cannot be taken by another package.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from engine.errors import EngineError

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """The things of one kind, a mapping from name to record.

    Attributes:
        kind: What they are, in the singular: ``sampler``.
        group: Group of the entry points that add one: ``trimtab.samplers``.
        built_in: Records by name, in the order in which they are listed.
    """

    def __init__(
        self,
        *,
        kind: str,
        group: str,
        built_in: Mapping[str, T],
        adapt: Callable[[str, object], T],
        first: bool = False,
    ) -> None:
        """Describe a kind.

        Args:
            kind: In the singular.
            group: Of entry points.
            built_in: Records by name.
            adapt: Turns a name and the object of another package into a record.
                Raises `EngineError` for an object that is no such thing.
            first: Whether those of other packages are listed before the built-in ones.
        """
        self.kind = kind
        self.group = group
        self.built_in = built_in
        self._adapt = adapt
        self._first = first

    def added(self) -> Mapping[str, EntryPoint]:
        """Entry points of other packages by name."""
        return {
            name: point for name, point in _points(self.group, tuple(sys.path)).items() if name not in self.built_in
        }

    def broken(self) -> Mapping[str, str]:
        """What is wrong with those that cannot be loaded, one sentence by name."""
        found = {}
        for name in self.added():
            try:
                self[name]
            except EngineError as error:
                found[name] = error.message
        return found

    def usable(self) -> Iterator[T]:
        """All records in order, without those that cannot be loaded."""
        broken = self.broken()
        return (self[name] for name in self if name not in broken)

    def __getitem__(self, name: str) -> T:
        """The record of that name.

        Raises:
            KeyError: When there is none.
            EngineError: When the package that adds it cannot be loaded, or offers something else.
        """
        if name in self.built_in:
            return self.built_in[name]
        return self._load(self.added()[name])

    def __iter__(self) -> Iterator[str]:
        groups = (self.built_in, self.added())
        return (name for group in (reversed(groups) if self._first else groups) for name in group)

    def __len__(self) -> int:
        return len(self.built_in) + len(self.added())

    def __contains__(self, name: object) -> bool:
        return name in self.built_in or name in self.added()

    def named(self, name: str) -> T:
        """The record of that name.

        Raises:
            EngineError: When there is none, with the nearest known name, or when its package cannot be loaded.
        """
        if name not in self:
            near = get_close_matches(name, list(self), n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(self)}"
            raise EngineError(f"{self.kind}: unknown key {name!r}", hint)
        return self[name]

    def _load(self, point: EntryPoint) -> T:
        try:
            loaded = point.load()
        except (Exception, SystemExit) as error:  # whatever another package raises, a person reads one sentence
            told = " ".join(f"{type(error).__name__}: {error}".split())
            package = f" of package {point.dist.name}" if point.dist is not None else ""
            raise EngineError(
                f"{self.kind} {point.name}{package} ({point.value}) cannot be loaded: {told}",
                "Update or uninstall that package",
            ) from error
        return self._adapt(point.name, loaded)


def record_of(kind: str, record: type[T]) -> Callable[[str, object], T]:
    """An ``adapt`` for kinds whose entry points name a finished record, which carries its own name.

    Args:
        kind: In the singular, for errors.
        record: Class of the record.
    """

    def adapt(name: str, loaded: object) -> T:
        if not isinstance(loaded, record):
            raise EngineError(f"{kind} {name}: the entry point must name a {record.__name__}, got {loaded!r:.80}")
        own = getattr(loaded, "name", name)
        if own != name:
            raise EngineError(f"{kind} {name}: the record must have the entry point's name, got {own!r}")
        return loaded

    return adapt


def resolve(target: str) -> Any:
    """The object behind ``module:name``."""
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)


@lru_cache(maxsize=32)
def _points(group: str, path: tuple[str, ...]) -> Mapping[str, EntryPoint]:  # noqa: ARG001 - read again when it changes
    try:
        return {point.name: point for point in entry_points(group=group)}
    except Exception:  # metadata of any installed package that cannot be parsed must not stop trimtab
        return {}
