"""The source ``trainer_state``: ``log_history`` in the ``trainer_state.json`` files of the Hugging Face Trainer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.boundary.json_text import parse_json
from engine.errors import EngineError
from engine.metric_sources.fields import Fields
from engine.metric_sources.reading import Place, Reading, SourceOptions, Stream
from engine.metric_sources.written_files import WrittenFiles, read_text

FILE_NAME = "trainer_state.json"


class TrainerState:
    """Reads the history of the newest state: each checkpoint's holds that of all before it.

    The value is the Trainer's output folder, or a glob for the files themselves.
    """

    def __init__(self, options: SourceOptions, place: Place) -> None:
        value = options.value
        if isinstance(value, str) and not value.endswith(".json"):
            value = f"{value.rstrip('/')}/**/{FILE_NAME}"
        self._score_name = options.score_name or ("eval_loss" if options.metric == "score" else options.metric)
        self._fields = Fields(
            SourceOptions(score_name=self._score_name, metric=options.metric, epoch_name=options.epoch_name)
        )
        self._files = WrittenFiles("trainer_state", value, place)
        self._seen: dict[Path, int] = {}
        self._n_entries = 0
        self.needs = f"write {self._files.pattern!r} with {self._score_name!r} in its log_history"

    def read_line(self, line: str, stream: Stream) -> Sequence[Reading]:
        """Nothing: this source reads files."""
        del line, stream
        return ()

    def read_files(self, *, is_final: bool) -> Sequence[Reading]:
        """The entries added since the last look, without those of single training steps."""
        states = {path: state.st_mtime_ns for path, state in self._files.now().items()}
        if states == self._seen and not is_final:
            return ()
        self._seen = states
        history = max((self._history(path) for path in states), key=len, default=[])
        new, self._n_entries = history[self._n_entries :], max(self._n_entries, len(history))
        read = (self._fields.reading(entry) for entry in new)
        return [reading for reading in read if reading is not None]

    def near_misses(self) -> Sequence[str]:
        """Names in the history, or that there is no file."""
        return self._fields.near_misses or self._files.near_misses()

    @staticmethod
    def _history(path: Path) -> list[Mapping[str, Any]]:
        text = read_text(path)
        try:
            state = parse_json(text, str(path), EngineError, is_shallow=True)
        except EngineError:  # being written
            return []
        history = state.get("log_history") if isinstance(state, dict) else None
        return [entry for entry in history if isinstance(entry, Mapping)] if isinstance(history, list) else []
