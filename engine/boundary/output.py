"""Files and folders written for people: made new, whole or not at all, and never over what stands there.

Every output of the three packages whose place a person named, or where a person's own files may stand, is written
here. An output

- is written beside its place under a name of its own and appears there when it is whole;
- takes a place that is free: what stands there stays, unless the person asked to replace it (``--force``);
- never is, or lies in, a workspace's own files (`engine.boundary.own_files`) nor what it is made from, asked or not;
- that cannot be written leaves nothing behind.
"""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from engine.boundary.own_files import own_file
from engine.boundary.refusal import Refusal

FORCE = "name another, or add --force to replace it"

MOST_NUMBERED = 10_000
"""Numbered names tried for one output."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """A file or folder to be written.

    Attributes:
        path: Its place. A device or a pipe is written to as it is.
        refusal: The exception of who writes.
        replace: Whether the person asked to replace what stands there.
        inputs: Files and folders it is made from.
        workspaces: Folders known to be workspaces; those with a store in them are found without being named.
        own: Patterns of the names in such a folder; one that holds others is not replaced.
        hint: What to do where something stands there.
    """

    path: Path
    refusal: Refusal
    replace: bool = False
    inputs: Sequence[Path] = ()
    workspaces: Sequence[Path] = ()
    own: Sequence[str] = ()
    hint: str = FORCE

    def check_file(self) -> None:
        """Refuse a file's place. For outputs that cost much, before they cost it.

        Raises:
            Exception: The refusal.
        """
        if is_device(self.path):
            return
        if self.path.is_dir():
            raise self.refusal(f"an output must be a file, got the folder {self.path}", "name a file in it")
        self._refuse_own()
        if not self.replace and os.path.lexists(self.path):
            raise self.refusal(f"an output must not replace a file, got {self.path}, which exists", self.hint)

    def check_folder(self) -> None:
        """Refuse a folder's place, also where it could not be written. For outputs that cost much.

        Raises:
            Exception: The refusal.
        """
        self._check_folder()
        part = _part_of(self.path.resolve())
        with self._refused(part), _parents_of(part, keep=False):
            part.mkdir()
            part.rmdir()

    @contextmanager
    def file(self) -> Iterator[Path]:
        """Inside, a file to write to; it takes its place when the block ends well, and is gone when it does not."""
        self.check_file()
        if is_device(self.path):
            with self._refused(self.path):
                yield self.path
            return
        place = self.path.resolve()
        part = _part_of(place)
        with self._refused(part), _parents_of(place):
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            try:
                yield part
                _sync(part)
                if self.replace and place.exists():
                    shutil.copymode(place, part)
                self._settle(part, place)
            finally:
                part.unlink(missing_ok=True)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """Inside, a folder to write to; it takes its place when the block ends well, and is gone when it does not.

        An empty folder counts as a free place.
        """
        self._check_folder()
        place = self.path.resolve()
        part = _part_of(place)
        with self._refused(part), _parents_of(place):
            part.mkdir()
            try:
                yield part
                self._settle(part, place)
            finally:
                shutil.rmtree(part, ignore_errors=True)

    def write(self, content: str | bytes) -> Path:
        """Write a whole file and return its place."""
        with self.file() as part:
            part.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.path

    def write_numbered(self, content: str | bytes) -> Path:
        """Write a whole file under its name, or the first free one with a number behind it; return its place.

        What stands there is never touched, also where several processes write at once.
        """
        self._refuse_own()
        place = self.path.resolve()
        part = _part_of(place)
        with self._refused(part), _parents_of(place):
            try:
                with part.open("xb") as file:
                    file.write(content.encode() if isinstance(content, str) else content)
                return _move_numbered(part, place)
            finally:
                part.unlink(missing_ok=True)

    def _check_folder(self) -> None:
        if os.path.lexists(self.path) and not self.path.is_dir():
            raise self.refusal(f"an output must be a folder, got the file {self.path}", "name another")
        self._refuse_own()
        held = sorted(entry.name for entry in self.path.iterdir()) if self.path.is_dir() else []
        if not held:
            return
        if not self.replace:
            told = f"an output must not replace a folder, got {self.path}, which holds {_some(held)}"
            raise self.refusal(told, self.hint)
        strange = [name for name in held if not any(fnmatch(name, pattern) for pattern in self.own)]
        if strange:
            told = f"an output must not replace other files, got {self.path}, which holds {_some(strange)}"
            raise self.refusal(told, "name another")

    def _refuse_own(self) -> None:
        whose = own_file(self.path, self.workspaces)
        if whose:
            told = f"an output must lie outside a workspace's own files, got {self.path}: {whose}"
            raise self.refusal(told, "name another place")
        place = self.path.resolve()
        for given in self.inputs:
            source = given.resolve()
            if _same(source, place) or source in place.parents or place in source.parents:
                told = f"an output must be apart from what it is made from, got {self.path} for {given}"
                raise self.refusal(told, "name another place")

    def _settle(self, part: Path, place: Path) -> None:
        """Move what is whole to its place; where another process was quicker, beside it, and say so."""
        if self.replace:
            _exchange(part, place)
            return
        try:
            move_new(part, place)
        except OSError:
            if not os.path.lexists(place):
                raise
        else:
            return
        beside = _move_numbered(part, place)
        raise self.refusal(f"{place} must not be replaced, and appeared meanwhile", f"the output is {beside}")

    @contextmanager
    def _refused(self, part: Path) -> Iterator[None]:
        """Inside, what the operating system refuses of the output is the refusal."""
        try:
            yield
        except OSError as error:
            named = part if error.filename is None else Path(error.filename)
            if part != named and named not in part.parents and part not in named.parents:
                raise  # of something else, such as an input
            told = error.strerror or type(error).__name__
            raise self.refusal(f"an output must be writable, got {self.path}: {told}", "name another place") from error


def numbered(path: Path) -> Iterator[Path]:
    """A path, then the same with -2, -3, … behind its stem."""
    yield path
    for number in range(2, MOST_NUMBERED):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def is_device(path: Path) -> bool:
    """Whether a path is there and neither file nor folder: a terminal, a pipe, ``/dev/null``."""
    return path.exists() and not path.is_file() and not path.is_dir()


def move_new(part: Path, place: Path) -> None:
    """Move to a place where nothing stands; an empty folder gives way to a folder.

    Raises:
        FileExistsError: Where something does.
    """
    if part.is_dir():
        if os.path.lexists(place) and not place.is_dir():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(place))
        try:
            part.rename(place)
        except OSError as error:
            if error.errno == errno.ENOTEMPTY:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(place)) from error
            raise
        return
    try:
        os.link(part, place)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        part.replace(place)
    else:
        part.unlink()


def _same(first: Path, other: Path) -> bool:
    try:
        return first == other or first.samefile(other)
    except OSError:
        return False


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _part_of(place: Path) -> Path:
    return place.with_name(f".{place.stem[:60]}-{secrets.token_hex(6)}.part{place.suffix[:20]}")


@contextmanager
def _parents_of(place: Path, *, keep: bool = True) -> Iterator[None]:
    """Make the folders above a place; those made go again when the block fails, or always unless they are to stay."""
    made = [folder for folder in place.parents if not folder.exists()]  # the nearest first
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        keep = False
        raise
    finally:
        for folder in () if keep else made:
            with contextlib.suppress(OSError):  # somebody has put something into it, and it stays
                folder.rmdir()


def _sync(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _move_numbered(part: Path, place: Path) -> Path:
    """Move to a place, or to the first free one with a number behind it."""
    for candidate in numbered(place):
        with contextlib.suppress(FileExistsError):
            if not os.path.lexists(candidate):
                move_new(part, candidate)
                return candidate
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(part))


def _exchange(part: Path, place: Path) -> None:
    """Put a part into its place, whatever stands there; the old folder goes when the new one stands."""
    if not part.is_dir() or not place.exists():
        part.replace(place)
        return
    old = _part_of(place)
    place.rename(old)
    try:
        part.rename(place)
    except BaseException:
        old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)
