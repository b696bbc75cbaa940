"""``trimtab thread compare`` and ``trimtab sprint trajectory``: threads beside each other, values along checkpoints."""

import click

from engine.api import comparison as api
from engine.api.threads import list_threads
from engine.cli import output, to_json
from engine.cli.context import Invocation, as_json
from engine.wording import number


@click.command()
@click.argument("threads", nargs=-1)
@click.option("--stage", "stages", multiple=True, help="Only this stage; repeatable.")
@as_json
@click.pass_obj
def compare(where: Invocation, threads: tuple[str, ...], stages: tuple[str, ...], json_output: bool) -> None:
    """Rank threads of one metric at every stage and say how far the stages agree."""
    ws = where.workspace()
    found = api.compare_threads(ws, threads, stages)
    metrics = {view.name: view.metric for view in list_threads(ws)}
    names = list(dict.fromkeys(name for column in found.scores.values() for name in column))
    if json_output:
        output.print_json(
            {
                "stages": list(found.stages),
                "threads": [
                    {
                        "name": name,
                        "metric": metrics[name],
                        "scores": {stage: to_json.plain(found.scores[stage].get(name)) for stage in found.stages},
                        "ranks": {stage: found.ranks[stage].get(name) for stage in found.stages},
                    }
                    for name in names
                ],
                "agreements": [to_json.plain(one) for one in found.agreements],
            }
        )
        return
    several = len({metrics[name] for name in names}) > 1
    rows = [
        (
            name,
            *((metrics[name],) if several else ()),
            *(
                f"{number(found.scores[stage][name])} ({found.ranks[stage][name]})"
                if name in found.scores[stage]
                else "–"
                for stage in found.stages
            ),
        )
        for name in names
    ]
    columns = ("THREAD", *(("METRIC",) if several else ()), *(f"#{stage.upper()}" for stage in found.stages))
    output.print_table(columns, rows, empty="no scores to compare yet")
    for one in found.agreements:
        click.echo(one.sentence)
        for move in one.reversals:
            click.echo(f"▲ {move.name}: rank {move.before} → {move.after}")


@click.command()
@click.argument("sprints", nargs=-1, required=True)
@click.option("--rate", default="lr", show_default=True, help="The learning rate's dimension.")
@click.option("--top", "top_k", type=click.IntRange(min=1), default=10, show_default=True)
@as_json
@click.pass_obj
def trajectory(where: Invocation, sprints: tuple[str, ...], rate: str, top_k: int, json_output: bool) -> None:
    """Follow the top trials' values over SPRINTS from several checkpoints, and fit a schedule."""
    found = api.trajectory(where.workspace(), sprints, rate=rate, top_k=top_k)
    if json_output:
        output.print_json(to_json.plain(found))
        return
    for note in found.notes:
        click.echo(f"▲ {note}")
    for course in found.trajectories:
        if not course.stretches:
            continue
        click.echo(course.dimension + (f" – {course.warning}" if course.warning else ""))
        rows = [
            (f"{one.epoch:g}", one.label, one.n, *map(number, (one.low, one.median, one.high, one.best)))
            for one in course.stretches
        ]
        output.print_table(("#EPOCH", "SPRINT", "#N", "#LOW", "#MEDIAN", "#HIGH", "#BEST"), rows, empty="")
    if found.suggestion is not None and found.suggestion.refusal:
        click.echo(f"No schedule proposed: {found.suggestion.refusal}.")
    elif found.suggestion is not None:
        for name in ("max_lr", "pct_start", "final_decay"):
            one = getattr(found.suggestion, name)
            click.echo(f"{name} {number(one.value)} ({number(one.low)} … {number(one.high)})")
        for warning in found.suggestion.warnings:
            click.echo(f"▲ {warning}")
