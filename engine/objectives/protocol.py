"""The seam between the engine and whatever it trains: structural protocols, resolved by name in the worker."""

import importlib
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any, ClassVar, Protocol

from engine.errors import EngineError
from engine.values import Value

MOVED = {"engine.export.imported": "engine.exchange.imported"}
"""Modules of objectives that stores of earlier versions name, and where they are today."""


FREE_NAMES = ("model", "tui")
"""Packages of ours that a person's class may have under the same name: the engine imports neither."""


class Trial(Protocol):
    """What an objective sees of one trial.

    Attributes:
        number: 0-based within the sprint.
        params: Active dimensions, frozen ones included, in native Python types.
        inactive: Names of the other dimensions of the thread's spaces.
        seed: Seed of this trial.
        train_subset: (index, count): use subset ``index`` of ``count``.
        val_subset: The same for validation.
        max_epochs: Length of the schedule in epochs.
        run_to: ``epochs``, ``warmup`` or ``all``.
        epochs: Epochs to run when ``run_to`` is ``epochs``.
        scheduler: Whether the learning-rate schedule is on.
        calibration_epochs: Epochs of calibration after training.
        checkpoint: Folder to start from, or None for the pretrained state.
        keep_checkpoint_at: Epochs whose checkpoint is kept in ``run_dir``.
        open_test: Whether the test split is to be read, once, after training: in the stage ``confirm`` only.
        device: ``cpu`` or ``cuda:N``.
        run_dir: The trial's own folder; exists.
    """

    number: int
    params: Mapping[str, Value]
    inactive: tuple[str, ...]
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
        """Record one epoch (step from 1; phase ``train`` or ``calibration``); False means stop now and return."""
        ...

    def progress(self, epoch: int, fraction: float, message: str = "") -> bool:
        """Say how far the running epoch is (0 … 1); cheap enough to call for every batch; False means stop now."""
        ...

    def stopping(self) -> bool:
        """Whether to stop now; unlike `progress` no sign of life, so that a training that hangs is noticed."""
        ...

    def opened_test(self, metrics: Mapping[str, float]) -> None:
        """Say that the test split was read, and what it showed; every opening is counted."""
        ...

    def finding(self, text: str) -> None:
        """Say what a person must know to trust the trial's score; one sentence, kept with the trial."""
        ...

    def log(self, text: str) -> None:
        """Write one line to the trial's log."""
        ...


class OutOfMemoryError(EngineError):
    """Raised by an objective whose training was ended for want of memory; it is tried again within its limits."""


class Objective(Protocol):
    """What can be tuned: built once per worker, then run for trial after trial.

    Attributes:
        metric: Name of the score.
        direction: ``maximize`` or ``minimize``.
    """

    metric: str
    direction: str

    def __init__(self, *, model: Mapping[str, Any], data: Mapping[str, Any], base_dir: Path) -> None: ...

    def prepare(self) -> Mapping[str, Any]:
        """Load data and weights; returns facts for the sprint's manifest (``n_train``, ``n_val``, ``data_hash``, …)."""
        ...

    def run(self, trial: Trial) -> float:
        """Train one configuration and return its final score; report every epoch on the way."""
        ...


def load_objective(name: str) -> type[Objective]:
    """The class behind ``module:Class``.

    Raises:
        EngineError: When the name is malformed, the module cannot be imported or has no such class.
    """
    module_name, _, class_name = name.partition(":")
    if not module_name or not class_name:
        raise EngineError(f"an objective must be named module:Class, got {name!r}")
    module_name = MOVED.get(module_name, module_name)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise EngineError(
            f"objective {name}: no module {error.name}", "is it installed, or in the working directory?"
        ) from error
    found = getattr(module, class_name, None)
    if not isinstance(found, type):
        classes = [key for key, value in vars(module).items() if isinstance(value, type)]
        near = get_close_matches(class_name, classes, n=1)
        hint = f"did you mean {module_name}:{near[0]}?" if near else ""
        raise EngineError(f"objective {name}: {module_name} has no class {class_name}", hint)
    return found


def build_objective(name: str, *, model: Mapping[str, Any], data: Mapping[str, Any], base_dir: Path) -> Objective:
    """An objective with its options, built but not prepared; modules beside the thread file count as importable.

    A class of the person's may import their own ``model``; ours is loaded for our own objectives only.

    Raises:
        EngineError: When its name leads nowhere, or the folder has an ``engine`` of its own; or whatever its
            constructor raises.
    """
    if not is_own(name, base_dir):
        refuse_second_engine(base_dir)
        _OwnModel.prefer(base_dir)
        # At the end: a folder of the user's must not shadow what is installed.
        if str(base_dir) not in sys.path:
            sys.path.append(str(base_dir))
    return load_objective(name)(model=model, data=data, base_dir=base_dir)


def is_own(name: str, base_dir: Path) -> bool:
    """Whether an objective comes with trimtab, not from the folder of the thread file."""
    package = name.partition(":")[0].partition(".")[0]
    return package == "engine" or _is_built_in(name) or (package == "model" and not _has(base_dir, "model"))


def _is_built_in(name: str) -> bool:
    from engine.objectives.registry import OBJECTIVES

    return any(info.target == name for info in OBJECTIVES.built_in.values())


def refuse_second_engine(base_dir: Path) -> None:
    """Refuse a folder whose classes would import ``engine`` and get ours, or get theirs in the place of ours.

    Raises:
        EngineError: Naming what is in the way.
    """
    if (found := _has(base_dir, "engine")) is not None:
        raise EngineError(
            f"The folder of an objective class must not have a module engine of its own, got {found}: "
            "where trimtab runs the class, engine is trimtab's",
            "Rename it, or steer the script with command: in place of objective:",
        )


def _has(folder: Path, name: str) -> Path | None:
    """The module or package of that name in a folder, if there is one."""
    spec = PathFinder.find_spec(name, [str(folder)])
    if spec is None:
        return None
    if spec.origin is None:  # a plain folder: a package only where code lies in it
        return folder / name if any((folder / name).glob("*.py")) else None
    return Path(spec.origin)


class _OwnModel:
    """Finds the person's ``model`` where the folder of their objective has one; the engine imports none.

    Attributes:
        folder: Of the objective; None while there is no such module.
    """

    folder: ClassVar[Path | None] = None

    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG003
        """The person's module, or None."""
        if name not in FREE_NAMES or cls.folder is None or _has(cls.folder, name) is None:
            return None
        return PathFinder.find_spec(name, [str(cls.folder)])

    @classmethod
    def prefer(cls, folder: Path) -> None:
        """From now on look in a folder first; what was loaded of ours under such a name, a declaration, is dropped."""
        cls.folder = folder
        if cls not in sys.meta_path:
            sys.meta_path.insert(0, cls)
        for root in FREE_NAMES:
            if (theirs := _has(folder, root)) is None or _is_loaded_from(theirs, root):
                continue
            for name in [name for name in sys.modules if name.partition(".")[0] == root]:
                del sys.modules[name]


def _is_loaded_from(source: Path, name: str) -> bool:
    """Whether the loaded module of a name, if any, is the one of that file or folder."""
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None)
    places = [spec.origin, *(spec.submodule_search_locations or ())] if spec is not None else []
    return any(place is not None and Path(place) == source for place in places)
