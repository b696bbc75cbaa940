"""The source ``jsonl``: a file with one JSON object a line."""

from collections.abc import Sequence

from engine.metric_sources.fields import Fields
from engine.metric_sources.objects import objects_in
from engine.metric_sources.reading import Place, Reading, SourceOptions, Stream
from engine.metric_sources.written_files import WrittenFiles, read_text


class JsonlFile:
    """Reads the lines of a file as they are added."""

    def __init__(self, options: SourceOptions, place: Place) -> None:
        self._fields = Fields(options)
        self._files = WrittenFiles("jsonl", options.value, place)
        self._n_lines = 0
        shown = options.score_name or options.metric
        self.needs = f"write a file {self._files.pattern!r} with {shown!r} in its objects"

    def read_line(self, line: str, stream: Stream) -> Sequence[Reading]:
        """Nothing: this source reads files."""
        del line, stream
        return ()

    def read_files(self, *, is_final: bool) -> Sequence[Reading]:
        """The lines added since the last look.

        Raises:
            EngineError: When several files were written.
        """
        path = self._files.changed(is_final=is_final)
        if path is None:
            return ()
        lines = read_text(path).split("\n")
        n_whole = len(lines) if is_final else len(lines) - 1
        new, self._n_lines = lines[self._n_lines : n_whole], max(self._n_lines, n_whole)
        read = (self._fields.reading(said) for line in new for said in objects_in(line))
        return [reading for reading in read if reading is not None]

    def near_misses(self) -> Sequence[str]:
        """Objects without a score, or that there is no file."""
        return self._fields.near_misses or self._files.near_misses()
