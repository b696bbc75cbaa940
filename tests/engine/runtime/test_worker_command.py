"""``trimtab worker``: one worker that any scheduler starts, bounded by its job and deaf to none of its signals."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from engine import api
from engine.errors import EngineError
from engine.launchers.job import device_of, end_time, limit_of, slot_of
from engine.store.database import reading, writing
from engine.store.tables import TrialRow
from engine.worker.loop import Worker
from engine.worker.scheduler_job import JobLimit, forecast_seconds
from tests.engine.runtime.tasks import gated, open_gate

NOON = datetime(2026, 12, 24, 12, 0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("+90m", 5400), ("2h", 7200), ("45s", 45), ("1.5d", 129600), ("14:30", 9000), ("11:00", 82800)],
)
def test_the_end_of_a_job_is_a_duration_or_the_next_such_time(text: str, seconds: float) -> None:
    assert end_time(text, NOON) - NOON.timestamp() == pytest.approx(seconds)


def test_the_end_of_a_job_is_a_moment_that_has_not_passed() -> None:
    assert end_time("2026-12-24T18:00", NOON) == datetime(2026, 12, 24, 18, 0).timestamp()
    for wrong in ("soon", "25:00", "2026-12-24T11:00", "-5m", "1e400"):
        with pytest.raises(EngineError, match="must"):
            end_time(wrong, NOON)


@pytest.mark.parametrize(
    ("environment", "taken", "slot"),
    [
        ({}, set(), 0),
        ({}, {0, 1, 3}, 2),
        ({"SLURM_ARRAY_TASK_ID": "7"}, {7}, 7),
        ({"SLURM_PROCID": "2"}, {0}, 2),
        ({"JOB_COMPLETION_INDEX": "4"}, set(), 4),
    ],
)
def test_a_worker_has_the_number_of_its_job_or_the_lowest_free_one(
    environment: Mapping[str, str], taken: set[int], slot: int
) -> None:
    assert slot_of(environment, taken) == slot


def test_auto_is_the_gpu_that_the_job_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    assert device_of("auto") == "cuda:0"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert device_of("auto") == "cpu"
    assert device_of("cuda:1") == "cuda:1"
    with pytest.raises(EngineError, match="auto, cpu or cuda:N"):
        device_of("gpu")


def test_slurm_says_when_its_job_ends() -> None:
    assert limit_of({"SLURM_JOB_END_TIME": "1798000000"}) == 1798000000.0
    assert limit_of({}) is None


def test_a_worker_ends_after_so_many_trials_and_the_next_one_goes_on(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=3)
    Worker(lab.ws, sprint_id, limit=JobLimit(max_trials=2)).run()
    assert [trial.state for trial in lab.trials(sprint_id)] == ["complete"] * 2
    [row] = lab.workers(sprint_id, living=False)
    assert row.reason == "it reached its limit of 2 trials"
    assert lab.work(sprint_id) == "done"
    assert [trial.attempt for trial in lab.trials(sprint_id)] == [1, 1, 1]


def test_a_worker_takes_no_trial_that_cannot_end_before_its_job(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=3)
    soon = JobLimit(until=time.time() + 600)
    Worker(lab.ws, sprint_id, limit=JobLimit(max_trials=1, until=soon.until)).run()
    with writing(lab.ws) as session:
        session.connection().execute(update(TrialRow).values(seconds=3600.0))
    with reading(lab.ws) as session:
        assert forecast_seconds(session, sprint_id) == 3600.0
        assert "a trial takes about 3600 s, its job ends in" in soon.reason_to_end(session, sprint_id, 0)
        assert JobLimit(until=time.time() - 1).reason_to_end(session, sprint_id, 0)
        assert JobLimit(until=time.time() + 7200).reason_to_end(session, sprint_id, 0) == ""
    Worker(lab.ws, sprint_id, limit=soon).run()
    assert len(lab.trials(sprint_id)) == 1


def test_a_sprint_that_is_over_or_paused_after_failures_takes_no_worker(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=1)
    assert lab.work(sprint_id) == "done"
    with pytest.raises(EngineError, match="is done: a worker has nothing to do"):
        api.work_in_job(lab.ws, sprint_id)
    held = lab.sprint(n_trials=1, state="paused", failure="8 trials in a row failed")
    with pytest.raises(EngineError, match="paused after failures: 8 trials in a row failed"):
        api.work_in_job(lab.ws, held)


def test_workers_of_one_array_that_start_at_the_same_moment_share_the_sprint(lab: Any) -> None:
    sprint_id = lab.sprint(n_trials=6, state="ready")
    words = [sys.executable, "-P", "-m", "tui", "--workspace", str(lab.ws.path), "worker", str(sprint_id)]
    array = [
        subprocess.Popen(words, env={**os.environ, "SLURM_ARRAY_TASK_ID": str(n)}, stderr=subprocess.PIPE, text=True)
        for n in range(3)
    ]
    told = [process.communicate(timeout=120)[1] for process in array]
    # The last to come may find the work done.
    assert all(
        process.returncode == 0 or "has nothing to do" in words for process, words in zip(array, told, strict=True)
    )
    assert lab.row(sprint_id).state == "done"
    assert [(t.state, t.attempt) for t in lab.trials(sprint_id)] == [("complete", 1)] * 6


SCONTROL = '#!/bin/sh\necho "$@" >> "$(dirname "$0")/asked"\n'


def in_job(lab: Any, sprint_id: int, folder: Path) -> "subprocess.Popen[str]":
    """``trimtab worker`` in a job of SLURM whose ``scontrol`` notes what it is asked."""
    program = folder / "scontrol"
    program.write_text(SCONTROL)
    program.chmod(0o755)
    job = {"SLURM_JOB_ID": "4713", "SLURM_ARRAY_JOB_ID": "4711", "SLURM_ARRAY_TASK_ID": "2"}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "tui", "--workspace", str(lab.ws.path), "worker", str(sprint_id)],
        env={**os.environ, **job, "PATH": f"{folder}:{os.environ['PATH']}"},
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(("number", "is_requeued"), [(signal.SIGUSR1, True), (signal.SIGTERM, False)])
def test_a_worker_that_is_told_of_its_end_gives_its_trial_back(
    lab: Any, tmp_path: Path, number: signal.Signals, is_requeued: bool
) -> None:
    sprint_id = gated(lab, 1, n_trials=1, state="ready")
    process = in_job(lab, sprint_id, tmp_path)
    lab.until(lambda: [t for t in lab.trials(sprint_id) if t.state == "running"] and lab.progress()[1])
    [worker] = lab.workers(sprint_id)
    assert (worker.pid, worker.slot) == (process.pid, 2), "the process became the worker and keeps its signals"
    process.send_signal(number)
    if is_requeued:
        assert lab.row(sprint_id).state == "running"
        open_gate(lab)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert f"log {lab.ws.worker_log(sprint_id, 2)}" in told
    [trial] = lab.trials(sprint_id)
    assert (trial.state, trial.n_failures) == ("queued", 0)
    asked = tmp_path / "asked"
    assert (asked.read_text() if asked.exists() else "") == ("requeue 4711_2\n" if is_requeued else "")
    open_gate(lab)
    assert lab.work(sprint_id) == "done"
