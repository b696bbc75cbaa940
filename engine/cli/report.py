"""``trimtab report``: the story of a thread as Markdown or HTML."""

from pathlib import Path

import click

from engine.cli import output
from engine.cli.context import Invocation, as_json


@click.command()
@click.argument("thread")
@click.argument("target", type=click.Path(path_type=Path), required=False)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@as_json
@click.pass_obj
def report(where: Invocation, thread: str, target: Path | None, force: bool, json_output: bool) -> None:
    """Write the story of THREAD to TARGET: FILE.html, or FILE.md with its figures in FILE-figures/ [THREAD.html].

    It tells the question (the thread's notes), the result, what each sprint showed, every decision with its reason,
    noise, cost, and the commands that repeat it all.
    """
    from engine.report.writing import write_report

    written = write_report(where.workspace(), thread, target, replace=force)
    output.answer({"wrote": [str(path) for path in written]}, f"wrote {' and '.join(map(str, written))}", json_output)
