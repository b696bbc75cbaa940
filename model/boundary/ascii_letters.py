"""For terminals and files that take no Unicode: the ASCII letter nearest to a sign, of the same width."""

import unicodedata
from functools import lru_cache

from rich.cells import cell_len

NEAR: dict[str, str] = {
    "…": ".",
    "–": "-",
    "—": "-",
    "×": "x",
    "÷": "/",
    "·": ".",
    "•": "o",
    "±": "~",
    "≠": "#",
    "≈": "~",
    "≤": "<",
    "≥": ">",
    "°": "o",
    "θ": "t",
    "‹": "<",
    "›": ">",
    "→": ">",
    "←": "<",
    "↑": "^",
    "↓": "v",
    "↗": "/",
    "↘": "\\",
    "⏎": "<",
    "⌫": "<",
    "🔎": "/ ",
    "▸": ">",
    "▾": "v",
    "▲": "!",
    "▼": "v",
    "◆": "*",
    "★": "+",
    "◇": "o",
    "●": "@",
    "○": "O",
    "◌": "o",
    "‖": "=",
    "✓": "v",
    "✗": "x",
    "✂": "%",
    "❄": "=",
    "▁": "_",
    "▂": ".",
    "▃": ":",
    "▄": "-",
    "▅": "=",
    "▆": "+",
    "▇": "*",
    "█": "#",
    "▓": "@",
    "▒": "%",
    "░": "%",
    "▏": "|",
    "▕": "|",
    "▎": "|",
    "▍": "|",
    "▌": "|",
    "▋": "#",
    "▊": "#",
    "▉": "#",
    "▐": "|",
    "▔": "-",
    "▀": "-",
    "─": "-",
    "━": "=",
    "═": "=",
    "│": "|",
    "┃": "#",
    "║": "|",
    "╵": "'",
    "╌": "-",
    "┄": "-",
    "┆": ":",
    "“": '"',
    "”": '"',
    "’": "'",
}
"""Signs the interface uses and the letter that says the same; as wide as the sign."""

FROM_TO = " … "
"""Between the ends of a range, where a single dot would read as nothing."""


@lru_cache(maxsize=4096)
def to_ascii(text: str) -> str:
    """Text in printable ASCII, cell for cell."""
    return text if text.isascii() else "".join(_letter(character) for character in text.replace(FROM_TO, " - "))


def _letter(character: str) -> str:
    if character.isascii():
        return character
    if character in NEAR:
        return NEAR[character]
    if "\u2500" <= character <= "\u257f":
        return "+"
    if "\u2800" <= character <= "\u28ff":
        return _dots(ord(character) - 0x2800)
    width = cell_len(character)
    base = unicodedata.normalize("NFKD", character)[:1]
    return base if base.isascii() and width == 1 else "?" * width


def _dots(dots: int) -> str:
    """A braille cell by where its dots are: the line that they belong to goes on."""
    upper, lower = dots & 0b0001_1011, dots & 0b1110_0100
    if upper and lower:
        return "|" if not (dots & 0b0100_0111 and dots & 0b1011_1000) else ":"
    return "'" if upper else "." if lower else " "
