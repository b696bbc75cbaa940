"""Any training script as an objective: a command template, run without a shell, that prints JSON lines.

The template is split into words first and filled in after, so a value can never become two words or a command. It may
name every hyperparameter and what `FACTS` lists. Lines of its standard output that are JSON objects with ``epoch`` and
``score`` are reports, further numbers in them are metrics; ``{"epoch": 3, "fraction": 0.5}`` is progress; everything
else is its log.
"""

import hashlib
import json
import math
import os
import queue
import shlex
import signal
import string
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.objective import Trial
from engine.records import Value, refuse_unknown_keys

LISTEN_SECONDS = 0.2
"""How often a silent command is looked after: whether it must stop."""

END_SECONDS = 10.0
"""What a command gets to end by itself after SIGTERM."""

FACTS = (
    "epochs", "max_epochs", "seed", "number", "train_fraction", "train_index", "train_parts", "val_index", "val_parts",
    "scheduler", "checkpoint", "run_dir", "device", "calibration_epochs",
)  # fmt: skip
"""What a template may name besides hyperparameters."""


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
        command = model.get("command")
        words = shlex.split(command) if isinstance(command, str) else [str(word) for word in command or ()]
        if not words:
            raise EngineError(
                f"command must be a template such as 'python train.py --lr {{lr}}', got {command!r}",
            )
        self._words = words
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
        """Run the command to its end and return its last score.

        Raises:
            EngineError: When the template names something unknown, or the command fails or never reports a score.
        """
        words = fill_template(self._words, trial)
        trial.log("$ " + shlex.join(words))
        tail: list[str] = []
        with subprocess.Popen(
            words,
            cwd=self._base_dir,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            bufsize=1,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        ) as process:
            try:
                score, stopped = self._follow(process, trial, tail)
            except BaseException:
                _end(process)
                raise
            if stopped:
                _end(process)
                return score
            code = process.wait()
        if code != 0:
            raise EngineError(
                f"the command must end with 0, got {code}: {' / '.join(tail[-3:])}", "see the trial's log"
            )
        if math.isnan(score):
            raise EngineError('the command must print a line such as {"epoch": 1, "score": 0.41}, got none')
        return score

    def _follow(self, process: subprocess.Popen[str], trial: Trial, tail: list[str]) -> tuple[float, bool]:
        """Read the command's lines until it ends or must stop; (last score, whether it must stop)."""
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        assert process.stdout is not None
        reader = threading.Thread(target=_read_lines, args=(process.stdout, lines), daemon=True)
        reader.start()
        score, epoch = math.nan, 0
        while True:
            try:
                line = lines.get(timeout=LISTEN_SECONDS)
            except queue.Empty:
                if not trial.progress(epoch + 1, 0.0):
                    return score, True
                continue
            if line is None:
                return score, False
            said = _report_in(line)
            if said is None:
                tail.append(line)
                del tail[:-20]
                trial.log(line)
            elif "score" not in said:
                if not trial.progress(
                    int(said["epoch"]), float(said.get("fraction", 0.0)), str(said.get("message", ""))
                ):
                    return score, True
            else:
                epoch, score = int(said["epoch"]), float(said["score"])
                metrics = {k: float(v) for k, v in said.items() if _is_number(v) and k not in ("epoch", "score")}
                if not trial.report(epoch, score, metrics, phase=str(said.get("phase", "train"))):
                    return score, True


def fill_template(words: list[str], trial: Trial) -> list[str]:
    """The template's words with the trial's values in them.

    Raises:
        EngineError: For a name that is neither a hyperparameter nor one of `FACTS`.
    """
    epochs = trial.max_epochs if trial.epochs is None else trial.epochs
    facts: dict[str, Value] = {
        "epochs": epochs,
        "max_epochs": trial.max_epochs,
        "seed": trial.seed,
        "number": trial.number,
        "train_fraction": 1.0 / trial.train_subset[1],
        "train_index": trial.train_subset[0],
        "train_parts": trial.train_subset[1],
        "val_index": trial.val_subset[0],
        "val_parts": trial.val_subset[1],
        "scheduler": trial.scheduler,
        "checkpoint": trial.checkpoint or "",
        "run_dir": str(trial.run_dir),
        "device": trial.device,
        "calibration_epochs": trial.calibration_epochs,
    }
    known = {**facts, **trial.params}
    filled = []
    for word in words:
        try:
            names = [name for _, name, _, _ in string.Formatter().parse(word) if name is not None]
        except ValueError as error:
            raise EngineError(
                f"command: {word!r} is no template: {error}", "write {{ and }} for plain braces"
            ) from error
        refuse_unknown_keys(dict.fromkeys(names), known, where="command")
        filled.append(word.format_map({key: _as_word(value) for key, value in known.items()}))
    return [sys.executable, *filled[1:]] if filled[0] == "python" else filled


def _as_word(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read_lines(stream: Any, lines: "queue.SimpleQueue[str | None]") -> None:
    for line in stream:
        lines.put(line.rstrip("\n"))
    lines.put(None)


def _report_in(line: str) -> dict[str, Any] | None:
    """The report a line holds, or None when it is ordinary output."""
    if not line.startswith("{"):
        return None
    try:
        said = json.loads(line)
    except json.JSONDecodeError:
        return None
    is_report = isinstance(said, dict) and _is_number(said.get("epoch")) and (_is_number(said.get("score", 0)))
    return said if is_report else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _short_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _end(process: subprocess.Popen[str]) -> None:
    """End the command and what it started: politely, then not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, number)
            process.wait(END_SECONDS)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
