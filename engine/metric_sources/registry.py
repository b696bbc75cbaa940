"""The metric sources by name: what ``report:`` in a thread file may name. Importing this loads none of them.

A package of its own adds one with an entry point in the group ``trimtab.metric_sources``: its name is the key in the
thread file, its object a class that follows `engine.metric_sources.reading.MetricSource` and is built with
``(options: SourceOptions, place: Place)``.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from engine.errors import EngineError
from engine.metric_sources.reading import MetricSource, Place, SourceOptions

ENTRY_POINTS = "trimtab.metric_sources"

Build = Callable[[SourceOptions, Place], MetricSource]


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceInfo:
    """A metric source as the thread file names it.

    Attributes:
        name: Its key under ``report:``.
        target: ``module:Class``.
        summary: What it reads, in one sentence.
        example: What stands after its key.
        options: Keys of its own beside the common ones.
    """

    name: str
    target: str
    summary: str
    example: str
    options: tuple[str, ...] = ()


SOURCES: Mapping[str, SourceInfo] = {
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


@cache
def added_sources() -> Mapping[str, EntryPoint]:
    """Sources of other packages by name; a built-in name cannot be taken."""
    return {point.name: point for point in entry_points(group=ENTRY_POINTS) if point.name not in SOURCES}


def source_names() -> tuple[str, ...]:
    """Every name that ``report:`` may use."""
    return (*SOURCES, *added_sources())


def build_source(name: str, options: SourceOptions, place: Place) -> MetricSource:
    """A source for one trial.

    Raises:
        EngineError: For an unknown name, a package that cannot be loaded, or options that the source refuses.
    """
    if name in SOURCES:
        module, _, attribute = SOURCES[name].target.partition(":")
        return cast(Build, getattr(importlib.import_module(module), attribute))(options, place)
    if name not in added_sources():
        raise EngineError(f"report: no metric source {name!r}", f"known: {', '.join(source_names())}")
    try:
        build = cast(Build, added_sources()[name].load())
    except Exception as error:  # whatever a foreign package raises, a person gets to read it
        raise EngineError(f"report: the metric source {name!r} cannot be loaded: {error}") from error
    return build(options, place)
