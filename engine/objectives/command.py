"""Any training script as an objective: a command template, run without a shell, read by a metric source.

Without ``report:`` in the thread file every object with a score that it prints is a report
(`engine.metric_sources.json_lines` says where one may stand), everything else is its log. Whatever it prints is a sign
of life; a command that prints nothing for too long is ended by the sprint's limits.
"""

import hashlib
import math
import queue
import shlex
import signal
import subprocess
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.metric_sources.output import Piece
from engine.metric_sources.reading import Place
from engine.objectives.command_options import CommandOptions
from engine.objectives.command_process import Pieces, end_process, read_pieces, signal_group, start_process
from engine.objectives.command_reports import CommandReports
from engine.objectives.listener import Listener
from engine.objectives.protocol import Trial
from engine.objectives.reporter import VARIABLE, Reporter
from engine.objectives.template import LENGTHS, names_in, split_template, trial_values
from engine.objectives.workplace import Workplace, make_workplace
from engine.trials.states import Direction
from engine.values import Value, refuse_unknown_keys

LISTEN_SECONDS = 0.2
"""How often a silent command is looked after: whether it must stop."""

QUIET_LISTENS = 10
"""So often in a row nothing is heard of a command that has ended before its output counts as read to its end, where
something that it started and left holds it open: after a stop of this process its last lines come late."""

STOP_SECONDS = 3.0
"""What a script that uses `trimtab.py` gets to end by itself before a signal tells it; with `END_SECONDS` less than
what its worker gets."""


class CommandObjective:
    """A command template as an objective.

    Args:
        model: ``command``: the template as text or as a list of words; ``command_options``: the keys beside it in
            the thread file, as `engine.objectives.command_options` reads them.
        data: ``metric`` (name of the score), ``direction`` (maximize, minimize), ``n_train`` and ``n_val`` (sizes of
            the data, for plans), ``units`` (what they count, such as images).
        base_dir: Folder of the thread file.

    Attributes:
        metric: Name of the score.
        direction: ``maximize`` or ``minimize``.
        listener: Told of every run; None where nobody looks on.
        declaration: What the thread file says of the data; None for nothing.
    """

    def __init__(self, *, model: Mapping[str, Any], data: Mapping[str, Any], base_dir: Path) -> None:
        refuse_unknown_keys(data, ("metric", "direction", "n_train", "n_val", "units"), where="data of a command")
        command = model.get("command") or ""
        text = command if isinstance(command, str) else shlex.join(map(str, command))
        self._base_dir = base_dir
        self._facts = {key: data[key] for key in ("n_train", "n_val") if key in data}
        self.declaration = {"units": str(data["units"])} if data.get("units") else None
        given = model.get("command_options") or {}
        self.metric = str(data.get("metric") or "score")
        self._options = CommandOptions.read(given, metric=self.metric)
        self._words = [text] if self._options.shell else split_template(text)
        self._direction = Direction.read(data.get("direction") or self._options.report.direction or "maximize")
        self.direction: str = self._direction

        self.listener: Listener | None = None

    def prepare(self) -> Mapping[str, Any]:
        """Facts for the manifest; what files the template names (script, data) and what was in them."""
        words = self._words[0].split() if self._options.shell else self._words
        named = [*words, *self._options.constants, *(copy.source for copy in self._options.files.values())]
        files = {word: self._base_dir / word for word in named}
        hashes = {word: _short_hash(path) for word, path in files.items() if path.is_file()}
        command = self._words[0] if self._options.shell else shlex.join(self._words)
        return {"command": command, "files": hashes, **self._facts}

    def run(self, trial: Trial) -> float:
        """Run the command to its end and return the trial's score; NaN where that was none.

        Raises:
            EngineError: When the template names something unknown, or the command cannot be run, fails, or never
                reports a score.
        """
        facts = self._steps(trial)
        place = make_workplace(self._words, self._options, self._base_dir, trial, facts)
        trial.log("$ " + (place.words[2] if self._options.shell else shlex.join(place.words)))
        reporter = Reporter(trial, {**trial_values(trial), **facts})
        reports = self._reports(trial, place, reporter)
        mark = uuid.uuid4().hex
        env = {**place.env, VARIABLE: str(reporter.folder)}
        process = start_process(place.words, place.folder, env, mark, is_tty=self._options.tty)
        try:
            stopped = self._follow(process, trial, reports)
            if stopped and reporter.is_used:
                reporter.stop()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_SECONDS)
        finally:
            reporter.close()
            end_process(process, mark)
            place.tidy()
        if not stopped and process.returncode != 0:
            raise reports.last_lines.failure(process.returncode)
        reports.close(is_complete=not stopped)
        if reports.score is None and not stopped:
            raise reports.none_found()
        return math.nan if reports.score is None else reports.score

    def _reports(self, trial: Trial, place: Workplace, reporter: Reporter) -> CommandReports:
        told = any(name in LENGTHS for word in self._words for name in names_in(word))
        told = told or bool(self._options.names() & set(LENGTHS))
        where = Place(folder=place.folder, run_dir=trial.run_dir, started_at=time.time(), names=place.values)
        source = self._options.report.build(where, metric=self.metric)
        if self.listener is not None:
            self.listener.started(place, source)
        return CommandReports(
            trial,
            source,
            self._options.report,
            reporter=reporter,
            direction=self._direction,
            is_told_length=told,
            heard=None if self.listener is None else self.listener.heard,
        )

    def _steps(self, trial: Trial) -> dict[str, Value]:
        """The fact ``steps`` where the report says how many make an epoch."""
        every, epochs = self._options.report.every, trial_values(trial)["epochs"]
        return {} if every is None or not isinstance(epochs, int) else {"steps": every * epochs}

    def _follow(self, process: "subprocess.Popen[bytes]", trial: Trial, reports: CommandReports) -> bool:
        """Read what the command says until it ends or must stop; whether it must stop."""
        pieces = read_pieces(process)
        try:
            return self._read(pieces, process, trial, reports)
        finally:
            pieces.close()

    def _read(self, pieces: Pieces, process: "subprocess.Popen[bytes]", trial: Trial, reports: CommandReports) -> bool:
        reports.watch(lambda: pieces.wake(Piece("out", "", is_alive=True)))
        n_open, n_quiet = 2, 0
        while n_open:
            try:
                piece = pieces.get(timeout=LISTEN_SECONDS)
            except queue.Empty:
                if trial.stopping() or not reports.look():
                    return True
                if process.poll() is not None:
                    signal_group(process, signal.SIGKILL)  # what it started and left may hold its output open
                    n_quiet += 1
                    if n_quiet > QUIET_LISTENS:
                        break
                continue
            n_quiet = 0
            if piece is None:
                n_open -= 1
            elif not reports.read(piece):
                return True
        while process.poll() is None:  # it has closed its outputs and lives on
            if trial.stopping() or not reports.look():
                return True
            with suppress(subprocess.TimeoutExpired):
                process.wait(LISTEN_SECONDS)
        return not reports.look(is_final=True)


def _short_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
