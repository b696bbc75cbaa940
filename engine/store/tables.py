"""The store's tables. SQLModel's ``table=True`` models do not validate: records come first, tables mirror them.

Times are aware UTC datetimes. JSON holds native Python values only, never NaN. Scores that are NaN are stored as NULL.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, Boolean, Column, Dialect, Index, MetaData, String, TypeDecorator, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from engine.errors import EngineError
from engine.trials.states import Direction, SprintState, TrialState


def now() -> datetime:
    """This moment, aware, UTC."""
    return datetime.now(UTC)


class Words(TypeDecorator[StrEnum]):
    """A column that holds the members of an enumeration as their words."""

    impl = String
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind
        self._members: dict[str, StrEnum] = {member.value: member for member in kind}

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """A member as the store holds it; any other word is refused before it gets there."""
        del dialect
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """What the store holds as a member."""
        del dialect
        if value is None:
            return None
        if value not in self._members:
            raise EngineError(
                f"the store must hold one of {', '.join(self._members)}, got {value!r}",
                "look for what is wrong: trimtab doctor --store",
            )
        return self._members[value]


class StoreModel(SQLModel):
    """Base of our tables: their own metadata, so that nobody else's tables are created with them."""

    metadata: ClassVar[MetaData] = MetaData()


class PulseRow(StoreModel, table=True):
    """Counted up by every writing transaction; whether the sum over its few rows changed is cheap to ask."""

    __tablename__: ClassVar[Any] = "pulse"
    id: int = Field(default=1, primary_key=True)
    n: int = 0


class SchemaVersionRow(StoreModel, table=True):
    """The migrations that were applied; our own table, so that no other tool's versions clash with it."""

    __tablename__: ClassVar[Any] = "trimtab_schema"
    version: int = Field(primary_key=True)
    applied_at: datetime = Field(default_factory=now)


class ThreadRow(StoreModel, table=True):
    """Ordered sprints on one model configuration and one initialization."""

    __tablename__: ClassVar[Any] = "thread"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    objective: str  # module:Class
    options: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))  # model, data, …
    stages: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))  # user-defined
    base_dir: str = ""  # folder of the thread file; relative paths start there
    metric: str = ""  # until a worker has asked the objective
    direction: Direction = Field(default=Direction.MAXIMIZE, sa_column=Column(Words(Direction), nullable=False))
    head_space_id: int | None = Field(default=None)  # the working space of the next sprint
    checkpoint: str | None = None  # initialization of every trial; None is the pretrained state
    checkpoint_label: str = "E0_S0"
    notes: str = ""
    archived: bool = False
    created_at: datetime = Field(default_factory=now)


class SpaceRow(StoreModel, table=True):
    """An immutable, numbered space with a parent."""

    __tablename__: ClassVar[Any] = "space"
    __table_args__ = (UniqueConstraint("thread_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    thread_id: int = Field(foreign_key="thread.id", index=True)
    number: int  # from 1 within the thread
    parent_id: int | None = Field(default=None, foreign_key="space.id")
    dimensions: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))  # Space.to_dict()
    constraints: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(default_factory=now)


class SpaceEditRow(StoreModel, table=True):
    """One decision about a space: before, after, why, by whom; never deleted, only marked undone or abandoned."""

    __tablename__: ClassVar[Any] = "space_edit"
    __table_args__ = (UniqueConstraint("thread_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    thread_id: int = Field(foreign_key="thread.id", index=True)
    number: int  # from 1 within the thread
    sprint_id: int | None = Field(default=None, foreign_key="sprint.id")  # whose review gave the evidence
    from_space_id: int = Field(foreign_key="space.id")
    to_space_id: int = Field(foreign_key="space.id")
    action: str
    dimension: str = ""
    before: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    after: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    reason: str = ""
    evidence: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    author: str = ""
    at: datetime = Field(default_factory=now)
    undone_at: datetime | None = None
    abandoned: bool = False  # undone, and a later edit closed the way back


class SprintRow(StoreModel, table=True):
    """One optimization session: space, fidelity, sampler, pruner, budget, seed; its plan never changes once it ran."""

    __tablename__: ClassVar[Any] = "sprint"
    __table_args__ = (UniqueConstraint("thread_id", "label"),)
    id: int | None = Field(default=None, primary_key=True)
    thread_id: int = Field(foreign_key="thread.id", index=True)
    space_id: int = Field(foreign_key="space.id")
    parent_id: int | None = Field(default=None, foreign_key="sprint.id")  # the sprint it was primed from
    replaces_id: int | None = Field(default=None)  # the sprint it is a new version of
    stage: str
    version: int = 1
    suffix: str = ""
    label: str = Field(index=True)  # distinct within its thread
    study_key: str = ""  # frozen at creation; brackets are hashed from it, never from the label
    state: SprintState = Field(default=SprintState.DRAFT, sa_column=Column(Words(SprintState), nullable=False))
    metric: str = ""
    direction: Direction = Field(default=Direction.MAXIMIZE, sa_column=Column(Words(Direction), nullable=False))
    fidelity: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    settings: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))  # for active_when
    sampler: str = "gp"
    sampler_options: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    pruner: str = "none"
    pruner_options: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    n_trials: int = 1  # budget; warm-primed rows are not counted in it
    n_random: int = 0
    seed: int = 0
    priming: str = "none"  # none cold warm
    top_n: int = 0
    checkpoint: str | None = None
    checkpoint_label: str = "E0_S0"
    keep_checkpoint_at: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    keep_top: int = 0  # trials that keep their final checkpoint
    max_seconds: float | None = None  # wall-clock budget
    max_epoch_equivalents: float | None = None  # budget in epochs over the whole training set
    limits: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False)
    )  # engine.trials.limits.Limits
    plan: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False)
    )  # SprintPlan.to_dict(), as it was made; a replacement begins from it
    slots: int = 1
    stop_mode: str = ""  # while stopping: trial, epoch or now
    pause_mode: str = ""  # while paused: epoch or trial
    reviewed_at: datetime | None = None
    failure: str = ""
    manifest: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    sampler_state: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    ask_owner: int | None = None  # worker id that holds the ask lease
    ask_token: int = 0
    ask_until: datetime | None = None
    queued_at: datetime | None = None  # waits for the running launcher to reach it
    created_at: datetime = Field(default_factory=now)
    started_at: datetime | None = None
    finished_at: datetime | None = None


class TrialRow(StoreModel, table=True):
    """One evaluated configuration; a retry keeps its number and parameters and counts up ``attempt``."""

    __tablename__: ClassVar[Any] = "trial"
    __table_args__ = (
        UniqueConstraint("sprint_id", "number"),
        Index("trial_by_state_and_number", "sprint_id", "state", "number"),
    )
    id: int | None = Field(default=None, primary_key=True)
    sprint_id: int = Field(foreign_key="sprint.id")
    number: int  # from 0 within the sprint
    state: TrialState = Field(default=TrialState.QUEUED, sa_column=Column(Words(TrialState), nullable=False))
    source: str = "model"  # random model primed-cold primed-warm manual
    source_trial_id: int | None = Field(default=None, foreign_key="trial.id")
    params: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    score: float | None = None  # final
    last_score: float | None = None  # of the last report
    best_step: int | None = None
    seed: int = 0
    train_fold: int = 0
    val_fold: int = 0
    attempt: int = 0  # 0 while it never ran, then 1, 2, …
    token: int = 0  # counted up by every claim; each later write carries it
    worker_id: int | None = Field(default=None)
    lease_until: datetime | None = None
    stop_requested: bool = False
    epoch: int = 0  # the epoch that runs now, or the last one
    n_epochs: int = 0  # epochs expected
    fraction: float = 0.0  # of the running epoch
    message: str = ""
    phase: str = "train"  # train or calibration
    n_reports: int = 0  # epochs reported in this attempt
    n_failures: int = 0  # attempts that ended in an error or a death, for the retry limit
    error_kind: str = ""  # oom error timeout silence lost objective
    error_text: str = ""  # traceback
    reason: str = ""
    checkpoint: str | None = None
    created_at: datetime = Field(default_factory=now)
    started_at: datetime | None = None
    beat_at: datetime | None = None  # last sign of life of the training itself
    finished_at: datetime | None = None
    seconds: float | None = None
    n_rejected: int = 0  # points drawn for it and thrown away because they broke a constraint
    findings: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]")
    )  # what a person must know to trust its score
    starred: bool = Field(
        default=False, sa_column=Column(Boolean, nullable=False, server_default=false())
    )  # marked by a person
    tags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]"))


class TrialEditRow(StoreModel, table=True):
    """What a person did to trials of a sprint: stars, tags, trials queued by hand; never deleted, only marked undone.

    ``before`` and ``after`` hold a value by trial number, as JSON has it: the number as text.
    """

    __tablename__: ClassVar[Any] = "trial_edit"
    id: int | None = Field(default=None, primary_key=True)
    sprint_id: int = Field(foreign_key="sprint.id", index=True)
    action: str  # star tag queue
    before: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    after: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    at: datetime = Field(default_factory=now)
    undone_at: datetime | None = None
    abandoned: bool = False  # undone, and a later edit closed the way back


class EpochRow(StoreModel, table=True):
    """What one attempt of a trial reported at the end of one epoch."""

    __tablename__: ClassVar[Any] = "epoch"
    trial_id: int = Field(foreign_key="trial.id", primary_key=True)
    attempt: int = Field(primary_key=True)
    step: int = Field(primary_key=True)
    phase: str = "train"
    score: float | None = None
    metrics: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    at: datetime = Field(default_factory=now)


class RunRow(StoreModel, table=True):
    """One launcher's time with one sprint; a process is known by host, boot id, pid and start time."""

    __tablename__: ClassVar[Any] = "run"
    id: int | None = Field(default=None, primary_key=True)
    sprint_id: int = Field(foreign_key="sprint.id", index=True)
    launcher: str = "local"
    host: str = ""
    boot_id: str = ""
    pid: int = 0
    start_time: float = 0.0
    slots: int = 1
    state: str = "running"  # running ended
    reason: str = ""
    log_path: str = ""
    started_at: datetime = Field(default_factory=now)
    beat_at: datetime = Field(default_factory=now)
    ended_at: datetime | None = None


class WorkerRow(StoreModel, table=True):
    """One worker process of a sprint."""

    __tablename__: ClassVar[Any] = "worker"
    id: int | None = Field(default=None, primary_key=True)
    sprint_id: int = Field(foreign_key="sprint.id", index=True)
    run_id: int | None = Field(default=None)
    slot: int = 0
    device: str = "cpu"
    host: str = ""
    boot_id: str = ""
    pid: int = 0
    start_time: float = 0.0
    state: str = "starting"  # starting idle training ended
    log_path: str = ""
    started_at: datetime = Field(default_factory=now)
    beat_at: datetime = Field(default_factory=now)
    ended_at: datetime | None = None
    reason: str = ""


class EventRow(StoreModel, table=True):
    """Append-only: what happened, for the interface and as an audit trail."""

    __tablename__: ClassVar[Any] = "event"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=now)
    kind: str  # such as sprint.state, trial.complete, space.edit
    thread_id: int | None = None
    sprint_id: int | None = Field(default=None, index=True)
    number: int | None = None  # trial number
    worker_id: int | None = None
    payload: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
