"""``trimtab trial``: list and look at trials."""

from collections.abc import Sequence

import click

from engine import wording
from engine.api import trials as api
from engine.api.views import TrialView
from engine.cli import output, to_json
from engine.cli.context import Invocation, Subcommands, as_json
from engine.objectives.declaration import Declaration
from engine.space.typed_values import typed_values
from engine.trials.states import TrialState
from engine.trials.trial import EpochReport
from engine.trials.trial_filter import parse_filter
from engine.wording import duration, number

PHASES = {"calibration": "calib"}


class TrialNumber(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A trial's number, as ``7`` or as screens write it, ``#7``."""

    name = "number"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number."""
        text = str(value).removeprefix("#")
        if not text.isdigit():
            self.fail(f"a trial is named by its number, as in 7 or #7, got {value!r}", param, ctx)
        return int(text)


@click.group(cls=Subcommands)
def trial() -> None:
    """Trials: evaluated configurations of a sprint."""


@trial.command(name="list")
@click.argument("sprint")
@click.option("--best", is_flag=True, help="Best first, those without a score left out.")
@click.option("--filter", "expression", default="", help='Only trials that pass, as in "score>40 lr<1e-3 failed".')
@as_json
@click.pass_obj
def list_(where: Invocation, sprint: str, best: bool, expression: str, json_output: bool) -> None:
    """List the trials of SPRINT (id, label, 1E_v1 or thread/1E_v1).

    A filter compares hyperparameters and score, epoch, epochs, time, number, attempt, seed, state, source, tag, worker
    by < <= > >= = != ~ (contains) !~, takes ranges (lr=1e-4..1e-3, #7..12), names states and sources, starred, tagged,
    and "text" that is searched for. Blanks mean "and", or means "or", ! turns a term round.
    """
    from engine.api.sprints import get_sprint, sprint_space

    ws = where.workspace()
    views = api.list_trials(ws, sprint)
    if expression.strip():
        known = {name: None for view in views for name in view.params}
        passes = parse_filter(expression, list(known | dict.fromkeys(sprint_space(ws, sprint).names))).passes
        views = [view for view in views if passes(view)]
    if best:
        direction = get_sprint(ws, sprint).direction
        scored = [(view.score, view) for view in views if view.state == TrialState.COMPLETE and view.score is not None]
        views = [view for _, view in sorted(scored, key=lambda pair: (direction.cost(pair[0]), pair[1].number))]
    if json_output:
        output.print_json({"trials": [to_json.trial(view) for view in views]})
        return
    names = list(dict.fromkeys(name for view in views for name in view.params))
    rows = [_row(view, names) for view in views]
    columns = ("##", "STATE", "SOURCE", "#SCORE", "#EPOCH", "FOLD", "#TIME", *(f"#{name}" for name in names), "NOTE")
    output.print_table(columns, rows, empty="no trial passes the filter" if expression.strip() else "no trials yet")


@trial.command()
@click.argument("sprint")
@click.argument("number", type=TrialNumber())
@click.option("--log", "n_log", type=int, default=0, help="Also the last N lines of its log.")
@as_json
@click.pass_obj
def show(where: Invocation, sprint: str, number: int, n_log: int, json_output: bool) -> None:
    """Show one trial: parameters, epochs, failure."""
    ws = where.workspace()
    view, epochs = api.get_trial(ws, sprint, number), api.list_epochs(ws, sprint, number)
    if json_output:
        output.print_json(to_json.trial(view) | {"epochs": [to_json.epoch(one) for one in epochs]})
        return
    output.print_pairs(
        [
            ("trial", f"#{view.number}"),
            ("state", view.state),
            ("reason", view.reason),
            *(("finding", text) for text in view.findings),
            ("source", f"{view.source} {view.source_trial}".strip()),
            ("score", wording.number(view.score, 6)),
            *((name, output.value(given)) for name, given in view.params.items()),
            ("fold", f"train {view.fold[0]}, validation {view.fold[1]}"),
            ("seed", view.seed),
            ("attempt", view.attempt),
            ("time", duration(view.seconds)),
            ("worker", view.worker),
            ("checkpoint", view.checkpoint),
            ("folder", view.run_dir),
            ("star", "★" if view.starred else ""),
            ("tags", " ".join(view.tags)),
            ("test split", _opened(view)),
        ]
    )
    if epochs:
        from engine.api.sprints import get_sprint

        _print_epochs(epochs, get_sprint(ws, sprint).declaration)
    if view.failure:
        click.echo(f"\n{view.failure.rstrip()}")
    for line in api.tail_log(ws, sprint, number, n_log) if n_log else ():
        click.echo(line)


@trial.command()
@click.argument("sprint")
@click.argument("number", type=TrialNumber())
@click.option("--document", type=int, metavar="N", help="Show the text and the items of one document.")
@as_json
@click.pass_obj
def examples(where: Invocation, sprint: str, number: int, document: int | None, json_output: bool) -> None:
    """Show what a trial got right and wrong: documents with gold and predictions, errors by class."""
    from engine.api.trial_artifacts import trial_examples
    from engine.cli.examples import as_dict, print_examples

    found = trial_examples(where.workspace(), sprint, number)
    if json_output:
        output.print_json(as_dict(found))
    else:
        print_examples(found, document)


@trial.command()
@click.argument("sprint")
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE…")
@as_json
@click.pass_obj
def add(where: Invocation, sprint: str, values: tuple[str, ...], json_output: bool) -> None:
    """Queue one hand-typed trial in SPRINT, beyond its budget: trial add 1E_v1 lr=1e-4 layers=3."""
    from engine.api.sprints import add_trial, sprint_space

    ws = where.workspace()
    view = add_trial(ws, sprint, typed_values(values, sprint_space(ws, sprint)))
    if json_output:
        output.print_json(to_json.trial(view))
    else:
        click.echo(f"trial #{view.number} is queued; it runs while {sprint} runs, or when it is resumed")


@trial.command()
@click.argument("sprint")
@click.argument("number", type=TrialNumber())
@as_json
@click.pass_obj
def stop(where: Invocation, sprint: str, number: int, json_output: bool) -> None:
    """Stop one running trial, or withdraw a queued one."""
    from engine.api.sprints import stop_trial

    view = stop_trial(where.workspace(), sprint, number)
    what = "is withdrawn" if view.state == TrialState.CANCELLED else "ends after its current step"
    output.answer(to_json.trial(view), f"trial #{number} {what}", json_output)


@trial.command()
@click.argument("sprint")
@click.argument("numbers", nargs=-1, type=TrialNumber(), metavar="[NUMBER]…")
@as_json
@click.pass_obj
def retry(where: Invocation, sprint: str, numbers: tuple[int, ...], json_output: bool) -> None:
    """Queue failed trials of SPRINT again, all of them or those named; numbers and parameters stay."""
    from engine.api.sprints import retry_trials

    views = retry_trials(where.workspace(), sprint, numbers)
    shown = ", ".join(f"#{view.number}" for view in views)
    told = f"queued again: {shown}; resume {sprint} unless it is running"
    output.answer({"trials": [to_json.trial(view) for view in views]}, told, json_output)


@trial.command()
@click.argument("sprint")
@click.argument("number", type=TrialNumber(), required=False)
@click.option("--as", "form", type=click.Choice(["cli", "yaml", "json", "python"]), default="yaml", show_default=True)
@as_json
@click.pass_obj
def params(where: Invocation, sprint: str, number: int | None, form: str, json_output: bool) -> None:
    """Print the configuration of a trial of SPRINT, ready to run: of the best one without NUMBER."""
    from engine.api.configurations import configuration_text

    click.echo(configuration_text(where.workspace(), sprint, number, "json" if json_output else form))


@trial.command()
@click.argument("sprint")
@click.argument("number", type=TrialNumber(), required=False)
@click.option("--with", "changes", multiple=True, metavar="NAME=VALUE", help="Change a value; repeatable.")
@click.option("--no-start", is_flag=True, help="Queue the trial only; it runs when SPRINT runs.")
@as_json
@click.pass_obj
def rerun(
    where: Invocation, sprint: str, number: int | None, changes: tuple[str, ...], no_start: bool, json_output: bool
) -> None:
    """Run a trial of SPRINT again with its values, seed and data subsets: the best one without NUMBER."""
    from engine.api.sprints import get_sprint, resume_sprint, sprint_space
    from engine.api.trial_edits import clone_trial

    ws = where.workspace()
    view = clone_trial(ws, sprint, number, typed_values(changes, sprint_space(ws, sprint)) if changes else {})
    told = f"trial #{view.number} repeats {view.source_trial or 'the trial'}"
    told += f" with {', '.join(changes)}" if changes else ""
    if not no_start and not get_sprint(ws, sprint).state.is_attended:
        run = resume_sprint(ws, sprint)
        told += f"; running in the background (launcher {run.pid}, log {run.log_path})"
    else:
        told += f"; it runs while {sprint} runs, or when it is resumed"
    output.answer(to_json.trial(view), told, json_output)


@trial.command()
@click.argument("sprint")
@click.argument("numbers", nargs=-1, type=TrialNumber(), required=True, metavar="NUMBER…")
@click.option("--off", is_flag=True, help="Remove the star.")
@as_json
@click.pass_obj
def star(where: Invocation, sprint: str, numbers: tuple[int, ...], off: bool, json_output: bool) -> None:
    """Mark trials of SPRINT with a star."""
    from engine.api.trial_edits import star_trials

    ws = where.workspace()
    told = star_trials(ws, sprint, numbers, starred=not off) or "nothing changed"
    views = [api.get_trial(ws, sprint, number) for number in numbers]
    output.answer({"trials": [to_json.trial(view) for view in views]}, told, json_output)


@trial.command()
@click.argument("sprint")
@click.argument("number", type=TrialNumber())
@click.argument("tags", nargs=-1, metavar="[TAG]…")
@click.option("--remove", multiple=True, metavar="TAG", help="Remove a tag; repeatable.")
@as_json
@click.pass_obj
def tag(
    where: Invocation, sprint: str, number: int, tags: tuple[str, ...], remove: tuple[str, ...], json_output: bool
) -> None:
    """Set the tags of a trial of SPRINT."""
    from engine.api.trial_edits import tag_trials

    ws = where.workspace()
    told = tag_trials(ws, sprint, [number], add=tags, remove=remove) or "nothing changed"
    output.answer(to_json.trial(api.get_trial(ws, sprint, number)), told, json_output)


@trial.command()
@click.argument("sprint")
@click.option("--redo", is_flag=True, help="Redo the last undone edit.")
@as_json
@click.pass_obj
def undo(where: Invocation, sprint: str, redo: bool, json_output: bool) -> None:
    """Take back the newest star, tag or queued trial of SPRINT."""
    from engine.api.trial_edits import redo_trial_edit, undo_trial_edit

    ws = where.workspace()
    what = redo_trial_edit(ws, sprint) if redo else undo_trial_edit(ws, sprint)
    told = f"{'redone' if redo else 'undone'}: {what}"
    output.answer({"change": what}, told, json_output)


def _print_epochs(epochs: Sequence[EpochReport], declaration: Declaration) -> None:
    """One row an epoch with what a person looks at first, so that 80 columns hold it; --json has everything."""
    names = list(dict.fromkeys(name for one in epochs for name in one.metrics))
    shown = declaration.columns(names)
    columns = ("#EP", "PHASE", "#SCORE", *(f"#{head}" for head in shown.values()))
    rows = [
        (
            one.step,
            PHASES.get(one.phase, one.phase),
            number(one.score),
            *(number(one.metrics.get(name)) for name in shown),
        )
        for one in epochs
    ]
    click.echo()
    output.print_table(columns, rows, empty="")
    if len(names) > len(shown):
        click.echo(f"{len(names) - len(shown)} more metrics with --json")


def _opened(view: TrialView) -> str:
    """What the test split showed, and how often it was looked at; empty where it never was."""
    if not view.n_test_openings:
        return ""
    how_often = "once" if view.n_test_openings == 1 else f"{view.n_test_openings} times"
    shown = (f"{name.removeprefix('test_')} {number(value)}" for name, value in view.test_metrics.items())
    return f"opened {how_often}: {', '.join(shown)}"


def _row(view: TrialView, names: list[str]) -> tuple[object, ...]:
    epoch = f"{view.epoch}/{view.n_epochs}" if view.n_epochs else ""
    values = (output.value(view.params[name]) if name in view.params else "" for name in names)
    fold = f"{view.fold[0]}/{view.fold[1]}"
    score, took = number(view.score), duration(view.seconds)
    return (
        view.number,
        view.state,
        view.source,
        score,
        epoch,
        fold,
        took,
        *values,
        view.reason or "; ".join(view.findings) or view.message,
    )
