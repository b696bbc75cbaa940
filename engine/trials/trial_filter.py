"""Filter expressions for trials: ``score>40 lr<1e-3 failed``, the same on the command line and in the interface.

Terms with blanks or commas between them must all hold; ``or`` between them starts another alternative; ``!`` before a
term turns it round. A term compares a hyperparameter or a field, names a state, a source or a number, or is a text in
quotation marks that is looked for everywhere.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from engine.errors import EngineError
from engine.trials.states import TrialState
from engine.values import Value, same_value, whole_text

STATES = tuple(state.value for state in TrialState)
SOURCES = ("random", "model", "primed", "manual")
MARKS = ("starred", "tagged")
WORDS = (*STATES, *SOURCES, *MARKS)
"""Words that are a term by themselves."""

FIELDS = ("score", "epoch", "epochs", "time", "number", "attempt", "seed", "state", "source", "tag", "worker")
"""What can be compared besides hyperparameters; a hyperparameter of the same name comes first."""

OPERATORS = ("<=", ">=", "==", "!=", "!~", "<", ">", "=", "~")
"""The longer ones first; ``~`` is for "contains"."""

ORDERING = ("<", ">", "<=", ">=")

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
"""Seconds of each letter behind a number of a duration."""

_COMPARISON = re.compile(r"""([^\s,<>=!~"'|]+)\s*(<=|>=|==|!=|!~|<|>|=|~)\s*("[^"]*"|'[^']*'|[^\s,"'][^\s,]*)?""")
_NUMBER = re.compile(r"#(\d+)(?:\.\.#?(\d+))?(?=[\s,]|$)")
_QUOTED = re.compile(r"""("[^"]*"|'[^']*')""")
_WORD = re.compile(r"[^\s,]+")
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([smhd]?)")


class Filtered(Protocol):
    """What a filter reads of a trial; `engine.api.TrialView` has it."""

    @property
    def number(self) -> int: ...  # noqa: D102
    @property
    def state(self) -> TrialState: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def params(self) -> Mapping[str, Value]: ...  # noqa: D102
    @property
    def score(self) -> float | None: ...  # noqa: D102
    @property
    def seconds(self) -> float | None: ...  # noqa: D102
    @property
    def epoch(self) -> int: ...  # noqa: D102
    @property
    def n_epochs(self) -> int: ...  # noqa: D102
    @property
    def attempt(self) -> int: ...  # noqa: D102
    @property
    def seed(self) -> int: ...  # noqa: D102
    @property
    def worker(self) -> str: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def message(self) -> str: ...  # noqa: D102
    @property
    def starred(self) -> bool: ...  # noqa: D102
    @property
    def tags(self) -> Sequence[str]: ...  # noqa: D102


Test = Callable[[Filtered], bool]


class FilterError(EngineError):
    """A filter expression that cannot be read.

    Attributes:
        position: Where in the text, from 0.
    """

    def __init__(self, position: int, message: str, hint: str) -> None:
        super().__init__(f"Filter, character {position + 1}: {message}", hint)
        self.position = position


@dataclass(frozen=True, slots=True)
class TrialFilter:
    """A filter that was read.

    Attributes:
        text: As it was typed.
        alternatives: Of each, every test must hold; one of them is enough. None at all lets everything pass.
    """

    text: str
    alternatives: tuple[tuple[Test, ...], ...]

    def passes(self, trial: Filtered) -> bool:
        """Whether a trial is let through."""
        if not self.alternatives:
            return True
        return any(all(test(trial) for test in tests) for tests in self.alternatives)


def parse_filter(text: str, names: Collection[str] = ()) -> TrialFilter:
    """Read a filter expression.

    Args:
        text: The expression; empty lets everything pass.
        names: Hyperparameters that may be compared.

    Raises:
        FilterError: Saying where, and what is possible there.
    """
    alternatives: list[tuple[Test, ...]] = []
    tests: list[Test] = []
    position, negated, opened = 0, False, False
    while True:
        position = _after_blanks(text, position)
        if position == len(text):
            break
        separator = re.compile(r"(or|\|)(?=\s|$)").match(text, position)
        if separator and not negated:
            if not tests:
                raise FilterError(position, f"a term must stand before {separator[1]!r}", possible(names))
            alternatives.append(tuple(tests))
            tests, opened, position = [], True, separator.end()
            continue
        if text[position] == "!" and not negated:
            negated, position = True, position + 1
            continue
        test, position = _term(text, position, names)
        tests.append(_turned_round(test) if negated else test)
        negated = opened = False
    if negated or opened:
        raise FilterError(len(text), "a term must follow", possible(names))
    return TrialFilter(text, (*alternatives, tuple(tests)) if tests else tuple(alternatives))


def possible(names: Collection[str]) -> str:
    """What a term can be, in one sentence."""
    known = ", ".join([*names, *(name for name in FIELDS if name not in names)])
    return f'Compare {known} by {" ".join(OPERATORS)}, or write {", ".join(WORDS)}, #7, #7..12 or "text"'


def _term(text: str, position: int, names: Collection[str]) -> tuple[Test, int]:
    if number := _NUMBER.match(text, position):
        low = int(number[1])
        high = int(number[2] or number[1])
        return (lambda trial: low <= trial.number <= high), number.end()
    if quoted := _QUOTED.match(text, position):
        return _search(quoted[1][1:-1]), quoted.end()
    if comparison := _COMPARISON.match(text, position):
        return _comparison(comparison, names), comparison.end()
    if text[position] in "\"'":
        raise FilterError(position, "a quotation mark must be closed", 'such as "out of memory"')
    word = _WORD.match(text, position)
    assert word is not None
    return _word(word[0], position, names), word.end()


def _word(word: str, position: int, names: Collection[str]) -> Test:
    """A state, a source or a mark."""
    wanted = word.lower()
    if wanted in STATES:
        return lambda trial: trial.state == wanted
    if wanted in SOURCES:
        return lambda trial: trial.source.startswith(wanted)
    if wanted == "starred":
        return lambda trial: trial.starred
    if wanted == "tagged":
        return lambda trial: bool(trial.tags)
    if word in names or wanted in FIELDS:
        raise FilterError(position + len(word), f"a comparison must follow {word}", f"such as {word}>1 or {word}=1")
    near = get_close_matches(wanted, [*WORDS, *FIELDS, *names], n=1)
    meant = f"did you mean {near[0]}? " if near else f'to search for the text, write "{word}". '
    raise FilterError(position, f"unknown word {word!r}", meant + possible(names))


def _comparison(match: re.Match[str], names: Collection[str]) -> Test:
    name, operator, given = match[1], match[2], match[3]
    read = _reader(name, match.start(1), names)
    if given is None:
        raise FilterError(match.end(), f"a value must follow {name}{operator}", f"such as {name}{operator}1")
    at = match.start(3)
    is_quoted = given[0] in "\"'"
    value = given[1:-1] if is_quoted else given
    if not is_quoted and (low := re.fullmatch(r"(.+?)\.\.(.+)", value)) and operator in ("=", "==", "!="):
        first, last = (_number(name, part, at, names) for part in low.groups())
        inside: Test = lambda trial: _is_number(one := read(trial)) and first <= float(one) <= last  # type: ignore[arg-type]  # noqa: E731
        return _turned_round(inside) if operator == "!=" else inside
    if operator in ("~", "!~"):
        contains: Test = lambda trial: value.casefold() in _text(read(trial)).casefold()  # noqa: E731
        return _turned_round(contains) if operator == "!~" else contains
    if operator in ORDERING:
        return _ordered(read, operator, _number(name, value, at, names))
    if name == "tag" and name not in names:
        tagged: Test = lambda trial: value in trial.tags  # noqa: E731
        return _turned_round(tagged) if operator == "!=" else tagged
    equal = _equal(read, value, is_duration=name == "time" and name not in names)
    return _turned_round(equal) if operator == "!=" else equal


def _ordered(read: Callable[[Filtered], Value], operator: str, bound: float) -> Test:
    def holds(trial: Filtered) -> bool:
        value = read(trial)
        if not _is_number(value):
            return False
        number = float(value)  # type: ignore[arg-type]
        if operator == "<":
            return number < bound
        if operator == ">":
            return number > bound
        return number <= bound if operator == "<=" else number >= bound

    return holds


def _equal(read: Callable[[Filtered], Value], wanted: str, *, is_duration: bool) -> Test:
    number = _seconds(wanted) if is_duration else _float(wanted)

    def holds(trial: Filtered) -> bool:
        value = read(trial)
        if number is not None and _is_number(value):
            return same_value(float(value), number)  # type: ignore[arg-type]
        return _text(value).casefold() == wanted.casefold()

    return holds


def _reader(name: str, position: int, names: Collection[str]) -> Callable[[Filtered], Value]:
    """What reads a hyperparameter or a field of a trial; of a hyperparameter that a trial has not, the empty text."""
    if name in names:
        return lambda trial: trial.params.get(name, "")
    readers: dict[str, Callable[[Filtered], Value]] = {
        "score": lambda trial: "" if trial.score is None else trial.score,
        "epoch": lambda trial: trial.epoch,
        "epochs": lambda trial: trial.n_epochs,
        "time": lambda trial: "" if trial.seconds is None else trial.seconds,
        "number": lambda trial: trial.number,
        "#": lambda trial: trial.number,
        "attempt": lambda trial: trial.attempt,
        "seed": lambda trial: trial.seed,
        "state": lambda trial: trial.state,
        "source": lambda trial: trial.source,
        "tag": lambda trial: " ".join(trial.tags),
        "worker": lambda trial: trial.worker,
    }
    if name not in readers:
        near = get_close_matches(name, [*names, *FIELDS], n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise FilterError(position, f"unknown name {name!r}", meant + possible(names))
    return readers[name]


def _search(wanted: str) -> Test:
    """A text that is looked for in parameters, reason, message, tags and worker, whatever its case."""
    folded = wanted.casefold()

    def holds(trial: Filtered) -> bool:
        parts = (
            *(f"{name}={whole_text(value)}" for name, value in trial.params.items()),
            trial.reason, trial.message, trial.worker, trial.state, trial.source, *trial.tags,
        )  # fmt: skip
        return any(folded in part.casefold() for part in parts)

    return holds


def _turned_round(test: Test) -> Test:
    return lambda trial: not test(trial)


def _number(name: str, text: str, position: int, names: Collection[str]) -> float:
    is_duration = name == "time" and name not in names
    number = _seconds(text) if is_duration else _float(text)
    if number is None:
        example = "90s, 5m or 1h30m" if is_duration else "1e-3 or 40"
        raise FilterError(position, f"a number must follow {name}, got {text!r}", f"such as {example}")
    return number


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _seconds(text: str) -> float | None:
    """A duration such as ``90``, ``5m`` or ``1h30m``; None for anything else."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Value) -> str:
    return whole_text(value)


def _after_blanks(text: str, position: int) -> int:
    while position < len(text) and (text[position].isspace() or text[position] == ","):
        position += 1
    return position
