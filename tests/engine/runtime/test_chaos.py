"""Chaos: workers are killed and stopped at random, seeded moments; the result does not show it."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from engine.launchers.supervisor import Supervisor
from engine.objectives.synthetic import FUNCTIONS
from engine.processes import is_alive
from engine.store import queries
from engine.store.database import reading, writing
from engine.store.liveness import process_of
from engine.store.tables import WorkerRow
from tests.engine.runtime.conftest import Patience

LIMITS = {"max_deaths": 1000, "max_crashes": 1000, "lease_seconds": 1.2}
"""Deaths are the weather here, and a lease passes within a test's patience."""


@pytest.fixture(autouse=True)
def quick_replacement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.launchers.slots.BACKOFF_SECONDS", 0.0)


@contextmanager
def supervised(lab: Any, sprint_id: int, slots: int) -> Iterator[threading.Thread]:
    supervisor = Supervisor(lab.ws, sprint_id, slots=slots)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        yield thread
    finally:
        lab.kill_all()
        thread.join(120)


@pytest.mark.timeout(900)
def test_four_workers_under_fire_finish_every_trial_exactly_once(lab: Any) -> None:
    rng = random.Random(11)
    n_epochs = 4
    # Its budget is set when the fire is over: on no machine does it end before.
    sprint_id = lab.sprint(
        n_trials=100_000, data={"sleep": 0.1}, fidelity={"max_epochs": n_epochs}, limits=LIMITS, trials=5
    )
    stopped: list[tuple[float, int]] = []
    n_killed = n_stopped = 0
    with supervised(lab, sprint_id, 4):
        patience = Patience(lab)
        while n_killed < 4 or n_stopped < 2:
            patience.check()
            time.sleep(rng.uniform(0.05, 0.4))
            stopped = wake(stopped)
            asleep = {pid for _, pid in stopped}
            busy = [w for w in training(lab, sprint_id, in_a_trial=True) if w.pid not in asleep]
            if not busy:
                continue
            victim = rng.choice(busy)
            if n_stopped < n_killed and len(stopped) < 2:
                os.kill(victim.pid, signal.SIGSTOP)
                stopped.append((time.monotonic() + 2.5, victim.pid))  # well beyond the lease
                n_stopped += 1
            else:
                n_killed += killed_in_a_trial(lab, sprint_id, victim)
        with writing(lab.ws) as session:
            row = queries.sprint(session, sprint_id)
            row.n_trials = max(40, len(queries.trials(session, sprint_id)) + 4)
            session.add(row)
            n_trials = row.n_trials
        while stopped:
            time.sleep(0.1)
            stopped = wake(stopped)
        assert lab.until_ended(sprint_id).state == "done"
    trials = lab.trials(sprint_id)
    assert [t.number for t in trials] == list(range(n_trials))
    assert {t.state for t in trials} == {"complete"}
    with reading(lab.ws) as session:
        curves = queries.sprint_epochs(session, sprint_id)
        completions = Counter(e.number for e in queries.events(session, sprint_id=sprint_id, limit=10_000)
                              if e.kind == "trial.complete")  # fmt: skip
    assert set(completions.values()) == {1}, "no write by a fenced worker"
    assert set(completions) == set(range(n_trials))
    function = FUNCTIONS["hartmann3"]
    for trial in trials:
        assert [report.step for report in curves[trial.number]] == list(range(1, n_epochs + 1))
        assert trial.score == -function.value([trial.params[name] for name in function.names], 1.0)
    assert sum(t.attempt for t in trials) >= n_trials + n_killed, "each kill costs an attempt"


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("sampler", "options"), [("gp", {"n_points": 300, "n_restarts_optimizer": 1}), ("tpe", {})])
def test_one_worker_killed_again_and_again_ends_with_the_undisturbed_table(
    lab: Any, sampler: str, options: dict[str, Any]
) -> None:
    facts: dict[str, Any] = {
        "n_trials": 14, "n_random": 4, "sampler": sampler, "sampler_options": options, "pruner": "hyperband",
        "study_key": "chaos", "fidelity": {"max_epochs": 12}, "seed": 3, "limits": LIMITS, "trials": 2,
    }  # fmt: skip
    calm = lab.sprint(**facts)
    lab.work(calm)
    wild = lab.sprint(**facts, data={"sleep": 0.1})
    rng = random.Random(5)
    n_hit = n_blind = 0
    with supervised(lab, wild, 1):
        while n_hit < 2 or n_blind < 2:
            busy = lab.until(lambda n_hit=n_hit: is_over(lab, wild) or training(lab, wild, in_a_trial=n_hit < 2))
            if is_over(lab, wild):
                break
            if n_hit < 2:
                n_hit += killed_in_a_trial(lab, wild, busy[0])
            else:
                time.sleep(rng.uniform(0.0, 0.5))  # whatever it does by then, a suggestion as well as a trial
                if is_alive(process_of(busy[0])):
                    os.kill(busy[0].pid, signal.SIGKILL)
                n_blind += 1
        lab.until_ended(wild)
    assert n_hit == 2
    assert sum(t.attempt for t in lab.trials(wild)) >= 14 + n_hit, "each kill in a trial costs an attempt"
    assert table(lab, wild) == table(lab, calm)


def training(lab: Any, sprint_id: int, *, in_a_trial: bool) -> list[WorkerRow]:
    """The living workers at work; ``in_a_trial`` leaves out those between two trials."""
    held = {t.worker_id for t in lab.trials(sprint_id) if t.state == "running"}
    return [w for w in lab.workers(sprint_id) if w.state == "training" and (w.id in held or not in_a_trial)]


def killed_in_a_trial(lab: Any, sprint_id: int, worker: WorkerRow) -> bool:
    """Kill a worker; whether it held a trial. It is stopped first, so that what the store says then stays true."""
    os.kill(worker.pid, signal.SIGSTOP)
    hit = any(t.state == "running" and t.worker_id == worker.id for t in lab.trials(sprint_id))
    os.kill(worker.pid, signal.SIGKILL)
    return hit


def table(lab: Any, sprint_id: int) -> list[tuple[Any, ...]]:
    return [(t.number, t.state, t.source, t.params, t.score, t.seed, t.n_reports, t.reason) for t in
            lab.trials(sprint_id)]  # fmt: skip


def is_over(lab: Any, sprint_id: int) -> bool:
    return lab.row(sprint_id).state in ("done", "failed")


def wake(stopped: list[tuple[float, int]]) -> list[tuple[float, int]]:
    due = [pid for at, pid in stopped if at <= time.monotonic()]
    for pid in due:
        os.kill(pid, signal.SIGCONT)
    return [(at, pid) for at, pid in stopped if pid not in due]
