"""The model verbs of the command line: ``trimtab train``, ``evaluate``, ``predict``, ``data``, ``model`` ….

One ``main`` turns what went wrong into one line and an exit code of `model.boundary.exit_codes`.
"""

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from typing import Any

import click

from model.boundary.exit_codes import ExitCode
from model.boundary.streams import safe_streams
from model.errors import ModelError
from model.installation import HINT, LIBRARIES

PROGRAM = "trimtab"

ASCII = "--ascii"
"""Wherever it stands: print ASCII only."""

VERBS = {
    "train": "model.commands.train:train",
    "evaluate": "model.commands.evaluate:evaluate",
    "predict": "model.commands.predict:predict",
    "calibrate": "model.commands.calibrate:calibrate",
    "data": "model.commands.data:data",
    "model": "model.commands.model:model",
}
"""Each verb and where it lives; a verb's module is imported only when it is used, or listed in the help."""


class Verbs(click.Group):
    """Loads a verb when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs that this installation has."""
        return [name for name in VERBS if self.get_command(ctx, name) is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb, or None."""
        module, _, name = VERBS.get(cmd_name, "").partition(":")
        if not module or importlib.util.find_spec(module) is None:
            return super().get_command(ctx, cmd_name)
        found: Any = getattr(importlib.import_module(module), name)
        return found if isinstance(found, click.Command) else None


@click.group(
    cls=Verbs,
    help="Train, evaluate and apply the joint model.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
def verbs() -> None:
    """The model verbs."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    with safe_streams(ascii_only=ASCII in words):
        return _run([word for word in words if word != ASCII])


def _run(words: Sequence[str]) -> int:
    try:
        result = verbs.main(args=words, prog_name=PROGRAM, standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        return _say("interrupted", ExitCode.INTERRUPTED)
    except click.ClickException as error:
        return _say(_click_text(error), ExitCode.BAD_INPUT)
    except ModelError as error:
        return _say(str(error), ExitCode.FAILED if error.failed else ExitCode.BAD_INPUT)
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in LIBRARIES:
            raise
        return _say(f"the joint model JEREX-L needs {error.name} – {HINT}", ExitCode.BAD_INPUT)
    except BrokenPipeError:
        return ExitCode.FAILED
    return result if isinstance(result, int) else 0


def _click_text(error: click.ClickException) -> str:
    text = error.format_message()
    context = getattr(error, "ctx", None)
    return f"{text} (try: {context.command_path} --help)" if context is not None else text


def _say(text: str, code: int) -> int:
    one_line = " ".join(str(text).split())
    click.echo(f"{PROGRAM}: {one_line}", err=True)
    return code
