"""What is wrong with a command before a training is wasted on it: shell syntax, unused names, missing files."""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.boundary.input import read_bytes
from engine.errors import EngineError
from engine.objectives.command_options import MOST_BYTES, CommandOptions
from engine.objectives.template import LENGTHS, names_in, split_template
from engine.space.dimension import Dimension
from engine.space.space import Space

TRAINING_DATA = ("train_fraction", "train_index", "train_parts")
VALIDATION_DATA = ("val_index", "val_parts")
"""Names of facts by which a command is told its share of the data."""

FILL_IN = "FILL_IN_"
"""Begins the words that `trimtab init` leaves to the person."""

SCRIPT_ENDINGS = (".py", ".sh", ".R", ".r", ".jl", ".pl", ".rb", ".js", ".ipynb")
"""Endings of a word that names a script."""

SHELL = "write shell: true to have a shell run the command"

OPERATORS: Mapping[str, str] = {
    "|": f"the output is kept in the trial's log; {SHELL}",
    ">": f"the output is kept in the trial's log; {SHELL}",
    "<": SHELL,
    "&": f"write cwd: and env: in place of cd … && and export … &&; {SHELL}",
    ";": SHELL,
    "`": SHELL,
    "$": f"write env: for what the command needs, or the value itself; {SHELL}",
    "*": f"write the names themselves; {SHELL}",
}
"""What only a shell understands, and the way to do it without one."""

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_PREFIX = re.compile(r"-{1,2}[\w.-]*[=:]?|[-+~]*[\w./@-]+=")
"""What may stand before a value in its own word: ``--warmup=``, ``-w``, ``model.depth=``."""


def refuse_shell_syntax(command: str) -> None:
    """Refuse what a command run without a shell would get as a plain word.

    Raises:
        EngineError: Naming the first sign, and the way to do it.
    """
    words = command.split()
    if words and _ASSIGNMENT.match(words[0]):
        name = words[0].partition("=")[0]
        raise EngineError(
            f"command must begin with a program, got {words[0]!r}, which only a shell understands",
            f"write env: {{{name}: …}}; {SHELL}",
        )
    for sign, where in _unquoted(command):
        if sign in OPERATORS:
            raise EngineError(
                f"command is run without a shell and must not hold {sign!r}, got …{where}…",
                f"{OPERATORS[sign]}; quote the sign where it is meant as it stands",
            )
        if sign == "~":
            raise EngineError(
                f"command is run without a shell and must not hold '~', got …{where}…",
                f"write the path in full, or python: for an interpreter; {SHELL}",
            )


def refuse_unused(space: Space, used: set[str]) -> None:
    """Refuse hyperparameters that the command never uses: every value of one would give the same training.

    Raises:
        EngineError: Naming them.
    """
    unused = [dimension.name for dimension in space if dimension.name not in used]
    if unused:
        shown = ", ".join(f"{{{name}}}" for name in unused)
        raise EngineError(
            f"command must use every hyperparameter of the space, got none of {shown}",
            "add it to the command, to files: or to constants:, or take it out of the space",
        )


def refuse_shared_words(words: Sequence[str], space: Space) -> None:
    """Refuse a word that an inactive hyperparameter would remove while it holds something else.

    Raises:
        EngineError: Naming the word.
    """
    conditional: dict[str, Dimension] = {one.name: one for one in space if one.active_when}
    for word in words:
        names = names_in(word)
        leaving = sorted(names & set(conditional))
        if not leaving:
            continue
        bare = _PLACEHOLDER.split(word)
        is_alone = len(names) == 1 and len(bare) == 2 and not bare[1] and (not bare[0] or _PREFIX.fullmatch(bare[0]))
        if not is_alone:
            raise EngineError(
                f"command: {word!r} is left out where {leaving[0]} is inactive and must hold nothing else",
                f"give {leaving[0]} a word of its own",
            )


def command_warnings(command: str, options: CommandOptions, used: set[str], base_dir: Path) -> list[str]:
    """What a person should know of a command that may still be right."""
    found = [*_missing(command, options, base_dir)]
    if not used & set(LENGTHS):
        found.append(
            "The command does not use {epochs}: every trial trains as long as the script decides, not as planned"
        )
    if not used & set(TRAINING_DATA):
        found.append(
            "The command does not use {train_fraction}: every trial trains on all data, so fidelity, cost and label "
            "are those of T1"
        )
    return found


def used_names(command: str, options: CommandOptions) -> set[str]:
    """Names that the command and the keys beside it use."""
    return names_in(command) | options.names()


def reads_its_parameters(command: str, options: CommandOptions, base_dir: Path) -> bool:
    """Whether a script of the command asks `trimtab.py` for its hyperparameters, so that the template need not."""
    for script in _scripts(command):
        path = next((one for one in _places(script, options, base_dir) if one.is_file()), None)
        if path is not None and _asks(path):
            return True
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class FactsTold:
    """Which facts of a sprint's fidelity a command is told; the others it cannot obey.

    Attributes:
        training_data: Its share of the training data.
        validation_data: Its share of the validation data.
        length: How long to train.
    """

    training_data: bool = True
    validation_data: bool = True
    length: bool = True


def facts_told(model: Mapping[str, Any], metric: str, base_dir: Path) -> FactsTold:
    """What the command of a thread is told.

    Args:
        model: The thread's model options, with ``command`` and ``command_options``.
        metric: The thread's name of the score.
        base_dir: Folder of the thread file.
    """
    command = str(model.get("command") or "")
    options = CommandOptions.read(model.get("command_options") or {}, metric=metric)
    if reads_its_parameters(command, options, base_dir):
        return FactsTold()  # the reporter hands them all over
    used = used_names(command, options)
    return FactsTold(
        training_data=bool(used & set(TRAINING_DATA)),
        validation_data=bool(used & set(VALIDATION_DATA)),
        length=bool(used & set(LENGTHS)),
    )


def _asks(script: Path) -> bool:
    try:
        text = read_bytes(script, limit=MOST_BYTES, refusal=EngineError).decode(errors="replace")
    except EngineError:
        return False
    return re.search(r"\btrimtab\b", text) is not None and re.search(r"\bparams\s*\(", text) is not None


def _missing(command: str, options: CommandOptions, base_dir: Path) -> Iterator[str]:
    if options.shell:
        return
    words = split_template(command)
    program = words[0]
    if program != "python" and not _PLACEHOLDER.search(program):
        beside = ("/" in program and (base_dir / program).exists()) or Path(program).exists()
        if not beside and shutil.which(program) is None:
            yield f"No program {program} is found on this machine"
    for script in _scripts(command):
        if not any(place.exists() for place in _places(script, options, base_dir)):
            yield f"No script {script} is in {_places(script, options, base_dir)[0].parent}"
    for word in words:
        if word.startswith(FILL_IN) or f"={FILL_IN}" in word:
            yield f"The command still holds {word}: replace it"


def _scripts(command: str) -> list[str]:
    """Words that name a script, without those that name a hyperparameter."""
    try:
        words = split_template(command)
    except EngineError:
        words = command.split()
    return [word for word in words if word.endswith(SCRIPT_ENDINGS) and not _PLACEHOLDER.search(word)]


def _places(script: str, options: CommandOptions, base_dir: Path) -> list[Path]:
    folders = [base_dir] if not options.cwd or names_in(options.cwd) else [options.folder(base_dir, {}), base_dir]
    return [folder / script for folder in folders]


def _unquoted(command: str) -> Iterator[tuple[str, str]]:
    """(sign, the text around it) for every sign that a shell would take for its own."""
    quote, before = "", " "
    depth = 0
    index = 0
    while index < len(command):
        sign = command[index]
        around = command[max(0, index - 12) : index + 13]
        if sign == "\\" and quote != "'":
            index += 2
            before = " x"
            continue
        if quote:
            quote = "" if sign == quote else quote
            if sign in "$`" and quote == '"':
                yield sign, around
        elif sign in "'\"" and not depth:
            quote = sign
        elif sign in "{}":
            depth += 1 if sign == "{" else -1
        elif not depth and sign == "~":
            following = command[index + 1 : index + 2]
            if before in " \t\n=" and following in ("", "/", " "):
                yield sign, around
        elif not depth and sign in OPERATORS:
            yield sign, around
        before = sign
        index += 1
