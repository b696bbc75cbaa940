"""Command templates: words with ``{names}`` in them, checked against a space and filled with a trial's values.

A template is split into words first and filled in after, so a value can never become two words or a command.
"""

import shlex
import string
import sys
from collections.abc import Collection, Mapping, Sequence

from engine.errors import EngineError
from engine.objectives.protocol import Trial
from engine.space.space import Space
from engine.values import Value, refuse_unknown_keys

FACTS: Mapping[str, Value] = {
    "epochs": 25, "max_epochs": 25, "seed": 0, "number": 0, "train_fraction": 0.5, "train_index": 0, "train_parts": 2,
    "val_index": 0, "val_parts": 1, "scheduler": True, "checkpoint": "", "run_dir": "run", "device": "cpu",
    "calibration_epochs": 0, "keep_checkpoint_at": "7,25",
}  # fmt: skip
"""What a template may name besides hyperparameters, each with a value it might have."""


def split_template(command: str) -> list[str]:
    """The words of a template.

    Raises:
        EngineError: When a quotation is not closed, or there is no word.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise EngineError(f"command must close what it quotes, got {command!r}", str(error)) from None
    if not words:
        raise EngineError(f"command must be a template such as 'python train.py --lr {{lr}}', got {command!r}")
    return words


def check_template(command: str, space: Space) -> None:
    """Fill a template with values of a space, to hear what is wrong with it before a trial does.

    Raises:
        EngineError: For what it cannot name: neither a hyperparameter nor one of `FACTS`; or a wrong format.
    """
    middle = {d.name: d.from_unit(0.5) if d.frozen is None else d.frozen for d in space}
    if command and (taken := sorted(set(middle) & set(FACTS))):
        raise EngineError(
            f"command: {taken[0]} must not be a dimension, a template's {{{taken[0]}}} is the trial's own", "rename it"
        )
    fill(split_template(command) if command else [], {**FACTS, **middle}, ())


def fill_template(words: Sequence[str], trial: Trial) -> list[str]:
    """The template's words with the trial's values in them; ``python`` is this one.

    Raises:
        EngineError: For a name that is neither a hyperparameter nor one of `FACTS`.
    """
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
        "calibration_epochs": trial.calibration_epochs,
        "keep_checkpoint_at": ",".join(map(str, trial.keep_checkpoint_at)),
    }
    filled = fill(words, {**facts, **trial.params}, trial.inactive)
    return [sys.executable, *filled[1:]] if filled[0] == "python" else filled


def fill(words: Sequence[str], values: Mapping[str, Value], inactive: Collection[str]) -> list[str]:
    """Words with values in the place of their names.

    A word that names something inactive is left out, with the option before it where the word is its value.

    Raises:
        EngineError: For an unknown name, a lone brace, or a format that does not fit its value.
    """
    filled: list[str] = []
    option_before = False
    for word in words:
        parts = _parts(word)
        names = [name for _, name, _ in parts if name is not None]
        if any(name in inactive for name in names):
            if option_before and not word.startswith("-"):
                filled.pop()
            option_before = False
            continue
        refuse_unknown_keys(dict.fromkeys(names), values, where="command")
        filled.append(
            "".join(text + ("" if name is None else _shown(word, values[name], how)) for text, name, how in parts)
        )
        option_before = word.startswith("-") and not names and "=" not in word
    return filled


def _parts(word: str) -> list[tuple[str, str | None, str]]:
    """(text, name after it, its format) of a word."""
    try:
        parsed = list(string.Formatter().parse(word))
    except ValueError as error:
        raise EngineError(f"command: {word!r} is no template: {error}", "write {{ and }} for plain braces") from error
    for _, name, _, conversion in parsed:
        if name is not None and (not name.isidentifier() or conversion):
            raise EngineError(f"command: {word!r} must hold plain names in its braces, as in {{lr}} or {{lr:.3g}}")
    return [(text, name, how or "") for text, name, how, _ in parsed]


def _shown(word: str, value: Value, how: str) -> str:
    if not how:
        return str(value).lower() if isinstance(value, bool) else str(value)
    try:
        return format(value, how)
    except ValueError as error:
        raise EngineError(f"command: the format in {word!r} does not fit {value!r}: {error}") from None
