"""The launchers by name, with their options; importing this loads none of them.

A package adds one with an entry point in the group ``trimtab.launchers`` that names a `LauncherInfo`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from engine.errors import EngineError
from engine.launchers.launcher import Start
from engine.registries.registry import Registry, record_of, resolve
from engine.values import refuse_unknown_keys


@dataclass(frozen=True, kw_only=True, slots=True)
class LauncherInfo:
    """A launcher as it is listed.

    Attributes:
        name: As it is written after ``--launcher``.
        summary: Where it places workers, in one sentence.
        start: ``module:function`` that starts a sprint, see `engine.launchers.launcher.Start`.
        options: Defaults by name; set with ``--launcher-option NAME=VALUE``.
        adds_slots: Whether starting a running sprint again fills the slots that are missing.
        jobs: ``module:function`` from the name of a placement's jobs to `engine.launchers.launcher.Job` records, for
            one that hands its workers to another scheduler.
        cancel: ``module:function`` that withdraws those that wait.
    """

    name: str
    summary: str
    start: str
    options: Mapping[str, Any] = field(default_factory=dict)
    adds_slots: bool = False
    jobs: str = ""
    cancel: str = ""

    def complete(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Options with the defaults filled in.

        Raises:
            EngineError: For an unknown option, or one of the wrong kind.
        """
        if options and not self.options:
            raise EngineError(f"Launcher {self.name} has no options, got {', '.join(options)}", "Leave them out")
        refuse_unknown_keys(options, self.options, where=f"launcher {self.name}")
        for key, given in options.items():
            default = self.options[key]
            is_number = isinstance(default, int | float) and isinstance(given, int | float)
            if isinstance(given, bool) != isinstance(default, bool) or not (
                is_number or isinstance(given, type(default))
            ):
                raise EngineError(f"launcher {self.name}: {key} must be like {default!r}, got {given!r}")
        return {**self.options, **options}

    def load(self) -> Start:
        """The function that starts a sprint; imports what it needs."""
        return cast(Start, resolve(self.start))


_BUILT_IN: Mapping[str, LauncherInfo] = {
    info.name: info
    for info in (
        LauncherInfo(
            name="local",
            summary="A detached process on this machine",
            start="engine.launchers.local:start",
            options={"gpus_per_slot": 1},
        ),
        LauncherInfo(
            name="ray",
            summary="Actors over a Ray cluster; needs Ray and a store that every node reaches",
            start="engine.launchers.ray:start",
            options={"address": "auto", "gpus": 1.0, "cpus": 0.0, "resources": ""},
            adds_slots=True,
        ),
        LauncherInfo(
            name="slurm",
            summary="Tasks of a SLURM job array; needs a store that every node reaches",
            start="engine.launchers.slurm:start",
            options={"sbatch": "", "gpus": 0.0},
            adds_slots=True,
            jobs="engine.launchers.slurm:jobs",
            cancel="engine.launchers.slurm:cancel",
        ),
    )
}

LAUNCHERS = Registry(
    kind="launcher", group="trimtab.launchers", built_in=_BUILT_IN, adapt=record_of("launcher", LauncherInfo)
)
"""Every launcher."""
