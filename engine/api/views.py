"""What the engine shows of threads, sprints and trials: frozen records, stdlib only, times in Unix seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.objectives.declaration import Declaration
from engine.sprint.options import SprintOptions
from engine.trials.budgets import BudgetUse
from engine.trials.fidelity import Fidelity
from engine.trials.states import Direction, SprintState, TrialState
from engine.values import Value

"""``orphaned`` is computed: a running sprint without a living launcher; shown, never stored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SprintView(SprintOptions):
    """A sprint with its counts, and its `engine.sprint.options.SprintOptions`.

    Attributes:
        id: Key in the store.
        label: ``Net-Large-GLOBAL-T6_V3_M25-E0_S0-1E_v1`` (paper A.2).
        thread: Name of its thread.
        thread_id: Key of its thread.
        objective: Of its thread, ``module:Class``.
        stage: Name of the stage template.
        version: The number after ``_v``.
        state: See `SprintState`.
        space_number: Number of the space it fixed for ever.
        fidelity: Of every trial.
        sampler: Registry name.
        pruner: Registry name.
        n_trials: Budget in trials.
        n_random: Random ones among them.
        n_complete: Trials that ran to their end, warm-primed ones not counted.
        n_pruned: Trials stopped by the pruner.
        n_failed: Trials that failed for good.
        n_running: Trials in a worker's hands.
        n_queued: Trials waiting (primed, hand-typed or to be retried).
        best_score: Best finite score of a complete trial.
        best_trial: Its number.
        seed: Of the sprint.
        priming: In words: ``none``, ``cold, top 3 of 1E_v1``.
        reviewed: A person said the review is done.
        created_at: When it was planned.
        started_at: When its first launcher started.
        finished_at: When it reached done or failed.
        scores: Complete trials' scores in order of number.
        seconds_per_trial: Mean duration of finished trials.
        eta_seconds: Expected time until the budget is used, while running.
        failure: Why the sprint failed; empty otherwise.
        suffix: Last part of the label before the version.
        short_label: Suffix and version, as in ``1E_v1``: enough within a thread.
        metric: Name of the score.
        direction: Which way the score is better.
        sampler_options: By name.
        pruner_options: By name.
        settings: What ``active_when`` conditions are judged by.
        manifest: Facts the workers found: sizes of the data, versions, hardware, data hash.
        n_warm: Warm-primed trials, not counted in n_complete.
        n_cancelled: Trials a person stopped or withdrew.
        slots: Workers asked for at the last start.
        checkpoint: Folder its trials start from.
        used_seconds: Used of max_seconds: wall-clock time during which trials ran; 0 without such a budget.
        used_epoch_equivalents: Epochs over the whole training set its trials took.
        alarms: Sentences about what goes wrong right now.
        disk_bytes: Bytes of its trials' folders, checkpoints included; None in listings.
        budgets: How far each of its budgets is used; the first used up ends it.
        n_rejected: Points drawn and thrown away because they broke a constraint.
        rejection_rate: Share of the drawn points that were, 0 … 1; None before the first draw.
        replaces: Short label of the sprint it is a new version of; empty for none.
        replaced_by: Short label of the sprint that is a new version of it; empty for none.
        keep_checkpoint_at: Epochs whose checkpoint is kept, besides the last one with keep_top; 0 is the end of each
            trial's own warmup.
        limits: Changes to the limits of trials and workers, by name.
        n_test_openings: Times its trials read the test split, repeated attempts included.
        stopped: It is done because a person stopped it, before any of its budgets was used.
        n_extended: Trials added to its budget since it was planned.
        pause_mode: While it is paused: running trials hold after their ``epoch``, or none follows their ``trial``.
    """

    id: int
    label: str
    thread: str
    thread_id: int
    stage: str
    version: int
    state: SprintState
    space_number: int
    fidelity: Fidelity
    sampler: str
    pruner: str
    n_trials: int
    n_random: int
    n_complete: int = 0
    n_pruned: int = 0
    n_failed: int = 0
    n_running: int = 0
    n_queued: int = 0
    best_score: float | None = None
    best_trial: int | None = None
    seed: int = 0
    priming: str = "none"
    reviewed: bool = False
    created_at: float = 0.0
    started_at: float | None = None
    finished_at: float | None = None
    scores: tuple[float, ...] = ()
    seconds_per_trial: float | None = None
    eta_seconds: float | None = None
    failure: str = ""
    suffix: str = ""
    short_label: str = ""
    metric: str = ""
    direction: Direction = Direction.MAXIMIZE
    sampler_options: Mapping[str, Any] = field(default_factory=dict)
    pruner_options: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Value] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    n_warm: int = 0
    n_cancelled: int = 0
    slots: int = 0
    checkpoint: str | None = None
    used_seconds: float = 0.0
    used_epoch_equivalents: float = 0.0
    alarms: tuple[str, ...] = ()
    disk_bytes: int | None = None
    budgets: tuple[BudgetUse, ...] = ()
    n_rejected: int = 0
    rejection_rate: float | None = None
    replaces: str = ""
    replaced_by: str = ""
    keep_checkpoint_at: tuple[int, ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)
    n_test_openings: int = 0
    stopped: bool = False
    n_extended: int = 0
    pause_mode: str = ""
    objective: str = ""

    @property
    def declaration(self) -> Declaration:
        """What its objective says of itself."""
        from engine.objectives.registry import declared

        return declared(self.objective, self.manifest)

    @property
    def n_ended(self) -> int:
        """Trials that ended and count against the budget."""
        return self.n_complete + self.n_pruned + self.n_failed

    @property
    def n_scored(self) -> int:
        """Trials that ended with a score."""
        return self.n_complete + self.n_pruned

    @property
    def is_unwell(self) -> bool:
        """Whether a person should look what happened: it broke down, its failures paused it, or every trial failed."""
        every_one_failed = self.state.is_finished and self.n_failed > 0 and not self.n_scored + self.n_warm
        return self.state.is_unwell or bool(self.failure) or every_one_failed

    @property
    def standing(self) -> str:
        """The state in words: ``running``, ``paused after the epoch``, or ``done (stopped, 7 of 12)``."""
        if self.state == SprintState.PAUSED and self.pause_mode:
            pauses = self.pause_mode == "trial" and self.n_running
            return "pauses after the running trial" if pauses else f"paused after the {self.pause_mode}"
        return f"{self.state} (stopped, {self.n_ended} of {self.n_trials})" if self.stopped else self.state


def trial_counts(*sprints: SprintView) -> str:
    """Trials that ended, by how: ``9 trials: 5 complete, 4 pruned``; ``9 trials`` where all of them are complete."""
    ended = _by_end(sprints)
    total = sum(ended.values())
    return _counted(f"{total} trial{'' if total == 1 else 's'}", ended)


def progress_counts(sprint: SprintView) -> str:
    """How much of the budget is used, and how its trials ended: ``9/12 trials: 5 complete, 4 pruned``."""
    budget = f"{sprint.n_ended}/{sprint.n_trials} trial{'' if sprint.n_trials == 1 else 's'}"
    return _counted(budget, _by_end((sprint,)))


def _by_end(sprints: Sequence[SprintView]) -> dict[str, int]:
    return {
        "complete": sum(one.n_complete + one.n_warm for one in sprints),
        "pruned": sum(one.n_pruned for one in sprints),
        "failed": sum(one.n_failed for one in sprints),
        "cancelled": sum(one.n_cancelled for one in sprints),
    }


def _counted(words: str, ended: Mapping[str, int]) -> str:
    if sum(ended.values()) == ended["complete"]:
        return words
    return f"{words}: {', '.join(f'{n} {word}' for word, n in ended.items() if n)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadView:
    """A thread with its sprints, oldest first.

    Attributes:
        id: Key in the store.
        name: Distinct within a store.
        objective: ``module:Class``, or ``command`` for a command template.
        options: ``model``, ``data`` and, for a command, ``command`` as the thread file gave them.
        metric: Name of the score; empty until a worker has said it.
        direction: Which way the score is better.
        created_at: When it was made.
        archived: Hidden from listings.
        notes: A person's notes.
        space_number: Number of the working space.
        sprints: All its sprints.
        stages: Names of the stages it can run: the built-in ones and its own.
        base_dir: Folder of its thread file, against which relative paths were resolved.
        checkpoint: Folder its trials start from; None for the pretrained state.
    """

    id: int
    name: str
    objective: str
    options: Mapping[str, Any]
    metric: str
    direction: Direction
    created_at: float
    archived: bool
    notes: str
    space_number: int
    sprints: tuple[SprintView, ...] = ()
    stages: tuple[str, ...] = ()
    base_dir: str = ""
    checkpoint: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialView:
    """One trial.

    Attributes:
        number: 0-based within the sprint.
        state: See `TrialState`.
        source: Where its parameters came from.
        params: Active dimensions, frozen ones included.
        score: Final score; the latest one while it runs.
        fold: (train subset, validation subset) indexes.
        seed: It trains with.
        seconds: Duration; so far while it runs.
        epoch: Last reported epoch, or the running one.
        n_epochs: Epochs expected, calibration included.
        fraction: Of the running epoch, 0 … 1.
        message: What the objective said last.
        attempt: 1 for the first.
        reason: Why it was pruned, failed or cancelled, or what its last attempt ended of.
        findings: What a person must know to trust its score, such as an epoch reported twice.
        checkpoint: Folder of its final checkpoint, where one is kept.
        started_at: Of the last attempt.
        finished_at: When it reached a final state.
        worker: Name of the worker that has or had it.
        phase: ``train`` or ``calibration``.
        source_trial: What primed it, as in ``1E_v1 #87``; empty otherwise.
        warm: Its score was taken over, not computed here.
        failure: Full failure text with its traceback; empty otherwise.
        run_dir: Its folder.
        n_test_openings: Times it read the test split, repeated attempts included.
        test_metrics: What it read there, the last time.
        starred: A person marked it with a star.
        tags: Words a person gave it, in the order of their letters.
    """

    number: int
    state: TrialState
    source: str
    params: Mapping[str, Value]
    score: float | None = None
    fold: tuple[int, int] = (0, 0)
    seed: int = 0
    seconds: float | None = None
    epoch: int = 0
    n_epochs: int = 0
    fraction: float = 0.0
    message: str = ""
    attempt: int = 1
    reason: str = ""
    findings: tuple[str, ...] = ()
    checkpoint: str | None = None
    started_at: float | None = None
    finished_at: float | None = None
    worker: str = ""
    phase: str = "train"
    source_trial: str = ""
    warm: bool = False
    failure: str = ""
    run_dir: str = ""
    n_test_openings: int = 0
    test_metrics: Mapping[str, float | None] = field(default_factory=dict)
    starred: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RunView:
    """A launcher at work on a sprint.

    Attributes:
        sprint: The sprint's id.
        pid: Process of the launcher; 0 on a cluster.
        host: Machine, or address of the cluster.
        log_path: Its log file.
        started_at: When it started.
        launcher: Its name in the registry: ``local``, ``ray``, ``slurm`` or another package's.
        already: It was at work before it was asked for.
        actors: Names of what keeps the slots, where that is no process of this machine.
        place: Where it works, in words.
    """

    sprint: int
    pid: int
    host: str
    log_path: str
    started_at: float
    launcher: str = "local"
    already: bool = False
    actors: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckView:
    """One line of ``trimtab doctor``.

    Attributes:
        name: What was checked.
        status: ``ok``, ``warning`` or ``error``.
        text: What was found.
        hint: What to do; empty when nothing.
    """

    name: str
    status: Literal["ok", "warning", "error"]
    text: str
    hint: str = ""
