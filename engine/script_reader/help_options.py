"""Options from what a program prints for ``--help``; the one reader that runs something, and only when told to."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.errors import EngineError
from engine.script_reader.option import Option, OptionKind, Passing
from engine.values import Value

HELP_SECONDS = 120.0
"""How long a program may take to print its help: importing a training library takes a while."""

OPTION = re.compile(
    r"^\s{1,12}(?:-\w(?:[ =][\w<>\[\]]+)?, ?)?"
    r"(--[A-Za-z][\w.-]*)(/--[\w.-]+)?(?:[ =](\{[^}]*\}|[^\s,]+(?: \.\.\.\])?))?(?:\s{2,}(.*)|\s*)$"
)
"""A line that begins an option: flags, its value's name, its help."""

DEFAULT = re.compile(r"default(?:s to|:| is|=)?[ =:]*['\"]?([^\s\])'\";,]+)", re.IGNORECASE)


def help_options(words: Sequence[str], folder: Path) -> list[Option]:
    """Run ``words --help`` in a folder and read the options from it.

    Raises:
        EngineError: When it cannot be run, takes too long, or prints no option.
    """
    try:
        done = subprocess.run(
            [*words, "--help"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=HELP_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise EngineError(f"{words[0]} --help did not end within {HELP_SECONDS:.0f} s") from None
    except OSError as error:
        raise EngineError(f"Cannot run {words[0]}: {error.strerror}") from None
    text = (done.stdout or done.stderr).decode("utf-8", "replace")
    found = list(parse_help(text, words[-1]))
    if not found:
        last = (text.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise EngineError(f"{' '.join(words)} --help must list options such as --lr LR, got: {last[:200]}")
    return found


def parse_help(text: str, file: str = "") -> Iterator[Option]:
    """Options in the text of a help page, as argparse, click, docopt, getopt and others lay it out."""
    seen: set[str] = set()
    lines = text.splitlines()
    for index, line in enumerate(lines):
        match = OPTION.match(line)
        if match is None or match[1] in ("--help", "--version") or match[1] in seen:
            continue
        seen.add(match[1])
        words = " ".join([match[4] or "", *_continued(lines[index + 1 :])]).strip()
        yield _option(match, words, file)


def _option(match: re.Match[str], words: str, file: str) -> Option:
    flag, off_flag, value = match[1], (match[2] or "").lstrip("/"), match[3] or ""
    default = _typed(found[1]) if (found := DEFAULT.search(words)) else None
    choices = tuple(_typed(one) for one in value.strip("{}[]").split(",")) if value.startswith("{") else ()
    kind = _kind(value, default)
    passing: Passing = "switch-pair" if off_flag else "separate" if value else "switch"
    if passing != "separate":
        kind, default = "bool", bool(default)
    return Option(
        name=flag[2:].replace("-", "_"),
        passing=passing,
        flag=flag,
        off_flag=off_flag,
        kind=kind,
        default=default,
        choices=tuple(one for one in choices if one is not None),
        spells_booleans=("True", "False"),
        file=file,
        help=words,
    )


def _continued(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if not line.startswith(" " * 8) or line.strip().startswith("-"):
            return
        yield line.strip()


def _kind(value: str, default: Value | None) -> OptionKind | None:
    named = value.lower().strip("<>[]")
    if named in ("float", "double", "number"):
        return "float"
    if named in ("int", "integer", "n"):
        return "int"
    if isinstance(default, bool):
        return "bool"
    return "int" if isinstance(default, int) else "float" if isinstance(default, float) else "text" if default else None


def _typed(text: str) -> Value | None:
    if text in ("True", "False", "true", "false"):
        return text.lower() == "true"
    if text in ("None", "null", ""):
        return None
    for kind in (int, float):
        try:
            return kind(text.rstrip("."))
        except ValueError:
            continue
    return text
