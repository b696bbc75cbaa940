"""Values of hyperparameters as a person types them: ``lr=1e-4 aug=mix up, w=1``."""

import re
from collections.abc import Iterable, Iterator

from engine.errors import EngineError
from engine.space.dimension import Dimension
from engine.space.edits import typed_value
from engine.space.space import Space
from engine.values import Value

BEGINNING = re.compile(r"(?:^|(?<=[\s,]))([A-Za-z_]\w*)=")
"""Where ``name=`` begins a word."""


def typed_values(texts: str | Iterable[str], space: Space) -> dict[str, Value]:
    """Values from one text or several, blanks or commas between them; a category may hold both, or stand in quotes.

    Raises:
        EngineError: For what is no ``name=value``, an unknown hyperparameter, one named twice, or a value that does
            not fit.
    """
    values: dict[str, Value] = {}
    for text in [texts] if isinstance(texts, str) else texts:
        for name, value in _assignments(text, space):
            if name in values:
                raise EngineError(f"a hand-typed trial must name every hyperparameter once, got {name} twice")
            values[name] = value
    return values


def _assignments(text: str, space: Space) -> Iterator[tuple[str, Value]]:
    starts = list(BEGINNING.finditer(text))
    if not starts or text[: starts[0].start()].strip(" ,\t\n"):
        raise EngineError(f"a hand-typed trial must look like lr=1e-4 w=1, got {text!r}")
    while starts:
        first, *others = starts
        ends = [match.start() for match in others] + [len(text)]
        value, end = _value(space[first[1]], text, first.end(), ends)
        yield first[1], value
        starts = [match for match in others if match.start() >= end]


def _value(dimension: Dimension, text: str, start: int, ends: list[int]) -> tuple[Value, int]:
    """The value that begins at ``start``, and its end; for a category the longest text that is one."""
    if dimension.kind == "categorical":
        for end in reversed(ends):
            for spelled in _spellings(text[start:end]):
                try:
                    return typed_value(dimension, spelled), end
                except EngineError:
                    continue
    return typed_value(dimension, _spellings(text[start : ends[0]])[-1]), ends[0]


def _spellings(text: str) -> list[str]:
    """What a text may mean: as it stands, without the comma behind it, without the quotation marks around it."""
    plain = text.strip()
    short = plain.rstrip(", \t\n")
    is_quoted = len(short) > 1 and short[0] == short[-1] and short[0] in "'\""
    return list(dict.fromkeys([plain, short, short[1:-1] if is_quoted else short]))
