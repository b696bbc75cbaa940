"""The ``report:`` of a thread file, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self, cast

from engine.errors import EngineError
from engine.metric_sources.reading import MetricSource, Place, SourceOptions
from engine.metric_sources.registry import SOURCES, build_source, source_names
from engine.trials.states import Direction
from engine.values import refuse_unknown_keys

Take = Literal["last", "best", "mean"]
"""Which of a trial's scores is its own."""

TAKES: tuple[Take, ...] = ("last", "best", "mean")
COMMON = ("take", "from", "every", "key", "epoch", "direction")
"""Keys beside that of the source."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportOptions:
    """Where a command's scores are read and how they are counted.

    Attributes:
        source: Name of the metric source.
        value: What stands after its key.
        key: Name of the score's field, column or tag; empty for the source's convention.
        epoch: Name of the epoch's field or column; empty for ``epoch``.
        take: Which score is the trial's: of the last epoch, the best, the mean over the epochs.
        first_epoch: What the script calls its first epoch (``from:``); None lets the first report say.
        every: Steps an epoch.
        direction: ``maximize`` or ``minimize``; empty leaves it to the thread.
        extra: Keys of the source's own.
    """

    source: str = "json"
    value: Any = True
    key: str = ""
    epoch: str = ""
    take: Take = "last"
    first_epoch: int | None = None
    every: int | None = None
    direction: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, given: Any, *, metric: str = "score", names: Mapping[str, Any] | None = None) -> Self:
        """From what a thread file holds: a mapping, the name of a source that needs nothing more, or nothing.

        Args:
            given: Of the file.
            metric: The thread's name of the score.
            names: What ``{names}`` in it may be, with any values; None where that is not known.

        Raises:
            EngineError: For an unknown or a missing source, several, or an option that does not fit.
        """
        if given is None:
            return cls()
        if isinstance(given, str):
            given = {given: True}
        if not isinstance(given, Mapping):
            raise EngineError(f"report must be a mapping such as {{regex: …}}, got {given!r}")
        named = [name for name in given if name not in COMMON and name in SOURCES]
        if not named and set(given) <= set(COMMON):
            named = ["json"]  # key:, take: … about the JSON line
        if len(named) != 1:
            known = ", ".join(source_names())
            refuse_unknown_keys(given, (*COMMON, *source_names()), where="report")
            raise EngineError(f"report must have one source, got {' and '.join(named) or 'none'}", f"known: {known}")
        [source] = named
        declared = SOURCES[source].options
        own = tuple(set(given) - set(COMMON) - {source}) if declared is None else declared
        refuse_unknown_keys(given, (*COMMON, source, *own), where="report")
        first = given.get("from")
        made = cls(
            source=source,
            value=given.get(source, True),
            key=_text(given, "key"),
            epoch=_text(given, "epoch"),
            take=cast(Take, _one_of(given, "take", TAKES, "last")),
            first_epoch=None if first is None else _count(given, "from", 0),
            every=None if given.get("every") is None else _count(given, "every", 1),
            direction=_one_of(given, "direction", tuple(Direction), ""),
            extra={name: given[name] for name in own if name in given},
        )
        nowhere = Place(folder=Path(), run_dir=Path(), names=_AnyName() if names is None else names)
        made.build(nowhere, metric=metric)
        return made

    def build(self, place: Place, *, metric: str) -> MetricSource:
        """The source for one trial.

        Args:
            place: Where its files are.
            metric: The thread's name of the score.
        """
        options = SourceOptions(
            value=self.value,
            score_name=self.key,
            metric=metric,
            epoch_name=self.epoch,
            every=self.every,
            extra=self.extra,
        )
        return build_source(self.source, options, place)


class _AnyName(dict[str, str]):
    """Answers for every name: a thread file is checked before there is a trial."""

    def __missing__(self, name: str) -> str:
        return name


def _text(given: Mapping[str, Any], key: str) -> str:
    value = given.get(key, "")
    if value is None or isinstance(value, Mapping | list | bool):
        raise EngineError(f"report: {key} must be a name, got {value!r}")
    return str(value)


def _count(given: Mapping[str, Any], key: str, least: int) -> int:
    value = given[key]
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise EngineError(f"report: {key} must be a whole number, {least} or more, got {value!r}")
    return value


def _one_of(given: Mapping[str, Any], key: str, known: tuple[str, ...], default: str) -> str:
    value = given.get(key, default)
    if value not in known and value != default:
        raise EngineError(f"report: {key} must be {' or '.join(known)}, got {value!r}")
    return str(value)
