"""``trimtab export`` and ``trimtab import``: sprints to and from other tools."""

import shlex
from collections.abc import Sequence
from typing import Any

import click

from engine.api import exchange as api
from engine.api.views import SprintView
from engine.boundary.refusal import about
from engine.cli import output, to_json
from engine.cli.context import Invocation, as_json
from engine.cli.registered import Registered
from engine.errors import EngineError
from engine.exchange.columns import Column, Corrections
from engine.exchange.format import Reading
from engine.store.workspace import Workspace
from engine.trials.states import Direction


@click.command()
@click.argument("sprint")
@click.argument("target")
@click.option(
    "--format",
    "form",
    type=Registered("engine.exchange.registry:FORMATS", able="can_write"),
    help="Format to write [told from TARGET].",
)
@click.option("--study", default="", help="Name of the study or experiment [the sprint's label].")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@as_json
@click.pass_obj
def export(
    where: Invocation, sprint: str, target: str, form: str | None, study: str, force: bool, json_output: bool
) -> None:
    """Write SPRINT to TARGET: FILE.csv, FILE.json, FILE.parquet, FILE.db or a storage URL for an Optuna study.

    With --format mlflow TARGET is a tracking URI or a database FILE.db, and every ended trial becomes a run.
    """
    written = api.export_sprint(where.workspace(), sprint, target, form or "", study, force=force)
    output.answer({"target": target, "wrote": written}, f"wrote {written}", json_output)


@click.command(name="import")
@click.argument("source")
@click.option("--thread", default="", help="An existing thread, or the name of a new one.")
@click.option(
    "--format",
    "form",
    type=Registered("engine.exchange.registry:FORMATS", able="can_read"),
    help="Format to read [told from SOURCE].",
)
@click.option("--study", default="", help="Which Optuna study, where SOURCE has several.")
@click.option("--score", default="", help="The score's column [score, value, reward, or the only metric].")
@click.option("--param", "params", multiple=True, metavar="COLUMN[=NAME]", help="A hyperparameter's column.")
@click.option("--metric", "metrics", multiple=True, metavar="COLUMN", help="A metric's column.")
@click.option("--ignore", "ignored", multiple=True, metavar="COLUMN", help="A column to leave out.")
@click.option(
    "--direction",
    type=click.Choice(list(Direction)),
    help="Direction of the score [the thread's own; of a new one, minimize for a loss or an error].",
)
@click.option("--objective", default="", help="Objective of a new thread, module:Class.")
@click.option("--preview", is_flag=True, help="Show how each column is read; nothing is stored.")
@as_json
@click.pass_obj
def import_(where: Invocation, /, source: str, thread: str, preview: bool, json_output: bool, **asked: Any) -> None:
    """Read SOURCE as a finished sprint, to review and to trim.

    SOURCE is a table (CSV of W&B, MLflow, Ray Tune, NNI, Neptune, Optuna, pandas or your own; Parquet), JSON that
    trimtab exported, or an Optuna storage file or URL. COLUMN may be a pattern such as 'config/*'.
    """
    if not thread and not preview:
        raise click.UsageError("Missing option '--thread'.")
    corrections = Corrections(
        params=asked["params"],
        metrics=asked["metrics"],
        ignored=asked["ignored"],
        score=asked["score"],
        may_lack_score=preview,
    )
    found = api.read_import(
        _existing(where),
        thread,
        source,
        form=asked["form"] or "",
        study=asked["study"],
        corrections=corrections,
        direction=asked["direction"],
    )
    if preview:
        _print_preview(found, json_output)
        return
    with where.workspace_for() as ws, about(source, EngineError, EngineError):
        view = api.store_import(ws, thread, found, asked["objective"])
    if json_output:
        output.print_json(to_json.sprint(view))
    else:
        _print_stored(view, found)


def _existing(where: Invocation) -> Workspace | None:
    """The workspace, if it is there: a source that cannot be read must not make one."""
    unopened = where.unopened()
    if unopened.store_path is not None and not unopened.store_path.exists():
        return None
    return where.workspace()


def _print_preview(found: Reading, json_output: bool) -> None:
    content = found.content
    counts = {state: sum(trial.state == state for trial in content.trials) for state in _states(found)}
    if json_output:
        output.print_json(
            {
                "format": found.format,
                "score": content.metric or None,
                "direction": content.direction,
                "columns": [to_json.plain(column) for column in found.columns],
                "space": to_json.plain(content.space.to_dict()),
                "trials": counts,
            }
        )
        return
    rows = [(column.name, column.role, column.called, column.shown, column.why) for column in found.columns]
    if rows:
        output.print_table(("COLUMN", "TAKEN AS", "NAME", "VALUES", "WHY"), rows, empty="")
    if rows and not any(column.role == "score" for column in found.columns):
        metrics = [column.name for column in found.columns if column.role == "metric"]
        click.echo(f"Read as {found.format}; choose the score: --score {shlex.quote(metrics[0])}. Nothing is stored.")
        return
    click.echo(
        f"Read as {found.format}: {_counted(counts)}; score {content.metric} ({content.direction.meaning}). "
        "Nothing is stored."
    )


def _print_stored(view: SprintView, found: Reading) -> None:
    outside = view.manifest.get("n_outside_space", 0)
    note = f", {outside} outside the thread's space" if outside else ""
    click.echo(f"sprint {view.id}: {view.n_complete} complete trials{note}; next: trimtab review {view.id}")
    if found.columns:
        click.echo(_taken(found))


def _taken(found: Reading) -> str:
    """What the columns were taken for, in a sentence or two."""
    called = [column.called for column in found.columns if column.role == "hyperparameter"]
    score = next(column for column in found.columns if column.role == "score")
    ignored = [column for column in found.columns if column.role == "ignored"]
    left = f" Left out: {_named(ignored)}." if ignored else ""
    return (
        f"Hyperparameters: {', '.join(called)}. Score: {score.name} ({found.content.direction.meaning}).{left} "
        "Correct with --param, --metric, --ignore, --score."
    )


def _named(columns: Sequence[Column]) -> str:
    return ", ".join(f"{column.name or 'column without a name'} ({column.why})" for column in columns)


def _states(found: Reading) -> Sequence[str]:
    return list(dict.fromkeys(trial.state for trial in found.content.trials))


def _counted(counts: dict[str, Any]) -> str:
    return ", ".join(f"{n} {state}" for state, n in counts.items()) or "no trials"
