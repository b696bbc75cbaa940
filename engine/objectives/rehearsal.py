"""One short run of an objective in the foreground, to see what it does before a sprint: nothing is stored."""

import math
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import EngineError
from engine.metric_sources.reading import MetricSource, Reading, Stream
from engine.objectives.command import CommandObjective
from engine.objectives.protocol import Objective
from engine.objectives.workplace import Workplace
from engine.progress import CalledOff, step
from engine.values import Value

OURS = ("TRIMTAB_COMMAND", "TRIMTAB_TRIAL")
"""Variables that every command gets and that say nothing about the person's settings."""

VERSION_SECONDS = 10.0
"""How long an interpreter may take to say its version."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeardLine:
    """A line of output.

    Attributes:
        stream: ``out`` or ``err``.
        text: The line as it stands on a terminal.
        taken_for: ``log``, or the report in words.
        is_report: Whether it holds a score.
    """

    stream: str
    text: str
    taken_for: str
    is_report: bool


@dataclass(kw_only=True, slots=True)
class Rehearsal:
    """What one run showed; filled in as it goes.

    Attributes:
        words: The command's words; empty for another objective.
        folder: Where it ran.
        python: Version and place of the interpreter, where one runs the command.
        environment: Variables of the command that differ from the person's own: name to value, None for taken away.
        params: The hyperparameters of this run.
        epochs: What the objective reported: (epoch, score), in order.
        score: The score of the run; None where there is none.
        findings: What a person must know to trust the score.
        near_misses: Lines that came near a report.
        failure: Why the contract is not met; empty where it is.
        stopped: Why the run was stopped before its own end; empty where it ended by itself.
        seconds: How long it took.
    """

    words: Sequence[str] = ()
    folder: str = ""
    python: str = ""
    environment: dict[str, str | None] = field(default_factory=dict)
    params: Mapping[str, Value] = field(default_factory=dict)
    epochs: list[tuple[int, float]] = field(default_factory=list)
    score: float | None = None
    findings: list[str] = field(default_factory=list)
    near_misses: list[str] = field(default_factory=list)
    failure: str = ""
    stopped: str = ""
    seconds: float = 0.0

    @property
    def is_met(self) -> bool:
        """Whether the objective did what a trial needs: reported a score, and did not fail."""
        return not self.failure and self.score is not None and math.isfinite(self.score)


Tell = Callable[[HeardLine], None]
Begin = Callable[[Rehearsal], None]


@dataclass(kw_only=True, slots=True)
class RehearsedTrial:
    """A trial that is only looked at; attributes as in `engine.objectives.protocol.Trial`."""

    params: Mapping[str, Value]
    inactive: tuple[str, ...]
    run_dir: Path
    rehearsal: Rehearsal
    tell: Tell
    train_subset: tuple[int, int]
    val_subset: tuple[int, int]
    max_epochs: int
    epochs: int | None
    n_reports: int
    deadline: float
    checkpoint: str | None = None
    device: str = "cpu"
    number: int = 0
    seed: int = 0
    run_to: str = "epochs"
    scheduler: bool = True
    calibration_epochs: int = 0
    keep_checkpoint_at: tuple[int, ...] = ()
    open_test: bool = False
    tells_log: bool = False

    def report(self, step: int, score: float, metrics: Mapping[str, float], phase: str = "train") -> bool:  # noqa: ARG002
        """Keep one epoch; stop when enough of them have shown that the contract is met."""
        self.rehearsal.epochs.append((step, score))
        if self.tells_log:
            text = f"epoch {step}: score {score:.6g}"
            self.tell(HeardLine(stream="out", text=text, taken_for=f"report of epoch {step}", is_report=True))
        if len(self.rehearsal.epochs) >= self.n_reports and (self.epochs is None or step > self.epochs):
            self.rehearsal.stopped = f"{self.n_reports} reports are enough to see that they arrive"
            return False
        return not self.stopping()

    def progress(self, epoch: int, fraction: float, message: str = "") -> bool:  # noqa: ARG002
        """Go on until the time is over."""
        return not self.stopping()

    def stopping(self) -> bool:
        """Whether the time is over."""
        step("trying the thread out")
        if time.monotonic() > self.deadline and not self.rehearsal.stopped:
            self.rehearsal.stopped = "the time given to the run is over (--seconds)"
        return bool(self.rehearsal.stopped)

    def opened_test(self, metrics: Mapping[str, float]) -> None:
        """Nothing is counted."""

    def finding(self, text: str) -> None:
        """Keep what a person must know."""
        self.rehearsal.findings.append(text)

    def log(self, text: str) -> None:
        """Show a line of an objective that is no command; a command's lines are heard one by one."""
        if self.tells_log:
            self.tell(HeardLine(stream="out", text=text, taken_for="log", is_report=False))


class _Listener:
    """Takes down what a command was started with and what its lines were taken for."""

    def __init__(self, rehearsal: Rehearsal, begin: Begin, tell: Tell) -> None:
        self._rehearsal, self._begin, self._tell = rehearsal, begin, tell
        self.source: MetricSource | None = None

    def started(self, place: Workplace, source: MetricSource) -> None:
        """The command is about to be started."""
        self.source = source
        self._rehearsal.words, self._rehearsal.folder = tuple(place.words), str(place.folder)
        self._rehearsal.environment = differences(os.environ, {"PYTHONUNBUFFERED": "1", **place.env})
        self._rehearsal.python = interpreter_of(place)
        self._begin(self._rehearsal)

    def heard(self, stream: Stream, text: str, readings: Sequence[Reading]) -> None:
        """One line and what it says."""
        taken = "; ".join(map(str, readings)) or "log"
        is_report = any(reading.score is not None for reading in readings)
        self._tell(HeardLine(stream=stream, text=text, taken_for=taken, is_report=is_report))


def rehearse(objective: Objective, trial: RehearsedTrial, *, begin: Begin, tell: Tell) -> Rehearsal:
    """Run an objective once, told that it is to train one epoch.

    Args:
        objective: Built, not prepared.
        trial: What it is given.
        begin: Called when what it is started with is known.
        tell: Called for each line.
    """
    rehearsal, began = trial.rehearsal, time.monotonic()
    listener = _Listener(rehearsal, begin, tell)
    if isinstance(objective, CommandObjective):
        objective.listener = listener
    else:
        trial.tells_log = True
        begin(rehearsal)
    try:
        objective.prepare()
        score = float(objective.run(trial))
        rehearsal.score = None if math.isnan(score) and not rehearsal.epochs else score
        if not rehearsal.epochs or not math.isfinite(score):
            rehearsal.failure = "" if rehearsal.stopped and rehearsal.epochs else _without_score(rehearsal, score)
    except CalledOff:
        raise
    except EngineError as error:
        rehearsal.failure = str(error)
    except Exception as error:  # the person's own objective may raise anything
        rehearsal.failure = f"{type(error).__name__}: {error}"
    finally:
        rehearsal.seconds = time.monotonic() - began
    if listener.source is not None:
        rehearsal.near_misses = list(listener.source.near_misses())
    return rehearsal


def _without_score(rehearsal: Rehearsal, score: float) -> str:
    if rehearsal.stopped and not rehearsal.epochs:
        return f"No score was reported before the run was stopped: {rehearsal.stopped}"
    return f"The score must be a finite number, got {score}"


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
    """Variables that a command gets otherwise than the person has them; None for those taken away."""
    changed: dict[str, str | None] = {
        name: value for name, value in sorted(after.items()) if before.get(name) != value and name not in OURS
    }
    return changed | dict.fromkeys(sorted(set(before) - set(after)))


def interpreter_of(place: Workplace) -> str:
    """Version and place of the Python that runs a command; empty where it is another program."""
    program = Path(place.words[0])
    if not program.name.startswith("python"):
        return ""
    ask = [str(program), "-c", "import sys; print(sys.version.split()[0])"]
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            ask,
            cwd=place.folder,
            env=dict(place.env),
            capture_output=True,
            text=True,
            timeout=VERSION_SECONDS,
            check=True,
        )
        return f"Python {done.stdout.strip()}, {program}"
    return str(program)


def run_folder() -> "tempfile.TemporaryDirectory[str]":
    """A folder for one run, gone afterwards."""
    return tempfile.TemporaryDirectory(prefix="trimtab-try-")
