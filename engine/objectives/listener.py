"""Who looks on while a command runs: what it was started with, and what each line was taken for."""

from collections.abc import Sequence
from typing import Protocol

from engine.metric_sources.reading import MetricSource, Reading, Stream
from engine.objectives.workplace import Workplace


class Listener(Protocol):
    """Told of a run as it goes."""

    def started(self, place: Workplace, source: MetricSource) -> None:
        """The command is about to be started."""
        ...

    def heard(self, stream: Stream, text: str, readings: Sequence[Reading]) -> None:
        """One line of output and what it says; no readings where it is part of the log."""
        ...
