"""A space as a table, or as JSON."""

import click

from engine.api.review_views import SpaceView
from engine.cli import output, to_json
from engine.space.conditions import condition_text
from engine.space.space import describe_range


def print_space(view: SpaceView) -> None:
    """A space as a table."""
    rows = [
        (
            one.name,
            one.kind,
            describe_range(one),
            f"{one.domain[0]:g} … {one.domain[1]:g}" if one.domain else "",
            condition_text(one.active_when),
            one.note,
        )
        for one in view.space
    ]
    click.echo(f"space {view.number} of {view.thread} · {view.n_edits} edit{'' if view.n_edits == 1 else 's'}")
    output.print_table(("DIMENSION", "TYPE", "RANGE", "DOMAIN", "ACTIVE WHEN", "NOTE"), rows, empty="no dimensions")
    for text in view.space.constraints:
        click.echo(f"constraint {text}")


def print_edited(view: SpaceView, json_output: bool) -> None:
    """The space that an edit has led to."""
    if json_output:
        output.print_json(to_json.space(view))
    else:
        print_space(view)
