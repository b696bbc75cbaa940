"""What the machine is doing: processor and memory by psutil, GPUs by NVML where pynvml is installed."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

GIB = 2.0**30


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuLoad:
    """One GPU.

    Attributes:
        index: From 0.
        name: In few characters, as in ``H200``.
        busy: Utilization, 0 … 1.
        memory_used_gb: GiB in use.
        memory_gb: GiB there are.
        celsius: Temperature.
    """

    index: int
    name: str
    busy: float
    memory_used_gb: float
    memory_gb: float
    celsius: int


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
        import pynvml

        pynvml.nvmlInit()
    except Exception:  # no package, no driver, no device: all mean the same here
        return None
    return pynvml


def _gpus() -> tuple[GpuLoad, ...]:
    nvml = _nvml()
    if nvml is None:
        return ()
    found = []
    for index in range(nvml.nvmlDeviceGetCount()):
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        name = nvml.nvmlDeviceGetName(handle)
        text = name.decode() if isinstance(name, bytes) else str(name)
        found.append(
            GpuLoad(
                index=index,
                name=text.removeprefix("NVIDIA ").split()[0],
                busy=nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100,
                memory_used_gb=memory.used / GIB,
                memory_gb=memory.total / GIB,
                celsius=int(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU)),
            )
        )
    return tuple(found)
