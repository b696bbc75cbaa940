"""Any training script as an objective: a command template, run without a shell, that prints JSON lines.

Lines of its standard output that are JSON objects with ``epoch`` and ``score`` are reports, further numbers in them are
metrics; ``{"epoch": 3, "fraction": 0.5}`` is progress; everything else, and all of its standard error, is its log.
Whatever it prints is a sign of life; a command that prints nothing for too long is ended by the sprint's limits.
"""

import hashlib
import json
import math
import os
import queue
import shlex
import signal
import subprocess
import threading
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from engine.errors import EngineError
from engine.objectives.protocol import Trial
from engine.objectives.template import fill_template, split_template
from engine.processes import end_marked, exit_reason
from engine.values import refuse_unknown_keys

LISTEN_SECONDS = 0.2
"""How often a silent command is looked after: whether it must stop."""

QUIET_LISTENS = 10
"""So often in a row nothing is heard of a command that has ended before its output counts as read to its end, where
something that it started and left holds it open: after a stop of this process its last lines come late."""

MARK = "TRIMTAB_COMMAND"
"""Variable by which everything that a command started is known as its own."""

END_SECONDS = 5.0
"""What a command gets to end by itself after SIGTERM; shorter than what its worker gets, which is killed then."""

TAIL = 20
"""Lines of its log that are kept at hand, for the reason of a failure."""

Lines = queue.SimpleQueue[tuple[str, str | None]]
"""(``out`` or ``err``, a line); None at the end of a stream."""


class CommandObjective:
    """A command template as an objective.

    Args:
        model: ``command``: the template as text or as a list of words.
        data: ``metric`` (name of the score), ``direction`` (maximize, minimize), ``n_train`` and ``n_val``
            (documents or rows, for forecasts).
        base_dir: Folder the command runs in.
    """

    def __init__(self, *, model: Mapping[str, Any], data: Mapping[str, Any], base_dir: Path) -> None:
        refuse_unknown_keys(data, ("metric", "direction", "n_train", "n_val"), where="data of a command")
        command = model.get("command") or ""
        self._words = split_template(command if isinstance(command, str) else shlex.join(map(str, command)))
        self._base_dir = base_dir
        self._facts = {key: data[key] for key in ("n_train", "n_val") if key in data}
        self.metric = str(data.get("metric", "score"))
        self.direction = str(data.get("direction", "maximize"))
        if self.direction not in ("maximize", "minimize"):
            raise EngineError(f"direction must be maximize or minimize, got {self.direction!r}")

    def prepare(self) -> Mapping[str, Any]:
        """Facts for the manifest; what files the template names (script, data) and what was in them."""
        files = {word: self._base_dir / word for word in self._words}
        hashes = {word: _short_hash(path) for word, path in files.items() if path.is_file()}
        return {"command": shlex.join(self._words), "files": hashes, **self._facts}

    def run(self, trial: Trial) -> float:
        """Run the command to its end and return its last score; NaN where that was none.

        Raises:
            EngineError: When the template names something unknown, or the command cannot be run, fails, reports
                something that is no report, or never reports a score.
        """
        words = fill_template(self._words, trial)
        trial.log("$ " + shlex.join(words))
        tail: list[str] = []
        mark = uuid.uuid4().hex
        process = _started(words, self._base_dir, mark)
        try:
            score, stopped = self._follow(process, trial, tail)
        finally:
            _end(process, mark)
        if stopped:
            return math.nan if score is None else score
        code = process.returncode
        if code != 0:
            last_words = f"; last words: {' / '.join(tail[-3:])}" if tail else ""
            raise EngineError(f"the command must end with exit code 0, it {exit_reason(code)}{last_words}")
        if score is None:
            raise EngineError('the command must print a line such as {"epoch": 1, "score": 0.41}, got none')
        return score

    def _follow(self, process: "subprocess.Popen[str]", trial: Trial, tail: list[str]) -> tuple[float | None, bool]:
        """Read the command's lines until it ends or must stop; (last score reported, whether it must stop)."""
        lines = _read(process)
        score, epoch, fraction, n_open, n_quiet = None, 0, 0.0, 2, 0
        while n_open:
            try:
                stream, line = lines.get(timeout=LISTEN_SECONDS)
            except queue.Empty:
                if trial.stopping():
                    return score, True
                if process.poll() is not None:
                    _signal_group(process, signal.SIGKILL)  # what it started and left may hold its output open
                    n_quiet += 1
                    if n_quiet > QUIET_LISTENS:
                        return score, False
                continue
            n_quiet = 0
            if line is None:
                n_open -= 1
                continue
            said = _report_in(line) if stream == "out" else None
            if said is None:
                tail.append(line)
                del tail[:-TAIL]
                trial.log(line)
                goes_on = trial.progress(epoch + 1, fraction)
            elif "score" not in said:
                fraction = _number(said, "fraction", line) if "fraction" in said else 0.0
                goes_on = trial.progress(_epoch(said, line), fraction, str(said.get("message", "")))
            else:
                epoch, score, fraction = _epoch(said, line), _number(said, "score", line), 0.0
                metrics = {k: _float(v) for k, v in said.items() if _is_number(v) and k not in ("epoch", "score")}
                goes_on = trial.report(epoch, score, metrics, phase=str(said.get("phase", "train")))
            if not goes_on:
                return score, True
        while process.poll() is None:  # it has closed its outputs and lives on
            if trial.stopping():
                return score, True
            with suppress(subprocess.TimeoutExpired):
                process.wait(LISTEN_SECONDS)
        return score, False


def _started(words: Sequence[str], folder: Path, mark: str) -> "subprocess.Popen[str]":
    try:
        return subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            bufsize=1,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", MARK: mark},
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise EngineError(f"the command must be a program that can be run, got {words[0]!r}: {why}") from None


def _read(process: "subprocess.Popen[str]") -> Lines:
    """Both outputs line by line, each read by a thread: one of them full would stop the command."""
    lines: Lines = queue.SimpleQueue()

    def pump(name: str, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                lines.put((name, line.rstrip("\n")))
        lines.put((name, None))

    assert process.stdout is not None
    assert process.stderr is not None
    for name, stream in (("out", process.stdout), ("err", process.stderr)):
        threading.Thread(target=pump, args=(name, stream), name=f"std{name}", daemon=True).start()
    return lines


def _report_in(line: str) -> dict[str, Any] | None:
    """The report a line holds, or None when it is ordinary output."""
    text = line.strip()
    if not text.startswith("{"):
        return None
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) and "epoch" in said and ("score" in said or "fraction" in said) else None


def _epoch(said: Mapping[str, Any], line: str) -> int:
    epoch = said["epoch"]
    if not _is_number(epoch) or not math.isfinite(_float(epoch)) or epoch != int(epoch) or not 1 <= epoch < 2**31:
        raise EngineError(f"a report's epoch must be a whole number from 1, got {line[:200]}", "count epochs from 1")
    return int(epoch)


def _number(said: Mapping[str, Any], name: str, line: str) -> float:
    """A number of a report; null, which is how many a library writes NaN, is NaN."""
    value = said[name]
    if value is not None and not _is_number(value):
        raise EngineError(f"a report's {name} must be a number, got {line[:200]}", 'print {"epoch": 1, "score": 0.41}')
    return math.nan if value is None else _float(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _short_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _end(process: "subprocess.Popen[str]", mark: str) -> None:
    """End the command and what it started in its process group: politely, then not.

    Also after it has ended by itself: what it left would train on beside the next trial. One that is ended takes along
    what made a session of its own, too. A second wish to end, which raises in the middle of the wait, leaves nothing
    running either.
    """
    is_cut_short = process.poll() is None
    try:
        if is_cut_short:
            _signal_group(process, signal.SIGTERM)
            process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        _signal_group(process, signal.SIGKILL)
        process.wait()
        if is_cut_short:
            end_marked(MARK, mark)


def _signal_group(process: "subprocess.Popen[str]", number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
