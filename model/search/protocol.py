"""A trial as the training sees it; the engine's satisfies it by shape."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Trial(Protocol):
    """What is read of an engine's trial; see engine.objectives.protocol.Trial."""

    number: int
    params: Mapping[str, float | int | str | bool | list[Any] | None]
    seed: int
    train_subset: tuple[int, int]
    val_subset: tuple[int, int]
    max_epochs: int
    run_to: str
    epochs: int | None
    scheduler: bool
    calibration_epochs: int
    checkpoint: str | None
    keep_checkpoint_at: tuple[int, ...]
    open_test: bool
    device: str
    run_dir: Path

    def report(self, step: int, score: float, metrics: Mapping[str, float], phase: str = "train") -> bool:
        """Record one epoch; False means stop."""
        ...

    def progress(self, epoch: int, fraction: float, message: str = "") -> bool:
        """Say how far the epoch is; False means stop."""
        ...

    def opened_test(self, metrics: Mapping[str, float]) -> None:
        """Say that the test split was read, and what it showed."""
        ...

    def log(self, text: str) -> None:
        """Write one line to the trial's log."""
        ...
