"""What ``trimtab thread try`` prints: how the command is started, what each line was taken for, the verdict."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from engine.api import rehearsing as api
from engine.api.threads import load_thread_file, thread_warnings
from engine.cli import output
from engine.objectives.rehearsal import HeardLine, Rehearsal

N_LOG_LINES = 60
"""Lines of the log that are shown as they come; reports are shown always."""

WIDTH = 100
"""Characters of a line that are shown."""


def run_try(
    file: Path, *, given: Sequence[str], epochs: int, train_parts: int, seconds: float, json_output: bool
) -> int:
    """Try a thread file out; 1 when the contract is not met."""
    spec = load_thread_file(file)
    unused = api.unused_facts(spec)
    lines: list[HeardLine] = []
    n_log = 0

    def begin(rehearsal: Rehearsal) -> None:
        if not json_output:
            for text in thread_warnings(spec):
                click.echo(f"warning: {text}", err=True)
            _print_start(rehearsal, unused)

    def tell(line: HeardLine) -> None:
        nonlocal n_log
        lines.append(line)
        n_log += line.taken_for == "log"
        if not json_output and (line.taken_for != "log" or n_log <= N_LOG_LINES):
            _print_line(line)

    found = api.try_thread(
        spec, given=given, epochs=epochs, train_parts=train_parts, seconds=seconds, begin=begin, tell=tell
    )
    if json_output:
        output.print_json(api.as_json(found, lines, unused))
    else:
        _print_end(found, n_log, spec.metric or "score")
    return 0 if found.is_met else 1


def _print_start(rehearsal: Rehearsal, unused: Sequence[str]) -> None:
    environment = [
        (f"environment {'−' if value is None else '+'}", name if value is None else f"{name}={value}")
        for name, value in rehearsal.environment.items()
    ]
    output.print_pairs(
        [
            ("command", shlex.join(rehearsal.words)),
            ("folder", rehearsal.folder),
            ("interpreter", rehearsal.python),
            *environment,
            *((name, output.value(value)) for name, value in rehearsal.params.items()),
            ("not used", ", ".join(f"{{{name}}}" for name in unused)),
        ]
    )
    click.echo()


def _print_line(line: HeardLine) -> None:
    shown = line.text if len(line.text) <= WIDTH else f"{line.text[: WIDTH - 1]}…"
    click.echo(f"{line.stream:<3}  {shown}")
    if line.taken_for != "log":
        click.echo(f"     → {line.taken_for}")


def _print_end(found: Rehearsal, n_log: int, metric: str) -> None:
    if n_log > N_LOG_LINES:
        click.echo(f"     … {n_log - N_LOG_LINES} more lines of the log")
    click.echo()
    for text in found.findings:
        click.echo(f"finding: {text}")
    for text in found.near_misses[:3] if not found.is_met else ():
        click.echo(f"near miss: {text}")
    click.echo(api.result_words(found, metric), err=not found.is_met)
