"""``trimtab review``: what a sprint showed."""

import click

from engine.api.review_views import DimensionReview
from engine.api.views import trial_counts
from engine.cli import output, to_json
from engine.cli.context import Invocation, as_json
from engine.cli.sprints import rejections
from engine.review.findings import Finding
from engine.space.cut_cost import percent
from engine.space.dimension import LARGEST_INT
from engine.space.proposal import Proposal
from engine.space.space import describe_range
from engine.wording import number

BARS = " ▁▂▃▄▅▆▇█"
"""Heights of a histogram in one line."""

SIGNS = {"warning": "▲", "info": "◆", "ok": "·"}
"""Severity as a sign, so that colour is never the only one."""


@click.command()
@click.argument("sprint")
@click.option("--top", "top_k", type=click.IntRange(min=1), help="How many of the best trials count as top.")
@click.option("--done", is_flag=True, help="Mark the sprint as reviewed.")
@as_json
@click.pass_obj
def review(where: Invocation, sprint: str, top_k: int | None, done: bool, json_output: bool) -> None:
    """Show SPRINT's histograms (all trials, top trials), its findings, and what is recommended for each range."""
    from engine.api.reviewing import mark_reviewed
    from engine.api.reviewing import review as look

    ws = where.workspace()
    view = look(ws, sprint, top_k)
    if done:
        mark_reviewed(ws, sprint)
    if json_output:
        output.print_json(to_json.review(view))
        return
    head = f"{view.sprint.thread} · {view.sprint.short_label} · {trial_counts(view.sprint)} · top {view.n_top}"
    click.echo(f"{head} · best {number(view.sprint.best_score)}")
    if view.n_trials == 0:
        click.echo("No complete trial yet: nothing to review. See: trimtab sprint show")
    if broken := rejections(view.sprint):
        click.echo(f"constraints: {broken}")
    first = view.notices
    for one in first:
        output.print_pairs([_told(one)])
    if view.caution and not any(one.meaning == view.caution for one in first):
        output.print_pairs([(SIGNS["info"], view.caution)])
    rows = [
        (
            one.dimension.name,
            describe_range(one.dimension) if one.active else f"{describe_range(one.dimension)} (inactive)",
            spark(one.all_counts),
            spark(one.top_counts),
            "".join(SIGNS[f.severity] for f in one.findings if f.severity != "ok"),
            _recommended(one),
            percent(one.cost.chance) if one.cost is not None and one.recommended is not None else "",
        )
        for one in view.dimensions
    ]
    heads = ("DIMENSION", "RANGE", "ALL", "TOP", "", "RECOMMENDED", "BEST LOST")
    n_columns = len(heads) if any(row[-1] for row in rows) else len(heads) - 1
    output.print_table(heads[:n_columns], [row[:n_columns] for row in rows], empty="no dimensions")
    if view.cost is not None:
        click.echo(f"All recommended cuts together (freezes not counted): {view.cost.words}")
    every = [one for dimension in view.dimensions for one in dimension.findings] + list(view.findings)
    for one in every:
        if one.severity != "ok" and one not in first:
            output.print_pairs([_told(one)])


def _told(one: Finding) -> tuple[str, str]:
    """Sign and sentence of a finding, and what it advises."""
    advice = f" – {one.advice}" if one.advice else ""
    return SIGNS[one.severity], f"{one.kind}: {one.text}{advice}"


def spark(counts: tuple[int, ...], width: int = 8) -> str:
    """A histogram in one line: neighbouring bins are merged down to ``width`` where that leaves no rest."""
    if len(counts) > width and len(counts) % width == 0:
        size = len(counts) // width
        counts = tuple(sum(counts[i : i + size]) for i in range(0, len(counts), size))
    peak = max(counts, default=0)
    return "".join(BARS[-(-count * (len(BARS) - 1) // peak)] if peak else BARS[0] for count in counts)


def describe_proposal(given: Proposal) -> str:
    """A proposal in few words: ``narrow 1e-05 … 0.0003``."""
    if given.action == "choices":
        return f"choices {' | '.join(map(str, given.choices or ()))}"
    if given.action == "freeze":
        return f"freeze {output.value(given.value) if given.value is not None else ''}"
    if given.action == "unfreeze":
        return "unfreeze"
    return f"{given.action} {_bound(given.low)} … {_bound(given.high)}"


def _bound(value: float | None) -> str:
    whole = value is not None and float(value).is_integer() and abs(value) <= LARGEST_INT
    return f"{value:.0f}" if whole else number(value)


def _recommended(one: DimensionReview) -> str:
    if one.recommended is not None:
        return describe_proposal(one.recommended)
    return f"keep (now {describe_range(one.current)})" if one.advice.edited else ""
