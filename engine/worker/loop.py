"""The worker's loop: reclaim, claim or suggest; train; write the result; again, until the sprint needs no more.

All workers are alike; none is in charge. The objective is built once and kept warm between trials. A store that is out
of reach is waited for between trials; a training never waits for it.
"""

import gc
import math
import sys
import time
import traceback
from collections.abc import Mapping
from typing import Any

from engine.objectives.protocol import Objective
from engine.processes import this_process
from engine.pruners.pruning_decision import make_verdict
from engine.sprint.stages import OPENS_TEST
from engine.store import claims, commands, queries
from engine.store.claims import Claim
from engine.store.database import reading, writing
from engine.store.outages import StoreError, StoreOutageError, disk_outages
from engine.store.patience import Outages, notice_file
from engine.store.reclaim import ENDED_ON_REQUEST, GAVE_UP_WAITING
from engine.store.tables import ThreadRow, WorkerRow, now
from engine.store.workspace import Workspace
from engine.trials.fidelity import Fidelity, expected_epochs, warmup_end
from engine.trials.limits import Limits
from engine.trials.states import SprintState
from engine.worker.assignment import End, Suggest, Wait
from engine.worker.checkpoints import wanted_epochs
from engine.worker.context import Judge, TrialContext
from engine.worker.failures import Failure, describe_failure
from engine.worker.heartbeat import Heartbeat
from engine.worker.interrupts import Aborted, Interrupted, Interrupts
from engine.worker.outcome import give_back, outcome_of, write_outcome
from engine.worker.proposals import NoProposalError, Proposer
from engine.worker.scheduler_job import JobLimit
from engine.worker.warm import introduce, objective_of
from engine.worker.work_finder import WorkFinder


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
        limit: JobLimit | None = None,
    ) -> None:
        self._ws = ws
        self._limit = limit or JobLimit()
        self._n_taken = 0
        self._device = device
        self._interrupts = interrupts or Interrupts()
        self._trial: TrialContext | None = None
        self._outages = Outages(
            ws, self._say, notice=notice_file(ws, sprint_id, str(slot)), ending=lambda: self._interrupts.ending
        )
        self._sprint_id = sprint_id
        self.id = 0
        self._outages.wait_out(lambda: self._sign_on(slot, run_id))
        self._fidelity = Fidelity.from_dict(self._sprint.fidelity)
        self._limits = Limits.from_dict(self._sprint.limits)
        self._objective: Objective | None = None
        self._heartbeat = Heartbeat(
            ws,
            self.id,
            lease_seconds=self._limits.lease_seconds,
            grace_seconds=self._limits.grace_seconds,
            outages=self._outages,
        )
        self._finder = WorkFinder(
            ws, sprint_id, self.id, lease_seconds=self._limits.lease_seconds, held_back=self._interrupts.held_back
        )
        self._proposer = Proposer(
            ws, thread=self._thread, space=self._space, fidelity=self._fidelity, worker_id=self.id,
            lease_seconds=self._limits.lease_seconds, outages=self._outages, interrupts=self._interrupts,
        )  # fmt: skip

    def _sign_on(self, slot: int, run_id: int | None) -> None:
        """Read the sprint and write that this worker is there; done a second time, it is written once."""
        me = this_process()
        who: dict[str, Any] = {"host": me.host, "boot_id": me.boot_id, "pid": me.pid, "start_time": me.start_time}
        with writing(self._ws) as session:
            self._sprint = queries.sprint(session, self._sprint_id)
            thread = session.get(ThreadRow, self._sprint.thread_id)
            assert thread is not None
            self._thread = thread
            self._space = queries.space(session, self._sprint.space_id)
            self._names = queries.dimension_names(session, self._sprint.thread_id)
            known = queries.workers(session, self._sprint_id, open_only=True) if self._outages.lasting else ()
            row = next((one for one in known if (one.pid, one.start_time) == (me.pid, me.start_time)), None)
            if row is None:
                log_path = str(self._ws.worker_log(self._sprint_id, slot))
                row = WorkerRow(
                    sprint_id=self._sprint_id, run_id=run_id, slot=slot, device=self._device, log_path=log_path, **who
                )
                session.add(row)
                session.flush()
                whose = {"sprint_id": self._sprint_id, "worker_id": row.id}
                commands.record_event(session, "worker.started", **whose, pid=me.pid, slot=slot)
            assert row.id is not None
            self.id = row.id

    def run(self) -> int:
        """Work until the sprint needs no more; returns the process's exit code."""
        self._heartbeat.start()
        reason = "the sprint needs no more work"
        try:
            while not self._interrupts.ending and not self._heartbeat.store_gone:
                if self._interrupts.leaving:
                    reason = "its job is about to end"
                    return 0
                if limited := self._outages.wait_out(self._limited):
                    reason = limited
                    return 0
                work = self._outages.wait_out(self._finder.find)
                if isinstance(work, End):
                    return 0
                if isinstance(work, Wait):
                    time.sleep(self._finder.pause(work))
                    continue
                self._finder.found_some()
                claim = self._suggested(work.token) if isinstance(work, Suggest) else work
                if claim is not None:
                    self._n_taken += 1
                    self._train(claim)
            reason = ENDED_ON_REQUEST
            return 0
        except Interrupted:
            reason = ENDED_ON_REQUEST
            return 0
        except StoreOutageError:
            reason = GAVE_UP_WAITING
            raise
        except BaseException as error:
            reason = f"{type(error).__name__}: {error}"
            raise
        finally:
            self._heartbeat.close()
            try:
                self._sign_off(reason)
            except StoreOutageError as error:
                self._say(f"The end of this worker could not be recorded: {error.message}.")

    def is_needed(self) -> bool:
        """Whether the sprint still has work for somebody."""
        with reading(self._ws) as session:
            state = queries.sprint(session, self._sprint_id).state
        return state.is_open and state != SprintState.STOPPING

    def _limited(self) -> str:
        """Why the job takes no further trial; empty while it may."""
        if self._limit == JobLimit():
            return ""
        with reading(self._ws) as session:
            return self._limit.reason_to_end(session, self._sprint_id, self._n_taken)

    def _say(self, text: str) -> None:
        """A line in the worker's log, and in that of the trial that runs."""
        sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
        if self._trial is not None:
            self._trial.log(text)

    def _suggested(self, token: int) -> Claim | None:
        """A new trial, claimed; None when another worker was quicker or none can be suggested."""
        try:
            return self._proposer.propose(self._sprint, token)
        except NoProposalError as error:
            self._fail_sprint(str(error))
            return None

    def _train(self, claim: Claim) -> None:
        """Run one claimed trial to whatever end it comes to, and write that down."""
        trial = self._trial = self._opened(claim)
        try:
            failure = self._attempt(claim, trial)
        finally:
            self._trial = None
            trial.close()
        if failure is not None and failure.kind == "oom":
            _free_memory()

    def _attempt(self, claim: Claim, trial: TrialContext) -> Failure | None:
        """Train and record how it ended; what the objective raised, if it did."""
        started = time.monotonic()
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
                give_back(self._ws, trial, "its worker was asked to end", self._outages)
            raise
        except StoreError as error:  # whatever it is, the training is not to blame for it
            give_back(self._ws, trial, f"the store failed: {error.message}", self._outages)
            if not isinstance(error, StoreOutageError):
                raise
            trial.ending, trial.reason = "lost", "the store failed"
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
            outcome = outcome_of(trial, score=score, failure=failure)
            write_outcome(self._ws, self._sprint, trial, outcome, seconds, self._outages)
            self._finder.is_sure = outcome.state is not None and outcome.state.is_scored
        return failure

    def _opened(self, claim: Claim) -> TrialContext:
        """The trial with its folder and its log; a full disk is waited out, the lease is renewed meanwhile.

        Raises:
            StoreOutageError: When the disk stays full; the trial goes back into the queue, uncounted.
        """
        try:
            return self._outages.wait_out(lambda: self._context(claim))
        except StoreOutageError as error:
            with writing(self._ws) as session:
                claims.release_trial(session, claim, f"its folder could not be made: {error.message}")
            raise

    def _context(self, claim: Claim) -> TrialContext:
        n_train = expected_epochs(self._fidelity, claim.params) - self._fidelity.calibration_epochs
        return TrialContext(
            self._ws,
            claim,
            fidelity=self._fidelity,
            checkpoint=self._sprint.checkpoint or self._thread.checkpoint,
            keep_checkpoint_at=wanted_epochs(self._sprint, n_train, warmup_end(self._fidelity, claim.params)),
            names=self._names,
            open_test=self._sprint.stage == OPENS_TEST,
            device=self._device,
            trial_seconds=self._limits.trial_seconds,
            judge=self._judge(claim),
            interrupts=self._interrupts,
            outages=self._outages,
        )

    def _judge(self, claim: Claim) -> Judge | None:
        """The pruner's verdict on this trial, from the rows of the moment."""
        verdict = make_verdict(
            self._sprint.pruner,
            self._sprint.pruner_options,
            study_key=self._sprint.study_key,
            direction=self._sprint.direction,
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

        def prepared() -> tuple[Objective, Mapping[str, Any]]:
            with disk_outages():  # a cache that finds no room waits for it, as the store does
                objective = objective_of(self._thread)
                return objective, objective.prepare()

        try:
            objective, facts = self._outages.wait_out(prepared)
        except Exception as error:
            failure = describe_failure(error)
            trial.log(failure.text)
            sys.stderr.write(failure.text)
            give_back(self._ws, trial, "the objective could not be prepared", self._outages)
            self._fail_sprint(f"the objective could not be prepared: {failure.reason}")
            return None
        with self._interrupts.held_back():
            self._sprint = self._outages.wait_out(
                lambda: introduce(self._ws, self._sprint_id, objective, facts, self._device, number=trial.number)
            )
        self._objective = objective
        return objective

    def _fail_sprint(self, failure: str) -> None:
        def fail() -> None:
            with writing(self._ws) as session:
                claims.drop_ask_lease(session, self._sprint_id, self.id)
                if queries.sprint(session, self._sprint_id).state.is_open:
                    commands.set_sprint_state(session, self._sprint_id, SprintState.FAILED, failure=failure)

        with self._interrupts.held_back():
            self._outages.wait_out(fail)

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
