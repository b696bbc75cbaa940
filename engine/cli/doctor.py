"""``trimtab doctor``: check this machine, the store and the sprints."""

import click

from engine.api import store_care as api
from engine.api.doctor_checks import doctor as check_all
from engine.cli import output, to_json
from engine.cli.context import Invocation, as_json


@click.command()
@click.option("--store", "--check-store", "store", is_flag=True, help="Check every row of the store, list its backups.")
@click.option(
    "--restore",
    metavar="BACKUP",
    is_flag=False,
    flag_value="newest",
    help="With --store: go back to a backup [newest].",
)
@click.option("--back-up", is_flag=True, help="With --store: make a backup now.")
@as_json
@click.pass_obj
def doctor(where: Invocation, store: bool, restore: str | None, back_up: bool, json_output: bool) -> int:
    """Check Python, packages, what objectives need, store, disk, GPUs, workers' environment and orphaned sprints.

    Ends with 1 when a check is an error; warnings are no failure.
    """
    if (restore or back_up) and not store:
        raise click.UsageError("--restore and --back-up need --store")
    ws = where.unopened()
    if restore:
        click.echo(api.restore_store(ws, restore))
    if back_up:
        click.echo(api.back_up_store(ws))
    checks = api.check_store(ws) if store else check_all(ws)
    if json_output:
        output.print_json({"checks": [to_json.check(one) for one in checks]})
    else:
        for one in checks:
            hint = f" – {one.hint}" if one.hint else ""
            output.print_pairs([(f"{one.status:<8}{one.name:<12}", f"{one.text}{hint}")])
    return 1 if any(one.status == "error" for one in checks) else 0
