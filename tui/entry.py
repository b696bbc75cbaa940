"""The installed command ``trimtab``: one look at the verb, then the process of whoever has it.

Nothing is loaded that the verb does not need: click and the interface's options come with `tui.cli`, the engine's verbs
with ``python -m engine``, the model's with ``python -m model``.
"""

import os
import sys

from engine.api import (
    COMPLETE,
    STORE,
    ExitCode,
    masked_text,
    own_command,
    own_environment,
    safe_streams,
    words_to_complete,
)
from tui.arguments import (
    ENGINE_VERBS,
    MODEL_VERBS,
    SHARED_OPTIONS,
    SHARED_SWITCHES,
    VALUE_OPTIONS,
    globals_first,
    verb_of,
)


def main(arguments: list[str] | None = None) -> None:
    """Entry point; ends with one of `ExitCode`, and with one readable line where something was wrong."""
    if arguments is None and COMPLETE in os.environ:
        _complete()
    given = globals_first(sys.argv[1:] if arguments is None else arguments)
    delegate(given)
    from tui.cli import run_verb

    with safe_streams(ascii_only="--ascii" in given):
        sys.exit(run_verb(given))


def _complete() -> None:
    """Answer the shell, which asks by the environment, in the process of the package that has the verb."""
    verb = verb_of(words_to_complete(os.environ)[0])
    if verb in ENGINE_VERBS:
        _become("engine", [])
    if verb in MODEL_VERBS:
        _become("model", [])
    from tui.cli import trimtab

    trimtab.main(prog_name="trimtab")  # click answers and exits


def delegate(arguments: list[str]) -> None:
    """Become the process of the engine or the model when the verb is theirs; otherwise return.

    Args:
        arguments: Words after the program's name, as `globals_first` orders them.
    """
    rest = list(arguments)
    shared: list[str] = []
    others: list[str] = []
    store = ""
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        name, sign, told = option.partition("=")
        value = rest[:1] if name in VALUE_OPTIONS and not sign else []
        rest = rest[len(value) :]
        if name == "--store" and (told or value):
            store = told or value[0]
        elif name in SHARED_OPTIONS or name in SHARED_SWITCHES:
            shared += [option, *value]
        elif name != "--store":
            others += [option, *value]
    verb = rest[0] if rest else ""
    if verb in ENGINE_VERBS:
        _become("engine", [*shared, *rest], store)
    if verb in MODEL_VERBS:
        if "--readonly" in shared:
            print(f"trimtab: --readonly is for workspaces, got it with {verb} – leave it out", file=sys.stderr)  # noqa: T201
            sys.exit(ExitCode.BAD_INPUT)
        _become("model", [*rest, *(["--ascii"] if "--ascii" in shared else [])])
    if masked_text(store) != store:
        _become("tui", [*shared, *others, *rest], store)


def _become(package: str, arguments: list[str], store: str = "") -> None:
    """Go on as another process of ours; its store goes by the environment, where ``ps`` does not show the password."""
    sys.stdout.flush()
    command = [*own_command(package), *arguments]
    os.execve(command[0], command, own_environment({STORE: store}) if store else os.environ)
