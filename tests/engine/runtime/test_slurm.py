"""The SLURM launcher, against a real cluster of this machine: Debian's slurmctld, slurmd and munge, started here.

Where they are not installed only what needs no cluster is tested.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import api
from engine.cli.main import main
from engine.errors import EngineError
from engine.launchers.launcher import Job
from engine.launchers.placements import last_placement, notices
from engine.launchers.slurm import array_of, job_name, jobs, site_options, start
from engine.store.database import reading
from engine.trials.states import SprintState
from engine.worker.scheduler_job import NEAR_SECONDS, JobLimit
from tests.engine.runtime.tasks import gated, open_gate
from tests.engine.slurm import SlurmCluster, is_available

needs_slurm = pytest.mark.skipif(not is_available(), reason="slurmctld, slurmd and munge are not here")


@pytest.fixture(scope="module")
def cluster() -> Iterator[SlurmCluster]:
    made = SlurmCluster(cpus=2)
    yield made
    made.close()


@pytest.fixture
def slurm(cluster: SlurmCluster, monkeypatch: pytest.MonkeyPatch) -> SlurmCluster:
    for name, value in cluster.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("engine.launchers.slurm.REMEMBERED_SECONDS", 0.0)
    return cluster


def until(holds: Callable[[], Any], what: str, seconds: float = 90.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return found


def test_the_numbers_of_an_array_are_written_as_slurm_reads_them() -> None:
    assert array_of([0, 1, 2, 3]) == "0-3"
    assert array_of([5, 0, 2, 3]) == "0,2-3,5"


def test_options_of_a_site_are_words_and_none_that_the_launcher_sets() -> None:
    assert site_options("--partition=gpu --comment='a b'") == ["--partition=gpu", "--comment=a b"]
    with pytest.raises(EngineError, match="sets --array itself"):
        site_options("--array=0-3")
    with pytest.raises(EngineError, match="words of a shell"):
        site_options("--comment='open")


def test_without_slurm_one_sentence_says_so_and_the_sprint_stays_as_it_was(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sprint_id = lab.sprint(state="ready")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EngineError, match="needs sbatch, which is not on the PATH"):
        start(lab.ws, sprint_id, 2, {"sbatch": "", "gpus": 0.0})
    assert lab.row(sprint_id).state == SprintState.READY
    assert jobs(job_name(lab.ws, sprint_id)) == ()


def test_jobs_that_wait_are_told_with_their_reason_and_when_they_are_expected_to_begin() -> None:
    known = [
        Job(id="7_0", slot=0, waits=False, node="n1"),
        Job(id="7_1", slot=1, waits=True, reason="Priority", begins="2026-12-24T18:00:00"),
    ]
    assert notices(known) == [
        "1 of 2 jobs are pending in the queue (7_1, Priority, expected to begin 2026-12-24T18:00:00)."
    ]
    assert notices(known[:1]) == []


def test_a_job_is_told_for_its_limit_when_it_is_near() -> None:
    assert JobLimit(until=time.time() + NEAR_SECONDS / 2).is_near
    assert not JobLimit(until=time.time() + 2 * NEAR_SECONDS).is_near
    assert not JobLimit().is_near


@pytest.fixture
def standing_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Programs named as SLURM's that write down what they are asked and answer from a file ``queue``."""
    folder = tmp_path / "bin"
    folder.mkdir()
    answers = {"sbatch": "echo 17", "squeue": f"cat {folder}/queue", "scancel": ":"}
    for name, answer in answers.items():
        program = folder / name
        program.write_text(
            f'#!/bin/sh\necho "{name} $TRIMTAB_STORE $@" >> {folder}/asked\n'
            f"[ {name} = sbatch ] && cat > {folder}/script\n{answer}\n"
        )
        program.chmod(0o755)
    (folder / "queue").touch()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr("engine.launchers.slurm.REMEMBERED_SECONDS", 0.0)
    return folder


def test_what_slurm_is_asked_to_start_show_fill_up_and_withdraw(lab: Any, standing_in: Path) -> None:
    sprint_id = lab.sprint(state="ready", n_trials=4)
    options = {"sbatch": "--partition=gpu", "gpus": 2.0}
    run = api.start_sprint(lab.ws, sprint_id, 3, launcher="slurm", options=options)
    asked = (standing_in / "asked").read_text()
    for word in ("--array=0-2", "--requeue", "--signal=B:TERM@90", "--gres=gpu:2", "--partition=gpu", "--export=ALL"):
        assert word in asked, asked
    assert run.actors == ("17_0", "17_1", "17_2")
    assert f"worker {sprint_id}" in (standing_in / "script").read_text()

    (standing_in / "queue").write_text("17_0|PENDING|Resources|N/A|\n17_1|RUNNING|None|N/A|n1\n17_2|FAILED|x|N/A|\n")
    view = api.get_sprint(lab.ws, sprint_id)
    assert view.state == SprintState.RUNNING
    assert view.alarms == ("1 of 2 jobs are pending in the queue (17_0, Resources).",)
    again = api.resume_sprint(lab.ws, sprint_id)
    assert (again.launcher, again.actors) == ("slurm", ("17_2",)), "it stays where it was, and what is missing is added"
    submitted = [line for line in (standing_in / "asked").read_text().splitlines() if line.startswith("sbatch")]
    assert ["--array=2" in line for line in submitted if "--test-only" not in line] == [False, True]

    api.stop_sprint(lab.ws, sprint_id)
    assert "scancel  --name=" in (standing_in / "asked").read_text()
    assert "--state=PENDING" in (standing_in / "asked").read_text()
    (standing_in / "queue").write_text("")
    assert api.get_sprint(lab.ws, sprint_id).state == SprintState.DONE


def test_what_sbatch_refuses_is_told_in_its_words(lab: Any, standing_in: Path) -> None:
    sprint_id = lab.sprint(state="ready")
    (standing_in / "sbatch").write_text("#!/bin/sh\necho 'sbatch: error: invalid partition' >&2; exit 1\n")
    with pytest.raises(EngineError, match="invalid partition"):
        api.start_sprint(lab.ws, sprint_id, launcher="slurm")
    assert lab.row(sprint_id).state == SprintState.READY, "nothing was submitted, so nothing has begun"


@pytest.mark.slow  # seven interpreters start one after another, as SLURM's scheduler places them
@needs_slurm
def test_a_sprint_runs_as_a_job_array_and_what_waits_is_shown_as_pending(
    lab: Any, slurm: SlurmCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three tasks on two processors; the third one is pending until the sprint is stopped, which withdraws it."""
    sprint_id = gated(lab, 0, state="ready", n_trials=4)
    name = job_name(lab.ws, sprint_id)
    words = ["--workspace", str(lab.ws.path), "sprint", "start", str(sprint_id), "--slots", "3"]
    assert main([*words, "--launcher", "slurm", "--sbatch", "--time=10:00", "--json"]) == 0
    run = json.loads(capsys.readouterr().out)
    assert [one.rpartition("_")[2] for one in run["actors"]] == ["0", "1", "2"]

    def pending_only() -> bool:
        return [job.waits for job in jobs(name)] == [False, False, True]

    until(pending_only, "two tasks work and one waits")
    view = api.get_sprint(lab.ws, sprint_id)
    assert view.state == SprintState.RUNNING, "nobody works yet, and still it is not orphaned"
    assert "1 of 3 jobs are pending in the queue" in view.alarms[0]
    until(lambda: api.get_sprint(lab.ws, sprint_id).n_running == 2, lab.report())
    assert {worker.slot for worker in lab.workers(sprint_id)} == {0, 1}

    api.stop_sprint(lab.ws, sprint_id, now=True)
    until(lambda: not jobs(name), "a stop withdraws what waits, and what works ends")
    until(lambda: lab.row(sprint_id).state == SprintState.DONE, lab.report())
    assert {trial.state for trial in lab.trials(sprint_id)} == {"queued"}

    with reading(lab.ws) as session:
        placed = last_placement(session, sprint_id)
    assert placed is not None
    assert (placed.launcher, placed.options["sbatch"]) == ("slurm", "--time=10:00")
    again = api.resume_sprint(lab.ws, sprint_id, 2)  # nothing is said of SLURM: it goes where it was
    assert again.launcher == "slurm"
    until(lambda: len([job for job in jobs(name) if not job.waits]) == 2, "both tasks work")
    slurm.ask("scancel", next(job.id for job in jobs(name) if job.slot == 1))
    until(lambda: [job.slot for job in jobs(name)] == [0], "one task is gone")
    once_more = api.resume_sprint(lab.ws, sprint_id)
    assert [one.rpartition("_")[2] for one in once_more.actors] == ["1"], "only what is missing is submitted"
    open_gate(lab)
    until(lambda: lab.row(sprint_id).state == SprintState.DONE, lab.report())
    trials = lab.trials(sprint_id)
    assert [trial.state for trial in trials] == ["complete"] * 4
    until(lambda: not jobs(name), "the tasks end with the sprint")
    assert list(lab.ws.logs.glob(f"{name}-*.log"))
    assert os.environ["SLURM_CONF"]
