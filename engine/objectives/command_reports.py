"""What a running command says, taken apart: reports go to the trial, the rest to its log."""

import time
from collections.abc import Callable, Sequence

from engine.metric_sources.json_lines import is_bare_object
from engine.metric_sources.output import OutputReader, Piece
from engine.metric_sources.reading import MetricSource, Reading, Stream
from engine.metric_sources.report_options import ReportOptions
from engine.metric_sources.reported_epochs import ReportedEpochs
from engine.metric_sources.terminal_text import plain_text
from engine.objectives.command_failure import CommandFailedError, LastLines
from engine.objectives.protocol import Trial
from engine.objectives.reporter import Reporter
from engine.trials.states import Direction

LOOK_SECONDS = 1.0
"""How often files are looked at while a command runs."""

BAR_SECONDS = 10.0
"""How often a line that is being rewritten, a progress bar, goes to the log as it stands."""


class CommandReports:
    """One trial's reports.

    Args:
        trial: Where they go.
        source: What finds them.
        options: How they are counted.
        reporter: The trial's folder for `trimtab.py`; once it is used nothing else counts.
        direction: Which way the score is better.
        is_told_length: Whether the command was told how many epochs to train.
        heard: Told of every line and what it says.

    Attributes:
        last_lines: The last lines of the log, for the reason of a failure.
    """

    def __init__(
        self,
        trial: Trial,
        source: MetricSource,
        options: ReportOptions,
        *,
        reporter: Reporter,
        direction: Direction,
        is_told_length: bool,
        heard: Callable[[Stream, str, Sequence[Reading]], None] | None = None,
    ) -> None:
        self._heard = heard
        self._trial, self._source, self._reporter = trial, source, reporter
        self._is_told_length = is_told_length
        self._epochs = ReportedEpochs(
            options=options,
            direction=direction,
            report=trial.report,
            progress=trial.progress,
            n_epochs=_epochs_asked(trial),
        )
        self._output = OutputReader(source)
        self._due = 0.0
        self._bar_due = 0.0
        self._progress = (1, 0.0)
        self.last_lines = LastLines()

    @property
    def score(self) -> float | None:
        """The trial's score as it stands."""
        return self._epochs.score

    def watch(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called when a script that uses `trimtab.py` has reported."""
        self._reporter.watch(tell)

    def read(self, piece: Piece) -> bool:
        """Take one piece of output; False means stop."""
        if piece.is_alive:
            return self.look(at_once=True) and self._alive()
        said, released = ([], []) if self._reporter.is_used else self._output.read(piece)
        text = plain_text(piece.text)
        if self._heard is not None and text.strip():
            self._heard(piece.stream, text, said)
        self._log(piece, text, bool(said))
        goes_on = self._take(released)
        if not any(reading.score is not None or reading.fraction is not None for reading in released):
            goes_on = self._alive() and goes_on
        return self.look() and goes_on

    def look(self, *, is_final: bool = False, at_once: bool = False) -> bool:
        """Read what stands in files; False means stop.

        Args:
            is_final: The command has ended.
            at_once: Look at the script's own reports now, at other files when they are due.
        """
        goes_on = True
        now = time.monotonic()
        is_due = is_final or now >= self._due
        if (is_due or at_once) and (readings := self._reporter.readings()):
            goes_on = self._take(readings)
            self._reporter.answer(goes_on=goes_on)
        if is_due:
            self._due = now + LOOK_SECONDS
            found = [*(self._output.rest() if is_final else ()), *self._source.read_files(is_final=is_final)]
            if not self._reporter.is_used:
                goes_on = self._take(found) and goes_on
        if is_final:
            goes_on = self._epochs.close() and goes_on
        return goes_on

    def close(self, *, is_complete: bool) -> None:
        """Hand on what a person must know of the reports.

        Args:
            is_complete: Whether the command ran to its own end.
        """
        for text in self._epochs.findings(is_complete=is_complete and self._is_told_length):
            self._trial.finding(text)

    def none_found(self) -> CommandFailedError:
        """The failure of a command that never reported a score, with what came near."""
        misses = list(self._source.near_misses())
        near = f"; {'; '.join(misses[:3])}" if misses else ""
        message = f"the command must {self._source.needs}, got none{near}"
        hint = "report: in the thread file says where else a score stands"
        return CommandFailedError(message, hint, details=self.last_lines.details(f"{message} – {hint}"))

    def _take(self, readings: Sequence[Reading]) -> bool:
        goes_on = True
        for reading in readings:
            goes_on = self._epochs.take(reading)
            if not goes_on:
                return False
            if reading.fraction is not None:
                self._progress = (max(1, int(reading.epoch or 1)), reading.fraction)
        return goes_on

    def _alive(self) -> bool:
        """Tell the trial that its training lives."""
        epoch, fraction = self._progress
        running = self._epochs.last_epoch + 1
        return self._trial.progress(max(epoch, running), fraction if epoch >= running else 0.0, "")

    def _log(self, piece: Piece, text: str, is_report: bool) -> None:
        if is_report and is_bare_object(text):
            return
        if piece.is_rewritten:
            if not text.strip() or (time.monotonic() < self._bar_due and not is_report):
                return
            self._bar_due = time.monotonic() + BAR_SECONDS
        self.last_lines.add(piece.stream, text)
        self._trial.log(text)


def _epochs_asked(trial: Trial) -> int | None:
    """Epochs a trial is to train; None where its own warmup says."""
    if trial.run_to == "warmup":
        return None
    trained = trial.epochs if trial.run_to == "epochs" and trial.epochs is not None else trial.max_epochs
    return trained + trial.calibration_epochs
