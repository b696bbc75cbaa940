"""Stage templates as data (paper §3): what a new sprint begins from; every number may be changed per sprint.

A thread file may change a built-in stage or add its own::

    stages:
      1E: {n_trials: 60, n_random: 30}
      half: {from: Full, n_trials: 5, fidelity: {train_parts: 2}}

What a stage does not say it takes from its template, except the options of a sampler or pruner it replaces.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any

from engine.errors import EngineError
from engine.pruners.registry import load_pruner
from engine.samplers.registry import complete_options
from engine.sprint.label import check_suffix
from engine.sprint.options import SprintOptions
from engine.sprint.plan import MOST_TRIALS, PRIMES, Prime
from engine.trials.fidelity import Fidelity, checkpoint_epochs
from engine.trials.limits import Limits
from engine.values import refuse_unknown_keys


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage(SprintOptions):
    """A template for sprints, beside `engine.sprint.options.SprintOptions`.

    Attributes:
        name: As in ``--stage 1E``.
        title: One line on what it is for.
        sampler: Name in the sampler registry.
        sampler_options: By name.
        pruner: Name in the pruner registry.
        pruner_options: By name.
        n_trials: Budget in trials.
        n_random: Random ones among them, counted from the first.
        fidelity: Data, epochs, schedule.
        prime: How the best trials of the sprint before enter.
        keep_checkpoint_at: Epochs whose checkpoint is kept, too.
        limits: Changes to `engine.trials.limits.Limits` by name.
        suffix: In the label; the name where empty.
    """

    name: str
    title: str = ""
    sampler: str = "gp"
    sampler_options: Mapping[str, Any] = field(default_factory=dict)
    pruner: str = "none"
    pruner_options: Mapping[str, Any] = field(default_factory=dict)
    n_trials: int = 60
    n_random: int = 30
    fidelity: Fidelity = field(default_factory=Fidelity)
    prime: Prime = "none"
    keep_checkpoint_at: tuple[int, ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)
    suffix: str = ""

    def __post_init__(self) -> None:
        for name in ("n_trials", "n_random"):
            given, least = getattr(self, name), int(name == "n_trials")
            if isinstance(given, bool) or not isinstance(given, int) or given < least:
                raise EngineError(f"stage {self.name}: {name} must be a whole number, {least} or more, got {given!r}")
            if given > MOST_TRIALS:
                raise EngineError(f"stage {self.name}: {name} must be at most {MOST_TRIALS:,}, got more")
        if self.n_random > self.n_trials:
            raise EngineError(
                f"stage {self.name}: n_random must be at most n_trials, {self.n_trials}, got {self.n_random}"
            )
        check_suffix(self.suffix or self.name)
        complete_options(self.sampler, self.sampler_options)
        load_pruner(self.pruner, self.pruner_options, study_key="", sign=1.0)
        if self.prime not in PRIMES:
            raise EngineError(f"stage {self.name}: prime must be none, cold or warm, got {self.prime!r}")
        self.check_options(f"stage {self.name}: ")
        Limits.from_dict(self.limits)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON without the name."""
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "name"}
        return plain | {
            "sampler_options": dict(self.sampler_options),
            "pruner_options": dict(self.pruner_options),
            "fidelity": self.fidelity.to_dict(),
            "keep_checkpoint_at": list(self.keep_checkpoint_at),
            "limits": dict(self.limits),
        }


LOW = Fidelity(train_parts=6, val_parts=3, max_epochs=25, run_to="epochs", epochs=1, scheduler=False)
"""One epoch on 1/6 of training and 1/3 of validation, constant rates: tuned values are effective ones (paper §3)."""

HYPERBAND = {"min_resource": 1, "max_resource": 32, "reduction_factor": 3}
"""R = 25 + 7 = 32 epochs, η = 3: four brackets with rungs 1, 3, 9, 27 (paper §3)."""

BUILT_IN: tuple[Stage, ...] = (
    Stage(
        name="1E",
        title="Explore: one epoch, effective rates, half of the trials random",
        n_trials=120,
        n_random=60,
        fidelity=LOW,
    ),
    Stage(
        name="Warm",
        title="Tune the one-cycle schedule up to the end of its warmup, in the trimmed space",
        n_trials=90,
        n_random=30,
        fidelity=replace(LOW, run_to="warmup", epochs=None, scheduler=True),
    ),
    Stage(
        name="Full",
        title="All data, the whole schedule, calibrated thresholds; starts with the best three of the stage before",
        sampler="tpe",
        sampler_options={"n_startup_trials": 4},
        pruner="hyperband",
        pruner_options=HYPERBAND,
        n_trials=9,
        n_random=0,
        fidelity=Fidelity(max_epochs=25, calibration_epochs=7),
        prime="cold",
        top_n=3,
        keep_top=3,
        suffix="25E+Cal",
    ),
    Stage(
        name="baseline",
        title="Random search at the fidelity of the exploration: the baseline to beat",
        sampler="random",
        n_trials=60,
        n_random=60,
        fidelity=LOW,
    ),
    Stage(
        name="trajectory",
        title="One epoch, scheduler off, from a later checkpoint: the best effective rates there",
        n_trials=60,
        n_random=30,
        fidelity=LOW,
    ),
    Stage(
        name="confirm",
        title="Repeat the best three with five seeds each: mean, spread and rank",
        sampler="random",
        n_trials=15,
        n_random=0,
        fidelity=Fidelity(max_epochs=25, calibration_epochs=7),
        prime="cold",
        top_n=3,
        repeats=5,
        keep_top=3,
    ),
)
"""The paper's three phases, a random baseline, single epochs from a checkpoint (A.2) and repeats (B.3)."""

OPENS_TEST = "confirm"
"""The one stage whose trials read the test split: a test score that guides a search is a validation score."""

DEFAULT_ORDER = ("1E", "Warm", "Full")
"""Stages a thread goes through; the plan screen proposes the next one."""

KEYS = (*(f.name for f in fields(Stage) if f.name != "name"), "from")


def all_stages(own: Mapping[str, Mapping[str, Any]]) -> dict[str, Stage]:
    """The built-in stages, changed and added to by a thread's own.

    Raises:
        EngineError: For unknown keys or numbers that make no stage.
    """
    found = {stage.name: stage for stage in BUILT_IN}
    for name, plain in own.items():
        found[name] = _from_dict(name, plain, found)
    return found


def find_stage(name: str, own: Mapping[str, Mapping[str, Any]]) -> Stage:
    """A stage by name, upper and lower case alike.

    Raises:
        EngineError: Naming the nearest stage there is.
    """
    stages = all_stages(own)
    by_lower = {known.lower(): known for known in stages}
    if name.lower() in by_lower:
        return stages[by_lower[name.lower()]]
    near = get_close_matches(name.lower(), list(by_lower), n=1)
    hint = f"did you mean {by_lower[near[0]]}?" if near else f"there are {', '.join(stages)}"
    raise EngineError(f"no stage is called {name!r}", hint)


def next_stage(done: tuple[str, ...]) -> str:
    """The stage after the furthest one done: 1E, Warm, Full, then Full again."""
    reached = [DEFAULT_ORDER.index(name) for name in done if name in DEFAULT_ORDER]
    return DEFAULT_ORDER[min(max(reached, default=-1) + 1, len(DEFAULT_ORDER) - 1)]


def _from_dict(name: str, plain: Mapping[str, Any], known: Mapping[str, Stage]) -> Stage:
    where = f"stage {name}"
    if not isinstance(plain, Mapping):
        raise EngineError(f"{where}: a mapping is needed, got {plain!r}")
    refuse_unknown_keys(plain, KEYS, where=where)
    base_name = str(plain.get("from", name if name in known else ""))
    if base_name and base_name not in known:
        refuse_unknown_keys({base_name: None}, known, where=f"{where}: from")
    base = known[base_name] if base_name else Stage(name=name)
    given = {key: value for key, value in plain.items() if key != "from"}
    for key in ("sampler_options", "pruner_options", "fidelity", "limits"):
        if key in given and not isinstance(given[key], Mapping):
            raise EngineError(f"{where}: {key} must be a mapping, got {given[key]!r}")
    for key in ("title", "suffix", "sampler", "pruner"):
        if key in given:
            given[key] = str(given[key])
    if "fidelity" in given:
        given["fidelity"] = _fidelity(base.fidelity, given["fidelity"])
    if "keep_checkpoint_at" in given:
        fidelity = given.get("fidelity", base.fidelity)
        given["keep_checkpoint_at"] = checkpoint_epochs(given["keep_checkpoint_at"], fidelity)
    n_trials = given.get("n_trials")
    if isinstance(n_trials, int) and n_trials <= MOST_TRIALS and "n_random" not in given:
        given["n_random"] = round(base.n_random * n_trials / base.n_trials)
    for part in ("sampler", "pruner"):
        if given.get(part, getattr(base, part)) != getattr(base, part):
            given.setdefault(f"{part}_options", {})
    suffix = base.suffix if base.name == name else ""
    return replace(base, **({"suffix": suffix} | given | {"name": name}))


def _fidelity(base: Fidelity, given: Mapping[str, Any]) -> Fidelity:
    refuse_unknown_keys(given, Fidelity.__slots__, where="fidelity")
    changed = dict(given)
    if changed.get("run_to", "epochs") != "epochs":
        changed.setdefault("epochs", None)
    elif "epochs" in changed:
        changed.setdefault("run_to", "epochs")
    return replace(base, **changed)
