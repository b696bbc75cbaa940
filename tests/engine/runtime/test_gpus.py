"""GPUs: shared out among slots, tried before a launch, and named to a command; none is needed here."""

import errno
import fcntl
from typing import Any

import pytest

from engine import api
from engine.api.doctor_checks import doctor
from engine.errors import EngineError
from engine.launchers import local, torch_check
from engine.launchers.environment import worker_environment
from engine.launchers.ray import custom_resources
from engine.launchers.slots import shared_out
from engine.launchers.supervisor import Supervisor
from engine.launchers.torch_check import LITTLE_MEMORY, Verdict, try_torch, verdict
from engine.objectives.template import n_devices
from engine.store.database import writing
from engine.store.tables import ThreadRow
from engine.trials.states import SprintState

WORKS = {"torch": "2.9.1", "built for": "12.8", "usable": True, "free": 2**33, "total": 2**34}


@pytest.mark.parametrize(
    ("n", "per_slot", "shares"),
    [(4, 1, ["0", "1", "2", "3", "0"]), (4, 2, ["0,1", "2,3", "0,1"]), (3, 2, ["0,1", "0,1"]), (0, 2, [None, None])],
)
def test_each_slot_gets_gpus_of_its_own_while_there_are_some(n: int, per_slot: int, shares: list[str | None]) -> None:
    found = [str(index) for index in range(n)]
    assert [shared_out(found, index, per_slot) for index in range(len(shares))] == shares


def test_a_slot_cannot_get_more_gpus_than_there_are(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    sprint_id = lab.sprint(state="ready")
    with pytest.raises(EngineError, match="must get 3 GPUs, this machine has 2"):
        api.start_sprint(lab.ws, sprint_id, options={"gpus_per_slot": 3})
    assert lab.row(sprint_id).state == SprintState.READY


def test_a_trial_of_two_gpus_sees_both_and_its_command_is_told_how_many(lab: Any) -> None:
    env = worker_environment(1, "2,3", lab.ws)
    assert env["CUDA_VISIBLE_DEVICES"] == "2,3"
    assert n_devices(env) == 2
    assert n_devices({}) == n_devices({"CUDA_VISIBLE_DEVICES": ""}) == 1


def test_a_supervisor_of_a_cluster_gives_its_worker_every_gpu_it_was_assigned(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--gpus 2` hid one of them; a slot without GPUs landed on the first card."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")
    sprint_id = lab.sprint()
    for slot, (given, gpu) in enumerate(((None, "4,5"), (0, None), (1, "4"))):
        made = Supervisor(lab.ws, sprint_id, first_slot=slot, gpus_per_slot=given)
        assert made._slots[0].gpu == gpu
        made._lock.close()


@pytest.mark.parametrize(
    ("told", "text", "hint"),
    [
        ({**WORKS, "built for": None, "usable": False, "error": "AssertionError: Torch not compiled with CUDA enabled"},
         "built for the CPU", "pip install --force-reinstall torch"),
        ({**WORKS, "usable": False, "error": "RuntimeError: The NVIDIA driver is too old (found 11040)."},
         "driver 470.1 is too old for torch 2.9.1, which is built for CUDA 12.8", "Update the driver"),
        ({**WORKS, "error": "torch.OutOfMemoryError: CUDA out of memory."}, "no memory left", "nvidia-smi"),
        ({**WORKS, "free": LITTLE_MEMORY - 1}, "no memory left (512 MiB free)", "nvidia-smi"),
        ({"error": "ImportError: libcudart.so.12"}, "cannot be imported", "Install torch again"),
        ({**WORKS, "usable": False}, "it sees none", "CUDA_VISIBLE_DEVICES"),
    ],
)  # fmt: skip
def test_what_keeps_torch_from_a_gpu_is_said_with_the_line_that_mends_it(
    told: dict[str, Any], text: str, hint: str
) -> None:
    found = verdict(told, driver="470.1")
    assert not found.is_usable
    assert text in found.text
    assert hint in found.hint


def test_torch_that_works_is_named_with_its_driver() -> None:
    assert verdict(WORKS, "570.1") == Verdict(is_usable=True, text="torch 2.9.1 (CUDA 12.8) works with driver 570.1")


def test_torch_is_tried_in_a_process_only_where_there_is_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert try_torch() is None
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    program = "import json; print(json.dumps({'error': \"ModuleNotFoundError: No module named 'torch'\"}))"
    monkeypatch.setattr(torch_check, "PROGRAM", program)
    assert try_torch() is None
    monkeypatch.setattr(torch_check, "PROGRAM", "raise SystemExit")
    found = try_torch()
    assert found is not None
    assert "without a word" in found.text


def test_jerex_is_not_trained_on_the_cpu_of_a_gpu_box_unless_told_so(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = Verdict(is_usable=False, text="torch 2 is built for the CPU", hint="Install a build for CUDA")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setattr(local, "try_torch", lambda: bad)
    monkeypatch.setattr(torch_check, "try_torch", lambda: bad)
    sprint_id = lab.sprint(state="ready")
    with writing(lab.ws) as session:
        session.get(ThreadRow, lab.row(sprint_id).thread_id).objective = "model.objective:Jerex"
    with pytest.raises(EngineError, match="built for the CPU") as error:
        api.start_sprint(lab.ws, sprint_id)
    assert "to train on the CPU, set CUDA_VISIBLE_DEVICES=" in error.value.hint
    assert lab.row(sprint_id).state == SprintState.READY
    assert [one.text for one in doctor(lab.ws) if one.name == "torch"] == [bad.text]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    local._refuse_useless_gpus(lab.ws, sprint_id)


def test_a_file_system_without_locks_says_that(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    sprint_id = lab.sprint()
    monkeypatch.setattr(fcntl, "lockf", refuse)
    with pytest.raises(EngineError, match="file system with locks") as error:
        Supervisor(lab.ws, sprint_id)
    assert "already has a launcher" not in str(error.value)


def test_resources_of_a_ray_cluster_are_names_with_numbers() -> None:
    assert custom_resources("a100=1, fast=0.5") == {"a100": 1.0, "fast": 0.5}
    assert custom_resources("") == {}
    with pytest.raises(EngineError, match="a100=1"):
        custom_resources("a100")
