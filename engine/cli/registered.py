"""An option whose value is a name in a registry: help, completion and refusals follow the registry."""

from collections.abc import Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem

from engine.registries.registry import Registry, resolve


class Registered(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A name in a registry; the registry is loaded when a value is given, completed or listed."""

    name = "name"

    def __init__(self, target: str, *, able: str = "") -> None:
        """Name the registry.

        Args:
            target: ``module:REGISTRY``.
            able: Attribute that a record must have true to be listed; such values are checked by who reads them.
        """
        self.target = target
        self.able = able

    @property
    def registry(self) -> Registry[Any]:
        """The registry."""
        found: Registry[Any] = resolve(self.target)
        return found

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:  # noqa: ARG002
        """All names, as click writes choices."""
        return f"[{'|'.join(self.names())}]"

    def names(self) -> list[str]:
        """The names that can be given."""
        if not self.able:
            return list(self.registry)
        broken = self.registry.broken()
        return [
            name for name in self.registry if name not in broken and getattr(_loaded(self.registry[name]), self.able)
        ]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        """Accept a known name; another one is refused with the nearest."""
        if value and not self.able:
            self.registry.named(str(value))
        return str(value)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Names with their summaries."""
        return [
            CompletionItem(name, help=summary)
            for name, summary in summaries(self.registry)
            if name.startswith(incomplete) and name in self.names()
        ]


def summaries(registry: Registry[Any]) -> Sequence[tuple[str, str]]:
    """Every name with its summary, or with what is wrong with the package that adds it."""
    broken = registry.broken()
    return [(name, broken[name] if name in broken else _summary(registry[name])) for name in registry]


def _summary(record: Any) -> str:
    loaded = _loaded(record)
    return str(getattr(loaded, "summary", getattr(loaded, "title", "")))


def _loaded(record: Any) -> Any:
    """The record itself, or, where it is no more than a place, what stands there."""
    return record if hasattr(record, "summary") else record.load()
