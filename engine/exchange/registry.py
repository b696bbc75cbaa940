"""Every exchange format by name: the built-in ones, and those of installed packages.

A format is one module with a ``FORMAT`` that satisfies `engine.exchange.format.ExchangeFormat`. A package adds its own
with an entry point in the group ``trimtab.exchange_formats`` that names such an object.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from engine.errors import EngineError
from engine.exchange.format import ExchangeFormat, ExportTarget, ImportSource
from engine.registries.registry import Registry, resolve

GROUP = "trimtab.exchange_formats"
"""Entry points that add formats."""

BUILT_IN: Mapping[str, str] = {
    "parquet": "engine.exchange.parquet_table",
    "json": "engine.exchange.json_file",
    "optuna": "engine.exchange.optuna_study",
    "mlflow": "engine.exchange.mlflow_runs",
    "wandb": "engine.exchange.wandb_runs",
    "ray": "engine.exchange.ray_results",
    "nni": "engine.exchange.nni_trials",
    "neptune": "engine.exchange.neptune_runs",
    "csv": "engine.exchange.csv_table",
}
"""Modules by the name of their format, in the order in which a source is offered to them; the last takes any table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FormatInfo:
    """A format by name, not loaded yet.

    Attributes:
        name: As in ``--format NAME``.
        target: ``module:object`` of a built-in one.
        added: The object of another package.
    """

    name: str
    target: str = ""
    added: ExchangeFormat | None = None

    def load(self) -> ExchangeFormat:
        """The format itself; imports what it needs."""
        return self.added if self.added is not None else cast(ExchangeFormat, resolve(self.target))


def _adapt(name: str, loaded: object) -> FormatInfo:
    if not isinstance(loaded, ExchangeFormat):
        raise EngineError(f"exchange format {name} must have name, title, write and read, got {loaded!r:.80}")
    return FormatInfo(name=name, added=loaded)


FORMATS = Registry(
    kind="exchange format",
    group=GROUP,
    built_in={name: FormatInfo(name=name, target=f"{module}:FORMAT") for name, module in BUILT_IN.items()},
    adapt=_adapt,
    first=True,
)
"""Every format, those of other packages first: they know their own files best."""


def format_names() -> tuple[str, ...]:
    """Names of all formats, those of other packages first."""
    return tuple(FORMATS)


def format_named(name: str) -> ExchangeFormat:
    """The format of that name.

    Raises:
        EngineError: When there is none, or what a package offers is none.
    """
    if name not in FORMATS:
        raise EngineError(f"a format must be one of {', '.join(format_names())}, got {name!r}")
    return FORMATS[name].load()


def writable() -> tuple[str, ...]:
    """Names of the formats that a sprint can be written in."""
    return tuple(one.name for one in _formats() if one.can_write)


def readable() -> tuple[str, ...]:
    """Names of the formats that a sprint can be read from."""
    return tuple(one.name for one in _formats() if one.can_read)


def format_to_write(target: ExportTarget, name: str = "") -> ExchangeFormat:
    """The format of a target: the named one, or the one that its name means.

    Raises:
        EngineError: When it cannot be told or cannot be written.
    """
    if name:
        found = format_named(name)
        if not found.can_write:
            raise EngineError(f"a sprint can be written as {', '.join(writable())}, not as {name}")
        return found
    meant = next((one for one in _formats() if one.can_write and one.is_target(target)), None)
    if meant is None:
        raise EngineError(
            f"a format must be one of {', '.join(writable())}, got {target.text!r}", "name one with --format"
        )
    return meant


def format_to_read(source: ImportSource, name: str = "") -> ExchangeFormat:
    """The format of a source: the named one, or the one that wrote it.

    Raises:
        EngineError: When it cannot be told or cannot be read.
    """
    names = ", ".join(readable())
    if name:
        found = format_named(name)
        if not found.can_read:
            raise EngineError(f"a sprint can be read from {names}, not from {name}")
        return found
    meant = next((one for one in _formats() if one.can_read and one.is_source(source)), None)
    if meant is None:
        raise EngineError(f"a source must be one of {names}, got {source.text}", "name its format with --format")
    return meant


def _formats() -> Iterator[ExchangeFormat]:
    return (info.load() for info in FORMATS.usable())
