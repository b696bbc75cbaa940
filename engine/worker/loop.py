"""The worker's loop: reclaim, claim or suggest; train; write the result; again, until the sprint needs no more.

All workers are alike; none is in charge. The objective is built once and kept warm between trials.
"""

import gc
import math
import sys
import time
import traceback

from engine.errors import EngineError
from engine.objectives.protocol import Objective
from engine.processes import this_process
from engine.pruners.pruning_decision import make_verdict
from engine.samplers.suggest import Search, suggest
from engine.seeds import trial_seed
from engine.space.condition_values import settings_for
from engine.sprint.stages import OPENS_TEST
from engine.store import claims, commands, queries
from engine.store.claims import Claim
from engine.store.database import reading, writing
from engine.store.reclaim import ENDED_ON_REQUEST
from engine.store.tables import ThreadRow, TrialRow, WorkerRow, now
from engine.store.workspace import Workspace
from engine.trials.fidelity import Fidelity, expected_epochs, warmup_end
from engine.trials.limits import Limits
from engine.trials.trial import Direction
from engine.worker.assignment import End, Suggest, Wait, next_assignment, next_number
from engine.worker.checkpoints import wanted_epochs
from engine.worker.context import Judge, TrialContext
from engine.worker.failures import Failure, describe_failure
from engine.worker.heartbeat import Heartbeat
from engine.worker.interrupts import Aborted, Interrupted, Interrupts
from engine.worker.outcome import give_back, write_outcome
from engine.worker.warm import introduce, objective_of

WAIT_SECONDS = 0.1
"""How long a worker without work waits before it looks again."""


class Worker:
    """One worker process's work on one sprint."""

    def __init__(
        self,
        ws: Workspace,
        sprint_id: int,
        *,
        slot: int = 0,
        run_id: int | None = None,
        device: str = "cpu",
        interrupts: Interrupts | None = None,
    ) -> None:
        self._ws = ws
        self._device = device
        self._interrupts = interrupts or Interrupts()
        with writing(ws) as session:
            self._sprint = queries.sprint(session, sprint_id)
            thread = session.get(ThreadRow, self._sprint.thread_id)
            assert thread is not None
            self._thread = thread
            space = queries.space(session, self._sprint.space_id)
            me = this_process()
            row = WorkerRow(
                sprint_id=sprint_id,
                run_id=run_id,
                slot=slot,
                device=device,
                host=me.host,
                boot_id=me.boot_id,
                pid=me.pid,
                start_time=me.start_time,
                log_path=str(ws.worker_log(sprint_id, slot)),
            )
            session.add(row)
            session.flush()
            assert row.id is not None
            self.id: int = row.id
            commands.record_event(
                session, "worker.started", sprint_id=sprint_id, worker_id=row.id, pid=me.pid, slot=slot
            )
        self._sprint_id = sprint_id
        self._space = space
        self._fidelity = Fidelity.from_dict(self._sprint.fidelity)
        self._limits = Limits.from_dict(self._sprint.limits)
        self._objective: Objective | None = None
        self._heartbeat = Heartbeat(
            ws, self.id, lease_seconds=self._limits.lease_seconds, grace_seconds=self._limits.grace_seconds
        )

    def run(self) -> int:
        """Work until the sprint needs no more; returns the process's exit code."""
        self._heartbeat.start()
        reason = "the sprint needs no more work"
        try:
            while not self._interrupts.ending and not self._heartbeat.store_gone:
                with self._interrupts.held_back(), writing(self._ws) as session:
                    work = next_assignment(session, self._sprint_id, self.id)
                if isinstance(work, End):
                    return 0
                if isinstance(work, Wait):
                    time.sleep(WAIT_SECONDS)
                    continue
                claim = self._suggested(work.token) if isinstance(work, Suggest) else work
                if claim is not None:
                    self._train(claim)
            reason = ENDED_ON_REQUEST
            return 0
        except Interrupted:
            reason = ENDED_ON_REQUEST
            return 0
        except BaseException as error:
            reason = f"{type(error).__name__}: {error}"
            raise
        finally:
            self._heartbeat.close()
            self._sign_off(reason)

    def _suggested(self, token: int) -> Claim | None:
        """Suggest the next trial and insert it, claimed; None when another worker was quicker."""
        with reading(self._ws) as session:
            trials = queries.trial_records(session, self._sprint_id, reports=self._sprint.pruner != "none")
            state = queries.sprint(session, self._sprint_id).sampler_state
            number = next_number(session, self._sprint_id)
        try:
            with self._interrupts.allowed():
                found = suggest(self._search(), trials, number, state)
        except EngineError as error:
            self._fail_sprint(f"no trial can be suggested: {error}")
            return None
        train_fold, val_fold = self._fidelity.subsets(number)
        trial = TrialRow(
            sprint_id=self._sprint_id,
            number=number,
            source=found.source,
            params=found.params,
            seed=trial_seed(self._sprint.seed, number),
            train_fold=train_fold,
            val_fold=val_fold,
            n_epochs=expected_epochs(self._fidelity, found.params),
            n_rejected=found.n_rejected,
        )
        with writing(self._ws) as session:
            return claims.insert_suggested(
                session,
                trial,
                ask_token=token,
                worker_id=self.id,
                sampler_state=found.state,
                lease_seconds=self._limits.lease_seconds,
            )

    def _search(self) -> Search:
        settings = self._sprint.settings or settings_for(
            self._space, self._thread.options.get("model") or {}, self._fidelity
        )
        return Search(
            space=self._space,
            settings=settings,
            sampler=self._sprint.sampler,
            options=self._sprint.sampler_options,
            n_random=self._sprint.n_random,
            seed=self._sprint.seed,
            direction=self._direction,
        )

    @property
    def _direction(self) -> Direction:
        return "minimize" if self._sprint.direction == "minimize" else "maximize"

    def _train(self, claim: Claim) -> None:
        """Run one claimed trial to whatever end it comes to, and write that down."""
        started = time.monotonic()
        trial = self._context(claim)
        trial.log(f"trial #{claim.number}, attempt {claim.attempt}, {claim.source}, seed {claim.seed}: {claim.params}")
        self._heartbeat.watch(trial)
        failure: Failure | None = None
        score = math.nan
        try:
            with self._interrupts.allowed():
                objective = self._objective or self._prepare(trial)
                if objective is not None:
                    trial.announce(1, 0.0, "training")
                    score = float(objective.run(trial))
        except Interrupted:
            with self._interrupts.held_back():
                give_back(self._ws, trial, "its worker was asked to end")
            raise
        except Aborted:
            trial.log("aborted: the objective did not listen")
        except Exception as error:
            failure = describe_failure(error)
            traceback.clear_frames(error.__traceback__)
        finally:
            self._heartbeat.watch(None)
            self._interrupts.forget_abort()
        if self._objective is not None:
            seconds = time.monotonic() - started - trial.held_seconds
            write_outcome(self._ws, self._sprint, trial, score=score, failure=failure, seconds=seconds)
        trial.close()
        if failure is not None and failure.kind == "oom":
            _free_memory()

    def _context(self, claim: Claim) -> TrialContext:
        n_train = expected_epochs(self._fidelity, claim.params) - self._fidelity.calibration_epochs
        return TrialContext(
            self._ws,
            claim,
            fidelity=self._fidelity,
            checkpoint=self._sprint.checkpoint or self._thread.checkpoint,
            keep_checkpoint_at=wanted_epochs(self._sprint, n_train, warmup_end(self._fidelity, claim.params)),
            names=self._space.names,
            open_test=self._sprint.stage == OPENS_TEST,
            device=self._device,
            trial_seconds=self._limits.trial_seconds,
            judge=self._judge(claim),
            interrupts=self._interrupts,
        )

    def _judge(self, claim: Claim) -> Judge | None:
        """The pruner's verdict on this trial, from the rows of the moment."""
        verdict = make_verdict(
            self._sprint.pruner,
            self._sprint.pruner_options,
            study_key=self._sprint.study_key,
            direction=self._direction,
        )
        if verdict is None:
            return None

        def judge(step: int) -> str:
            if not verdict.decides_at(step):
                return ""
            with reading(self._ws) as session:
                scores = queries.rung_scores(session, self._sprint_id, None if verdict.needs_curves else step)
            return verdict.reason_to_prune(scores, claim.number, step)

        return judge

    def _prepare(self, trial: TrialContext) -> Objective | None:
        """Build and prepare the objective at the first trial; None when that failed, and the sprint with it."""
        trial.announce(0, 0.0, "loading data and weights")
        try:
            objective = objective_of(self._thread)
            facts = objective.prepare()
        except Exception as error:
            failure = describe_failure(error)
            trial.log(failure.text)
            sys.stderr.write(failure.text)
            give_back(self._ws, trial, "the objective could not be prepared")
            self._fail_sprint(f"the objective could not be prepared: {failure.reason}")
            return None
        with self._interrupts.held_back():
            self._sprint = introduce(self._ws, self._sprint_id, objective, facts, self._device, number=trial.number)
        self._objective = objective
        return objective

    def _fail_sprint(self, failure: str) -> None:
        with self._interrupts.held_back(), writing(self._ws) as session:
            claims.drop_ask_lease(session, self._sprint_id, self.id)
            if queries.sprint(session, self._sprint_id).state in ("running", "paused", "stopping"):
                commands.set_sprint_state(session, self._sprint_id, "failed", failure=failure)

    def _sign_off(self, reason: str) -> None:
        with writing(self._ws) as session:
            claims.drop_ask_lease(session, self._sprint_id, self.id)
            row = session.get(WorkerRow, self.id)
            if row is not None and row.ended_at is None:
                row.state, row.reason, row.ended_at = "ended", reason, now()
                session.add(row)
            commands.record_event(session, "worker.ended", sprint_id=self._sprint_id, worker_id=self.id, reason=reason)


def _free_memory() -> None:
    """Give back what a failed training left, without importing torch."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
