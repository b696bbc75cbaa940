"""The engine's side of `trimtab.py`: files through which a script that imports it reports and is told to stop.

``trial.json`` tells the script its hyperparameters and facts; the script appends lines to ``reports.jsonl``, each in
one write; ``answers.json``, replaced whole after each look, says how many reports were taken and from which on to stop.
"""

import json
import os
import shutil
import threading
from collections.abc import Callable, Mapping
from typing import Any

from engine.boundary.json_text import parse_json
from engine.errors import EngineError
from engine.metric_sources.fields import is_count
from engine.metric_sources.numbers import read_number
from engine.metric_sources.reading import Reading
from engine.objectives.protocol import Trial
from engine.values import Value

VARIABLE = "TRIMTAB_TRIAL"
"""Environment variable that names the folder; a script without it is no trial."""

FOLDER = "reporter"
REPORTS = "reports.jsonl"

MOST_BYTES = 8 * 2**20
"""Read at one look; a report is some hundred bytes."""

LOOK_SECONDS = 0.01
"""How soon after a report the script hears whether to stop: an epoch should not wait for us."""

FIRST_LOOK_SECONDS = 0.25
"""The same while the script has never reported."""


class Reporter:
    """One trial's folder of reports.

    Args:
        trial: Whose.
        facts: What the template may name besides hyperparameters.
    """

    def __init__(self, trial: Trial, facts: Mapping[str, Value]) -> None:
        self.folder = trial.run_dir / FOLDER
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        told = {"params": dict(trial.params), "inactive": list(trial.inactive), "facts": dict(facts)}
        self._write("trial.json", told)
        self._reports = self.folder / REPORTS
        self._n_bytes = self._n_reports = 0
        self._stop_at: int | None = None
        self._ended = threading.Event()

    @property
    def is_used(self) -> bool:
        """Whether the script has reported."""
        return self._n_bytes > 0

    def readings(self) -> list[Reading]:
        """What the script reported since the last look; `answer` must follow."""
        try:
            with self._reports.open("rb") as file:
                file.seek(self._n_bytes)
                content = file.read(MOST_BYTES)
        except OSError:
            return []
        whole = content[: content.rfind(b"\n") + 1]
        if not whole and len(content) == MOST_BYTES:
            self._n_bytes += MOST_BYTES  # part of a line that is no report
        self._n_bytes += len(whole)
        found = []
        for line in whole.decode("utf-8", errors="replace").splitlines():
            try:
                said = parse_json(line, REPORTS, EngineError, is_shallow=True)
            except EngineError:
                continue
            if isinstance(said, dict) and (reading := _reading(said)) is not None:
                self._n_reports += reading.score is not None
                found.append(reading)
        return found

    def answer(self, *, goes_on: bool) -> None:
        """Answer the reports that were taken, the last one with whether to go on."""
        self._stop_at = None if goes_on else self._n_reports
        self._write_answer()

    def stop(self) -> None:
        """Have the script stop at its next report, on every rank."""
        if self._stop_at is None:
            self._stop_at = self._n_reports + 1
            self._write_answer()

    def watch(self, tell: Callable[[], None]) -> None:
        """Call ``tell`` from a thread whenever the script has reported, until `close`."""

        def look() -> None:
            size = 0
            while not self._ended.wait(LOOK_SECONDS if size else FIRST_LOOK_SECONDS):
                try:
                    now = os.stat(self._reports).st_size  # noqa: PTH116 (a hundred times a second)
                except OSError:
                    continue
                if now != size:
                    size = now
                    tell()

        threading.Thread(target=look, name="reporter", daemon=True).start()

    def close(self) -> None:
        """End the watch."""
        self._ended.set()

    def _write_answer(self) -> None:
        self._write("answers.json", {"bytes": self._n_bytes, "reports": self._n_reports, "stop_at": self._stop_at})

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        """Replace a file whole: a reader finds the old one or the new one."""
        new = self.folder / f"{name}.new"
        new.write_text(json.dumps(content), encoding="utf-8")
        new.replace(self.folder / name)


def _reading(said: Mapping[str, Any]) -> Reading | None:
    """The reading a line is; None for one that `trimtab.py` would not have written."""
    numbers = {name: number for name, value in said.items() if (number := read_number(value)) is not None}
    epoch, score, share = numbers.pop("epoch", None), numbers.pop("score", None), numbers.get("fraction")
    if epoch is not None and not is_count(epoch):
        return None
    if score is not None:
        metrics = {name: float(number) for name, number in numbers.items()}
        return Reading(score=float(score), epoch=epoch, metrics=metrics)
    if share is not None:
        return Reading(epoch=epoch, fraction=float(share), message=str(said.get("message", "")))
    return None
