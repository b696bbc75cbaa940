"""A report as Markdown, its figures as SVG files beside it."""

import re
from collections.abc import Iterable

from engine.report.blocks import Block, Bullets, Code, Figure, Heading, Paragraph, Table

SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&$])")
"""What Markdown, as GitHub and pandoc read it, could take for a mark."""

START = re.compile(r"(?m)^(\s*\d*)([-+=.)](?:[-=]*$|\s))")
"""What makes a line the beginning of a list, or the line before it a heading."""


def markdown(blocks: Iterable[Block], figures: str) -> str:
    """The report as text.

    Args:
        blocks: Of the report.
        figures: Folder of the figures, as the text links to it.
    """
    return "\n\n".join(_written(block, figures) for block in blocks) + "\n"


def escaped(text: str) -> str:
    """Text that reads as it stands: no mark of it means anything, no line of it begins a list or a number."""
    marked = SPECIAL.sub(r"\\\1", text)
    return START.sub(r"\1\\\2", marked)


def _written(block: Block, figures: str) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {escaped(_line(text))}"
        case Paragraph(text):
            return escaped(text).replace("\n", "  \n")
        case Bullets(items):
            return "\n".join(f"- {escaped(_line(item))}" for item in items)
        case Table(columns, rows):
            return _table(Table(columns, rows))
        case Figure(name, caption, _):
            return f"![{escaped(_line(caption))}]({figures}/{name}.svg)"
        case Code(language, text):
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
            return f"{fence}{language}\n{text}\n{fence}"


def _table(table: Table) -> str:
    heads = [escaped(column.removeprefix("#")) for column in table.columns]
    rules = ["--:" if column.startswith("#") else ":--" for column in table.columns]
    rows = [[escaped(_line(cell)) for cell in row] for row in table.rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, rules, *rows))


def _line(text: str) -> str:
    return " ".join(text.split())
