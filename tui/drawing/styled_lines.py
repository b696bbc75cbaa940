"""Styled lines of text: what every plot and table returns and every widget draws.

A span is (text, ink); an ink is a name of the theme (`tui.drawing.theme.INKS`), never a colour, so plots stay pure.
"""

from collections.abc import Iterable

from rich.cells import cell_len, chop_cells, set_cell_size

from engine.api import one_line, visible

Span = tuple[str, str]
"""Text and the name of its ink; the empty name is the ordinary foreground."""

Line = tuple[Span, ...]
"""One row of the screen, left to right."""

ELLIPSIS = "…"

MOST_CUT = 6
"""Cells below which a name has no room for both of its ends."""


def line(*parts: str | Span) -> Line:
    """A line of plain texts and spans."""
    spans = ((part, "") if isinstance(part, str) else part for part in parts)
    return shown(tuple(span for span in spans if span[0]))


def shown(spans: Line) -> Line:
    """A line with a sign in place of every character that a terminal would obey: text from outside is text."""
    if all(text.isprintable() for text, _ in spans):
        return spans
    return tuple((visible(text), ink) for text, ink in spans)


def width_of(spans: Line) -> int:
    """Cells a line occupies."""
    return sum(cell_len(text) for text, _ in spans)


def plain(spans: Line) -> str:
    """The text alone."""
    return "".join(text for text, _ in spans)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Text in exactly ``width`` cells: padded, or cut with an ellipsis."""
    if width <= 0:
        return ""
    text = visible(text)
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, width - 1) + ELLIPSIS
    padding = " " * (width - size)
    return padding + text if right else text + padding


def both_ends(text: str, width: int) -> str:
    """A name in at most ``width`` cells: cut in the middle, for names of one space often differ at their ends only."""
    text = visible(text)
    if cell_len(text) <= width or width < MOST_CUT:
        return text
    tail = text
    while cell_len(tail) > width - width // 3 - 1:
        tail = tail[1:]
    return set_cell_size(text, width - 1 - cell_len(tail)) + ELLIPSIS + tail


def fit_line(spans: Line, width: int, *, right: bool = False) -> Line:
    """A line in exactly ``width`` cells."""
    spans = shown(spans)
    size = width_of(spans)
    if size <= width:
        padding: Span = (" " * (width - size), "")
        return (padding, *spans) if right else (*spans, padding)
    kept: list[Span] = []
    room = width
    for text, ink in spans:
        if cell_len(text) >= room:
            kept.append((fit(text + " ", room), ink))
            break
        kept.append((text, ink))
        room -= cell_len(text)
    return tuple(kept)


def wrap(text: str, width: int, ink: str = "", indent: str = "") -> list[Line]:
    """A paragraph as lines of at most ``width`` cells, broken at spaces and inside words that are longer than a line.

    Later lines begin with ``indent``.
    """
    rows: list[str] = []
    current = ""
    room = max(width - len(indent), 1)
    words = [part for word in one_line(text).split() for part in chop_cells(word, room)]
    for word in words:
        candidate = f"{current} {word}" if current.strip() else current + word
        if cell_len(candidate) > width and current.strip():
            rows.append(current)
            current = indent + word
        else:
            current = candidate
    if current.strip():
        rows.append(current)
    return [line((row, ink)) for row in rows]


def paragraph_width(width: int) -> int:
    """Cells of a paragraph in a panel: the last column stays free."""
    return max(width - 1, 20)


class Canvas:
    """A grid of single cells to draw a plot on.

    Attributes:
        width: Columns.
        height: Rows; row 0 is the top one.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width = max(width, 0)
        self.height = max(height, 0)
        self._cells: list[list[Span]] = [[(" ", "")] * self.width for _ in range(self.height)]

    def put(self, column: int, row: int, text: str, ink: str = "") -> None:
        """Write text rightwards from a cell; what lies outside is dropped. A wide character takes two cells."""
        if not 0 <= row < self.height:
            return
        cells = self._cells[row]
        for character in text:
            size = cell_len(character)
            if column >= 0 and column + size <= self.width:
                if size:
                    cells[column : column + size] = [(character, ink), *[("", ink)] * (size - 1)]
                elif column:  # an accent belongs to the character before it
                    before, its_ink = cells[column - 1]
                    cells[column - 1] = (before + character, its_ink)
            column += size

    def at(self, column: int, row: int) -> Span:
        """What stands in a cell; a blank outside."""
        if 0 <= row < self.height and 0 <= column < self.width:
            return self._cells[row][column]
        return (" ", "")

    def lines(self) -> list[Line]:
        """All rows, neighbouring cells of one ink joined."""
        return [_joined(row) for row in self._cells]


def _joined(cells: list[Span]) -> Line:
    spans: list[Span] = []
    for character, ink in cells:
        if spans and spans[-1][1] == ink:
            spans[-1] = (spans[-1][0] + character, ink)
        else:
            spans.append((character, ink))
    return tuple(spans)


def flowing(entries: Iterable[Line], width: int) -> list[Line]:
    """Entries one after another on as many lines as they need; none is broken."""
    lines: list[Line] = [()]
    for entry in entries:
        if lines[-1] and width_of((*lines[-1], *entry)) > width:
            lines.append(())
        lines[-1] = (*lines[-1], *entry)
    return lines
