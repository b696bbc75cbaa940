"""What a metric source hands on, where it looks, and the protocol that every source follows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

Stream = Literal["out", "err"]
"""Standard output or standard error."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a source took one line, row or event for.

    Attributes:
        score: The score; None where there is none, then the metrics join the epoch's next report.
        epoch: The epoch as the script counts it, maybe a fraction of one; None where the script names none.
        step: Optimizer steps or iterations done; None where the script names none.
        metrics: Every other number by name.
        phase: ``train`` or ``calibration``.
        fraction: Share of the running epoch that is done, for a progress report; None otherwise.
        message: Text of a progress report.
        rank: Rank of the process that printed it; 0 where it does not say.
        is_whole: Whether the score is that of the whole training and not of one epoch.
    """

    score: float | None = None
    epoch: int | float | None = None
    step: int | float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    phase: str = "train"
    fraction: float | None = None
    message: str = ""
    rank: int = 0
    is_whole: bool = False

    def __str__(self) -> str:
        """The reading in words, as `trimtab thread try` and the contract table show it."""
        when = self._when()
        if self.fraction is not None:
            said = f"progress{when}: {self.fraction:.0%}" + (f", {self.message}" if self.message else "")
        else:
            parts = [f"{name} {value:.6g}" for name, value in self.metrics.items()]
            if self.score is not None:
                parts.insert(0, f"score {self.score:.6g}")
            said = f"{'metrics' if self.score is None else 'report'}{when}: {', '.join(parts)}"
        if self.phase != "train":
            said += f" ({self.phase})"
        return said + (f" (rank {self.rank}: not counted)" if self.rank else "")

    def _when(self) -> str:
        if self.is_whole:
            return " of the whole training"
        if self.epoch is not None:
            return f" of epoch {self.epoch:.6g}"
        return f" of step {self.step:.6g}" if self.step is not None else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceOptions:
    """What a thread file says of a source, under ``report:``.

    Attributes:
        value: What stands after the source's own key: a pattern, a glob, ``true``.
        score_name: Name of the field, column or tag that holds the score (``key:``); empty where the source has its
            own convention.
        metric: The thread's name of the score, which the JSON line may use in place of ``score``.
        epoch_name: Name of the epoch's field or column (``epoch:``); empty for the usual names.
        every: Steps an epoch (``every:``); None where epochs are named or counted.
        extra: Further keys of this source.
    """

    value: Any = True
    score_name: str = ""
    metric: str = "score"
    epoch_name: str = ""
    every: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where the files of one trial may be.

    Attributes:
        folder: The folder the command runs in; relative names start here.
        run_dir: The trial's own folder, ``{run_dir}`` in a name.
        started_at: Unix time of the command's start, seconds: files not written since are not this trial's.
        names: Further ``{names}`` that a file name may hold: hyperparameters and facts of the trial.
    """

    folder: Path
    run_dir: Path
    started_at: float = -math.inf
    names: Mapping[str, Any] = field(default_factory=dict)


class MetricSource(Protocol):
    """Reads scores for one trial; built anew for each.

    Attributes:
        needs: What must be there for a score to be found, as the object of "the command must": ``print a line …``.
    """

    needs: str

    def read_line(self, line: str, stream: Stream) -> Sequence[Reading]:
        """What one line of the command's output says; the empty sequence where it is a log line."""
        ...

    def read_files(self, *, is_final: bool) -> Sequence[Reading]:
        """What files say since the last look; ``is_final`` once the command has ended."""
        ...

    def near_misses(self) -> Sequence[str]:
        """What came near a report and is none, in short sentences, most telling first."""
        ...
