"""Command templates: words with ``{names}`` in them, checked against a space and filled with a trial's values.

A template is split into words first and filled in after, so a value can never become two words or a command. Only the
template's own text makes several words: a switch, ``{aug:?--no-aug}``, stands for the words after its question mark.
"""

import os
import re
import shlex
import string
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from engine.errors import EngineError
from engine.objectives.protocol import Trial
from engine.space.dimension import Dimension
from engine.space.space import Space
from engine.values import UNSET, Value, refuse_unknown_keys, whole_text

FACTS: Mapping[str, Value] = {
    "epochs": 25, "max_epochs": 25, "seed": 0, "number": 0, "train_fraction": 0.5, "train_index": 0, "train_parts": 2,
    "val_index": 0, "val_parts": 1, "scheduler": True, "checkpoint": "", "run_dir": "run", "device": "cpu",
    "devices": 1,
    "calibration_epochs": 0, "keep_checkpoint_at": "7,25",
}  # fmt: skip
"""What a template may name besides hyperparameters, each with a value it might have."""

LENGTHS = ("epochs", "max_epochs", "steps")
"""Facts by which a template tells a script how long to train."""

FILE = "file."
"""How the name of a copied file begins: ``{file.hyp}``."""

_LONG_OPTION = re.compile(r"--[^=\s]+")
_PLAIN_NEGATIVE = re.compile(r"-\d+|-\d*\.\d+")
_NEGATIVE = re.compile(r"-(\d+\.?\d*|\.\d+)[eE][-+]?\d+")
_SPACED_SWITCH = re.compile(r"\{[A-Za-z_]\w*:\?[^{}]*\}")
_HELD = str.maketrans({" ": "\x1f", "\t": "\x1f", "\n": "\x1f", "'": "\x1e", '"': "\x1d", "\\": "\x1c"})
_RELEASED = str.maketrans({"\x1f": " ", "\x1e": "'", "\x1d": '"', "\x1c": "\\"})
"""What a switch's blanks and quotation marks are while the template is split into words; its own words come later."""


def split_template(command: str) -> list[str]:
    """The words of a template; a switch is one word, whatever blanks it holds.

    Raises:
        EngineError: When a quotation is not closed, or there is no word.
    """
    held = _SPACED_SWITCH.sub(lambda switch: switch.group().translate(_HELD), command)
    try:
        words = [word.translate(_RELEASED) for word in shlex.split(held)]
    except ValueError as error:
        raise EngineError(f"command must close what it quotes, got {command!r}", str(error)) from None
    if not words:
        raise EngineError(f"command must be a template such as 'python train.py --lr {{lr}}', got {command!r}")
    return words


def example_values(space: Space, extra: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """A value for every name a template may use: facts, and the middle of each dimension.

    Args:
        space: Whose hyperparameters may be named.
        extra: Further names, such as the copied files.

    Raises:
        EngineError: When a dimension is called as a fact is.
    """
    middle = {d.name: _sample(d) for d in space}
    facts = {**FACTS, **(extra or {})}
    if taken := sorted(set(middle) & set(facts)):
        raise EngineError(
            f"command: {taken[0]} must not be a hyperparameter, a template's {{{taken[0]}}} is the trial's own",
            "rename it",
        )
    return {**facts, **middle}


def check_template(
    command: str, space: Space, extra: Mapping[str, Value] | None = None, others: Collection[str] = ()
) -> None:
    """Fill a template with values of a space, to hear what is wrong with it before a trial does.

    Args:
        command: The template.
        space: Whose dimensions it may name.
        extra: Further names, such as the copied files.
        others: What else it may name: dimensions that other spaces of the thread have.

    Raises:
        EngineError: For what it cannot name: neither a hyperparameter nor one of `FACTS`; or a wrong format.
    """
    if command:
        fill(split_template(command), example_values(space, extra), set(others) - set(space.names))


def _sample(dimension: Dimension) -> Value:
    """A value of a dimension that is shown, where it has one."""
    if dimension.frozen is not UNSET:
        return dimension.frozen
    if dimension.kind == "categorical":
        return next((choice for choice in dimension.choices if choice is not None), None)
    return dimension.from_unit(0.5)


def n_devices(environment: Mapping[str, str]) -> int:
    """How many GPUs a worker sees by its environment; 1 for the CPU, for a script starts one process there."""
    return max(1, sum(bool(one.strip()) for one in environment.get("CUDA_VISIBLE_DEVICES", "").split(",")))


def trial_values(trial: Trial) -> dict[str, Value]:
    """What a trial's template may name: its facts and its hyperparameters."""
    facts: dict[str, Value] = {
        "epochs": trial.max_epochs if trial.epochs is None else trial.epochs,
        "max_epochs": trial.max_epochs,
        "seed": trial.seed,
        "number": trial.number,
        "train_fraction": 1.0 / trial.train_subset[1],
        "train_index": trial.train_subset[0],
        "train_parts": trial.train_subset[1],
        "val_index": trial.val_subset[0],
        "val_parts": trial.val_subset[1],
        "scheduler": trial.scheduler,
        "checkpoint": trial.checkpoint or "",
        "run_dir": str(trial.run_dir),
        "device": trial.device,
        "devices": n_devices(os.environ),
        "calibration_epochs": trial.calibration_epochs,
        "keep_checkpoint_at": ",".join(map(str, trial.keep_checkpoint_at)),
    }
    return {**facts, **trial.params}


def fill(words: Sequence[str], values: Mapping[str, Value], inactive: Collection[str]) -> list[str]:
    """Words with values in the place of their names.

    A word that names something inactive or null is left out, with the option before it where the word is its value.

    Raises:
        EngineError: For an unknown name, a lone brace, or a format that does not fit its value.
    """
    filled: list[str] = []
    option_before = False
    left_out = {*inactive, *(name for name, value in values.items() if value is None)}
    for word in words:
        parts = _parts(word)
        names = [name for _, name, _ in parts if name is not None]
        if any(name in left_out for name in names):
            if option_before and not word.startswith("-"):
                filled.pop()
            option_before = False
            continue
        refuse_unknown_keys(dict.fromkeys(names), values, where="command")
        if _is_switch(parts):
            filled += _switched(word, parts, values)
        else:
            _append(filled, _filled(word, parts, values), is_value=bool(names) and not parts[0][0])
        option_before = word.startswith("-") and not names and "=" not in word
    return filled


def _append(filled: list[str], word: str, *, is_value: bool) -> None:
    """Add a word to a command; a value that option parsers would take for an option is spelled as one that they take.

    Of numbers argparse takes ``-0.5`` for a value and ``-5e-05`` for an option: after ``--bias`` it becomes
    ``--bias=-5e-05``, elsewhere ``-0.00005``.
    """
    if not is_value or not word.startswith("-") or _PLAIN_NEGATIVE.fullmatch(word):
        filled.append(word)
    elif filled and _LONG_OPTION.fullmatch(filled[-1]):
        filled[-1] += f"={word}"
    else:
        filled.append(f"{Decimal(word):f}" if _NEGATIVE.fullmatch(word) else word)


def fill_shell(command: str, values: Mapping[str, Value], inactive: Collection[str]) -> str:
    """A command for a shell: values quoted, everything else as it was written; what is inactive is left out.

    Raises:
        EngineError: As `fill` does.
    """
    quoted = {name: shlex.quote(value) if isinstance(value, str) else value for name, value in values.items()}
    held = _SPACED_SWITCH.sub(lambda switch: switch.group().translate(_HELD), command)
    filled: list[str] = []
    option_before = False
    for blank, word in re.findall(r"([ \t\r\n]*)([^ \t\r\n]+)", held):
        text = word.translate(_RELEASED)
        parts = _parts(text)
        names = [name for _, name, _ in parts if name is not None]
        if any(name in inactive for name in names):
            if option_before and not text.startswith("-"):
                filled.pop()
            option_before = False
            continue
        refuse_unknown_keys(dict.fromkeys(names), values, where="command")
        is_switch = _is_switch(parts)
        words = shlex.join(_switched(text, parts, values)) if is_switch else _filled(text, parts, quoted)
        filled.append(blank + words)
        option_before = text.startswith("-") and not names and "=" not in text
    return "".join(filled).strip()


def fill_text(text: str, values: Mapping[str, Value]) -> str:
    """A text with values in the place of its names.

    Raises:
        EngineError: As `fill` does.
    """
    parts = _parts(text)
    refuse_unknown_keys({name: None for _, name, _ in parts if name is not None}, values, where="command")
    return _filled(text, parts, values)


def fill_value(given: object, values: Mapping[str, Value]) -> object:
    """A value of a file or of a script: text with names filled in; ``{lr}`` alone keeps the type of its value.

    Raises:
        EngineError: As `fill` does.
    """
    if not isinstance(given, str):
        return given
    match _parts(given):
        case [("", str(name), "")]:
            refuse_unknown_keys({name: None}, values, where="command")
            return values[name]
        case _:
            return fill_text(given, values)


def names_in(text: str) -> set[str]:
    """The names that a template uses.

    Raises:
        EngineError: When it is no template.
    """
    return {name for _, name, _ in _parts(text) if name is not None}


Part = tuple[str, str | None, str]
"""(text, name after it, its format)."""


def _parts(word: str) -> list[Part]:
    try:
        parsed = list(string.Formatter().parse(word))
    except ValueError as error:
        raise EngineError(f"command: {word!r} is no template: {error}", "write {{ and }} for plain braces") from error
    for _, name, _, conversion in parsed:
        if name is not None and (not name.removeprefix(FILE).isidentifier() or conversion):
            raise EngineError(f"command: {word!r} must hold plain names in its braces, as in {{lr}} or {{lr:.3g}}")
    return [(text, name, how or "") for text, name, how, _ in parsed]


def _is_switch(parts: Sequence[Part]) -> bool:
    return any(how.startswith("?") for _, _, how in parts)


def _switched(word: str, parts: Sequence[Part], values: Mapping[str, Value]) -> list[str]:
    """The words a switch stands for: those after its question mark while its hyperparameter is true, or none."""
    if len(parts) != 1 or parts[0][0]:
        raise EngineError(f"command: a switch must stand by itself, got {word!r}", "put a blank before and after it")
    _, name, how = parts[0]
    yes, _, no = how[1:].partition("|")
    return shlex.split(yes if _truth(word, values[name or ""]) else no)


def _filled(word: str, parts: Sequence[Part], values: Mapping[str, Value]) -> str:
    return "".join(text + ("" if name is None else _shown(word, values[name], how)) for text, name, how in parts)


def _shown(word: str, value: Value, how: str) -> str:
    if "|" in how:
        yes, _, no = how.partition("|")
        return yes if _truth(word, value) else no
    if not how:
        return str(value).lower() if isinstance(value, bool) else whole_text(value)
    try:
        if re.search(r"\d{3}", how):
            raise ValueError("widths and digits must be below 100")
        return format(value, how)
    except (TypeError, ValueError) as error:
        raise EngineError(f"command: the format in {word!r} does not fit {value!r}: {error}") from None


def _truth(word: str, value: Value) -> bool:
    if isinstance(value, bool):
        return value
    raise EngineError(
        f"command: {word!r} needs a hyperparameter that is true or false, got {value!r}",
        "write {type: categorical, choices: [true, false]}",
    )
