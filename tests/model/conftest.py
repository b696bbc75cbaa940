"""Runs the shape annotations of model/ (jaxtyping, checked by beartype) in all of its tests; a trial that records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jaxtyping import install_import_hook

install_import_hook("model", "beartype.beartype")


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Encoded documents and tags go to a folder of this session."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIMTAB_CACHE", str(folder))
        yield folder


@dataclass
class RecordingTrial:
    """A trial as the engine hands it over, which writes down what it is told."""

    run_dir: Path
    params: Mapping[str, Any] = field(default_factory=lambda: {"lr": 1e-3})
    number: int = 0
    seed: int = 3
    train_subset: tuple[int, int] = (0, 1)
    val_subset: tuple[int, int] = (0, 1)
    max_epochs: int = 2
    run_to: str = "all"
    epochs: int | None = None
    scheduler: bool = True
    calibration_epochs: int = 0
    checkpoint: str | None = None
    keep_checkpoint_at: tuple[int, ...] = ()
    open_test: bool = False
    device: str = "cpu"
    stop_at_report: int | None = None
    stop_at_progress: int | None = None
    reports: list[tuple[int, float, dict[str, float], str]] = field(default_factory=list)
    progresses: list[tuple[int, float, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    openings: list[dict[str, float]] = field(default_factory=list)

    def report(self, step: int, score: float, metrics: Mapping[str, float], phase: str = "train") -> bool:
        self.reports.append((step, score, dict(metrics), phase))
        return len(self.reports) != self.stop_at_report

    def progress(self, epoch: int, fraction: float, message: str = "") -> bool:
        self.progresses.append((epoch, fraction, message))
        return len(self.progresses) != self.stop_at_progress

    def opened_test(self, metrics: Mapping[str, float]) -> None:
        self.openings.append(dict(metrics))

    def log(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def make_trial(tmp_path: Path) -> Any:
    """Builds trials that share the test's folder."""
    return lambda **changes: RecordingTrial(run_dir=tmp_path, **changes)
