"""What a report is made of, whatever it is written as: headings, text, lists, tables, figures, commands."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 … 4."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain text; line breaks in it are kept."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of plain texts."""

    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of plain texts under named columns; a column whose name begins with ``#`` aligns right."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture.

    Attributes:
        name: Distinct within a report; a file is named after it.
        caption: What it shows, in one sentence.
        svg: The drawing, as an SVG document.
    """

    name: str
    caption: str
    svg: str


@dataclass(frozen=True, slots=True)
class Code:
    """Text to be copied as it stands, in a language such as ``sh`` or ``yaml``."""

    language: str
    text: str


Block = Heading | Paragraph | Bullets | Table | Figure | Code
