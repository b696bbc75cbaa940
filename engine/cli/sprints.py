"""``trimtab sprint``: plan, run, steer and list sprints."""

from collections.abc import Sequence

import click

from engine.api import sprints as api
from engine.api.views import SprintView
from engine.cli import output, to_json
from engine.cli.comparison import trajectory
from engine.cli.context import Invocation, Subcommands, as_json
from engine.cli.planning import HOUR, new
from engine.cli.running import commands, counts
from engine.trials.budgets import BudgetUse
from engine.trials.fidelity import WARMUP_END
from engine.trials.limits import Limits
from engine.wording import duration, number, timestamp

BAR_WIDTH = 20
"""Cells of a budget's bar."""


@click.group(cls=Subcommands)
def sprint() -> None:
    """Sprints: one optimization session each, with its own space, fidelity and budget.

    SPRINT is an id, a label, 1E_v1 where one thread has it, or thread/1E_v1.
    """


sprint.add_command(new)
sprint.add_command(trajectory)
for command in commands:
    sprint.add_command(command)


@sprint.command()
@click.argument("sprint")
@click.argument("n_trials", type=click.IntRange(min=1), metavar="[N]", required=False)
@click.option("--hours", type=click.FloatRange(min=0, min_open=True), help="Also to its wall-clock budget.")
@click.option("--epoch-budget", type=click.FloatRange(min=0, min_open=True), help="In full-data epochs.")
@as_json
@click.pass_obj
def extend(
    where: Invocation,
    sprint: str,
    n_trials: int | None,
    hours: float | None,
    epoch_budget: float | None,
    json_output: bool,
) -> None:
    """Add N trials, or time, to SPRINT's budget; model, space and fidelity stay. Resume a finished one afterwards."""
    view = api.extend_sprint(
        where.workspace(), sprint, n_trials or 0, seconds=(hours or 0.0) * HOUR, epoch_equivalents=epoch_budget or 0.0
    )
    if json_output:
        output.print_json(to_json.sprint(view))
    else:
        rest = f"; next: trimtab sprint resume {view.id}" if view.state.is_finished else ""
        click.echo(f"{view.label} has a budget of {', '.join(map(_limit, view.budgets))}{rest}")


@sprint.command(name="list")
@click.argument("thread", required=False)
@as_json
@click.pass_obj
def list_(where: Invocation, thread: str | None, json_output: bool) -> None:
    """List sprints, of THREAD or of all threads."""
    views = api.list_sprints(where.workspace(), thread)
    if json_output:
        output.print_json({"sprints": [to_json.sprint(view) for view in views]})
    else:
        print_sprints(views)


@sprint.command()
@click.argument("sprint")
@as_json
@click.pass_obj
def show(where: Invocation, sprint: str, json_output: bool) -> None:
    """Show one sprint: plan, progress, budget, manifest."""
    view = api.get_sprint(where.workspace(), sprint)
    if json_output:
        output.print_json(to_json.sprint(view))
        return
    output.print_pairs(
        [
            ("sprint", f"{view.id}  {view.label}"),
            ("thread", view.thread),
            ("state", view.standing),
            ("failure", view.failure),
            ("replaces", view.replaces),
            ("replaced by", view.replaced_by),
            *(("alarm", text) for text in view.alarms),
            ("trials", f"{counts(view)} of {view.n_trials}, {view.n_random} random{_extended(view)}"),
            *(("budget", _burn_down(use)) for use in view.budgets),
            ("best", f"{number(view.best_score, 6)} #{view.best_trial}" if view.best_trial is not None else ""),
            ("metric", f"{view.metric} ({view.direction})"),
            ("fidelity", _fidelity(view)),
            ("sampler", f"{view.sampler} {_options(view.sampler_options)}".strip()),
            ("pruner", f"{view.pruner} {_options(view.pruner_options)}".strip()),
            ("space", f"number {view.space_number}"),
            ("primed", view.priming),
            ("seed", view.seed),
            ("checkpoint", view.checkpoint),
            ("limits", _options(view.limits)),
            ("constraints", rejections(view)),
            ("checkpoints", _checkpoints(view)),
            ("disk", f"{view.disk_bytes / 2**20:.1f} MiB" if view.disk_bytes else ""),
            ("a trial takes", duration(view.seconds_per_trial)),
            ("remaining", duration(view.eta_seconds) if view.eta_seconds is not None else ""),
            ("test split", f"opened {view.n_test_openings} times" if view.n_test_openings else ""),
            *((name, timestamp(getattr(view, f"{name}_at"))) for name in ("created", "started", "finished")),
            ("reviewed", "yes" if view.reviewed else "no"),
            *((f"manifest.{key}", _fact(value)) for key, value in view.manifest.items()),
        ]
    )


def print_sprints(views: Sequence[SprintView]) -> None:
    """Sprints as a table."""
    rows = [
        (
            view.id,
            view.thread,
            view.short_label,
            view.standing,
            view.fidelity.code,
            view.sampler,
            f"{view.n_ended}/{view.n_trials}",
            view.n_complete or "",
            view.n_pruned or "",
            view.n_failed or "",
            number(view.best_score),
            f"#{view.best_trial}" if view.best_trial is not None else "",
            duration(view.eta_seconds) if view.eta_seconds is not None else "",
            "yes" if view.reviewed else "",
        )
        for view in views
    ]
    columns = (
        "#ID",
        "THREAD",
        "SPRINT",
        "STATE",
        "FIDELITY",
        "SAMPLER",
        "#TRIALS",
        "#COMPLETE",
        "#PRUNED",
        "#FAILED",
        "#BEST",
        "BY",
        "#ETA",
        "REVIEWED",
    )
    output.print_table(columns, rows, empty="no sprints yet: trimtab sprint new THREAD --stage 1E")


def _extended(view: SprintView) -> str:
    return f", {view.n_extended} added to the plan since" if view.n_extended else ""


def _fidelity(view: SprintView) -> str:
    given = view.fidelity
    how_far = {
        "epochs": f"{given.epochs} epoch{'' if given.epochs == 1 else 's'}",
        "warmup": "to the end of warmup",
        "all": "the whole schedule",
    }
    calibration = f", then up to {given.calibration_epochs} calibration epochs" if given.calibration_epochs else ""
    return f"{given.code}, {how_far[given.run_to]}, scheduler {'on' if given.scheduler else 'off'}{calibration}"


def _burn_down(use: BudgetUse) -> str:
    """``41 of 90 trials  ▕██████      ▏ 46 %, ends in 3h12m``."""
    bar = "█" * round(use.share * BAR_WIDTH)
    left = "" if use.seconds_left is None or use.share == 1 else f", would end in {duration(use.seconds_left)}"
    return f"{_amount(use, use.used)} of {_limit(use)}  ▕{bar:<{BAR_WIDTH}}▏ {use.share:.0%}{left}"


def _limit(use: BudgetUse) -> str:
    unit = {"trials": " trials", "seconds": "", "epochs": " full-data epochs"}[use.name]
    return f"{_amount(use, use.limit)}{unit}"


def _amount(use: BudgetUse, given: float) -> str:
    return duration(given) if use.name == "seconds" else f"{given:.4g}"


def rejections(view: SprintView) -> str:
    """What share of the drawn points broke a constraint; empty where none did."""
    if not view.n_rejected or view.rejection_rate is None:
        return ""
    return f"{view.n_rejected} drawn points broke one and were drawn again ({view.rejection_rate:.0%})"


def _checkpoints(view: SprintView) -> str:
    if not view.keep_top and not view.keep_checkpoint_at:
        return ""
    whose = f"the best {view.keep_top} trials keep theirs" if view.keep_top else "every trial keeps its own"
    names = {WARMUP_END: "the end of its warmup"}
    epochs = [names.get(epoch, f"epoch {epoch}") for epoch in view.keep_checkpoint_at]
    epochs += ["the last"] if view.keep_top else []
    limit = Limits.from_dict(view.limits).checkpoint_gb
    return f"{whose}, of {' and '.join(epochs)}{'' if limit is None else f', up to {limit:g} GiB'}"


def _options(given: object) -> str:
    return " ".join(f"{key}={value}" for key, value in given.items()) if isinstance(given, dict) else ""


def _fact(given: object) -> object:
    """A fact of the manifest in one line: ``torch 2.13, numpy 2.4`` where it holds several."""
    if isinstance(given, dict):
        return ", ".join(f"{key} {_fact(value)}" for key, value in given.items())
    return ", ".join(str(_fact(one)) for one in given) if isinstance(given, list) else given
