"""What the command line tells the interface."""

from dataclasses import dataclass
from pathlib import Path

MIN_INTERVAL = 0.25
"""Seconds; a person sees nothing sooner, and a slow link pays for every frame."""

THEME_NAMES = ("trimtab-dark", "trimtab-light", "trimtab-contrast")
"""Names of `tui.drawing.theme.THEMES`, here without loading a theme."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How to open the interface.

    Attributes:
        workspace: Folder of the workspace.
        store_url: SQLAlchemy URL of another store; None for the workspace's own.
        create: Make the workspace where there is none.
        group: Open the workspace to the folder's group.
        readonly: Nothing can be changed: a second viewer.
        mouse: Let the terminal report the mouse, where it has one.
        ascii: Printable ASCII only.
        interval: Seconds between two looks at the store, at least `MIN_INTERVAL`.
        theme: Name of a theme; empty for the one chosen last, else one that fits the terminal's background.
        guide: Show the hint line; None leaves it to what was chosen before: shown until someone hides it.
        demo: What the demo shall do once the first frame is painted; None outside the demo.
        recorded: The day on which the sprints to look at were recorded, ``2026-11-26``; empty for sprints of one's own.
        notice: What to say once the workspace is open; empty for nothing.
        problems: What is wrong with the settings file, a sentence each.
    """

    workspace: Path
    store_url: str | None = None
    create: bool = False
    group: bool = False
    readonly: bool = False
    mouse: bool = True
    ascii: bool = False
    interval: float = 1.0
    theme: str = ""
    guide: bool | None = False
    demo: "DemoSize | None" = None
    recorded: str = ""
    notice: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoSize:
    """How large the demo is.

    Attributes:
        trials: Of the first sprint.
        random: Random ones among them.
        documents: Of the generated corpus.
        encoder: Name of the encoder; empty for the best one installed.
        seed: Seed of corpus and sprints.
        objective: ``module:Class``; empty for the joint model.
        slots: Workers side by side.
        script: Steer a plain script instead of the joint model.
    """

    trials: int = 12
    random: int = 6
    documents: int = 60
    encoder: str = ""
    seed: int = 7
    objective: str = ""
    slots: int = 1
    script: bool = False
