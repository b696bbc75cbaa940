"""``trimtab sprint new``: a plan from a stage template, changed by options, previewed and made."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click

from engine.api import planning as api
from engine.api.priming_summary import priming_counts, unusable_reasons
from engine.api.review_views import PlanPreview
from engine.cli import output, to_json
from engine.cli.context import Invocation, as_json
from engine.cli.registered import Registered
from engine.errors import EngineError
from engine.space.typed_values import typed_values
from engine.sprint.options import OPTIONS
from engine.sprint.plan import Prime, SprintPlan
from engine.store.workspace import Workspace
from engine.trials.fidelity import Fidelity, checkpoint_epochs, parse_code
from engine.values import Value
from engine.wording import duration, number

HOUR = 3600.0

N_DROPPED = 5
"""Trials that do not fit are named up to here; --json names all."""


def sprint_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option for each of `engine.sprint.options.OPTIONS`; those not given are None."""
    for option in reversed(OPTIONS):
        kind = click.IntRange(min=option.least) if option.is_count else click.FloatRange(min=0, min_open=True)
        command = click.option(option.flag, option.name, type=kind, help=option.help)(command)
    return command


@click.command()
@click.argument("thread")
@click.option("--stage", help="1E, Warm, Full, baseline, trajectory, confirm or one of the thread's own [the next].")
@click.option(
    "--trials", "n_trials", type=click.IntRange(min=1), help="Trials; the share of random startup trials stays."
)
@click.option("--random", "n_random", type=click.IntRange(min=0), help="Random startup trials among them.")
@click.option("--seed", type=click.IntRange(min=0), help="Of the sprint; everything random derives from it.")
@click.option("--fidelity", metavar="T6_V3_M25", help="1/6 of training, 1/3 of validation, schedule of 25 epochs.")
@click.option("--epochs", type=click.IntRange(min=1), help="Run so many epochs of the schedule.")
@click.option("--prime", type=click.Choice(["none", "cold", "warm"]), help="How earlier trials enter.")
@click.option("--from", "source", help="The sprint they come from [the latest of the stage before].")
@sprint_options
@click.option("--trial", "manual", multiple=True, metavar="'lr=1e-4 w=1'", help="A hand-typed trial; repeatable.")
@click.option("--sampler", type=Registered("engine.samplers.registry:SAMPLERS"), help="What proposes trials.")
@click.option("--sampler-option", "sampler_options", multiple=True, metavar="NAME=VALUE", help="Repeatable.")
@click.option("--pruner", type=Registered("engine.pruners.registry:PRUNERS"), help="What stops trials early.")
@click.option("--pruner-option", "pruner_options", multiple=True, metavar="NAME=VALUE", help="Repeatable.")
@click.option(
    "--checkpoint", type=click.Path(resolve_path=True), metavar="DIR", help="Start every trial from this checkpoint."
)
@click.option(
    "--limit", "limits", multiple=True, metavar="NAME=VALUE", help="trial_seconds, max_errors, …; repeatable."
)
@click.option("--keep-at", multiple=True, metavar="EPOCH", help="An epoch, or warmup, mid, late; repeatable.")
@click.option("--replace", "replaced", metavar="SPRINT", help="A new version in place of SPRINT, which stays readable.")
@click.option("--suffix", help="Last part of the label [the stage's].")
@click.option("--allow-changed-space", is_flag=True, help="Take scores over though the space changed (warm priming).")
@click.option("--draft", is_flag=True, help="Plan it, but do not make it ready.")
@click.option("--dry-run", is_flag=True, help="Only show what it would be.")
@as_json
@click.pass_obj
def new(where: Invocation, /, thread: str, draft: bool, dry_run: bool, json_output: bool, **options: Any) -> int:
    """Plan the next sprint of THREAD from a stage template; every number can be changed."""
    ws = where.workspace()
    plan = plan_from_options(ws, thread, **options)
    preview = api.preview_plan(ws, plan)
    if dry_run:
        if json_output:
            output.print_json(to_json.plain(preview))
        else:
            print_preview(preview)
        return 2 if preview.errors else 0
    view = api.create_sprint(ws, preview.plan, draft=draft)
    if json_output:
        output.print_json(to_json.sprint(view))
        return 0
    print_preview(preview)
    click.echo(f"sprint {view.id} is {view.state}; next: trimtab sprint start {view.id}")
    return 0


def plan_from_options(
    ws: Workspace,
    thread: str,
    *,
    stage: str | None,
    n_trials: int | None,
    n_random: int | None,
    fidelity: str | None,
    epochs: int | None,
    prime: Prime | None,
    source: str | None,
    manual: tuple[str, ...],
    sampler: str | None,
    sampler_options: tuple[str, ...],
    pruner: str | None,
    pruner_options: tuple[str, ...],
    limits: tuple[str, ...],
    keep_at: tuple[str, ...],
    replaced: str | None,
    **plain_options: Any,
) -> SprintPlan:
    """The plan that the options ask for; what they leave out is the template's."""
    from engine.api.spaces import working_space
    from engine.api.sprints import get_sprint

    if source is not None and prime is None:
        prime = "cold"
    plan = _begun(ws, thread, stage, prime) if replaced is None else _repeated(ws, thread, replaced, stage, prime)
    given: dict[str, Any] = {
        key: value for key, value in plain_options.items() if value is not None and value is not False
    }
    given |= {
        option.name: given[option.name] * option.scale
        for option in OPTIONS
        if option.name in given and not option.is_count
    }
    if source is not None:
        given["prime_from"] = get_sprint(ws, source).id
    if manual:
        space = working_space(ws, thread).space
        given["manual"] = tuple(typed_values(text, space) for text in manual)
    given["fidelity"] = _fidelity(plan.fidelity, fidelity, epochs)
    if keep_at:
        given["keep_checkpoint_at"] = checkpoint_epochs(keep_at, given["fidelity"])
    if limits:
        given["limits"] = {**plan.limits, **dict(map(option_value, limits))}
    if sampler is not None:
        given |= {"sampler": sampler, "sampler_options": {}}
    if pruner is not None:
        given |= {"pruner": pruner, "pruner_options": {}}
    for name, words in (("sampler_options", sampler_options), ("pruner_options", pruner_options)):
        if words:
            given[name] = {**given.get(name, getattr(plan, name)), **dict(map(option_value, words))}
    if n_trials is not None:
        given["n_trials"] = n_trials
        given["n_random"] = api.scaled_random(plan, n_trials)
    if n_random is not None:
        given["n_random"] = n_random
    return replace(plan, **given)


def _begun(ws: Workspace, thread: str, stage: str | None, prime: Prime | None) -> SprintPlan:
    """The plan of a stage, the thread's next one where none is named."""
    from engine.api.threads import get_thread
    from engine.sprint.stages import next_stage

    view = get_thread(ws, thread)
    chosen = stage or next_stage(tuple(one.stage for one in view.sprints if one.n_complete))
    return api.default_plan(ws, thread, chosen, prime)


def _repeated(ws: Workspace, thread: str, replaced: str, stage: str | None, prime: Prime | None) -> SprintPlan:
    """The plan of the sprint that is to be replaced."""
    if stage is not None:
        raise EngineError("a replacement has the stage of the sprint it replaces", "leave --stage out")
    plan = api.replacement_plan(ws, replaced)
    if plan.thread.lower() != thread.lower():
        raise EngineError(f"sprint {replaced} is of thread {plan.thread}, not {thread}")
    return plan if prime is None else replace(plan, prime=prime)


def print_preview(preview: PlanPreview) -> None:
    """A plan and what it would become."""
    plan = preview.plan
    sizes = "" if preview.n_train is None else f"{preview.n_train} {preview.units}, {preview.n_val} to validate"
    expected = preview.forecast_seconds
    forecast = "" if expected is None else f"{duration(expected)} with one worker"
    output.print_pairs(
        [
            ("label", preview.label),
            (
                "trials",
                f"{plan.n_trials}, {plan.n_random} random, {plan.sampler} over {preview.n_free} dimensions",
            ),
            ("pruner", plan.pruner if plan.pruner != "none" else ""),
            *((f"bracket {b.bracket}", f"rungs {list(b.rungs)}, {b.n_trials:.0f} trials") for b in preview.brackets),
            ("data of a trial", sizes),
            ("cost", f"{preview.epoch_equivalents:.4g} full-data epochs"),
            ("forecast", f"{forecast} ({preview.forecast_basis})" if forecast else preview.forecast_basis),
            *(("primed", f"{one.source_trial} {number(one.score)}") for one in preview.primed),
            *(("dropped", f"#{number}: {reason}") for number, reason in preview.dropped[:N_DROPPED]),
            ("dropped", f"and {len(preview.dropped) - N_DROPPED} more" if len(preview.dropped) > N_DROPPED else ""),
            ("informing", priming_counts(preview)),
            *(("unusable", reason) for reason in unusable_reasons(preview, N_DROPPED)),
            *(("warning", text) for text in preview.warnings),
            *(("error", text) for text in preview.errors),
        ]
    )


def _fidelity(base: Fidelity, code: str | None, epochs: int | None) -> Fidelity:
    changed = base
    if code is not None:
        train, val, max_epochs = parse_code(code)
        changed = replace(changed, train_parts=train, val_parts=val, max_epochs=max_epochs or base.max_epochs)
    if epochs is not None:
        changed = replace(changed, run_to="epochs", epochs=epochs)
    return changed


def option_value(word: str) -> tuple[str, Value | None]:
    """Name and value of ``NAME=VALUE``.

    Raises:
        EngineError: For a word that is not such.
    """
    name, equals, text = word.partition("=")
    if not equals:
        raise EngineError(f"an option must look like NAME=VALUE, got {word!r}")
    if text.lower() in ("true", "false", "none"):
        return name, {"true": True, "false": False, "none": None}[text.lower()]
    for kind in (int, float):
        try:
            return name, kind(text)
        except ValueError:
            continue
    return name, text
