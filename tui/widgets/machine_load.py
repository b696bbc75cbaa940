"""What the machine is doing: processor and memory by psutil, GPUs by NVML where there is a driver."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

GIB = 2.0**30

DRIVER = "libnvidia-ml.so.1"
"""NVML itself, which comes with NVIDIA's driver."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuLoad:
    """One GPU.

    Attributes:
        index: From 0.
        name: In few characters, as in ``H200``.
        busy: Utilization, 0 … 1; None where the driver does not tell, as of a GPU that is cut in parts (MIG).
        memory_used_gb: GiB in use.
        memory_gb: GiB there are; 0 where the driver does not tell.
        celsius: Temperature; None where the driver does not tell.
    """

    index: int
    name: str
    busy: float | None
    memory_used_gb: float
    memory_gb: float
    celsius: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineLoad:
    """The machine.

    Attributes:
        cpu: Utilization of all cores, 0 … 1.
        memory: Share of memory in use, 0 … 1.
        memory_used_gb: GiB in use.
        memory_gb: GiB there are.
        gpus: Empty without NVML.
    """

    cpu: float
    memory: float
    memory_used_gb: float
    memory_gb: float
    gpus: tuple[GpuLoad, ...] = ()


def machine_load() -> MachineLoad:
    """The load since the last call."""
    import psutil  # 15 ms: only for those who watch a running sprint

    memory = psutil.virtual_memory()
    return MachineLoad(
        cpu=round(psutil.cpu_percent() / 100, 2),
        memory=memory.percent / 100,
        memory_used_gb=(memory.total - memory.available) / GIB,
        memory_gb=memory.total / GIB,
        gpus=_gpus(),
    )


@lru_cache(maxsize=1)
def _nvml() -> Any:
    """The NVML library, started; None where there is none."""
    try:
        ctypes.CDLL(DRIVER)  # before the package, which is a megabyte that a machine without a GPU can spare
        import pynvml

        pynvml.nvmlInit()
    except Exception:  # no driver, no package, no device: all mean the same here
        return None
    return pynvml


def _gpus() -> tuple[GpuLoad, ...]:
    nvml = _nvml()
    if nvml is None:
        return ()

    def told(ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except nvml.NVMLError:
            return None

    def load(index: int) -> GpuLoad | None:
        handle = told(lambda: nvml.nvmlDeviceGetHandleByIndex(index))
        if handle is None:  # it has fallen off the bus
            return None
        memory = told(lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
        rates = told(lambda: nvml.nvmlDeviceGetUtilizationRates(handle))
        return GpuLoad(
            index=index,
            name=short_name(told(lambda: nvml.nvmlDeviceGetName(handle)) or ""),
            busy=None if rates is None else rates.gpu / 100,
            memory_used_gb=0.0 if memory is None else memory.used / GIB,
            memory_gb=0.0 if memory is None else memory.total / GIB,
            celsius=told(lambda: int(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU))),
        )

    every = (load(index) for index in range(told(nvml.nvmlDeviceGetCount) or 0))
    return tuple(gpu for gpu in every if gpu is not None)


def short_name(name: str | bytes) -> str:
    """A GPU's name in one word, the first with a digit: ``NVIDIA GeForce RTX 4090`` is 4090."""
    words = (name.decode() if isinstance(name, bytes) else name).removeprefix("NVIDIA ").split()
    models = (word.partition("-")[0] for word in words if any(c.isdigit() for c in word))
    return next(models, words[0] if words else "")
