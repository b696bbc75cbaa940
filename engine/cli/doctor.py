"""``trimtab doctor``: check this machine, the store and the sprints."""

import click

from engine.api.doctor import doctor as check_all
from engine.cli import output, to_json
from engine.cli.context import Invocation, as_json


@click.command()
@as_json
@click.pass_obj
def doctor(where: Invocation, json_output: bool) -> int:
    """Check Python, packages, encoder, store, disk, GPUs, workers' environment and orphaned sprints.

    Ends with 1 when a check is an error; warnings are no failure.
    """
    checks = check_all(where.unopened())
    if json_output:
        output.print_json({"checks": [to_json.check(one) for one in checks]})
    else:
        for one in checks:
            hint = f" – {one.hint}" if one.hint else ""
            output.print_pairs([(f"{one.status:<8}{one.name:<12}", f"{one.text}{hint}")])
    return 1 if any(one.status == "error" for one in checks) else 0
