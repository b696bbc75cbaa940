"""Sprint labels (paper A.2): ``Net-Large-GLOBAL-T6_V3_M25-E0_S0-1E_v1``, written and read back.

In order: model type, variant, partitioning (as the objective names them, else the thread's name as a slug), fidelity,
initialization checkpoint (epoch, step), suffix and version. Fidelity, initialization and suffix hold no hyphen, so the
label is split from the right and the model part may hold any number of them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import EngineError
from engine.objectives.registry import registered
from engine.registries.registry import resolve
from engine.trials.fidelity import parse_code

INITIALIZATION = re.compile(r"E(?P<epoch>\d+)_S(?P<step>\d+)")
"""``E7_S1234``: after epoch 7, optimizer step 1234; ``E0_S0`` is the pretrained state with random heads."""

PRETRAINED = "E0_S0"

MOST_SUFFIX = 40
"""Characters of a suffix, at most: it stands in every column of sprints."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SprintLabel:
    """A label in its parts.

    Attributes:
        model: Model type, variant and partitioning joined by hyphens, or a thread's slug.
        fidelity: Its code, as in ``T6_V3_M25``.
        epoch: Epoch of the initialization checkpoint; 0 for the pretrained state.
        step: Optimizer step of the same.
        suffix: What the sprint is, as in ``1E``; no hyphen, blank or slash.
        version: From 1.
    """

    model: str
    fidelity: str
    epoch: int = 0
    step: int = 0
    suffix: str = "1E"
    version: int = 1

    def __post_init__(self) -> None:
        if parse_code(self.fidelity)[2] is None:
            raise EngineError(f"a label's fidelity must name max_epochs as in T6_V3_M25, got {self.fidelity!r}")
        if not self.model or any(sign in self.model for sign in " /\t\n"):
            raise EngineError(f"a label's model part must hold no blank or slash, got {self.model!r}")
        check_suffix(self.suffix)
        if min(self.epoch, self.step) < 0 or self.version < 1:
            raise EngineError(f"a label needs epoch and step ≥ 0 and version ≥ 1, got {self}")

    def __str__(self) -> str:
        return f"{self.model}-{self.fidelity}-E{self.epoch}_S{self.step}-{self.short}"

    @property
    def short(self) -> str:
        """Suffix and version, enough within a thread: ``1E_v1``."""
        return f"{self.suffix}_v{self.version}"


def check_suffix(suffix: str) -> None:
    """Refuse a suffix that would make a label unreadable.

    Raises:
        EngineError: For an empty one, or one with a hyphen, blank or slash.
    """
    if len(suffix) > MOST_SUFFIX:
        raise EngineError(f"a label's suffix must have at most {MOST_SUFFIX} characters, got {len(suffix)}")
    if not suffix or not suffix.isprintable() or any(sign in suffix for sign in "- /"):
        raise EngineError(f"a label's suffix must hold no hyphen, blank or slash, got {suffix!r}", "use _ or +")


def parse_initialization(text: str) -> tuple[int, int]:
    """Epoch and step of ``E7_S1234``.

    Raises:
        EngineError: When the text is not such a code.
    """
    match = INITIALIZATION.fullmatch(text)
    if match is None:
        raise EngineError(f"an initialization must look like E0_S0 (epoch, step), got {text!r}")
    return int(match["epoch"]), int(match["step"])


def model_part(thread: str, objective: str, model: Mapping[str, Any]) -> str:
    """The model part of a label: as the objective names the options (`ObjectiveInfo.label`), else the thread's slug."""
    info = registered(objective)
    if info is None or not info.label:
        return slug(thread)
    try:
        told = str(resolve(info.label)(model))
    except Exception:  # another package's code: a sprint needs a label whatever it raises
        told = ""
    return slug(told) if told else slug(thread)


def slug(text: str) -> str:
    """Text without signs that a shell or a file system would read: ``Net large / x`` → ``Net-large-x``."""
    return re.sub(r"[^\w.+]+", "-", text).strip("-.") or "thread"


def next_version(suffix: str, taken: Iterable[tuple[str, int]]) -> int:
    """The first free version of a suffix, given the (suffix, version) pairs a thread has."""
    return 1 + max((version for other, version in taken if other == suffix), default=0)
