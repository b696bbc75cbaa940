"""A sprint's plan: everything a person decides before it runs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from engine.errors import EngineError
from engine.sprint.options import SprintOptions
from engine.trials.fidelity import Fidelity
from engine.trials.limits import Limits
from engine.values import Value

Prime = Literal["none", "cold", "warm"]
"""``cold``: parameters only, evaluated again; ``warm``: scores trusted, at equal space and fidelity (paper §3, A.2)."""

PRIMES: tuple[Prime, ...] = ("none", "cold", "warm")


MOST_TRIALS = 100_000
"""More in one sprint are a slip of the finger; a plan looks at each of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SprintPlan(SprintOptions):
    """What a sprint will be, beside `engine.sprint.options.SprintOptions`.

    Attributes:
        thread: Name of the thread.
        stage: Name of the stage template it began from.
        sampler: Name in the sampler registry.
        sampler_options: Options of the sampler by name.
        pruner: Name in the pruner registry; ``none`` prunes nothing.
        pruner_options: Options of the pruner by name.
        n_trials: Trials the sprint is to finish, cold-primed and hand-typed ones included, warm ones not.
        n_random: How many of them, counted from the first, are drawn at random when nothing is queued.
        fidelity: Data, epochs and schedule of every trial.
        prime: How earlier trials enter.
        prime_from: Id of the sprint they come from; None with ``prime`` ``none``.
        seed: Seed of the sprint; trials and sampler derive theirs from it.
        suffix: Last part of the label before the version; the stage's own where empty.
        checkpoint: Folder every trial starts from; None for the pretrained state with random heads.
        keep_checkpoint_at: Epochs whose checkpoint every trial keeps; `WARMUP_END` stands for the end of its warmup.
        manual: Hand-typed configurations, queued before anything else.
        limits: Changes to `engine.trials.limits.Limits` by name: retries, silence, time of one trial, disk.
        allow_changed_space: Warm priming across a changed space was confirmed by a person (paper §3).
        replaces: Id of the sprint this one is a new version of; None for a fresh one.
    """

    thread: str
    stage: str
    sampler: str = "gp"
    sampler_options: Mapping[str, Any] = field(default_factory=dict)
    pruner: str = "none"
    pruner_options: Mapping[str, Any] = field(default_factory=dict)
    n_trials: int = 60
    n_random: int = 30
    fidelity: Fidelity = field(default_factory=Fidelity)
    prime: Prime = "none"
    prime_from: int | None = None
    seed: int = 0
    suffix: str = ""
    checkpoint: str | None = None
    keep_checkpoint_at: tuple[int, ...] = ()
    manual: tuple[Mapping[str, Value], ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)
    allow_changed_space: bool = False
    replaces: int | None = None

    def __post_init__(self) -> None:
        if self.prime not in PRIMES:
            raise EngineError(f"prime must be none, cold or warm, got {self.prime!r}")
        if not 1 <= self.n_trials <= MOST_TRIALS:
            raise EngineError(f"a sprint's trials must be 1 … {MOST_TRIALS:,}, got {self.n_trials:,}")
        if not 0 <= self.n_random <= self.n_trials:
            raise EngineError(f"random trials must be 0 … {self.n_trials} (the trials), got {self.n_random}")
        self.check_options()
        if not 0 <= self.seed < 2**63:
            raise EngineError(f"a seed must be 0 … 2^63 - 1, got {self.seed}")
        Limits.from_dict(self.limits)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, the inverse of `from_dict`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "SprintPlan":
        """Read a plan from the store."""
        given = dict(plain)
        given["fidelity"] = Fidelity.from_dict(given["fidelity"])
        given["keep_checkpoint_at"] = tuple(given["keep_checkpoint_at"])
        given["manual"] = tuple(given["manual"])
        return cls(**given)
