"""The machine's row: any driver's answers, or none, and as many GPUs as there is room for."""

import ctypes
import sys
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tui.drawing.styled_lines import plain
from tui.widgets import machine_load as machine
from tui.widgets.machine_line import MachineLine
from tui.widgets.machine_load import GpuLoad, MachineLoad, machine_load, short_name


class NVMLError(Exception):
    """As pynvml raises it."""


class Driver(ModuleType):
    """What pynvml answers on a machine with two GPUs, the second cut in parts: it tells no utilization."""

    NVMLError = NVMLError
    NVML_TEMPERATURE_GPU = 0

    def nvmlInit(self) -> None:
        """Starts."""

    def nvmlDeviceGetCount(self) -> int:
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        return index

    def nvmlDeviceGetName(self, handle: int) -> str | bytes:
        return b"NVIDIA H100 80GB HBM3" if handle else "NVIDIA GeForce RTX 4090"

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Any:
        return SimpleNamespace(used=(3 + handle) * 2**30, total=80 * 2**30)

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> Any:
        if handle:
            raise NVMLError("not supported")
        return SimpleNamespace(gpu=97)

    def nvmlDeviceGetTemperature(self, handle: int, _sensor: int) -> int:
        return 61 + handle


@pytest.fixture
def with_driver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Driver], None]]:
    """Puts a driver in the place of NVIDIA's."""

    def install(driver: Driver) -> None:
        monkeypatch.setattr(ctypes, "CDLL", lambda _name: None)
        monkeypatch.setitem(sys.modules, "pynvml", driver)
        machine._nvml.cache_clear()

    yield install
    machine._nvml.cache_clear()


def test_a_gpu_tells_what_its_driver_tells(with_driver: Callable[[Driver], None]) -> None:
    with_driver(Driver("pynvml"))
    assert machine_load().gpus == (
        GpuLoad(index=0, name="4090", busy=0.97, memory_used_gb=3.0, memory_gb=80.0, celsius=61),
        GpuLoad(index=1, name="H100", busy=None, memory_used_gb=4.0, memory_gb=80.0, celsius=62),
    )


def test_a_gpu_that_fell_off_the_bus_hides_no_other(
    with_driver: Callable[[Driver], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def handle_of(_driver: Driver, index: int) -> int:
        if not index:
            raise NVMLError("GPU is lost")
        return index

    with_driver(Driver("pynvml"))
    monkeypatch.setattr(Driver, "nvmlDeviceGetHandleByIndex", handle_of)
    assert [gpu.index for gpu in machine_load().gpus] == [1]


def test_a_machine_without_a_driver_has_no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "DRIVER", "libno-such-driver.so.1")
    machine._nvml.cache_clear()
    load = machine_load()
    machine._nvml.cache_clear()
    assert load.gpus == ()
    assert 0 < load.memory_used_gb < load.memory_gb


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("NVIDIA A100-SXM4-80GB", "A100"),
        ("NVIDIA RTX A6000", "A6000"),
        ("Tesla T4", "T4"),
        ("NVIDIA Graphics Device", "Graphics"),
        ("", ""),
    ],
)
def test_a_name_is_one_word(name: str, short: str) -> None:
    assert short_name(name) == short


def drawn(n_gpus: int, width: int) -> str:
    gpus = tuple(
        GpuLoad(index=i, name="H100", busy=0.5, memory_used_gb=70, memory_gb=80, celsius=60) for i in range(n_gpus)
    )
    row = MachineLine()
    row._rate, row._units, row._load = (
        123.4,
        "docs",
        MachineLoad(cpu=0.5, memory=0.5, memory_used_gb=100, memory_gb=2048, gpus=gpus),
    )
    (only,) = row.draw(width, 1)
    return plain(only)


def test_gpus_that_do_not_fit_are_counted() -> None:
    assert "GPU0 H100" in drawn(1, 80)
    assert "GPU1 H100" in drawn(2, 120)
    for n, width in ((8, 120), (2, 80), (16, 160)):
        text = drawn(n, width)
        n_shown = text.count("H100")
        assert len(text) <= width
        assert text.endswith(f"  +{n - n_shown}")
