"""What the terminal shows, cell by cell, so that a frame sends only the cells and the colours that change.

Textual sends every region that was painted; a switch between two screens that share half their cells, or a painting
of blanks over blanks, costs a slow link all of it. Here each cell is held against what the terminal shows already, and
between two cells only the attributes that differ are sent.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual import on
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.screen import Screen
from textual.strip import SGR_STYLES

from engine.api import visible

SHOWS_ON_BLANKS = frozenset({"4", "7", "9", "21", "53"})
"""Attributes that a blank cell shows: underlined, reversed, struck through, doubly underlined, overlined."""

BRIDGE = 3
"""Unchanged cells between two changes that are sent again: moving the cursor over them would cost as much."""


class Pen(NamedTuple):
    """How a cell is drawn, as SGR codes; an empty colour is the terminal's own."""

    attributes: frozenset[str]
    foreground: str
    background: str


PLAIN = Pen(frozenset(), "", "")


class Cell(NamedTuple):
    """One cell; the second half of a wide character has no text."""

    text: str
    pen: Pen


class Frames:
    """The terminal's cells as far as they are known."""

    def __init__(self) -> None:
        self._rows: dict[int, list[Cell | None]] = {}

    def forget(self) -> None:
        """Know nothing any longer: the terminal was resized, or something else wrote to it."""
        self._rows.clear()

    def changes(self, update: CompositorUpdate, console: Console) -> str:
        """What to send so that the terminal shows an update; empty where it does already."""
        system = console._color_system or ColorSystem.TRUECOLOR
        sent: list[str] = []
        pen: Pen | None = None
        for y, x, segments in runs(update):
            cells = cells_of(segments, system)
            for begin, end in self._replace(y, x, cells):
                sent.append(f"\x1b[{y + 1};{x + begin + 1}H")
                for text, wanted in cells[begin:end]:
                    if pen is None or wanted != pen:
                        codes, pen = stroke(pen, wanted, blank=text == " " and not wanted.attributes)
                        sent.append(codes)
                    sent.append(text)
        if sent:
            sent.append("\x1b[0m")
        return "".join(sent)

    def _replace(self, y: int, x: int, cells: list[Cell]) -> list[tuple[int, int]]:
        """Note a run of cells; (begin, end) of the ranges within it that differ from what was known."""
        row = self._rows.setdefault(y, [])
        if len(row) < x + len(cells):
            row.extend([None] * (x + len(cells) - len(row)))
        known = row[x : x + len(cells)]
        if known == cells:
            return []
        row[x : x + len(cells)] = cells
        ranges: list[tuple[int, int]] = []
        for index, (old, new) in enumerate(zip(known, cells, strict=True)):
            if old == new:
                continue
            begin = index - 1 if not new.text and index else index  # from the first half of a wide character on
            if ranges and begin - ranges[-1][1] <= BRIDGE:
                ranges[-1] = (ranges[-1][0], index + 1)
            else:
                ranges.append((begin, index + 1))
        return ranges


class FrugalApp(App[None]):
    """An application that sends only the cells that change.

    Attributes:
        frames: What the terminal shows.
    """

    def __init__(self) -> None:
        self.frames = Frames()
        super().__init__()

    def on_resize(self) -> None:
        """A terminal that was resized may show anything."""
        self.frames.forget()

    @on(Driver.SignalResume)
    def repaint(self) -> None:
        """Send the whole screen: the process was suspended, or something else wrote to the terminal."""
        self.frames.forget()
        self.refresh(layout=True)

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Send what changes; Textual would send every region that was painted."""
        if self._driver is None or self.is_headless or self._driver.is_inline or self._batch_count or self._closed:
            super()._display(screen, renderable)
        elif isinstance(renderable, CompositorUpdate) and self._running:
            changes = self.frames.changes(renderable, self.console)
            if changes:
                self._begin_update()
                x, y = self.screen.outer_size.clamp_offset(self.cursor_position)
                self._driver.write(f"{changes}\x1b[{y + 1};{x + 1}H")
                self._end_update()
                self._driver.flush()
            self.post_display_hook()
        elif renderable is not None:
            self.frames.forget()
            super()._display(screen, renderable)


def runs(update: CompositorUpdate) -> Iterator[tuple[int, int, Iterable[Segment]]]:
    """(row, column, segments) of everything an update paints."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            yield y, update.region.x, [segment for strip in strips for segment in strip]
    elif isinstance(update, ChopsUpdate):
        for y, left, right in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is None or x > right or end <= left:
                    continue
                yield y, x, strip if x >= left and end <= right else strip.crop(0, min(end, right) - x)


def cells_of(segments: Iterable[Segment], system: ColorSystem) -> list[Cell]:
    """Segments cell by cell."""
    cells: list[Cell] = []
    for given, style, control in segments:
        if control:
            continue
        text = given
        if not text.isprintable():
            text = visible(text)  # the last gate: nothing of a text reaches the terminal as an order
        drawn = pen_of(style, system)
        blank = Cell(" ", blank_pen(drawn))
        if text.isspace():
            cells += [blank] * len(text)
        elif text.isascii():
            cells += [blank if character == " " else Cell(character, drawn) for character in text]
        else:
            for character in text:
                width = get_character_cell_size(character)
                if width == 0 and cells:
                    cells[-1] = Cell(cells[-1].text + character, cells[-1].pen)
                elif width:
                    cells.append(blank if character == " " else Cell(character, drawn))
                    cells += [Cell("", drawn)] * (width - 1)
    return cells


@lru_cache(maxsize=4096)
def pen_of(style: Style | None, system: ColorSystem) -> Pen:
    """A style in the colours the terminal has."""
    if style is None:
        return PLAIN
    set_bits = style._attributes & style._set_attributes
    attributes = frozenset(code for bit, code in enumerate(SGR_STYLES) if set_bits & (1 << bit))
    ink, ground = style.color, style.bgcolor
    return Pen(
        attributes,
        ";".join(ink.downgrade(system).get_ansi_codes()) if ink is not None else "",
        ";".join(ground.downgrade(system).get_ansi_codes(foreground=False)) if ground is not None else "",
    )


@lru_cache(maxsize=4096)
def blank_pen(pen: Pen) -> Pen:
    """What of a pen a blank shows: its background alone, unless a line or its reverse is drawn."""
    return pen if pen.attributes & SHOWS_ON_BLANKS else Pen(frozenset(), "", pen.background)


@lru_cache(maxsize=16384)
def stroke(before: Pen | None, wanted: Pen, *, blank: bool) -> tuple[str, Pen]:
    """Codes that change one pen into another, and the pen one has then; a blank leaves the ink as it is."""
    taken_back = frozenset() if before is None else before.attributes - wanted.attributes
    if before is None or (taken_back & SHOWS_ON_BLANKS if blank else taken_back):
        codes = ["0", *sorted(wanted.attributes), wanted.foreground, wanted.background]
        return f"\x1b[{';'.join(code for code in codes if code)}m", wanted
    ink = before.foreground if blank else wanted.foreground
    codes = sorted(wanted.attributes - before.attributes)
    if ink != before.foreground:
        codes.append(ink or "39")
    if wanted.background != before.background:
        codes.append(wanted.background or "49")
    drawn = Pen(wanted.attributes | before.attributes, ink, wanted.background)
    return (f"\x1b[{';'.join(codes)}m" if codes else ""), drawn
