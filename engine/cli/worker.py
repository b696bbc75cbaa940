"""``trimtab worker``: one worker, for any scheduler to start."""

import click

from engine.api import sprints as api
from engine.cli.context import Invocation, as_json


class SlotNumber(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """``auto`` or a number from 0."""

    name = "auto|N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        """None for ``auto``."""
        if value is None or value == "auto":
            return None
        if not str(value).isdecimal():
            self.fail(f"must be auto or a whole number from 0, got {value!r}", param, ctx)
        return int(str(value))


@click.command()
@click.argument("sprint")
@click.option("--slot", type=SlotNumber(), default="auto", help="Number of the worker, which names its log [auto].")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda:N.")
@click.option("--max-trials", type=click.IntRange(min=1), help="Stop after this many trials.")
@click.option("--until", default="", help="When the job ends: +90m, 14:30 or 2026-12-24T18:00 [what SLURM says].")
@as_json
@click.pass_obj
def worker(
    where: Invocation,
    sprint: str,
    slot: int | None,
    device: str,
    max_trials: int | None,
    until: str,
    json_output: bool,
) -> None:
    """Work on SPRINT in this process, for SLURM, Kubernetes or a terminal on a second machine to start.

    Any number of workers may run, on any machines that reach the store and the workspace. A worker takes no trial
    that cannot end before the job does. SIGTERM gives the running trial back at once, SIGUSR1 after its epoch.
    """
    del json_output  # the process becomes the worker and prints nothing
    api.work_in_job(where.workspace(), sprint, slot=slot, device=device, max_trials=max_trials, until=until)
