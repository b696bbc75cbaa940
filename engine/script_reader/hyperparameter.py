"""What an option is probably for, by its name: a hyperparameter with a starting range, a fact of the trial, or neither.

Every answer is a guess that the thread file marks as one. Notations: d is the option's default.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from engine.script_reader.known_names import (
    CATEGORIES,
    FACTS,
    OUTPUT_ALONE,
    PLACE,
    RULES,
    SWITCHES,
    WRITTEN,
    StartingRange,
)
from engine.script_reader.option import Option

Role = Literal["searched", "held", "fact", "required", "left out"]
"""``held``: in the space, frozen at its default; ``fact``: filled from the trial (epochs, seed, …)."""

MAX_SEARCHED = 6
"""Free hyperparameters of a starting space; those least likely to matter are frozen: five trials each are usual."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Guess:
    """What one option was taken for.

    Attributes:
        option: The option.
        role: What it is taken for.
        range: Its starting range, of a ``searched`` or ``held`` one.
        fact: What a ``fact`` is filled with: ``{epochs}``, ``{seed}``, ``{run_dir}/model.pt``, …
        why: Why, in a few words.
        priority: Of a ``searched`` one: the lower, the more it usually matters.
    """

    option: Option
    role: Role
    range: StartingRange | None = None
    fact: str = ""
    why: str = ""
    priority: int = 99


def guess_role(option: Option) -> Guess:
    """What an option is taken for."""
    key = option.key
    if fact := _fact(option, key):
        return fact
    if option.required:
        return Guess(option=option, role="required", why="the script does not run without it")
    if option.is_list:
        return Guess(option=option, role="left out", why="takes several values")
    if option.kind == "bool":
        return _switch(option, key)
    if option.choices and not all(isinstance(one, int | float) for one in option.choices):
        listed = StartingRange(kind="categorical", choices=option.choices)
        is_known = bool(re.fullmatch(CATEGORIES, key)) and option.default in option.choices
        return _known(option, listed, "choice", is_known=is_known and len(option.choices) > 1)
    return _number(option, key)


def _switch(option: Option, key: str) -> Guess:
    if option.is_stuck:
        state = "on" if option.default else "off"
        return Guess(option=option, role="left out", why=f"switch that is {state} already and has no opposite")
    both = StartingRange(kind="categorical", choices=(False, True))
    is_known = bool(re.fullmatch(SWITCHES, key)) and isinstance(option.default, bool)
    return _known(option, both, "switch", is_known=is_known)


def _known(option: Option, found: StartingRange, what: str, *, is_known: bool) -> Guess:
    """A category, frozen at its default where its name says that it is a hyperparameter, else left out."""
    if is_known:
        return Guess(option=option, role="held", range=found, why=what)
    return Guess(option=option, role="left out", why=f"{what} whose name is not that of a hyperparameter")


def _fact(option: Option, key: str) -> Guess | None:
    whole = option.name.replace(".", "_").replace("-", "_").lower()
    if whole in ("hydra_run_dir", "run_dir"):
        return Guess(option=option, role="fact", fact="{run_dir}", why="folder for output")
    for pattern, fact, why in FACTS:
        if not re.fullmatch(pattern, key) or option.kind == "bool" or option.is_list:
            continue
        if fact == "{run_dir}":
            return _output(option, key, why)
        if option.kind not in ("int", "float", None):
            continue
        return Guess(option=option, role="fact", fact=fact, why=why)
    return None


def _output(option: Option, key: str, why: str) -> Guess | None:
    default = option.default
    if option.kind not in ("text", None) or "resume" in option.help.lower():
        return None
    suffix = re.search(r"\.\w{1,5}$", default) if isinstance(default, str) else None
    is_called_path = (
        default in ("", None)
        and re.match(WRITTEN, key) is not None
        and re.search(PLACE, f"{option.metavar} {option.help}".lower()) is not None
    )
    looks_like_path = is_called_path or (isinstance(default, str) and ("/" in default or suffix is not None))
    if re.fullmatch(OUTPUT_ALONE, key) and not looks_like_path:
        return None
    name = default.replace("\\", "/").rpartition("/")[2] if isinstance(default, str) and suffix else ""
    return Guess(option=option, role="fact", fact=f"{{run_dir}}/{name}" if name else "{run_dir}", why=why)


def _number(option: Option, key: str) -> Guess:
    default = 0 if option.default is None and option.passing == "asked" else option.default
    if not isinstance(default, int | float) or isinstance(default, bool) or option.kind == "text":
        why = "no default that is a number" if option.kind != "text" else "text"
        return Guess(option=option, role="left out", why=why)
    for priority, rule in enumerate(RULES):
        if not re.fullmatch(rule.pattern, key):
            continue
        if default < 0:
            break
        if option.choices and default in option.choices:
            numbers = StartingRange(kind="categorical", choices=option.choices)
            return Guess(option=option, role="held", range=numbers, why=rule.why)
        found = _within(_typed(rule.range(float(default)), option), option)
        guess = Guess(option=option, role="searched", range=found, why=rule.why, priority=priority)
        return guess if rule.searched else _held(guess)
    return Guess(option=option, role="left out", why="number whose name is not that of a hyperparameter")


def _typed(found: StartingRange, option: Option) -> StartingRange:
    """The range in the option's own type: a whole number where it takes whole numbers only, else a float."""
    if option.kind == "int" and found.kind == "float":
        low = max(1, round(found.low)) if found.log else round(found.low)
        return StartingRange(kind="int", low=low, high=max(round(found.high), low + 1), log=found.log)
    if option.kind == "float" and found.kind == "int":
        return StartingRange(kind="float", low=found.low, high=found.high, log=found.log)
    return found


def _within(found: StartingRange, option: Option) -> StartingRange:
    """The range inside the limits that the script itself states."""
    if option.low is None and option.high is None:
        return found
    low = found.low if option.low is None else max(found.low, option.low)
    high = found.high if option.high is None else min(found.high, option.high)
    if not low < high or (found.log and low <= 0):
        return found
    return StartingRange(kind=found.kind, low=low, high=high, log=found.log, domain=found.domain)


def settle(guesses: list[Guess]) -> list[Guess]:
    """Freeze the least likely of the searched hyperparameters where there are more than `MAX_SEARCHED`."""
    ranked = sorted((one for one in guesses if one.role == "searched"), key=lambda one: one.priority)
    kept = {id(one) for one in ranked[:MAX_SEARCHED]}
    return [one if one.role != "searched" or id(one) in kept else _held(one) for one in guesses]


def _held(guess: Guess) -> Guess:
    """The same, frozen at its default; a logarithmic range, which cannot hold a default of 0, becomes linear."""
    found, default = guess.range, guess.option.default
    if found is not None and found.log and isinstance(default, int | float) and default <= 0:
        found = replace(found, log=False, low=0)
    return replace(guess, role="held", range=found)
