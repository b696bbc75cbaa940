"""One row on the machine: processor, memory, and the GPU where there is one; read only while something runs."""

from collections.abc import Sequence
from typing import Any

from tui.drawing.format import bar, number
from tui.drawing.styled_lines import Line, line
from tui.widgets.machine_load import GpuLoad, MachineLoad, machine_load
from tui.widgets.painting import Painting

BAR = 4
"""Cells of a bar: speed, processor, memory and one GPU fit into 80 columns."""

OTHERS = len("  +15")
"""Cells for how many GPUs did not fit."""

PERIOD = 3.0
"""Seconds between two readings: a slow link pays for every one."""


class MachineLine(Painting):
    """Utilization and memory; blank while nothing runs, so that an idle screen sends nothing."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._load: MachineLoad | None = None
        self._watching = False
        self._rate = 0.0
        self._units = ""

    def on_mount(self) -> None:
        """Begin the slow clock."""
        self.set_interval(PERIOD, self._read)

    def follow(self, watching: bool, rate: float = 0.0, units: str = "") -> None:
        """Whether to read at all, and how fast the running trials train, units a second; 0 when unknown."""
        if (rate, units) != (self._rate, self._units):
            self._rate, self._units = rate, units
            self.repaint()
        self.display = watching  # an empty line would be a slab of colour that says nothing
        if watching != self._watching:
            self._watching = watching
            self._read()

    def _read(self) -> None:
        if not self._watching:
            if self._load is not None:
                self._load = None
                self.repaint()
        elif self.screen.is_current:
            self.run_worker(self._measure, thread=True, exclusive=True, group="machine", exit_on_error=False)

    def _measure(self) -> None:
        load = machine_load()
        self.app.call_from_thread(self._show, load)

    def _show(self, load: MachineLoad) -> None:
        self._load = load
        self.repaint()

    def draw(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002
        """Bars with numbers."""
        load = self._load
        if load is None:
            return []
        memory = f" {number(load.memory_used_gb, 2)}/{load.memory_gb:.0f}G"
        speed = f" {number(self._rate, 3)} {self._units}/s " if self._rate else ""
        parts: list[tuple[str, str]] = [
            (speed, "bold:text"),
            (" CPU ", "muted"), (bar(load.cpu, BAR), "all"), (f" {load.cpu:4.0%}", ""),
            ("  RAM ", "muted"), (bar(load.memory, BAR), "all"), (memory, ""),
        ]  # fmt: skip
        used = sum(len(text) for text, _ in parts)
        for n_shown, gpu in enumerate(load.gpus):
            more = _gpu_parts(gpu, with_bar=len(load.gpus) == 1)
            used += sum(len(text) for text, _ in more)
            others = len(load.gpus) - n_shown - 1
            if n_shown and used + (OTHERS if others else 0) > width:
                parts.append((f"  +{others + 1}", "muted"))
                break
            parts += more
        return [line(*parts)]


def _gpu_parts(gpu: GpuLoad, *, with_bar: bool) -> list[tuple[str, str]]:
    """Name, utilization, memory, temperature; what the driver does not tell is left out."""
    busy = [(bar(gpu.busy, BAR) if with_bar else "", "top"), (f"{gpu.busy:5.0%}", "")] if gpu.busy is not None else []
    memory = f" {gpu.memory_used_gb:.0f}/{gpu.memory_gb:.0f}G" if gpu.memory_gb else ""
    warmth = f" {gpu.celsius}°C" if gpu.celsius is not None else ""
    return [(f"  GPU{gpu.index} {gpu.name} ", "muted"), *busy, (memory + warmth, "")]
