"""The person's own pager and editor, opened on a file while the interface waits."""

import os
import shlex
import subprocess
from collections.abc import Mapping

PROGRAMS: dict[str, tuple[tuple[str, ...], str]] = {
    "pager": (("PAGER",), "less"),
    "editor": (("VISUAL", "EDITOR"), "vi"),
}
"""By kind: variables that name it, the first that is set counts, and what is run where none is."""


def program_words(kind: str, path: str, environment: Mapping[str, str] = os.environ) -> list[str]:
    """The words of the command that opens a file.

    Raises:
        ValueError: When the variable's quotes do not close.
    """
    names, default = PROGRAMS[kind]
    named = next((environment[name] for name in names if environment.get(name, "").strip()), default)
    return [*shlex.split(named), path]


def run_program(words: list[str]) -> str:
    """Run it on this terminal; what was wrong in one sentence, or nothing."""
    try:
        code = subprocess.run(words, check=False).returncode
    except OSError as error:
        return f"{words[0]} could not be run: {error.strerror or error}"
    return f"{words[0]} ended with {code}" if code else ""
