"""One row on the machine: processor, memory, and the GPU where there is one; read only while something runs."""

from collections.abc import Sequence
from typing import Any

from tui.format import bar
from tui.machine import MachineLoad, machine_load
from tui.text import Line, line
from tui.widgets.painting import Painting

PERIOD = 3.0
"""Seconds between two readings: a slow link pays for every one."""


class MachineLine(Painting):
    """Utilization and memory; blank while nothing runs, so that an idle screen sends nothing."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._load: MachineLoad | None = None
        self._watching = False

    def on_mount(self) -> None:
        """Begin the slow clock."""
        self.set_interval(PERIOD, self._read)

    def follow(self, watching: bool) -> None:
        """Whether to read at all."""
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
        memory = f" {load.memory_used_gb:.1f}/{load.memory_gb:.0f}G"
        parts: list[tuple[str, str]] = [
            (" CPU ", "muted"), (bar(load.cpu, 6), "all"), (f" {load.cpu:4.0%}", ""),
            ("  RAM ", "muted"), (bar(load.memory, 6), "all"), (memory, ""),
        ]  # fmt: skip
        for gpu in load.gpus:
            parts += [
                (f"  GPU{gpu.index} {gpu.name} ", "muted"), (bar(gpu.busy, 6), "top"), (f" {gpu.busy:4.0%}", ""),
                (f" {gpu.memory_used_gb:.0f}/{gpu.memory_gb:.0f}G {gpu.celsius}°C", ""),
            ]  # fmt: skip
        return [line(*parts)]
