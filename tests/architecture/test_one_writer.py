"""Numbers, durations, ranges and states are written by one module for every reader: engine.wording."""

import ast
import re
from pathlib import Path

from engine import api, wording
from engine.cli import output
from tui.drawing import format as drawn

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "engine" / "wording.py"

OWN_FORMAT = re.compile(
    r"// ?3600|% ?3600|divmod\([a-z_]+, (?:60|3600|24)\)|%Y-%m-%d %H:%M(?::%S)?\"\)?,? time\.localtime"
)
"""How a duration or a moment is taken apart by hand."""

WRITERS = {name for name, value in vars(wording).items() if callable(value) and value.__module__ == wording.__name__}


def sources() -> list[Path]:
    return [path for package in ("engine", "tui") for path in (ROOT / package).rglob("*.py") if path != HOME]


def test_no_module_takes_durations_apart_by_itself() -> None:
    twins = [str(path.relative_to(ROOT)) for path in sources() if OWN_FORMAT.search(path.read_text(encoding="utf-8"))]
    assert twins == []


def test_no_module_defines_a_writer_of_the_same_name() -> None:
    """`score` and `number` also name what an epoch has: those are methods, not functions of a module."""
    twins = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sources()
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name in WRITERS
    ]
    assert twins == []


def test_the_screen_and_the_command_line_write_with_the_same_functions() -> None:
    assert drawn.duration is api.duration is wording.duration
    assert drawn.number is wording.number
    assert drawn.STATES is wording.STATES
    assert set(output.STATE_STYLES) >= set(wording.STATES)
