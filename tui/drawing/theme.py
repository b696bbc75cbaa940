"""Three themes whose inks colour-blind readers can tell apart: blue and orange (Okabe and Ito), no red or green."""

from functools import lru_cache

from rich.style import Style
from textual.theme import Theme

INKS = (
    "text",
    "muted",
    "all",
    "top",
    "good",
    "info",
    "warning",
    "error",
    "running",
    "frozen",
    "accent",
    "edge",
)
"""Names of inks: ``all`` and ``top`` are the histogram's two populations, ``edge`` is drawn lines."""

CURSOR = "cursor"
"""Ink of the row under the cursor: a background."""


def _theme(name: str, *, dark: bool, background: str, surface: str, inks: dict[str, str], cursor: str) -> Theme:
    return Theme(
        name=name,
        primary=inks["all"],
        secondary=inks["frozen"],
        accent=inks["top"],
        warning=inks["warning"],
        error=inks["error"],
        success=inks["good"],
        foreground=inks["text"],
        background=background,
        surface=surface,
        panel=surface,
        dark=dark,
        variables={
            **{f"ink-{ink}": colour for ink, colour in inks.items()},
            "ink-cursor": cursor,
            "input-cursor-text-style": "reverse",
            "input-selection-background": cursor,
        },
    )


THEMES: dict[str, Theme] = {
    theme.name: theme
    for theme in (
        _theme(
            "trimtab-dark",
            dark=True,
            background="#101418",
            surface="#1a2027",
            cursor="#1b2e45",
            inks={
                "text": "#d8dee4",
                "muted": "#98a2ac",
                "all": "#56b4e9",
                "top": "#e69f00",
                "good": "#56b4e9",
                "info": "#7fc8f0",
                "warning": "#e69f00",
                "error": "#ff7a3d",
                "running": "#e69f00",
                "frozen": "#9fb7d0",
                "accent": "#f0c75e",
                "edge": "#5f6b77",
            },
        ),
        _theme(
            "trimtab-light",
            dark=False,
            background="#fbfaf7",
            surface="#efece6",
            cursor="#dff0fa",
            inks={
                "text": "#1c2126",
                "muted": "#56606a",
                "all": "#00609c",
                "top": "#9a4a00",
                "good": "#00609c",
                "info": "#004f80",
                "warning": "#8a4200",
                "error": "#a02800",
                "running": "#9a4a00",
                "frozen": "#3f5f80",
                "accent": "#7a4200",
                "edge": "#8a9299",
            },
        ),
        _theme(
            "trimtab-contrast",
            dark=True,
            background="#000000",
            surface="#000000",
            cursor="#0000af",
            inks={
                "text": "#ffffff",
                "muted": "#d0d0d0",
                "all": "#5fd7ff",
                "top": "#ffaf00",
                "good": "#5fd7ff",
                "info": "#5fd7ff",
                "warning": "#ffd700",
                "error": "#ff8700",
                "running": "#ffaf00",
                "frozen": "#ffffff",
                "accent": "#ffff00",
                "edge": "#ffffff",
            },
        ),
    )
}
"""Built-in themes by name."""

DEFAULT_THEME = "trimtab-dark"


@lru_cache(maxsize=256)
def ink(theme_name: str, name: str) -> Style:
    """The style of an ink; ``bold:`` before a name makes it bold, ``reverse:`` swaps ink and ground."""
    variables = THEMES.get(theme_name, THEMES[DEFAULT_THEME]).variables
    bold, reverse = False, False
    while ":" in name:
        flag, _, name = name.partition(":")
        bold, reverse = bold or flag == "bold", reverse or flag == "reverse"
    return Style(color=variables[f"ink-{name or 'text'}"], bold=bold or None, reverse=reverse or None)


@lru_cache(maxsize=8)
def ground(theme_name: str) -> Style:
    """The background of the row under the cursor; bold, so that it shows without colour as well."""
    return Style(bgcolor=THEMES.get(theme_name, THEMES[DEFAULT_THEME]).variables["ink-cursor"], bold=True)
