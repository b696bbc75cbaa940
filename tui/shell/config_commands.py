"""``trimtab config``: the settings of the interface, shown and changed."""

import json

import click

from tui.shell import settings
from tui.shell.state import forget_theme


@click.group()
def config() -> None:
    """Show and change the settings of the interface."""


@config.command()
def show() -> None:
    """Print every setting with its value and what it does."""
    values, problems = settings.load_settings()
    for name, setting in settings.SETTINGS.items():
        value = json.dumps(values.get(name, setting.default)).strip('"')
        origin = "" if name in values else "  (default)"
        click.echo(f"{name:<10}{value:<8}{origin:<11}  {setting.text}")
    for problem in problems:
        click.echo(f"trimtab: {problem}", err=True)
    if problems:
        raise click.exceptions.Exit(2)


@config.command()
@click.argument("name")
def get(name: str) -> None:
    """Print the value of NAME."""
    setting = settings.named_setting(name)
    values, _ = settings.load_settings()
    click.echo(json.dumps(values.get(name, setting.default)).strip('"'))


@config.command(name="set")
@click.argument("name")
@click.argument("value")
def set_value(name: str, value: str) -> None:
    """Set NAME to VALUE in the settings file."""
    written = settings.set_setting(name, value)
    if name == "theme":
        forget_theme()  # what ctrl+t chose before would hide it
    click.echo(f"{name}: {json.dumps(written).strip(chr(34))}")


@config.command()
def path() -> None:
    """Print where the settings file lies."""
    click.echo(str(settings.settings_file()))


@config.command()
def schema() -> None:
    """Print the JSON Schema of the settings file, for editors."""
    click.echo(json.dumps(settings.settings_schema(), indent=2))
