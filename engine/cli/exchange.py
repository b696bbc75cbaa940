"""``trimtab export`` and ``trimtab import``: sprints to and from other tools."""

import click

from engine.api import exchange as api
from engine.cli import output, to_json
from engine.cli.context import Invocation, as_json
from engine.trials.trial import Direction


@click.command()
@click.argument("sprint")
@click.argument("target")
@click.option("--format", "form", type=click.Choice(api.FORMATS), help="[told from TARGET]")
@click.option("--study", default="", help="Name of the study or experiment [the sprint's label].")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@as_json
@click.pass_obj
def export(
    where: Invocation, sprint: str, target: str, form: str | None, study: str, force: bool, json_output: bool
) -> None:
    """Write SPRINT to TARGET: FILE.csv, FILE.json, FILE.parquet, sqlite:///FILE.db for an Optuna study.

    With --format mlflow TARGET is a tracking URI, and every ended trial becomes a run.
    """
    written = api.export_sprint(where.workspace(), sprint, target, form or "", study, force=force)
    output.answer({"target": target, "wrote": written}, f"wrote {written}", json_output)


@click.command(name="import")
@click.argument("source")
@click.option("--thread", required=True, help="An existing thread, or the name of a new one.")
@click.option("--study", default="", help="Which Optuna study, where SOURCE has several.")
@click.option("--score", default="", help="The CSV's score column [score or value].")
@click.option(
    "--direction",
    type=click.Choice(["maximize", "minimize"]),
    help="Which way the CSV's score is better [the thread's own, maximize for a new one].",
)
@click.option("--objective", default="", help="module:Class that a new thread trains.")
@as_json
@click.pass_obj
def import_(
    where: Invocation,
    source: str,
    thread: str,
    study: str,
    score: str,
    direction: Direction | None,
    objective: str,
    json_output: bool,
) -> None:
    """Read SOURCE (FILE.csv, or an Optuna storage file or URL) as a finished sprint, to review and to trim."""
    with where.workspace_for() as ws:
        view = api.import_sprint(ws, thread, source, study=study, score=score, direction=direction, objective=objective)
    if json_output:
        output.print_json(to_json.sprint(view))
    else:
        outside = view.manifest.get("n_outside_space", 0)
        note = f", {outside} outside the thread's space" if outside else ""
        click.echo(f"sprint {view.id}: {view.n_complete} complete trials{note}; next: trimtab review {view.id}")
