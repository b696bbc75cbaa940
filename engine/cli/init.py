"""``trimtab init``: draft a thread file from a training script."""

import shlex
import sys
from pathlib import Path

import click

from engine.api import scripts as api
from engine.cli import output
from engine.cli.context import as_json
from engine.script_reader.draft import ThreadDraft
from engine.script_reader.hyperparameter import Guess

DEFAULT_TARGET = Path("thread.yaml")


@click.command()
@click.argument("script", type=click.Path(path_type=Path), required=False)
@click.argument("words", nargs=-1, metavar="[-- WORD …]")
@click.option(
    "-o", "--output", "target", type=click.Path(path_type=Path, allow_dash=True), help="[thread.yaml]; - prints it."
)
@click.option("--name", help="Name of the thread [the script's, or its folder's].")
@click.option("--run-help", is_flag=True, help="Run SCRIPT --help and read its options from that; else nothing is run.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@as_json
def init(
    script: Path | None,
    words: tuple[str, ...],
    target: Path | None,
    name: str | None,
    run_help: bool,
    force: bool,
    json_output: bool,
) -> None:
    """Draft a thread file from SCRIPT [train.py, main.py, …] by reading its source; every guess is marked.

    Reads options of argparse, click, Typer, Fire, absl, Hydra, HfArgumentParser and tyro, and module-level constants.
    WORDs after -- become part of the command as they are, such as trimtab init train.py -- --data corpus.
    """
    if script is not None and str(script).startswith("-"):  # without a SCRIPT, all words are the command's
        script, words = None, (str(script), *words)
    printed = str(target) == "-"
    where = None if printed else target or DEFAULT_TARGET
    draft = api.draft_thread_file(script, where, name=name, words=words, run_help=run_help)
    if json_output:
        _written(draft, where, force)
        output.print_json(_as_json(draft, where))
        return
    if where is None:
        sys.stdout.write(draft.text)
        return
    _written(draft, where, force)
    _tell(draft, where)


def _written(draft: ThreadDraft, where: Path | None, force: bool) -> None:
    if where is not None:
        api.write_thread_file(draft, where, force=force)


def _tell(draft: ThreadDraft, where: Path) -> None:
    content = draft.content
    rows = [
        (guess.option.flag or guess.option.name, _taken(guess), guess.why)
        for guess in [*content.guesses, *(one for file in content.files for one in file.guesses)]
        if guess.role != "left out"
    ]
    output.print_table(("OPTION", "TAKEN FOR", "WHY"), rows, empty="")
    report = content.report
    click.echo(f"score: {report.metric} ({report.direction}), from {report.why}" if report.why else "score: not found")
    click.echo(f"wrote {where}: thread {draft.name}, {len(content.dimensions)} hyperparameters")
    steps = [f"replace {', '.join(content.to_fill_in)} in it"] if content.to_fill_in else []
    steps += [] if report.why else ["say in it how the score is reported (report:)"]
    steps.append(f"trimtab thread try {shlex.quote(str(where))}")
    click.echo(f"next: {'; then '.join(steps)}")


def _taken(guess: Guess) -> str:
    found = guess.range
    if guess.role == "fact":
        return guess.fact
    if guess.role == "required" or found is None:
        return "to fill in" if guess.option.default is None else str(guess.option.default)
    if found.kind == "categorical":
        shown = "{" + ", ".join(map(str, found.choices)) + "}"
    else:
        shown = f"{found.low:g}–{found.high:g}{' (log)' if found.log else ''}"
    return shown if guess.role == "searched" else f"frozen at {guess.option.default}, {shown}"


def _as_json(draft: ThreadDraft, where: Path | None) -> dict[str, object]:
    content = draft.content
    return {
        "thread": draft.name,
        "file": None if where is None else str(where),
        "text": draft.text,
        "options": [
            {
                "name": guess.option.name,
                "role": guess.role.replace(" ", "-"),
                "fact": guess.fact or None,
                "why": guess.why,
                "default": guess.option.default,
                "file": guess.option.file or None,
                "line": guess.option.line or None,
            }
            for guess in content.guesses
        ],
        "report": dict(content.report.report),
        "metric": content.report.metric,
        "direction": content.report.direction,
        "to_fill_in": list(content.to_fill_in),
    }
