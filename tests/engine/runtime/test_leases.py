"""Trials of living workers stay theirs, whatever clocks say; those of dead ones do not stay with them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from engine import api
from engine.processes import ProcessId, identify, this_process
from engine.store import claims, lease_watch, queries
from engine.store.database import reading, writing
from engine.store.driver_connection import raw
from engine.store.lease_watch import LONGEST_STEP, LeaseWatch
from engine.store.reclaim import WORKER, find_lost
from engine.store.tables import WorkerRow, now
from engine.trials.limits import Limits
from engine.worker.assignment import Suggest, Wait, look_for_work, next_assignment

LIMITS = Limits(lease_seconds=60.0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """This process's monotonic clock, moved by hand."""
    at = [1000.0]
    monkeypatch.setattr(lease_watch.time, "monotonic", lambda: at[0])
    return at


@pytest.fixture
def child() -> Iterator[ProcessId]:
    """A process that lives and says nothing."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        found = identify(process.pid)
        assert found is not None
        yield found
        process.kill()


def worker(lab: Any, sprint_id: int, process: ProcessId, **facts: Any) -> int:
    with writing(lab.ws) as session:
        row = WorkerRow(
            sprint_id=sprint_id, host=process.host, boot_id=process.boot_id, pid=process.pid,
            start_time=process.start_time, **facts,
        )  # fmt: skip
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def held(lab: Any, process: ProcessId) -> tuple[int, int, int]:
    """A sprint with one trial in the hands of a worker, and another worker: (sprint, holder, other)."""
    sprint_id = lab.sprint(trials=1, n_trials=2)
    holder, other = worker(lab, sprint_id, process), worker(lab, sprint_id, this_process(), slot=1)
    with writing(lab.ws) as session:
        assert claims.claim_queued(raw(session), sprint_id, holder, 60.0) is not None
    return sprint_id, holder, other


def age(lab: Any, minutes: float) -> None:
    """What a forward step of the clock does: every lease and heartbeat is suddenly long past."""
    past = now() - timedelta(minutes=minutes)
    with writing(lab.ws) as session:
        session.connection().execute(queries.TRIAL.update().values(lease_until=past))
        session.connection().execute(WORKER.update().values(beat_at=past))


def watch(lab: Any, sprint_id: int, clock: list[float], seconds: float) -> list[Any]:
    """Look again and again for so many seconds of this process's time; what is lost at the end."""
    found: list[Any] = []
    for _ in range(int(seconds / LONGEST_STEP) + 1):
        with reading(lab.ws) as session:
            found = find_lost(session, sprint_id, LIMITS)
        clock[0] += LONGEST_STEP
    return found


def test_a_step_of_the_clock_takes_no_trial_from_a_worker_that_lives(lab: Any, child: ProcessId) -> None:
    """A suspended laptop, NTP: the lease is minutes past when the other worker looks, and the worker is well."""
    sprint_id, holder, other = held(lab, child)
    age(lab, minutes=30)
    with writing(lab.ws) as session:
        assert isinstance(next_assignment(session, sprint_id, other), Suggest)
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.worker_id, trial.attempt) == ("running", holder, 1)


def test_a_living_worker_that_cannot_beat_keeps_its_trial_for_as_long_as_it_lives(
    lab: Any, child: ProcessId, clock: list[float]
) -> None:
    sprint_id, _, _ = held(lab, child)
    assert watch(lab, sprint_id, clock, 3600) == []
    os.kill(child.pid, signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    [lost] = watch(lab, sprint_id, clock, 0)
    assert (lost.number, lost.is_death, lost.is_open) == (0, True, True)


def test_a_stopped_worker_keeps_its_trial_and_is_named(lab: Any, child: ProcessId, clock: list[float]) -> None:
    """SIGSTOP, a debugger: it lives, and its command may train on."""
    sprint_id, _, _ = held(lab, child)
    assert api.stopped_workers(lab.ws, sprint_id) == ()
    os.kill(child.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, child.pid, os.WSTOPPED)
    assert watch(lab, sprint_id, clock, 3600) == []
    [told] = api.stopped_workers(lab.ws, sprint_id)
    assert f"kill -CONT {child.pid}" in told
    assert told in api.get_sprint(lab.ws, sprint_id).alarms


@pytest.mark.parametrize("minutes", [0, 30])
def test_a_worker_elsewhere_is_gone_once_it_was_seen_silent_for_its_lease(
    lab: Any, clock: list[float], minutes: float
) -> None:
    """Whatever the clocks of two machines say: only what was seen to stand still counts."""
    elsewhere = replace(this_process(), host="elsewhere", boot_id="b/n/m")
    sprint_id, holder, _ = held(lab, elsewhere)
    age(lab, minutes)
    assert watch(lab, sprint_id, clock, 50) == []
    [lost] = watch(lab, sprint_id, clock, 15)
    assert (lost.worker_id, lost.number, lost.is_death) == (holder, 0, True)


def test_a_worker_elsewhere_that_beats_keeps_its_trial(lab: Any, clock: list[float]) -> None:
    sprint_id, _, _ = held(lab, replace(this_process(), host="elsewhere"))
    for n in range(30):
        age(lab, minutes=60 - n)  # an hour behind, and moving
        assert watch(lab, sprint_id, clock, 10) == []


def test_time_in_which_nobody_looked_does_not_count() -> None:
    """The looking process was stopped, its machine asleep or the store down: nobody could renew anything then."""
    seen = LeaseWatch()
    assert seen.look({"a": 1}, 0.0) == {"a": 0.0}
    assert seen.look({"a": 1}, 3600.0) == {"a": LONGEST_STEP}
    assert seen.look({"a": 1, "b": 1}, 3602.0) == {"a": LONGEST_STEP + 2, "b": 0.0}
    assert seen.look({"a": 2, "b": 1}, 3604.0) == {"a": 0.0, "b": 2.0}
    assert seen.look({"b": 1}, 3605.0) == {"b": 3.0}


def test_another_machine_of_the_same_name_keeps_its_trial(lab: Any) -> None:
    """Same host name, another boot and machine id: it was taken for this machine before a reboot, and robbed."""
    elsewhere = replace(this_process(), boot_id="another-boot/pid:[4026531836]/another-machine")
    sprint_id, holder, other = held(lab, elsewhere)
    with writing(lab.ws) as session:
        assert isinstance(next_assignment(session, sprint_id, other), Suggest)
    assert lab.trials(sprint_id)[0].worker_id == holder


def test_looking_for_work_takes_few_statements_however_many_workers_there_are(lab: Any) -> None:
    """Issue 18: W + 5 statements for W workers; a look that finds nothing takes no lock."""
    sprint_id = lab.sprint(n_trials=21, trials=21)
    ids = [worker(lab, sprint_id, this_process(), slot=slot) for slot in range(21)]
    counted: list[str] = []
    with writing(lab.ws) as session:
        for one in ids[:20]:
            claims.claim_queued(raw(session), sprint_id, one, 60.0)
    with reading(lab.ws) as session:
        engine = session.get_bind()
    with writing(lab.ws) as session:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *given: counted.append(given[2]))
    event.listen(engine, "before_cursor_execute", lambda *given: counted.append(given[2]))
    counted.clear()
    with writing(lab.ws) as session:
        assert isinstance(next_assignment(session, sprint_id, ids[20]), claims.Claim)
    assert len(counted) <= 6, "\n".join(one[:70] + " … " + one[-60:] for one in counted)
    counted.clear()
    spare = worker(lab, sprint_id, this_process(), slot=99)
    counted.clear()
    with reading(lab.ws) as session:
        look = look_for_work(session, sprint_id, spare)
    assert not look.has_work
    assert len(counted) <= 4, counted
    with writing(lab.ws) as session:
        assert isinstance(next_assignment(session, sprint_id, spare), Wait)
