"""The source ``return``: the number on the last line of standard output is the score of the whole training."""

import re
from collections.abc import Sequence

from engine.errors import EngineError
from engine.metric_sources.numbers import NUMBER, read_number
from engine.metric_sources.reading import Place, Reading, SourceOptions, Stream

_WORD = re.compile(rf"(?<![\w.])(?:{NUMBER}|[-+]?(?:nan|inf)\b)%?(?!\w)", re.IGNORECASE)


class LastLine:
    """Reads the last line when the command has ended; the last number in it counts."""

    needs = "end its standard output with a line that holds a number"

    def __init__(self, options: SourceOptions, place: Place) -> None:
        del place
        if options.value not in (True, None):
            raise EngineError(f"report: return must be true, got {options.value!r}", "write report: return")
        self._last = ""

    def read_line(self, line: str, stream: Stream) -> Sequence[Reading]:
        """Nothing yet: whether a line is the last one shows at the end."""
        if stream == "out" and line.strip():
            self._last = line.strip()
        return ()

    def read_files(self, *, is_final: bool) -> Sequence[Reading]:
        """The score, once the command has ended."""
        if not is_final or not (words := _WORD.findall(self._last)):
            return ()
        score = read_number(words[-1])
        return () if score is None else (Reading(score=float(score), is_whole=True),)

    def near_misses(self) -> Sequence[str]:
        """The last line, where it holds no number."""
        if not self._last:
            return ["standard output was empty"]
        return [f"the last line is {self._last[:120]!r}"]
