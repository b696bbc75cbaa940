"""The source ``regex``: a pattern with named groups, looked for in every line of either stream.

``score`` is needed; ``epoch``, ``step`` and ``rank`` say when and who; any other group is a metric. A match without a
score (one branch of ``A|B``) says the epoch of the matches after it.
"""

import re
from collections.abc import Sequence

from engine.errors import EngineError
from engine.metric_sources.fields import is_count
from engine.metric_sources.numbers import leading_number, read_number
from engine.metric_sources.reading import Place, Reading, SourceOptions, Stream

LONGEST_LINE = 4096
"""Characters of a line that a pattern is tried on: some patterns take the square of a line's length."""

WHEN = ("epoch", "step", "rank")
"""Groups that are no metrics."""


class Regex:
    """Reads lines that match a pattern; see the module."""

    def __init__(self, options: SourceOptions, place: Place) -> None:
        del place
        try:
            self._pattern = re.compile(str(options.value))
        except re.error as error:
            raise EngineError(f"report: regex must be a regular expression, got {options.value!r}: {error}") from None
        groups = self._pattern.groupindex
        self._score_name = options.score_name or "score"
        if self._score_name not in groups:
            raise EngineError(
                f"report: regex must have a group named {self._score_name}, got {options.value!r}",
                rf"write (?P<{self._score_name}>\S+) where the number stands",
            )
        self._epoch_name = options.epoch_name or "epoch"
        self.needs = f"print a line that matches {self._pattern.pattern!r}"
        self._epoch: int | float | None = None
        self._misses: list[str] = []
        self._words = _literal_words(self._pattern.pattern)

    def read_line(self, line: str, stream: Stream) -> Sequence[Reading]:
        """The reading of every match in a line."""
        del stream
        text = line[-LONGEST_LINE:]
        readings = []
        at = 0
        while at <= len(text) and (match := self._pattern.search(text, at)) is not None:
            if (reading := self._reading(match)) is not None:
                readings.append(reading)
            at = max(self._end(match), at + 1)
        if not readings and self._words and any(word in text for word in self._words):
            self._miss(f"a line came near: {text.strip()[:120]!r}")
        return readings

    def read_files(self, *, is_final: bool) -> Sequence[Reading]:
        """Nothing: this source reads lines."""
        del is_final
        return ()

    def near_misses(self) -> Sequence[str]:
        """Lines with words of the pattern, or whose groups are no numbers."""
        return self._misses

    def _end(self, match: re.Match[str]) -> int:
        """Where the next match may begin: after this one, or after a number that another process's line follows."""
        text = match.group(self._score_name) or ""
        if read_number(text) is None and (number := leading_number(text)):
            return match.start(self._score_name) + len(number)
        return match.end()

    def _reading(self, match: re.Match[str]) -> Reading | None:
        groups = {name: text for name, text in match.groupdict().items() if text is not None}
        if self._score_name not in groups:
            self._epoch = read_number(groups.get(self._epoch_name))
            return None
        text = groups[self._score_name]
        score = read_number(text)
        score = read_number(leading_number(text)) if score is None else score
        if score is None:
            self._miss(f"{self._score_name!r} must be a number, got {groups[self._score_name]!r:.40}")
            return None
        when: dict[str, float | None] = {}
        for name, group in (("epoch", self._epoch_name), ("step", "step"), ("rank", "rank")):
            number = read_number(groups[group]) if group in groups else None
            if group in groups and not is_count(number):
                self._miss(f"{group!r} must be a number from 0, got {groups[group]!r:.40}")
                return None
            when[name] = number
        metrics = {
            name: float(number)
            for name, text in groups.items()
            if name not in (*WHEN, self._score_name, self._epoch_name) and (number := read_number(text)) is not None
        }
        epoch = self._epoch if when["epoch"] is None else when["epoch"]
        return Reading(score=float(score), epoch=epoch, step=when["step"], metrics=metrics, rank=int(when["rank"] or 0))

    def _miss(self, text: str) -> None:
        if text not in self._misses and len(self._misses) < 3:
            self._misses.append(text)


def _literal_words(pattern: str) -> list[str]:
    """Words of three letters or more that a pattern holds as they stand, longest first; group names left out."""
    bare = re.sub(r"\(\?P<\w+>|\\.|\[[^\]]*\]", " ", pattern)
    return sorted(re.findall(r"[A-Za-z_]{3,}", bare), key=len, reverse=True)[:3]
