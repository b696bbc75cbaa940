"""A log's lines as rows of the screen: levels and tracebacks in their inks, matches marked, long lines wrapped."""

import re
from collections.abc import Iterable

from rich.cells import cell_len, chop_cells

from tui.drawing.styled_lines import Line

LEVELS = (
    (re.compile(r"\b(CRITICAL|FATAL|ERROR|Error|Exception|FAILED)\b|^\S*(Error|Exception)\b"), "error"),
    (re.compile(r"\b(WARNING|WARN|Warning)\b|\w+Warning\b"), "warning"),
    (re.compile(r"\b(DEBUG|TRACE)\b"), "muted"),
)
"""What a line says of its level, the gravest first, and its ink."""

TRACEBACK = "Traceback (most recent call last)"

TAB = 8
"""Columns of a tab stop."""


def line_inks(texts: Iterable[str]) -> list[str]:
    """The ink of each line; a traceback is marked from its head to its exception."""
    inks, inside = [], False
    for text in texts:
        if TRACEBACK in text:
            inside = True
            inks.append("error")
        elif inside:
            is_frame = not text.strip() or text[:1].isspace() or text.startswith(("|", "+"))
            inks.append("" if is_frame else "bold:error")
            inside = is_frame
        else:
            inks.append(next((ink for pattern, ink in LEVELS if pattern.search(text)), ""))
    return inks


def log_rows(text: str, ink: str, width: int, *, wraps: bool, shift: int = 0, wanted: str = "") -> list[Line]:
    """One line of the log as the rows it takes.

    Args:
        text: The line.
        ink: Its ink.
        width: Cells of a row.
        wraps: Whether it goes on in the next row; cut at both sides otherwise.
        shift: Cells that are cut at its left where it does not wrap.
        wanted: What is searched for; every occurrence is marked.
    """
    text = text.expandtabs(TAB) if wraps else _from_cell(text.expandtabs(TAB), shift)
    parts = chop_cells(text, width) if wraps and cell_len(text) > width else [text]
    spans = _spans(text, ink, wanted)
    rows: list[Line] = []
    for part in parts:
        row, spans = _taken(spans, len(part))
        rows.append(row)
    return rows


def contains(text: str, wanted: str) -> bool:
    """Whether a line matches; without capitals in what is wanted, in any case."""
    return wanted in text if wanted != wanted.lower() else wanted in text.lower()


def _spans(text: str, ink: str, wanted: str) -> list[tuple[str, str]]:
    """The text, cut where a match begins and ends."""
    spans: list[tuple[str, str]] = []
    there = text if wanted != wanted.lower() else text.lower()
    start = 0
    while wanted and len(there) == len(text) and (at := there.find(wanted, start)) >= 0:
        spans += [(text[start:at], ink), (text[at : at + len(wanted)], "reverse:top")]
        start = at + len(wanted)
    return [span for span in (*spans, (text[start:], ink)) if span[0]]


def _taken(spans: list[tuple[str, str]], n: int) -> tuple[Line, list[tuple[str, str]]]:
    """The first n characters, and the rest."""
    row: list[tuple[str, str]] = []
    for index, (text, ink) in enumerate(spans):
        if n <= 0:
            return tuple(row), spans[index:]
        row.append((text[:n], ink))
        if len(text) > n:
            return tuple(row), [(text[n:], ink), *spans[index + 1 :]]
        n -= len(text)
    return tuple(row), []


def _from_cell(text: str, shift: int) -> str:
    """The text without its first cells; half of a wide character becomes a blank."""
    if shift <= 0:
        return text
    if text.isascii():
        return text[shift:]
    for index in range(len(text) + 1):
        before = cell_len(text[:index])
        if before >= shift:
            return " " * (before - shift) + text[index:]
    return ""
