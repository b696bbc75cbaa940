"""TensorBoard event files without TensorFlow: scalars of a file, by tag and step.

A file is a row of records: length (8 bytes, little endian), checksum of the length (4), content, checksum of the
content (4). A content is a protocol buffer ``Event``: step (field 2) and summary (5); a summary holds values (1) with a
tag (1) and a simple value (2) or a tensor (8). Field numbers after tensorflow/core/util/event.proto,
framework/summary.proto and framework/tensor.proto.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types of protocol buffers."""

FLOAT, DOUBLE, INT32, INT64 = 1, 2, 3, 9
"""Tensor types that hold a scalar."""

LARGEST_RECORD = 256 * 2**20
"""Bytes: a longer record is no record, the file is of another kind or damaged."""

_NUMBERS = {FLOAT: "<f", DOUBLE: "<d", INT32: "<i", INT64: "<q"}

Field = tuple[int, int, bytes | int]
"""Number, wire type and content of a field."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value of one tag."""

    tag: str
    step: int
    value: float


def read_scalars(content: bytes) -> tuple[list[Scalar], int]:
    """The scalars of an event file's content, and the position after the last whole record.

    Raises:
        ValueError: When the content is no event file.
    """
    found: list[Scalar] = []
    at = 0
    while at + 12 <= len(content):
        (length,) = struct.unpack_from("<Q", content, at)
        if length > LARGEST_RECORD or masked_crc(content[at : at + 8]) != struct.unpack_from("<I", content, at + 8)[0]:
            raise ValueError(f"no event record at byte {at}")
        end = at + 12 + length + 4
        if end > len(content):
            break  # being written
        found += _scalars(content[at + 12 : end - 4])
        at = end
    return found, at


def _scalars(event: bytes) -> Iterator[Scalar]:
    step, summaries = 0, []
    for number, wire, value in _fields(event):
        if number == 2 and wire == VARINT and isinstance(value, int):
            step = value - 2**64 if value >= 2**63 else value
        elif number == 5 and isinstance(value, bytes):
            summaries.append(value)
    for summary in summaries:
        for number, _, value in _fields(summary):
            if number == 1 and isinstance(value, bytes):
                tag, scalar = _tag_and_scalar(value)
                if scalar is not None:
                    yield Scalar(tag, step, scalar)


def _tag_and_scalar(value: bytes) -> tuple[str, float | None]:
    tag, scalar = "", None
    for number, wire, content in _fields(value):
        if number == 1 and isinstance(content, bytes):
            tag = content.decode("utf-8", errors="replace")
        elif number == 2 and wire == FIXED32 and isinstance(content, bytes):
            scalar = float(struct.unpack("<f", content)[0])
        elif number == 8 and isinstance(content, bytes):
            scalar = _tensor_scalar(content)
    return tag, scalar


def _tensor_scalar(tensor: bytes) -> float | None:
    """The number that a tensor without dimensions holds, in ``tensor_content`` or in the list of its type."""
    kind, has_dimensions, content, listed = 0, False, b"", None
    for number, wire, value in _fields(tensor):
        if number == 1 and isinstance(value, int):
            kind = value
        elif number == 2 and isinstance(value, bytes):
            has_dimensions = any(field == 2 for field, _, _ in _fields(value))
        elif number == 4 and isinstance(value, bytes):
            content = value
        elif number in (5, 6):
            form = "<f" if number == 5 else "<d"
            if isinstance(value, bytes) and len(value) == struct.calcsize(form):
                listed = float(struct.unpack(form, value)[0])
        elif number in (7, 10):
            whole = value if wire == VARINT else next(_varints(value), 0) if isinstance(value, bytes) else 0
            listed = float(whole - 2**64 if isinstance(whole, int) and whole >= 2**63 else int(whole))
    form = _NUMBERS.get(kind, "")
    if has_dimensions or not form:
        return None
    if content:
        return float(struct.unpack(form, content)[0]) if len(content) == struct.calcsize(form) else None
    return listed if listed is not None else 0.0  # a zero may be left out


def _fields(message: bytes) -> Iterator[Field]:
    """The fields of a protocol buffer message.

    Raises:
        ValueError: When it is cut short or uses an unknown wire type.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = _varint(message, at)
            yield number, wire, value
            continue
        if wire == BYTES:
            size, at = _varint(message, at)
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
        else:
            raise ValueError(f"unknown wire type {wire}")
        if at + size > len(message):
            raise ValueError("a field is cut short")
        yield number, wire, message[at : at + size]
        at += size


def _varints(packed: bytes) -> Iterator[int]:
    at = 0
    while at < len(packed):
        value, at = _varint(packed, at)
        yield value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise ValueError("a number is cut short")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def masked_crc(content: bytes) -> int:
    """CRC-32C, rotated and offset as TFRecord files have it (tensorflow/core/lib/hash/crc32c.h)."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc = _CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return table


_CRC_TABLE = _crc_table()
