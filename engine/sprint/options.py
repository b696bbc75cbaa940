"""Options of a sprint that are one number each; each is declared here, once.

From here a stage template, a plan, the store, a sprint as it is shown, `trimtab sprint new`, the plan form, the schema
of the thread file and the command in a report have it. An option that has no column of its own in the store is kept in
the sprint's plan.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from engine.errors import EngineError

MOST = 100_000
"""A larger count is a slip of the finger."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SprintOption:
    """An option as command line, form and schema need it.

    Attributes:
        name: Of the field of `SprintOptions`, of the key in a stage and of the key in JSON.
        flag: Of the command line.
        help: What it is, in one sentence.
        least: Smallest count; None for an amount above 0 that may be absent.
        scale: How many of the plan's units make one of the command line's and the form's: 3600 s an hour.
        label: What stands before its field in the plan form; empty for no field.
        note: What stands behind it.
        field: Name of that field.
    """

    name: str
    flag: str
    help: str
    least: int | None = None
    scale: float = 1.0
    label: str = ""
    note: str = ""
    field: str = ""

    @property
    def is_count(self) -> bool:
        """Whether it is a whole number that is always there."""
        return self.least is not None

    def check(self, value: object, where: str) -> None:
        """Refuse a value that the option cannot have.

        Args:
            value: Of the option.
            where: What it belongs to, for the error.

        Raises:
            EngineError: Saying what it must be.
        """
        if self.least is None:
            if value is not None and not (isinstance(value, int | float) and 0 < value < math.inf):
                raise EngineError(f"{where}{self.name} must be a finite number above 0, got {value!r}")
            return
        if isinstance(value, bool) or not isinstance(value, int) or value < self.least:
            raise EngineError(f"{where}{self.name} must be a whole number, {self.least} or more, got {value!r}")
        if value > MOST:
            raise EngineError(f"{where}{self.name} must be at most {MOST:,}, got more")


def _declare(default: Any, flag: str, text: str, **more: Any) -> Any:
    return field(default=default, metadata={"flag": flag, "help": text, **more})


@dataclass(frozen=True, kw_only=True, slots=True)
class SprintOptions:
    """What stage, plan and sprint share; see `OPTIONS` for what each is."""

    top_n: int = _declare(
        0, "--top", "How many of its best; 0 means all.", least=0, label="top", note="best trials; 0: all", field="top"
    )
    repeats: int = _declare(1, "--repeats", "Runs of each primed configuration, with different seeds.", least=1)
    inform: int = _declare(0, "--inform", "How many of its other trials inform the model at most.", least=0)
    max_seconds: float | None = _declare(
        None, "--hours", "Wall-clock budget; the first used up ends it.", scale=3600.0, label="time limit (h)",
        note="blank: no limit", field="hours",
    )  # fmt: skip
    max_epoch_equivalents: float | None = _declare(None, "--epoch-budget", "Budget in full-data epochs.")
    keep_top: int = _declare(
        0, "--keep-top", "Keep checkpoints of the best N trials alone.", least=0, label="keep", note="best checkpoints",
        field="keep",
    )  # fmt: skip

    def check_options(self, where: str = "") -> None:
        """Refuse values that no sprint can have.

        Raises:
            EngineError: Naming the first.
        """
        for option in OPTIONS:
            option.check(getattr(self, option.name), where)


OPTIONS: tuple[SprintOption, ...] = tuple(
    SprintOption(**{"name": one.name, "field": one.name, **one.metadata}) for one in fields(SprintOptions)
)
"""Every option, in the order of command line and form."""


def option_values(source: object, plan: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The options of a stage, a plan or a row of the store by name.

    Args:
        source: What holds them.
        plan: A row's plan as it is stored, for options that have no column.
    """
    defaults = {one.name: one.default for one in fields(SprintOptions)}
    kept = plan or {}
    return {name: getattr(source, name, kept.get(name, default)) for name, default in defaults.items()}
