"""Fidelity: how much data and how many epochs a trial gets, and which rotating subsets it sees (paper §3, A.2)."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from engine.errors import EngineError
from engine.values import refuse_unknown_keys

RunTo = Literal["epochs", "warmup", "all"]
"""``epochs``: a fixed number; ``warmup``: the end of the epoch where warmup ends; ``all``: the whole schedule."""

CODE = re.compile(r"T(?P<train>[1-9]\d*)_V(?P<val>[1-9]\d*)(?:_M(?P<epochs>[1-9]\d*))?")
"""``T6_V3_M25``: 1/6 of training, 1/3 of validation, max_epochs 25."""


WARMUP_END = 0
"""Among the epochs whose checkpoint is kept: the end of each trial's own warmup; real epochs begin at 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fidelity:
    """The fidelity of a sprint; constant within it.

    Attributes:
        train_parts: k_T, number of subsets that the training data are partitioned into (1 = all).
        val_parts: k_V, the same for validation.
        max_epochs: Length of the learning-rate schedule in epochs, whatever the run length (paper §3, A.2).
        run_to: How far a trial runs.
        epochs: Number of epochs to run when ``run_to`` is ``epochs``, else None.
        scheduler: Whether the one-cycle schedule is on; off means constant, effective rates (paper §3).
        calibration_epochs: Epochs of threshold calibration after training; never pruned.
    """

    train_parts: int = 1
    val_parts: int = 1
    max_epochs: int = 25
    run_to: RunTo = "all"
    epochs: int | None = None
    scheduler: bool = True
    calibration_epochs: int = 0

    def __post_init__(self) -> None:
        for name in ("train_parts", "val_parts", "max_epochs", "epochs", "calibration_epochs"):
            given = getattr(self, name)
            if (isinstance(given, bool) or not isinstance(given, int)) and not (name == "epochs" and given is None):
                raise EngineError(f"fidelity: {name} must be a whole number, got {given!r}")
        if self.run_to not in get_args(RunTo):
            raise EngineError(f"fidelity: run_to must be epochs, warmup or all, got {self.run_to!r}")
        if not isinstance(self.scheduler, bool):
            raise EngineError(f"fidelity: scheduler must be true or false, got {self.scheduler!r}")
        if min(self.train_parts, self.val_parts, self.max_epochs) < 1:
            raise EngineError(f"fidelity: parts and max_epochs must be at least 1, got {self.code}")
        if self.run_to == "epochs" and (self.epochs is None or not 1 <= self.epochs <= self.max_epochs):
            raise EngineError(f"fidelity: epochs must be 1 … {self.max_epochs} (max_epochs), got {self.epochs}")
        if self.run_to == "warmup" and not self.scheduler:
            raise EngineError("fidelity: running to the end of warmup needs the scheduler on")
        if self.calibration_epochs < 0:
            raise EngineError(f"fidelity: calibration_epochs must be 0 or more, got {self.calibration_epochs}")

    @property
    def code(self) -> str:
        """The identifier in a sprint's label, as in ``T6_V3_M25``."""
        return f"T{self.train_parts}_V{self.val_parts}_M{self.max_epochs}"

    def subsets(self, number: int) -> tuple[int, int]:
        """Indexes of the train and validation subset that trial ``number`` sees."""
        return number % self.train_parts, number % self.val_parts

    def n_epochs(self, pct_start: float | None = None) -> int:
        """Training epochs of a trial; ``pct_start`` (share of the schedule that is warmup) decides under ``warmup``."""
        if self.run_to == "epochs":
            assert self.epochs is not None
            return self.epochs
        if self.run_to == "warmup":
            return warmup_epochs(0.3 if pct_start is None else pct_start, self.max_epochs)
        return self.max_epochs

    def epoch_equivalents(self, pct_start: float | None = None) -> float:
        """Cost of a trial in epochs over the whole training set."""
        return self.n_epochs(pct_start) / self.train_parts

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, the inverse of `from_dict`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Fidelity":
        """Read a fidelity from the store or a stage in a thread file; unknown keys are refused."""
        refuse_unknown_keys(plain, cls.__slots__, where="fidelity")
        return cls(**plain)


def expected_epochs(fidelity: Fidelity, params: Mapping[str, Any]) -> int:
    """Epochs a trial with these parameters reports, calibration included."""
    pct_start = params.get("pct_start")
    return fidelity.n_epochs(None if pct_start is None else float(pct_start)) + fidelity.calibration_epochs


def checkpoint_epochs(words: Iterable[object], fidelity: Fidelity) -> tuple[int, ...]:
    """Epochs whose checkpoint is kept, from numbers and names: ``warmup``, ``mid`` and ``late`` in the schedule.

    ``warmup`` stays `WARMUP_END`, for each trial has its own; ``mid`` and ``late`` are half and nine tenths of it.

    Raises:
        EngineError: For a word that is neither.
    """
    named = {
        "warmup": WARMUP_END,
        "mid": math.ceil(0.5 * fidelity.max_epochs),
        "late": math.ceil(0.9 * fidelity.max_epochs),
    }
    if isinstance(words, str) or not isinstance(words, Iterable):
        raise EngineError(f"a list of epochs is needed, such as [warmup, 20], got {words!r}")
    found = set()
    for word in map(str, words):
        if word not in named and (not word.isdigit() or int(word) < 1):
            raise EngineError(f"a checkpoint's epoch must be a number from 1, warmup, mid or late, got {word!r}")
        found.add(named[word] if word in named else int(word))
    return tuple(sorted(found))


def warmup_end(fidelity: Fidelity, params: Mapping[str, Any]) -> int:
    """The epoch at whose end a trial's warmup is over; a share of 0.3 where its parameters do not say."""
    pct_start = params.get("pct_start")
    return warmup_epochs(0.3 if pct_start is None else float(pct_start), fidelity.max_epochs)


def parse_code(code: str) -> tuple[int, int, int | None]:
    """Split ``T6_V3_M25`` into train parts, validation parts and max_epochs (None where not given).

    Raises:
        EngineError: When the text is not such a code.
    """
    match = CODE.fullmatch(code.strip())
    if match is None:
        raise EngineError(
            f"a fidelity must look like T6_V3_M25, got {code!r}",
            "T = 1/6 of train, V = 1/3 of validation, M = max_epochs",
        )
    epochs = match["epochs"]
    return int(match["train"]), int(match["val"]), None if epochs is None else int(epochs)


def warmup_epochs(pct_start: float, max_epochs: int) -> int:
    """Epochs until warmup ends, ceil(w·N), rounded first: 0.28 · 25 is 7.000…01 in floating point (paper §3)."""
    return max(1, math.ceil(round(pct_start * max_epochs, 9)))
