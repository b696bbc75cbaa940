"""Zip files from outside: only the members that are expected, no larger than a limit, no bombs."""

import errno
import re
import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from struct import error as StructError  # noqa: N812 - a class with the name of a module's function
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from engine.boundary.input import size_text
from engine.boundary.refusal import Refusal

MOST_MEMBERS = 10_000
"""Members; a recording of a hundred sprints has some hundreds."""

MOST_BYTES = 2 * 2**30
"""All members together, unpacked."""

MOST_RATIO = 200
"""Unpacked bytes for each packed one; a store packs to a fifth, a bomb to a thousandth."""

SMALL = 2**20
"""A member below this size may pack as well as it likes."""

DAMAGE = (BadZipFile, LargeZipFile, NotImplementedError, RuntimeError, zlib.error, StructError, EOFError)
"""What the library raises for damaged, encrypted or unknown archives; RuntimeError is a password asked for."""


@contextmanager
def opened_zip(
    source: Path, expected: re.Pattern[str], wanted: str, refusal: Refusal
) -> Iterator[tuple[ZipFile, Mapping[str, ZipInfo]]]:
    """An archive and its members by name, all of them looked at before any is unpacked.

    Args:
        source: The file.
        expected: What a member's whole name must match.
        wanted: What the archive must be, in words.
        refusal: The exception of who reads.

    Raises:
        Exception: The refusal, when the file is no archive, is damaged, holds other members or more bytes than a limit;
            also for damage that shows only in the body of the ``with``.
    """
    try:
        if not source.is_file():
            raise refusal(f"{source} must be a file, got none of that name", "")
        with ZipFile(source) as packed:
            yield packed, _checked(source, packed.infolist(), expected, wanted, refusal)
    except DAMAGE as error:
        raise refusal(f"{source} must be a whole zip file: {error or type(error).__name__}", "") from None
    except OSError as error:
        if error.errno != errno.EINVAL:  # a place before the beginning of the file
            raise
        raise refusal(f"{source} must be a whole zip file: it names places outside itself", "") from None
    except (ValueError, UnicodeError) as error:
        raise refusal(f"{source} must be a whole zip file: {error}", "") from None


def copy_member(packed: ZipFile, member: ZipInfo, target: Path) -> None:
    """Unpack one member to a file that must not exist; its folder is made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with packed.open(member) as stream, target.open("xb") as file:
        shutil.copyfileobj(stream, file)


def _checked(
    source: Path, members: list[ZipInfo], expected: re.Pattern[str], wanted: str, refusal: Refusal
) -> dict[str, ZipInfo]:
    if len(members) > MOST_MEMBERS:
        raise refusal(f"{source} must have at most {MOST_MEMBERS:,} members, got {len(members):,}", "")
    found: dict[str, ZipInfo] = {}
    for member in members:
        if not expected.fullmatch(member.filename):
            raise refusal(f"{source} must be {wanted}, got a zip with {member.filename[:80]!r}", "")
        if member.filename in found:
            raise refusal(f"{source} must name every member once, got {member.filename!r} twice", "")
        if member.file_size > max(SMALL, MOST_RATIO * member.compress_size):
            raise refusal(
                f"{source}: {member.filename} must unpack to at most {MOST_RATIO} times its size, got "
                f"{size_text(member.compress_size)} for {size_text(member.file_size)}",
                "",
            )
        found[member.filename] = member
    total = sum(member.file_size for member in members)
    if total > MOST_BYTES:
        raise refusal(f"{source} must unpack to at most {size_text(MOST_BYTES)}, got {size_text(total)}", "")
    return found
