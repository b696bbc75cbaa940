"""``trimtab data``: look at a corpus before training on it, or write one."""

import click


@click.group(name="data", help="Check a corpus, or write one of the built-in world.")
def data() -> None:
    """The group that model/cli.py mounts."""
