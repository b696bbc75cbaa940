"""A trial that remembers what it is told, for tests of objectives."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Recorded:
    """A trial that remembers what it is told."""

    run_dir: Path = Path()
    params: Mapping[str, Any] = field(default_factory=dict)
    inactive: tuple[str, ...] = ()
    number: int = 3
    seed: int = 11
    train_subset: tuple[int, int] = (1, 2)
    val_subset: tuple[int, int] = (0, 3)
    max_epochs: int = 4
    run_to: str = "all"
    epochs: int | None = None
    scheduler: bool = False
    calibration_epochs: int = 0
    checkpoint: str | None = None
    keep_checkpoint_at: tuple[int, ...] = ()
    open_test: bool = False
    device: str = "cpu"
    stop_at: int = 10**6
    deadline: float = math.inf
    reports: list[tuple[int, float, dict[str, float], str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    progressed: list[tuple[int, float]] = field(default_factory=list)

    def report(self, step: int, score: float, metrics: Mapping[str, float], phase: str = "train") -> bool:
        self.reports.append((step, score, dict(metrics), phase))
        return step < self.stop_at

    def progress(self, epoch: int, fraction: float, message: str = "") -> bool:
        self.progressed.append((epoch, fraction))
        return time.monotonic() < self.deadline

    def stopping(self) -> bool:
        return time.monotonic() >= self.deadline

    def opened_test(self, metrics: Mapping[str, float]) -> None:
        raise AssertionError(f"no objective here has a test split; given: {metrics}")

    def finding(self, text: str) -> None:
        self.findings.append(text)

    def log(self, text: str) -> None:
        self.lines.append(text)
