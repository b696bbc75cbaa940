"""A plan worked out against the store: its label, who enters, what forbids it, what it costs, the rows it becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from sqlmodel import Session

from engine.api.lookup import short_label, thread_row
from engine.api.plan_checks import check_constraints, check_plan
from engine.api.plan_cost import plan_cost
from engine.api.review_views import PlanPreview
from engine.api.views import TrialView
from engine.errors import EngineError
from engine.objectives.command_checks import facts_told
from engine.objectives.declaration import Declaration
from engine.objectives.registry import declared
from engine.samplers.registry import SAMPLERS
from engine.space.condition_values import settings_for, usual_pct_start
from engine.space.space import Space
from engine.space.warnings import lint_space
from engine.sprint.informing import Informing
from engine.sprint.label import PRETRAINED, SprintLabel, model_part, next_version, parse_initialization
from engine.sprint.options import option_values
from engine.sprint.plan import SprintPlan
from engine.sprint.priming import Primed, Regime, check_manual, prime, refusals
from engine.sprint.stages import DEFAULT_ORDER, find_stage
from engine.sprint.thread_file import COMMAND_OBJECTIVE, checkpoint_label
from engine.store import queries
from engine.store.edit_log import head_space
from engine.store.tables import SprintRow, TrialRow
from engine.trials.fidelity import Fidelity
from engine.trials.states import SprintState, TrialState
from engine.trials.trial import TrialRecord
from engine.values import Value
from engine.worker.earlier_trials import earlier_trials, regime_of


class Draft:
    """A plan worked out against the store; lives for one transaction."""

    def __init__(self, session: Session, plan: SprintPlan) -> None:
        self.session = session
        self.thread = thread_row(session, plan.thread)
        self.stage = find_stage(plan.stage, self.thread.stages)
        self.sprints = queries.sprints(session, self.thread.id)
        self.plan = plan = replace(plan, fidelity=self._obeyed(plan.fidelity))
        self.head = head_space(session, self.thread)
        self.space = Space.from_dict(self.head.dimensions)
        self.settings = settings_for(self.space, self.model, plan.fidelity)
        self.errors: list[str] = []
        self.warnings: list[str] = list(lint_space(self.space, self.settings))
        self.label = self._label()
        self.source = self._source_row()
        self._check_replaced()
        self.primed = self._primed()
        self.informing = self._informing()
        self.manual = self._manual()
        n_free = len(self.space.free(self.settings))
        checked = check_plan(plan, str(self.label), n_free=n_free, n_queued=self.n_queued, explores=self._explores)
        feasible = check_constraints(self.space, self.settings)
        self.errors += checked.errors + feasible.errors
        self.warnings += checked.warnings + feasible.warnings
        self.brackets = checked.brackets
        self._check_sizes()
        self.preview = self._preview()

    @property
    def model(self) -> dict[str, Any]:
        """Options of the thread's model."""
        return dict(self.thread.options.get("model") or {})

    def sprint_row(self, draft: bool) -> SprintRow:
        """The row to store."""
        plan = self.plan
        return SprintRow(
            thread_id=cast(int, self.thread.id),
            space_id=cast(int, self.head.id),
            parent_id=plan.prime_from if plan.prime != "none" else None,
            replaces_id=plan.replaces,
            stage=self.stage.name,
            version=self.label.version,
            suffix=self.label.suffix,
            label=str(self.label),
            state=SprintState.DRAFT if draft else SprintState.READY,
            metric=self.thread.metric,
            direction=self.thread.direction,
            fidelity=plan.fidelity.to_dict(),
            settings=self.settings,
            sampler=plan.sampler,
            sampler_options=dict(plan.sampler_options),
            pruner=plan.pruner,
            pruner_options=dict(plan.pruner_options),
            n_trials=plan.n_trials,
            n_random=plan.n_random,
            seed=plan.seed,
            priming=plan.prime,
            checkpoint=plan.checkpoint,
            checkpoint_label=f"E{self.label.epoch}_S{self.label.step}",
            keep_checkpoint_at=list(plan.keep_checkpoint_at),
            limits=dict(plan.limits),
            plan=plan.to_dict(),
            **{name: value for name, value in option_values(plan).items() if name in SprintRow.model_fields},
        )

    def trial_rows(self) -> list[TrialRow]:
        """The trials it begins with, in the order they will run."""
        rows = [_queued("manual", params) for params in self.manual]
        if self.source is None:
            return rows
        origin = {row.number: row for row in queries.trials(self.session, cast(int, self.source.id))}
        for _ in range(self.plan.repeats):
            for trial in self.primed.fitting:
                old = origin[trial.number]
                new = _queued(f"primed-{self.plan.prime}", trial.params)
                new.source_trial_id = old.id
                rows.append(new if self.plan.prime == "cold" else _taken_over(new, old))
        return rows

    def _obeyed(self, fidelity: Fidelity) -> Fidelity:
        """The fidelity that trials will have: a command that is not told of a subset or a length cannot obey it."""
        if self.thread.objective != COMMAND_OBJECTIVE:
            return fidelity
        told = facts_told(self.model, self.thread.metric, Path(self.thread.base_dir))
        obeyed = replace(
            fidelity,
            train_parts=fidelity.train_parts if told.training_data else 1,
            val_parts=fidelity.val_parts if told.validation_data else 1,
        )
        n_epochs = 0 if told.length else self._epochs_seen()
        return replace(obeyed, max_epochs=n_epochs, run_to="all", epochs=None) if n_epochs else obeyed

    def _epochs_seen(self) -> int:
        """Epochs that complete trials of the thread reported, at most; 0 before the first."""
        seen = [
            trial.epoch or 0
            for row in self.sprints
            for trial in queries.trials(self.session, cast(int, row.id), states=(TrialState.COMPLETE,))
        ]
        return max(seen, default=0)

    def _label(self) -> SprintLabel:
        plan = self.plan
        suffix = plan.suffix or self.stage.suffix or self.stage.name
        checkpoint = plan.checkpoint
        if checkpoint is None or checkpoint == self.thread.checkpoint:
            epoch, step = parse_initialization(self.thread.checkpoint_label if checkpoint else PRETRAINED)
        else:
            epoch, step = parse_initialization(checkpoint_label(Path(checkpoint)))
        return SprintLabel(
            model=model_part(self.thread.name, self.thread.objective, self.model),
            fidelity=plan.fidelity.code,
            epoch=epoch,
            step=step,
            suffix=suffix,
            version=next_version(suffix, [(row.suffix, row.version) for row in self.sprints]),
        )

    def _source_row(self) -> SprintRow | None:
        plan = self.plan
        if plan.prime == "none":
            return None
        if plan.prime_from is None:
            self.errors.append(f"{plan.prime} priming needs a sprint to take trials from")
            return None
        for row in self.sprints:
            if row.id == plan.prime_from:
                return row
        name = self.thread.name
        self.errors.append(f"sprint {plan.prime_from} is not of thread {name}: threads share no trials")
        return None

    def _check_replaced(self) -> None:
        """A replaced sprint must be of this thread, at rest, and not replaced already."""
        if self.plan.replaces is None:
            return
        old = next((row for row in self.sprints if row.id == self.plan.replaces), None)
        if old is None:
            self.errors.append(f"sprint {self.plan.replaces} is not of thread {self.thread.name}")
        elif old.state.is_open:
            self.errors.append(f"{short_label(old)} is {old.state}: stop it before it is replaced")
        elif newer := next((row for row in self.sprints if row.replaces_id == old.id), None):
            self.errors.append(f"{short_label(old)} is replaced by {short_label(newer)} already: replace that one")

    def _primed(self) -> Primed:
        plan, source = self.plan, self.source
        if source is None:
            return Primed()
        if plan.prime == "warm":
            old, new = self._regime_of(source), self._regime()
            reasons = refusals(old, new, allow_changed_space=plan.allow_changed_space)
            self.errors += [f"warm priming is refused: {reason}" for reason in reasons]
            if plan.repeats > 1:
                self.errors.append("warm priming reuses scores and repeats nothing: use cold priming to repeat")
        trials = queries.trial_records(self.session, cast(int, source.id))
        found = prime(trials, self.space, self.settings, source.direction, how=plan.prime, top_n=plan.top_n)
        self.warnings += found.adjusted
        if not found.fitting:
            self.warnings.append(f"no trial of {source.label} fits: nothing is primed")
        elif plan.top_n > len(found.fitting):
            self.warnings.append(f"only {len(found.fitting)} of the {plan.top_n} trials asked for fit")
        return found

    def _informing(self) -> Informing:
        if self.source is None or self.plan.sampler not in SAMPLERS:
            return Informing()
        taken = {trial.number for trial in self.primed.fitting}
        return earlier_trials(
            self.session, self.source, self._regime(), self._regime_of(self.source), self.settings,
            taken=taken, sampler=self.plan.sampler, limit=self.plan.inform,
        )  # fmt: skip

    def _regime_of(self, source: SprintRow) -> Regime:
        """What the source's trials were trained with; a length that no trial was told is the one that they had."""
        regime = regime_of(self.session, self.thread, source)
        return replace(regime, fidelity=self._obeyed(regime.fidelity))

    def _regime(self) -> Regime:
        return Regime(
            objective=self.thread.objective,
            model=self.model,
            data=dict(self.thread.options.get("data") or {}),
            checkpoint=self.plan.checkpoint,
            metric=self.thread.metric,
            fidelity=self.plan.fidelity,
            space=self.space,
        )

    def _manual(self) -> list[dict[str, Any]]:
        found = []
        for index, params in enumerate(self.plan.manual, start=1):
            try:
                found.append(check_manual(params, self.space, self.settings))
            except EngineError as error:
                self.errors.append(f"hand-typed trial {index}: {error}")
        return found

    @property
    def _explores(self) -> bool:
        return self.stage.name in DEFAULT_ORDER[:2]

    @property
    def n_queued(self) -> int:
        """Trials that are queued before any is suggested."""
        cold = len(self.primed.fitting) * self.plan.repeats if self.plan.prime == "cold" else 0
        return cold + len(self.manual)

    def _preview(self) -> PlanPreview:
        n_train, n_val = self._trial_sizes()
        plan = self.plan
        cost = plan_cost(self.session, plan, self.sprints, self.brackets, usual_pct_start(self.space))
        return PlanPreview(
            plan=replace(plan, suffix=self.label.suffix),
            label=str(self.label),
            settings=self.settings,
            n_train=n_train,
            n_val=n_val,
            units=self._declaration.units,
            units_short=self._declaration.units_short,
            primed=tuple(self._primed_view(trial) for trial in self.primed.fitting),
            dropped=self.primed.dropped,
            informing=tuple(trial.number for trial in self.informing.trials),
            unusable=self.informing.unusable,
            errors=tuple(self.errors),
            warnings=tuple(dict.fromkeys(self.warnings)),
            forecast_seconds=cost.seconds,
            forecast_basis=cost.basis,
            brackets=self.brackets,
            n_free=len(self.space.free(self.settings)),
            epoch_equivalents=cost.epoch_equivalents,
            space_number=self.head.number,
        )

    def _primed_view(self, trial: TrialRecord) -> TrialView:
        assert self.source is not None
        warm = self.plan.prime == "warm"
        return TrialView(
            number=trial.number,
            state=trial.state,
            source="primed-warm" if warm else "primed-cold",
            params=trial.params,
            score=trial.score,
            seconds=trial.seconds,
            n_epochs=trial.n_epochs,
            source_trial=f"{short_label(self.source)} #{trial.number}",
            warm=warm,
        )

    @property
    def _declaration(self) -> Declaration:
        return declared(self.thread.objective, _latest_manifest(self.sprints))

    def _trial_sizes(self) -> tuple[int | None, int | None]:
        """Units that a trial trains on and is validated on; None before the thread's first manifest."""
        n_train, n_val = self._data_sizes()
        if n_train is None or n_val is None:
            return None, None
        return n_train // self.plan.fidelity.train_parts, n_val // self.plan.fidelity.val_parts

    def _data_sizes(self) -> tuple[int | None, int | None]:
        for row in reversed(self.sprints):
            n_train, n_val = row.manifest.get("n_train"), row.manifest.get("n_val")
            if isinstance(n_train, int) and isinstance(n_val, int):
                return n_train, n_val
        return None, None

    def _check_sizes(self) -> None:
        fidelity = self.plan.fidelity
        sides = (("training", "T", fidelity.train_parts), ("validation", "V", fidelity.val_parts))
        for (side, letter, parts), n in zip(sides, self._data_sizes(), strict=True):
            if n is not None and parts > n:
                smallest = f"there are {n}, so {letter}{n} is the smallest part"
                self.errors.append(f"{letter}{parts} leaves a trial no {side} {self._declaration.unit}: {smallest}")


def _latest_manifest(sprints: Sequence[SprintRow]) -> Mapping[str, Any] | None:
    """Facts of the newest sprint whose objective said something of itself."""
    return next((row.manifest for row in reversed(sprints) if "declaration" in row.manifest), None)


def _queued(source: str, params: Mapping[str, Value]) -> TrialRow:
    """A trial that will run; number, fold and seed are set when it is stored."""
    return TrialRow(sprint_id=0, number=0, state=TrialState.QUEUED, source=source, params=dict(params))


def _taken_over(new: TrialRow, old: TrialRow) -> TrialRow:
    """A warm-primed row with everything the old trial found."""
    for name in ("score", "best_step", "seed", "train_fold", "val_fold", "attempt", "seconds", "epoch", "n_epochs"):
        setattr(new, name, getattr(old, name))
    new.state = TrialState.COMPLETE
    new.started_at, new.finished_at = old.started_at, old.finished_at
    return new
