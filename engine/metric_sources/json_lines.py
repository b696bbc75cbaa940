"""The source ``json``, and the one without any ``report:``: objects that stand anywhere in the output.

An object is a report when it holds a score (``score``, the metric's own name, or what ``key:`` names), progress when it
holds ``epoch`` and ``fraction``. It may stand behind a progress bar or a log prefix, beside another on one line, over
several lines, on either stream, as JSON or as Python prints a dictionary; its numbers may be text.
"""

import re
from collections.abc import Sequence

from engine.errors import EngineError
from engine.metric_sources.fields import Fields
from engine.metric_sources.objects import LONGEST_OBJECT, closing_brace, objects_in
from engine.metric_sources.reading import Place, Reading, SourceOptions, Stream

MOST_LINES = 200
"""Lines of one object that is printed over several."""

_OPENED = re.compile(r"""\{\s*(?:["'].*)?$""")
"""Where an object may begin that ends on a later line."""


class JsonLines:
    """Reads objects from lines; see the module."""

    def __init__(self, options: SourceOptions, place: Place) -> None:
        del place
        if options.value not in (True, None):
            raise EngineError(f"report: json must be true, got {options.value!r}", "name the score with key:")
        self._fields = Fields(options)
        self._open: dict[Stream, str] = {}
        self.needs = f'print a line such as {{"epoch": 1, "{options.score_name or "score"}": 0.41}}'

    def read_line(self, line: str, stream: Stream) -> Sequence[Reading]:
        """The readings of one line; an object over several lines counts where it ends."""
        begun = self._open.pop(stream, "")
        if not begun and "{" not in line:
            return ()
        if begun:
            text = f"{begun}\n{line}"
            if closing_brace(text, 0):
                return self._readings(text)
            readings = self._readings(line)
            if not any(reading.score is not None for reading in readings):
                if text.count("\n") < MOST_LINES and len(text) < LONGEST_OBJECT:
                    self._open[stream] = text
                return ()
            return readings
        opened = _OPENED.search(line)
        if opened is not None and not closing_brace(line, opened.start()):
            self._open[stream] = line[opened.start() :]
            line = line[: opened.start()]
        return self._readings(line)

    def read_files(self, *, is_final: bool) -> Sequence[Reading]:
        """Nothing: this source reads lines."""
        del is_final
        return ()

    def near_misses(self) -> Sequence[str]:
        """Objects that held numbers but no score."""
        return self._fields.near_misses

    def _readings(self, text: str) -> list[Reading]:
        read = (self._fields.reading(said) for said in objects_in(text))
        return [reading for reading in read if reading is not None]


def is_bare_object(line: str) -> bool:
    """Whether a line holds objects and nothing else: once read it need not stand in the log as well."""
    text = line.strip()
    return text.startswith("{") and text.endswith("}")
