"""The command, its global options, and the one place where errors become a line and an exit status.

Exit status: see `engine.boundary.exit_codes`.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

import click

from engine.api.words import COMPLETE
from engine.boundary.exit_codes import ExitCode
from engine.boundary.streams import safe_streams
from engine.cli.context import no_such_command, refuse_undecodable, split_globals
from engine.errors import EngineError, unusable_file
from engine.secrets import masked_text

PROGRAM = "trimtab"

COMMANDS = {
    "init": ("engine.cli.init", "Draft a thread file from a training script."),
    "thread": ("engine.cli.threads", "Make, list and look at threads."),
    "sprint": ("engine.cli.sprints", "Plan, run, steer and list sprints."),
    "trial": ("engine.cli.trials", "List and look at trials."),
    "worker": ("engine.cli.worker", "Work on a sprint in this process, for any scheduler to start."),
    "review": ("engine.cli.review", "What a sprint showed: findings and proposed trims."),
    "space": ("engine.cli.spaces", "The working space: freeze, narrow, widen, accept, undo."),
    "auto": ("engine.cli.auto", "Run all stages unattended with an automatic reviewer."),
    "report": ("engine.cli.report", "Write the story of a thread as HTML or Markdown."),
    "export": ("engine.cli.exchange", "Write a sprint as CSV, JSON, Parquet, an Optuna study or MLflow runs."),
    "import": ("engine.cli.exchange", "Read another tool's runs (CSV, Optuna study) as a finished sprint."),
    "hook": ("engine.cli.hook", "Try what is called at a sprint's end."),
    "doctor": ("engine.cli.doctor", "Check this machine, the store and the sprints."),
}
"""Verbs, where they live, and their one line in ``--help``; a verb's module is loaded when it is called."""


class Verbs(click.Group):
    """The top of the command: verbs are loaded on demand, a misspelt one names the nearest."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Verbs in the order a person meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a verb."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(COMMANDS[cmd_name][0])
        found = getattr(module, f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of verbs without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest verb where there is none of that name."""
        if args and args[0] not in COMMANDS:
            raise no_such_command(args[0], COMMANDS)
        return super().resolve_command(ctx, args)


@click.group(cls=Verbs, name=PROGRAM, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--workspace", metavar="DIR", help="Folder of store, runs, logs [TRIMTAB_WORKSPACE, ./, ./trimtab-workspace]."
)
@click.option(
    "--store",
    metavar="URL",
    help="URL of another store, such as postgresql+psycopg://USER@HOST/DATABASE [TRIMTAB_STORE].",
)
@click.option("--group", is_flag=True, help="Open the workspace to the folder's group; otherwise it is yours alone.")
@click.option("--readonly", is_flag=True, help="Look only: nothing is changed or written.")
@click.option("--ascii", is_flag=True, help="Printable ASCII only.")
def cli(workspace: str | None, store: str | None, group: bool, readonly: bool, ascii: bool) -> None:  # noqa: A002
    """Steer a hyperparameter search in sprints. These options may stand before or after the verb."""


def main(args: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status and never lets a traceback out."""
    if args is None and COMPLETE in os.environ:
        from engine.cli.completion import answer_shell

        return answer_shell(cli, os.environ)
    try:
        words = list(sys.argv[1:] if args is None else args)
        refuse_undecodable(words)
        rest, where = split_globals(words)
    except Exception as error:
        with safe_streams():
            return _status_of(error)
    with safe_streams(ascii_only=where.ascii_only):
        try:
            done = cli.main(args=rest, prog_name=PROGRAM, standalone_mode=False, obj=where)
        except Exception as error:
            return _status_of(error)
        except KeyboardInterrupt:
            return _told("interrupted", ExitCode.INTERRUPTED)
    return done if isinstance(done, int) else 0


def _status_of(error: Exception) -> int:
    """Say in one line what went wrong, and the exit status that follows."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.Abort):
        return _told("interrupted", ExitCode.INTERRUPTED)
    if isinstance(error, click.ClickException):
        return _told(error.format_message(), ExitCode.BAD_INPUT)
    if isinstance(error, EngineError):
        return _told(str(error), ExitCode.BAD_INPUT)
    if os.environ.get("TRIMTAB_DEBUG"):
        raise error
    if isinstance(error, OSError) and not isinstance(error, ConnectionError):
        return _told(str(unusable_file(error)), ExitCode.FAILED)
    first = next(iter(str(error).splitlines()), "")
    return _told(f"{type(error).__name__}: {first}", ExitCode.FAILED, hint="TRIMTAB_DEBUG=1 shows where")


def _told(message: str, status: int, hint: str = "") -> int:
    one_line = masked_text(" ".join(message.split()))
    click.echo(f"{PROGRAM}: {one_line}{f' ({hint})' if hint else ''}", err=True)
    return status
