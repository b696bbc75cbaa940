"""The text of a drafted thread file: the command, the report and the space, each guess with a comment that says so."""

import json
import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.objectives.template import FACTS
from engine.script_reader.hyperparameter import Guess
from engine.script_reader.known_names import StartingRange
from engine.script_reader.option import Option
from engine.script_reader.report_guess import ReportGuess
from engine.values import Value

FILL_IN = "FILL_IN_"
"""Begins a word that a person has to replace."""

N_LEFT_OUT = 40
"""Options that are not searched and still listed at the end of the file."""

WIDTH = 110
"""Columns of the command in the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigFile:
    """A configuration file that an option names, whose numbers join the space.

    Attributes:
        key: Its name in the thread file: ``{file.key}``.
        option: The option that names it.
        path: The file.
        guesses: Its values that are hyperparameters.
    """

    key: str
    option: Option
    path: Path
    guesses: tuple[Guess, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadContent:
    """What a thread file is written from.

    Attributes:
        name: The thread's name.
        script: The script, from the file's folder.
        runner: The first words of the command.
        words: Words that the person gave.
        guesses: What each option was taken for.
        files: Configuration files with hyperparameters.
        report: How the score is probably reported.
        lengths: What says how long the script trains, and nothing fills.
        interpreter: Python of the command; empty for the one that trimtab runs in.
        uses_hydra: Whether the script is configured by Hydra.
        uses_trainer: Whether it trains by the Transformers Trainer.
        is_isolated: Whether each trial needs a copy of the folder, for the script writes beside itself.
    """

    name: str
    script: str
    runner: tuple[str, ...]
    words: tuple[str, ...]
    guesses: tuple[Guess, ...]
    files: tuple[ConfigFile, ...]
    report: ReportGuess
    lengths: tuple[Guess, ...]
    interpreter: str
    uses_hydra: bool
    uses_trainer: bool
    is_isolated: bool

    @property
    def dimensions(self) -> dict[str, Guess]:
        """Hyperparameters by their name in the space, the free ones first."""
        ours = [one for one in self.guesses if one.range is not None and one.role in ("searched", "held")]
        theirs = [one for file in self.files for one in file.guesses]
        found: dict[str, Guess] = {}
        for guess in sorted([*ours, *theirs], key=lambda one: one.role != "searched"):
            found[_free_name(guess.option.name, found)] = guess
        return found

    @property
    def to_fill_in(self) -> tuple[str, ...]:
        """Words of the command that only the person knows."""
        return tuple(
            _fill_in(one.option) for one in self.guesses if one.role == "required" and one.option.default is None
        )


def thread_text(content: ThreadContent) -> str:
    """The thread file."""
    return (
        "\n".join([*_head(content), *_command(content), *_report(content), *_space(content), *_left_out(content)])
        + "\n"
    )


def _head(content: ThreadContent) -> Iterator[str]:
    yield f"# Drafted by trimtab init from {content.script}, which was read and not run."
    yield '# Check every line that says "guess". Next: trimtab thread try THIS_FILE'
    yield f"thread: {_quoted(content.name)}"
    if content.interpreter:
        yield f"python: {_quoted(content.interpreter)}    # guess: the virtual environment next to the script"
    else:
        yield "# python: path/to/env/bin/python    # where the script needs another Python than trimtab's own"


def _command(content: ThreadContent) -> Iterator[str]:
    names = {id(guess): name for name, guess in content.dimensions.items()}
    words = [" ".join(content.runner)]
    words += [one for one in (_positional(guess, names) for guess in content.guesses) if one]
    words += map(shlex.quote, content.words)
    for guess in content.guesses:
        if guess.option.passing not in ("positional", "constant", "asked", "written"):
            words.append(_words(guess, names))
    words += [file.option.words(f"{{file.{file.key}}}") for file in content.files]
    words += ["hydra.run.dir={run_dir}"] if content.uses_hydra else []
    words += ["--eval_strategy epoch"] if content.uses_trainer else []
    yield "command: >-"
    for line in textwrap.wrap(" ".join(filter(None, words)), WIDTH, break_long_words=False, break_on_hyphens=False):
        yield f"  {line}"
    for guess in content.guesses:
        if guess.role == "fact":
            yield f"# guess: {guess.option.name} is the {guess.why} ({_where(guess.option)})"
        elif guess.role == "required" and guess.option.default is None:
            option = guess.option
            yield f"# Replace {_fill_in(option)}: {option.name}{_help(option)} ({_where(option)})"
    if content.uses_trainer:
        yield "# guess: --eval_strategy epoch makes the Trainer report once an epoch"
    if content.is_isolated:
        yield "isolated: true    # guess: the script writes beside itself, so each trial gets a copy of this folder"
    if not any("{epochs}" in guess.fact or "{steps}" in guess.fact for guess in content.guesses):
        yield "# No option for the number of epochs was found: every trial trains as long as the script decides."
        for guess in content.lengths:
            yield f"# {_length(guess.option)}"
    yield from _files(content, names)
    yield from _constants(content, names)


def _length(option: Option) -> str:
    """What a person can do about a length."""
    shown = f"{option.flag or option.name} (default {_shown(option.default)}, {_where(option)}) seems to decide that:"
    if option.passing == "written":
        return f"{shown} give it a name at the top of the script, and constants: can set it."
    if option.passing == "constant":
        return f"{shown} set it in constants: to make trials short."
    return f"{shown} give it in the command to make trials short."


def _words(guess: Guess, names: dict[int, str]) -> str:
    option = guess.option
    if guess.role == "fact":
        return option.words(guess.fact)
    if guess.role == "required":
        return option.words(_fill_in(option) if option.default is None else shlex.quote(str(option.default)))
    return option.placeholder(names[id(guess)]) if id(guess) in names else ""


def _positional(guess: Guess, names: dict[int, str]) -> str:
    return _words(guess, names) if guess.option.passing == "positional" else ""


def _files(content: ThreadContent, names: dict[int, str]) -> Iterator[str]:
    if not content.files:
        return
    yield "files:"
    for file in content.files:
        shown = Path(content.script).parent / str(file.option.default)
        yield f"  {file.key}:    # a copy for each trial, {{file.{file.key}}} is its path"
        yield f"    from: {_quoted(str(shown))}"
        yield "    set:"
        for guess in file.guesses:
            yield f'      {guess.option.name}: "{{{names[id(guess)]}}}"'


def _constants(content: ThreadContent, names: dict[int, str]) -> Iterator[str]:
    constants = [
        one for one in content.guesses if one.option.passing == "constant" and (one.role == "fact" or id(one) in names)
    ]
    if not constants:
        return
    yield "constants:    # set in a copy of the script, one for each trial"
    yield f"  {_quoted(content.script)}:"
    for guess in constants:
        value = guess.fact if guess.role == "fact" else f"{{{names[id(guess)]}}}"
        comment = f"    # guess: {guess.why}" if guess.role == "fact" else ""
        yield f'    {guess.option.name}: "{value}"{comment}'


def _report(content: ThreadContent) -> Iterator[str]:
    report = content.report
    if not report.report:
        where = f"{Path(report.file).name}, line {report.line}"
        if report.why == "trimtab.report":
            yield f"# The script reports by trimtab.report already ({where})."
            yield f"metric: {_quoted(report.metric)}"
            yield f"direction: {report.direction}    # guess: by the metric's name"
        elif report.rank > 0:
            yield f"# The script prints its reports as JSON lines already ({where})."
        else:
            yield "# No line that reports a score was found. Say how it is reported (docs/thread-file.md), such as"
            yield "# report: {regex: 'epoch (?P<epoch>\\d+).*accuracy (?P<score>\\S+)'}"
        return
    line = f", line {report.line}" if report.line else ""
    yield f"# guess: {report.why} ({Path(report.file).name}{line})"
    yield "report:"
    for key, value in report.report.items():
        yield f"  {key}: {_report_value(value)}"
    yield f"metric: {_quoted(report.metric)}"
    yield f"direction: {report.direction}    # guess: by the metric's name"
    if report.others:
        yield "# Other scores that were seen, to put in place of these three keys:"
    for other in report.others:
        keys = ", ".join(f"{key}: {_report_value(value)}" for key, value in other.report.items())
        yield f"#   report: {{{keys}}}"
        yield f"#   metric: {_quoted(other.metric)}"
        yield f"#   direction: {other.direction}"


def _report_value(value: object) -> str:
    return _single_quoted(value) if isinstance(value, str) else json.dumps(value)


def _space(content: ThreadContent) -> Iterator[str]:
    yield "space:"
    for name, guess in content.dimensions.items():
        assert guess.range is not None
        note = f"default {_shown(guess.option.default)}, {_where(guess.option)}"
        parts = [*_range(guess.range), *_frozen(guess), f"note: {json.dumps(note, ensure_ascii=False)}"]
        yield f"  {name}: {{{', '.join(parts)}}}    # guess: {guess.why}"


def _range(found: StartingRange) -> Iterator[str]:
    yield f"type: {found.kind}"
    if found.kind == "categorical":
        yield f"choices: [{', '.join(map(_scalar, found.choices))}]"
        return
    whole = found.kind == "int"
    yield f"low: {int(found.low) if whole else _float(found.low)}"
    yield f"high: {int(found.high) if whole else _float(found.high)}"
    if found.log:
        yield "log: true"
    if found.domain is not None and not whole:
        yield f"domain: [{found.domain[0]:g}, {found.domain[1]:g}]"


def _frozen(guess: Guess) -> Iterator[str]:
    if guess.role == "held":
        yield f"frozen: {_scalar(guess.option.default)}" if guess.option.default is not None else "frozen: null"


def _left_out(content: ThreadContent) -> Iterator[str]:
    files = {id(file.option) for file in content.files}
    left = [
        one for one in content.guesses
        if one.role == "left out" and id(one.option) not in files and one.option.passing != "written"
    ]  # fmt: skip
    if not left:
        return
    yield "# Not searched; to search one, add it to the space and to the command:"
    for guess in left[:N_LEFT_OUT]:
        option = guess.option
        shown = option.flag or option.name
        yield f"#   {shown:<28} default {_shown(option.default)} ({_where(option)}): {guess.why}"
    if len(left) > N_LEFT_OUT:
        yield f"#   and {len(left) - N_LEFT_OUT} more"


def _free_name(name: str, taken: dict[str, Guess]) -> str:
    """A name for the space: the last part, longer where that is taken or the template's own."""
    parts = [re.sub(r"\W", "_", part) for part in name.split(".")]
    for n in range(1, len(parts) + 1):
        candidate = "_".join(parts[-n:])
        if candidate.isidentifier() and candidate not in taken and candidate not in FACTS:
            return candidate
    candidate = "x_" + "_".join(parts)
    while candidate in taken:
        candidate += "_"
    return candidate


def _fill_in(option: Option) -> str:
    return FILL_IN + re.sub(r"\W", "_", option.name).upper()


def _where(option: Option) -> str:
    name = Path(option.file).name or "the script"
    return f"{name}:{option.line}" if option.line else name


def _help(option: Option) -> str:
    return f", {option.help[:80]}" if option.help else ""


def _shown(value: Value | None) -> str:
    return "none" if value is None else str(value) if not isinstance(value, str) else (value[:40] or "empty")


def _float(value: float) -> str:
    """A float as YAML reads it: ``1e-4`` for ``1e-04``."""
    return re.sub(r"e([+-])0*(\d)", lambda match: f"e{match[1].replace('+', '')}{match[2]}", f"{value:g}")


def _scalar(value: Value | None) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return _float(value)
    return str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False)


def _quoted(text: str) -> str:
    return (
        text
        if re.fullmatch(r"[A-Za-z_./][\w./-]*", text)
        and text.lower() not in ("yes", "no", "on", "off", "true", "false", "null")
        else json.dumps(text, ensure_ascii=False)
    )


def _single_quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
