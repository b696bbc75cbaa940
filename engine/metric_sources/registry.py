"""The metric sources by name: what ``report:`` in a thread file may name. Importing this loads none of them.

A package of its own adds one with an entry point in the group ``trimtab.metric_sources``: its name is the key in the
thread file, its object a class that follows `engine.metric_sources.reading.MetricSource` and is built with
``(options: SourceOptions, place: Place)``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from engine.errors import EngineError
from engine.metric_sources.reading import MetricSource, Place, SourceOptions
from engine.registries.registry import Registry, resolve

ENTRY_POINTS = "trimtab.metric_sources"

Build = Callable[[SourceOptions, Place], MetricSource]


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceInfo:
    """A metric source as the thread file names it.

    Attributes:
        name: Its key under ``report:``.
        target: ``module:Class``; empty for one of another package.
        summary: What it reads, in one sentence.
        example: What stands after its key.
        options: Keys of its own beside the common ones; None takes any.
        build: The class of another package.
    """

    name: str
    target: str
    summary: str
    example: str
    options: tuple[str, ...] | None = ()
    build: Build | None = None


_BUILT_IN: Mapping[str, SourceInfo] = {
    info.name: info
    for info in (
        SourceInfo(
            name="json",
            target="engine.metric_sources.json_lines:JsonLines",
            summary="Objects anywhere in the output, as JSON or as Python prints a dictionary",
            example="true",
        ),
        SourceInfo(
            name="regex",
            target="engine.metric_sources.regex:Regex",
            summary="Lines of the output that match a pattern with named groups",
            example=r"'epoch (?P<epoch>\d+) val_acc (?P<score>\S+)'",
        ),
        SourceInfo(
            name="csv",
            target="engine.metric_sources.csv_table:CsvTable",
            summary="A table that the script writes",
            example="'{run_dir}/**/metrics.csv'",
            options=("columns",),
        ),
        SourceInfo(
            name="jsonl",
            target="engine.metric_sources.jsonl:JsonlFile",
            summary="A file with one JSON object a line",
            example="'{run_dir}/log.jsonl'",
        ),
        SourceInfo(
            name="trainer_state",
            target="engine.metric_sources.trainer_state:TrainerState",
            summary="The log history of the Hugging Face Trainer",
            example="'{run_dir}'",
        ),
        SourceInfo(
            name="tensorboard",
            target="engine.metric_sources.tensorboard:TensorBoard",
            summary="A tag in TensorBoard event files",
            example="'{run_dir}/logs'",
        ),
        SourceInfo(
            name="return",
            target="engine.metric_sources.last_line:LastLine",
            summary="The number on the last line of standard output",
            example="true",
        ),
    )
}
"""The built-in sources, in the order the docs list them."""


def _adapt(name: str, loaded: object) -> SourceInfo:
    """A class of another package; ``summary``, ``example`` and ``options`` are read from it where it has them."""
    if not callable(loaded):
        raise EngineError(f"metric source {name}: the entry point must name a class, got {loaded!r:.80}")
    words = (getattr(loaded, "__doc__", None) or name).strip().splitlines()[0]
    return SourceInfo(
        name=name,
        target="",
        summary=str(getattr(loaded, "summary", words)),
        example=str(getattr(loaded, "example", "true")),
        options=getattr(loaded, "options", None),
        build=cast(Build, loaded),
    )


SOURCES = Registry(kind="metric source", group=ENTRY_POINTS, built_in=_BUILT_IN, adapt=_adapt)
"""Every metric source; a built-in name cannot be taken."""


def source_names() -> tuple[str, ...]:
    """Every name that ``report:`` may use."""
    return tuple(SOURCES)


def build_source(name: str, options: SourceOptions, place: Place) -> MetricSource:
    """A source for one trial.

    Raises:
        EngineError: For an unknown name, a package that cannot be loaded, or options that the source refuses.
    """
    if name not in SOURCES:
        raise EngineError(f"report: no metric source {name!r}", f"known: {', '.join(source_names())}")
    info = SOURCES[name]
    build = info.build or cast(Build, resolve(info.target))
    return build(options, place)
