"""Who lives: processes known by host, boot, pid and start time; sprints by their workers and launchers."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.errors import EngineError
from engine.launchers.environment import MEASURED_BEST, gpus, threads_per_slot, worker_environment
from engine.processes import ProcessId, identify, is_alive, is_before_reboot, this_process
from engine.store import queries
from engine.store.database import reading, writing
from engine.store.liveness import liveness
from engine.store.tables import RunRow, WorkerRow, now


def test_this_process_lives_and_a_recycled_pid_is_another_process() -> None:
    me = this_process()
    assert me.pid == os.getpid()
    assert is_alive(me) is True
    assert is_alive(replace(me, start_time=me.start_time - 1)) is False


def test_a_zombie_does_not_live() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    process = identify(child.pid)
    assert process is not None
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, nobody has reaped it
    assert is_alive(process) is False
    child.wait()


def test_another_machine_boot_or_container_cannot_be_seen_whatever_the_host_is_called() -> None:
    """Two rented machines called alike, sharing a PostgreSQL store: each took the other's workers for dead."""
    me = this_process()
    boot, namespace, machine = me.boot_id.split("/")
    assert machine, "this machine has a machine id"
    assert is_alive(replace(me, host="elsewhere")) is None
    assert is_alive(replace(me, boot_id=f"{boot}/{namespace}/another")) is None, "a copy resumed from a snapshot"
    assert is_alive(replace(me, boot_id=f"another/{namespace}/{machine}")) is None, "a copy of its image"
    assert is_alive(replace(me, boot_id=f"{boot}/pid:[1]/{machine}")) is None, "another container of the machine"
    assert is_alive(replace(me, boot_id=f"{boot}/{namespace}")) is True, "as older versions wrote it"


def test_after_a_reboot_what_ran_before_is_dead_at_once_but_a_copy_of_the_machine_is_not() -> None:
    me = this_process()
    _, namespace, machine = me.boot_id.split("/")
    uptime = time.clock_gettime(time.CLOCK_BOOTTIME)
    before = replace(me, boot_id=f"before/{namespace}/{machine}")
    assert is_before_reboot(before, uptime + 1)
    assert not is_before_reboot(before, uptime - 1), "heard of since this machine started: it is another one"
    assert not is_before_reboot(replace(before, boot_id=f"before/{namespace}/another"), uptime + 1)
    assert not is_before_reboot(replace(before, boot_id=f"before/{namespace}"), uptime + 1), "machine not known"
    assert not is_before_reboot(me, uptime + 1)


def person(lab: Any, sprint_id: int, kind: type, **facts: Any) -> None:
    me: ProcessId = facts.pop("process", this_process())
    with writing(lab.ws) as session:
        session.add(
            kind(sprint_id=sprint_id, host=me.host, boot_id=me.boot_id, pid=me.pid, start_time=me.start_time, **facts)
        )


def state_of(lab: Any, sprint_id: int) -> str:
    with reading(lab.ws) as session:
        return liveness(session, queries.sprint(session, sprint_id))


def test_a_running_sprint_nobody_works_on_is_orphaned(lab: Any) -> None:
    sprint_id = lab.sprint()
    assert state_of(lab, sprint_id) == "orphaned"
    person(lab, sprint_id, RunRow)
    assert state_of(lab, sprint_id) == "running"


def test_a_planned_or_finished_sprint_is_idle(lab: Any) -> None:
    assert state_of(lab, lab.sprint(state="draft")) == "idle"
    assert state_of(lab, lab.sprint(state="done")) == "idle"


def test_a_living_worker_that_says_nothing_is_stalled(lab: Any) -> None:
    sprint_id = lab.sprint()
    person(lab, sprint_id, WorkerRow, beat_at=now() - timedelta(minutes=5))
    assert state_of(lab, sprint_id) == "stalled"


@pytest.mark.parametrize(("age", "expected"), [(5, "running"), (500, "orphaned")])
def test_a_worker_on_another_host_lives_by_its_heartbeat(lab: Any, age: float, expected: str) -> None:
    sprint_id = lab.sprint()
    elsewhere = replace(this_process(), host="elsewhere")
    person(lab, sprint_id, WorkerRow, process=elsewhere, beat_at=now() - timedelta(seconds=age))
    assert state_of(lab, sprint_id) == expected


def test_a_worker_starts_in_the_environment_that_measured_best(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*MEASURED_BEST, "OMP_NUM_THREADS", "TRIMTAB_WORKER_ENV"):
        monkeypatch.delenv(name, raising=False)
    env = worker_environment(slots=2, gpu="1")
    assert {name: env[name] for name in MEASURED_BEST} == dict(MEASURED_BEST)
    assert env["OMP_NUM_THREADS"] == str(threads_per_slot(2))
    assert env["CUDA_VISIBLE_DEVICES"] == "1"


def test_every_part_of_that_environment_can_be_overridden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    for wrong in ("OMP_NUM_THREADS", "=7"):
        monkeypatch.setenv("TRIMTAB_WORKER_ENV", f"OMP_WAIT_POLICY=active,{wrong}")
        with pytest.raises(EngineError, match=f"must hold NAME=value pairs with commas between, got '{wrong}'"):
            worker_environment(1)
    monkeypatch.setenv("TRIMTAB_WORKER_ENV", "OMP_NUM_THREADS=7,MALLOC_TRIM_THRESHOLD_=1")
    env = worker_environment(slots=1)
    assert (env["OMP_WAIT_POLICY"], env["OMP_NUM_THREADS"], env["MALLOC_TRIM_THRESHOLD_"]) == ("active", "7", "1")


@pytest.mark.parametrize(("visible", "expected"), [("", []), ("-1", []), ("2,5", ["2", "5"])])
def test_only_visible_gpus_are_handed_out(monkeypatch: pytest.MonkeyPatch, visible: str, expected: list[str]) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpus() == expected
