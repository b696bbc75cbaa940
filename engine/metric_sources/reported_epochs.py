"""From readings to a trial's epochs and its score: epochs counted, shifted and checked, several ranks told apart.

An epoch that is a fraction (2.5) is an evaluation within epoch 3: the last one before the next epoch stands for it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.metric_sources.reading import Reading
from engine.metric_sources.report_options import ReportOptions
from engine.trials.states import Direction
from engine.wording import short

Report = Callable[[int, float, Mapping[str, float], str], bool]
"""Takes an epoch (from 1), its score, its metrics and its phase; False means stop."""

Progress = Callable[[int, float, str], bool]
"""Takes an epoch, the share of it that is done, and a message; False means stop."""


@dataclass(kw_only=True, slots=True)
class _Epoch:
    """What one epoch was reported as: all its scores, in order."""

    scores: list[float]
    phase: str


@dataclass(kw_only=True, slots=True)
class ReportedEpochs:
    """The epochs of one trial as its command reports them.

    Attributes:
        options: How they are counted and which score is taken.
        direction: Which way the score is better, for ``take: best``.
        report: Where an epoch goes.
        progress: Where the progress within an epoch goes.
        n_epochs: Epochs the trial was asked for; None where that is not known.
    """

    options: ReportOptions
    direction: Direction
    report: Report
    progress: Progress
    n_epochs: int | None = None
    _epochs: dict[int, _Epoch] = field(default_factory=dict)
    _shift: int | None = None
    _zero: Reading | None = None
    _within: tuple[int, Reading] | None = None
    _metrics: dict[str, float] = field(default_factory=dict)
    _is_named: bool = False
    _n_unnamed: int = 0
    _ranks: dict[int, int] = field(default_factory=dict)
    _repeated: dict[int, None] = field(default_factory=dict)
    _late: dict[int, None] = field(default_factory=dict)

    def take(self, reading: Reading) -> bool:
        """Count one reading; False means stop."""
        if reading.rank:
            self._ranks[reading.rank] = self._ranks.get(reading.rank, 0) + (reading.score is not None)
            return True
        if reading.fraction is not None:
            running = math.floor(self._epoch(reading) or 1)
            return self.progress(max(1, running), reading.fraction, reading.message)
        if reading.score is None:
            self._metrics |= reading.metrics
            return True
        if reading.is_whole:
            return self._record(self.n_epochs or 1, reading)
        return self._take_scored(reading)

    def close(self) -> bool:
        """Count what was held back for the end of its epoch; False means stop."""
        goes_on = self._settle(None)
        return self._flush() and goes_on

    @property
    def score(self) -> float | None:
        """The score of the trial as it stands; None before the first report."""
        if not self._epochs:
            return None
        last = [self._epochs[epoch].scores[-1] for epoch in sorted(self._epochs)]
        if self.options.take == "mean":
            return sum(last) / len(last)
        if self.options.take == "best":
            finite = [score for score in last if math.isfinite(score)]
            return self.direction.best(finite) if finite else last[-1]
        return last[-1]

    @property
    def last_epoch(self) -> int:
        """The highest epoch reported; 0 before the first."""
        return max(self._epochs, default=0)

    @property
    def n_reports(self) -> int:
        """Reports that were counted."""
        return sum(len(epoch.scores) for epoch in self._epochs.values())

    def findings(self, *, is_complete: bool) -> list[str]:
        """What a person must know to trust the score, in whole sentences.

        Args:
            is_complete: Whether the command ran to its own end, so that an epoch that is missing will not come.
        """
        found = []
        if self._repeated:
            scores = self._epochs[next(iter(self._repeated))].scores
            found.append(
                f"{_epochs(self._repeated)} reported more than once with different scores "
                f"({', '.join(short(score) for score in scores[:4])}); the last one counts. "
                "If several processes print, print on rank 0 only."
            )
        if self._late:
            found.append(f"{_epochs(self._late)} reported after a later epoch.")
        if self._ranks:
            n = sum(self._ranks.values())
            ranks = ", ".join(str(rank) for rank in sorted(self._ranks)[:8])
            found.append(f"{_counted(n, 'report')} of rank {ranks} not counted: only rank 0 counts.")
        if self._n_unnamed:
            found.append(f"{_counted(self._n_unnamed, 'score')} without an epoch not counted: others name theirs.")
        if self._is_named and (missing := sorted(set(range(1, self.last_epoch)) - set(self._epochs))):
            found.append(f"{_epochs(missing)} never reported, though epoch {self.last_epoch} was.")
        if is_complete and self._epochs and self.n_epochs is not None and self.last_epoch != self.n_epochs:
            found.append(self._other_length())
        return found

    def _other_length(self) -> str:
        asked = f"{_counted(self.n_epochs or 0, 'epoch')} asked for"
        if self.last_epoch < (self.n_epochs or 0):
            return f"The last report is of epoch {self.last_epoch}; {asked}."
        if self._shift and self.options.first_epoch is None:
            return f"{self.last_epoch} epochs reported, {asked}. Set from: 1 if epoch 0 comes before training."
        return f"{self.last_epoch} epochs reported, {asked}."

    def _epoch(self, reading: Reading) -> float | None:
        """The epoch from 1 that a reading is of; None where it names none; 0 or less for one before training."""
        if reading.epoch is None:
            if self.options.every is None or reading.step is None:
                return None
            return reading.step / self.options.every + (1 if self.options.first_epoch == 0 else 0)
        if self._shift is None:
            first = self.options.first_epoch
            # A script whose first epoch is a whole 0 counts from 0; a fraction lies within epoch 1.
            self._shift = (1 if reading.epoch == 0 else 0) if first is None else 1 - first
        return reading.epoch + self._shift

    def _is_undecided(self, reading: Reading) -> bool:
        """Whether a first epoch ``0.0`` may begin a count from 0 or lie before training: the next one says."""
        is_first = self._shift is None and self._zero is None and self.options.first_epoch is None
        return is_first and isinstance(reading.epoch, float) and reading.epoch == 0

    def _settle(self, following: Reading | None) -> bool:
        """Count the undecided first reading now that the next is known, or none comes."""
        zero, self._zero = self._zero, None
        if zero is None:
            return True
        is_fraction = following is not None and following.epoch is not None and following.epoch % 1 != 0
        self._shift = 0 if is_fraction else 1
        return self._take_named(float(self._shift), zero)

    def _take_scored(self, reading: Reading) -> bool:
        if self._is_undecided(reading):
            self._zero = reading
            return True
        goes_on = self._settle(reading)
        epoch = self._epoch(reading)
        if epoch is None:
            return self._count(reading) and goes_on
        return self._take_named(epoch, reading) and goes_on

    def _take_named(self, epoch: float, reading: Reading) -> bool:
        if epoch <= 0:
            self._metrics.clear()
            return self.progress(1, 0.0, f"before training: score {short(reading.score or 0.0)}")
        self._is_named = True
        whole, goes_on = math.ceil(epoch), True
        if self._within is not None and whole > self._within[0]:
            goes_on = self._flush()
        if whole != epoch:
            self._within = (whole, reading)
            return self.progress(whole, epoch % 1, f"score {short(reading.score or 0.0)}") and goes_on
        if self._within is not None and self._within[0] == whole:
            self._within = None
        return self._record(whole, reading) and goes_on

    def _count(self, reading: Reading) -> bool:
        if self._is_named:
            self._n_unnamed += 1
            return True
        return self._record(self.last_epoch + 1, reading)

    def _flush(self) -> bool:
        if self._within is None:
            return True
        epoch, reading = self._within
        self._within = None
        return self._record(epoch, reading)

    def _record(self, epoch: int, reading: Reading) -> bool:
        score = float("nan") if reading.score is None else reading.score
        metrics = {**self._metrics, **reading.metrics}
        self._metrics.clear()
        known = self._epochs.get(epoch)
        if known is not None:
            if known.scores[-1] == score or (math.isnan(known.scores[-1]) and math.isnan(score)):
                return True
            known.scores.append(score)
            self._repeated[epoch] = None
        else:
            if epoch < self.last_epoch:
                self._late[epoch] = None
            self._epochs[epoch] = _Epoch(scores=[score], phase=reading.phase)
        return self.report(epoch, score, metrics, reading.phase)


def _epochs(numbers: Mapping[int, None] | list[int]) -> str:
    """``Epoch 3 was``, ``Epochs 1, 2 were``."""
    listed = list(numbers)
    shown = ", ".join(map(str, listed[:6])) + (", …" if len(listed) > 6 else "")
    return f"Epoch {shown} was" if len(listed) == 1 else f"Epochs {shown} were"


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
