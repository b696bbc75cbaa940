"""``trimtab auto``: all stages unattended, with an automatic reviewer between them."""

import shlex
import sys
from typing import Any

import click

from engine.api import auto as api
from engine.api.views import SprintView
from engine.boundary.exit_codes import ExitCode
from engine.cli import output, to_json
from engine.cli.context import Invocation, as_json
from engine.cli.progress import ENDS
from engine.cli.registered import Registered
from engine.cli.review import describe_proposal
from engine.errors import EngineError
from engine.space.proposal import Proposal
from engine.wording import number


@click.command()
@click.argument("thread")
@click.option(
    "--reviewer",
    type=Registered("engine.reviewers.registry:REVIEWERS"),
    default="guarded",
    show_default=True,
    help="Policy that decides between stages.",
)
@click.option("--stages", default=",".join(api.STAGES), show_default=True, help="In order, with commas between.")
@click.option("--trials", multiple=True, metavar="STAGE=N", help="Another budget for a stage; repeatable.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the first sprint; each further sprint adds 1.")
@click.option("--slots", type=click.IntRange(min=1), default=1, show_default=True, help="Workers at the same time.")
@click.option("--top", "top_k", type=click.IntRange(min=1), help="How many of the best trials count as top.")
@click.option("--resume", is_flag=True, help="Continue the newest sprints of these stages.")
@as_json
@click.pass_obj
def auto(
    where: Invocation,
    thread: str,
    reviewer: str,
    stages: str,
    trials: tuple[str, ...],
    seed: int | None,
    slots: int,
    top_k: int | None,
    resume: bool,
    json_output: bool,
) -> int:
    """Run THREAD's stages one after another; every decision is logged like a person's and can be undone."""
    ws = where.workspace()
    names = [name.strip() for name in stages.split(",") if name.strip()]

    def announce(view: SprintView) -> None:
        click.echo(f"{view.label}: {view.n_trials} trials", err=True)

    def tell(event: Any) -> None:
        if event is not None and event.kind in ENDS and sys.stderr.isatty():
            click.echo(f"  #{event.number} {event.kind.removeprefix('trial.')}", err=True)

    def decided(view: SprintView, kept: tuple[Proposal, ...]) -> None:
        verb = "decides:" if kept else "leaves every range as it is"
        click.echo(f"  best {number(view.best_score)} by #{view.best_trial}; {reviewer} {verb}", err=True)
        for one in kept:
            click.echo(f"  {one.dimension}: {describe_proposal(one)} – {one.reason}", err=True)

    changes = _changes(ws, thread, names, trials, seed)
    quiet = json_output
    done = api.run_stages(
        ws,
        thread,
        reviewer,
        stages=names,
        changes=changes,
        slots=slots,
        top_k=top_k,
        resume=resume,
        on_sprint=None if quiet else announce,
        on_event=None if quiet else tell,
        on_review=None if quiet else decided,
    )
    if json_output:
        output.print_json({"sprints": [to_json.sprint(view) for view in done]})
    else:
        from engine.cli.sprints import print_sprints

        print_sprints(done)
    if len(done) == len(names):
        return 0
    again = _again(thread, reviewer=reviewer, stages=stages, trials=trials, seed=seed, slots=slots, top=top_k)
    click.echo(f"{names[len(done)]} was interrupted; continue with: {again}", err=True)
    return ExitCode.INTERRUPTED


def _again(thread: str, *, trials: tuple[str, ...], **options: object) -> str:
    """The command that goes on: the stages that are left take the same options."""
    words = [f"--{name}={value}" for name, value in options.items() if value is not None]
    return shlex.join(["trimtab", "auto", thread, *words, *(f"--trials={one}" for one in trials), "--resume"])


def _changes(
    ws: Any, thread: str, names: list[str], trials: tuple[str, ...], seed: int | None
) -> dict[str, dict[str, Any]]:
    """What the options change about each stage's default plan."""
    from engine.api.planning import default_plan

    changes: dict[str, dict[str, Any]] = {name: {} for name in names}
    for word in trials:
        stage, equals, text = word.rpartition("=")
        if not equals or not text.isdigit() or int(text) < 1:
            raise EngineError(f"--trials must look like 1E=30, got {word!r}")
        if stage not in changes:
            raise EngineError(f"--trials names stage {stage!r}", f"the stages are {', '.join(names)}")
        base = default_plan(ws, thread, stage)
        n = int(text)
        changes[stage] |= {"n_trials": n, "n_random": round(base.n_random * n / base.n_trials)}
        changes[stage] |= {"top_n": min(base.top_n, n)}
    if seed is not None:
        for index, name in enumerate(names):
            changes[name]["seed"] = seed + index
    return changes
