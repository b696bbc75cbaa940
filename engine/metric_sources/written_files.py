"""Files that a command writes: found by a glob, and only those written since it began."""

import glob
import os
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.metric_sources.reading import Place

CLOCK_SLACK = 2.0
"""Seconds by which a file system's clock may be behind this machine's."""

LARGEST_FILE = 64 * 2**20
"""Bytes of the largest metrics file that is read; a table of 100,000 epochs is about 10 MiB."""


class WrittenFiles:
    """Looks for the files of one trial.

    Args:
        source: Key of the source, for errors.
        pattern: A glob relative to the command's folder; may hold ``{run_dir}`` and other names of the template.
        place: Where, and since when.
    """

    def __init__(self, source: str, pattern: Any, place: Place) -> None:
        if not isinstance(pattern, str) or not pattern.strip():
            raise EngineError(f"report: {source} must name a file or a glob, got {pattern!r}")
        self.pattern = pattern
        self._source = source
        self._seen: tuple[int, int] = (-1, -1)
        try:
            filled = pattern.format_map(_Escaped(place))
        except KeyError as error:
            raise EngineError(
                f"report: {source} must name hyperparameters or facts of the trial in its braces, got {error}",
                "such as {run_dir} or {number}",
            ) from None
        except (ValueError, IndexError, AttributeError) as error:
            raise EngineError(f"report: {source} must name its files, got {pattern!r}: {error}") from None
        path = Path(filled).expanduser()
        self._glob = str(path if path.is_absolute() else Path(glob.escape(str(place.folder))) / path)
        self._since = place.started_at - CLOCK_SLACK

    def now(self) -> dict[Path, os.stat_result]:
        """The files written since the command began, by path, in order of their paths."""
        found: dict[Path, os.stat_result] = {}
        for name in sorted(self._names()):
            try:
                state = os.stat(name)  # noqa: PTH116 (a name from glob; a path object costs more than the call)
            except OSError:
                continue
            if state.st_mtime >= self._since and os.path.isfile(name):  # noqa: PTH113
                found[Path(name)] = state
        return found

    def changed(self, *, is_final: bool) -> Path | None:
        """The one file of the trial, when it has changed since the last look or this is the last; else None.

        Raises:
            EngineError: When several were written: one of them may be another trial's.
        """
        files = self.now()
        if len(files) > 1:
            names = ", ".join(str(path) for path in list(files)[:3])
            raise EngineError(
                f"report: {self._source} must match one file a trial, {self.pattern!r} matched {len(files)}: {names}",
                "put {run_dir} or {number} into the script's output folder and into the glob, or set isolated: true",
            )
        path = next(iter(files), None)
        if path is None:
            return None
        state = (files[path].st_size, files[path].st_mtime_ns)
        if state == self._seen and not is_final:
            return None
        self._seen = state
        return path

    def _names(self) -> list[str]:
        return glob.glob(self._glob, recursive=True)  # noqa: PTH207 (the folder's own name may hold a *)

    def near_misses(self) -> list[str]:
        """What stands there instead, where no file was written."""
        if self.now():
            return []
        older = [name for name in sorted(self._names()) if Path(name).is_file()]
        if older:
            return [f"{older[-1]} is older than this trial"]
        return [f"no file matched {self.pattern!r}"]


class _Escaped(dict[str, str]):
    """Names whose values stand for themselves in a glob."""

    def __init__(self, place: Place) -> None:
        super().__init__(run_dir=glob.escape(str(place.run_dir)))
        self._names = place.names

    def __missing__(self, name: str) -> str:
        return glob.escape(str(self._names[name]))


def read_text(path: Path) -> str:
    """A file's text, empty where it cannot be read now; undecodable bytes are replaced.

    Raises:
        EngineError: When it is too large for a file of metrics.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError:
        return ""
    if len(content) > LARGEST_FILE:
        raise EngineError(f"a file of metrics must be at most {LARGEST_FILE // 2**20} MiB, got {path}")
    return content.decode("utf-8-sig", errors="replace")
