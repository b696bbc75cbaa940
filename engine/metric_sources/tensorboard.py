"""The source ``tensorboard``: a tag in the event files below a folder; neither TensorFlow nor TensorBoard is needed."""

from collections.abc import Sequence
from pathlib import Path

from engine.errors import EngineError
from engine.metric_sources.event_file import Scalar, read_scalars
from engine.metric_sources.reading import Place, Reading, SourceOptions, Stream
from engine.metric_sources.written_files import WrittenFiles

LEAST_BYTES = 8 * 2**20
"""Read of an event file at once: with images in them they grow to gigabytes."""

EVENT_FILES = "*tfevents*"
"""How event files are called."""


class TensorBoard:
    """Reads scalars as they are written.

    The value is a folder (its subfolders are read too) or a glob for the files. ``key`` is a tag; where several
    folders have it, with the folder before it: ``validation/epoch_accuracy``. A scalar's step counts as optimizer step:
    ``every`` says how many make an epoch, without it the values are counted.
    """

    def __init__(self, options: SourceOptions, place: Place) -> None:
        if not options.score_name and options.metric == "score":
            raise EngineError("report: tensorboard needs the tag of the score", "write key: val/accuracy")
        self._tag = options.score_name or options.metric
        value = options.value
        if isinstance(value, str) and "tfevents" not in value:
            value = f"{value.rstrip('/')}/**/{EVENT_FILES}"
        self._files = WrittenFiles("tensorboard", value, place)
        self._read: dict[Path, int] = {}
        self._tags: dict[str, None] = {}
        self._chosen = ""
        self.needs = f"write the tag {self._tag!r} to event files {self._files.pattern!r}"

    def read_line(self, line: str, stream: Stream) -> Sequence[Reading]:
        """Nothing: this source reads files."""
        del line, stream
        return ()

    def read_files(self, *, is_final: bool) -> Sequence[Reading]:
        """The scalars added since the last look, in order of their steps.

        Raises:
            EngineError: When several folders have the tag, or a file is no event file.
        """
        del is_final
        found: list[tuple[str, Scalar]] = []
        for path in self._files.now():
            found += [(path.parent.name, scalar) for scalar in self._new_scalars(path)]
        for folder, scalar in found:
            self._tags[f"{folder}/{scalar.tag}"] = None
        matching = [full for full in self._tags if self._tag == full or full.partition("/")[2] == self._tag]
        if len(matching) > 1 and self._tag not in matching:
            raise EngineError(
                f"report: the tag {self._tag!r} must be in one folder, got {', '.join(matching[:4])}",
                f"write key: {matching[0]}",
            )
        self._chosen = self._tag if self._tag in matching else matching[0] if matching else ""
        scores = [s for folder, s in found if f"{folder}/{s.tag}" == self._chosen]
        return [Reading(score=s.value, step=s.step) for s in sorted(scores, key=lambda one: one.step)]

    def near_misses(self) -> Sequence[str]:
        """Tags that there are, or that there is no file."""
        if self._tags:
            return [f"the event files have the tags {', '.join(self._tags)}"[:400]]
        return self._files.near_misses()

    def _new_scalars(self, path: Path) -> list[Scalar]:
        start, size = self._read.get(path, 0), LEAST_BYTES
        scalars: list[Scalar] = []
        try:
            with path.open("rb") as file:
                while True:
                    file.seek(start)
                    content = file.read(size)
                    found, n_read = read_scalars(content)
                    scalars += found
                    start += n_read
                    if len(content) < size:
                        break
                    size = LEAST_BYTES if n_read else 2 * size  # a record is longer than what was read
        except OSError:
            return []
        except ValueError as error:
            raise EngineError(f"report: tensorboard must match event files, got {path}: {error}") from None
        self._read[path] = start
        return scalars
