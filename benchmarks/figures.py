"""What a benchmark measured, as figures with goals and tables of rows; kept as JSON, shown as Markdown.

`benchmarks/run.py` runs the benchmarks and writes the tables of docs/measured.md from what they keep here.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "scipy", "scikit-learn", "scikit-optimize", "optuna", "torch", "transformers", "textual")
"""Packages whose versions are kept with what was measured."""

HEAD = ("figure", "measured", "goal", "detail")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured figure.

    Attributes:
        name: What was measured.
        unit: Of goal and value.
        value: Measured.
        goal: The most it may be, or the least; None for a figure that is only told.
        at_least: Whether the goal is the least.
        detail: Of the repeats, or of what it is compared with.
    """

    name: str
    unit: str
    value: float
    goal: float | None = None
    at_least: bool = False
    detail: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the goal holds, or there is none."""
        if self.goal is None:
            return True
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    @property
    def verdict(self) -> str:
        """``holds`` or ``MISSED``; empty without a goal."""
        return "" if self.goal is None else "holds" if self.is_met else "MISSED"

    def told(self) -> str:
        """One line for a terminal."""
        sign = "≥" if self.at_least else "≤"
        goal = "" if self.goal is None else f" goal {sign} {self.goal:g}: {self.verdict}"
        return f"{self.name:<60} {number(self.value):>8} {self.unit:<12}{goal}  {self.detail}".rstrip()


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of one kind.

    Attributes:
        title: What they are, as a sentence without its full stop.
        head: Titles of the columns.
        rows: Cells, numbers or texts.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[float | str | None, ...], ...]


def table_of(title: str, rows: Sequence[Mapping[str, float | str | None]]) -> Table:
    """A table of rows that are mappings with the same keys."""
    head = tuple(rows[0]) if rows else ()
    return Table(title=title, head=head, rows=tuple(tuple(row.values()) for row in rows))


def keep(path: Path, figures: Sequence[Figure] = (), tables: Sequence[Table] = ()) -> None:
    """Write what was measured with command, date, commit, machine and versions."""
    there = Path(__file__).resolve().parents[1]
    git = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    commit = subprocess.run(git, cwd=there, capture_output=True, text=True, check=False).stdout.strip()
    script = Path(sys.argv[0]).resolve()
    name = script.relative_to(there) if script.is_relative_to(there) else script.name
    kept = {
        "command": " ".join(["python", str(name), *_words(sys.argv[1:])]),
        "date": date.today().isoformat(),
        "commit": commit,
        "machine": machine(),
        "figures": [asdict(figure) | {"verdict": figure.verdict} for figure in figures],
        "tables": [asdict(table) for table in tables],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


def _words(words: Sequence[str]) -> list[str]:
    """The words of the command without where its figures are kept."""
    shown, skips = [], False
    for word in words:
        if skips or word == "--json":
            skips = not skips
        else:
            shown.append(word)
    return shown


def machine() -> dict[str, Any]:
    """What was measured on: processors, memory, load at this moment, Python and packages."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory),
        "load": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": versions,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def markdown(kept: Mapping[str, Any]) -> str:
    """What was kept, as a paragraph on how it came about and tables; a goal that is missed is said."""
    where = kept["machine"]
    versions = ", ".join(f"{name} {told}" for name, told in where["versions"].items())
    parts = [
        f"`{kept['command']}`, {kept['date']}, commit {kept['commit']}: {where['processor']}, {where['cores']} cores, "
        f"{where['memory_gib']} GiB, load {where['load']:g} at the end; Python {where['python']}, {versions}."
    ]
    figures = [Figure(**{key: value for key, value in plain.items() if key != "verdict"}) for plain in kept["figures"]]
    missed = [figure.name for figure in figures if not figure.is_met]
    if missed:
        parts.append(f"**Behind the goal:** {'; '.join(missed)}.")
    if figures:
        parts.append(_rows(HEAD, [_cells(figure) for figure in figures]))
    for plain in kept["tables"]:
        table = [f"{plain['title']}:"] if plain["title"] else []
        rows = [
            [number(cell) if isinstance(cell, int | float) else cell or "–" for cell in row] for row in plain["rows"]
        ]
        parts += [*table, _rows(plain["head"], rows)]
    return "\n\n".join(parts) + "\n"


def _cells(figure: Figure) -> list[str]:
    sign = "≥" if figure.at_least else "≤"
    goal = "" if figure.goal is None else f"{sign} {figure.goal:g}{'' if figure.is_met else ' **missed**'}"
    return [figure.name, f"{number(figure.value)} {figure.unit}".strip(), goal, figure.detail]


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in lines)


def number(value: float) -> str:
    """Three significant digits; whole numbers from a hundred on with separators."""
    if value != value or abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def p95(values: Sequence[float]) -> float:
    """The 95th percentile, the higher of two neighbours."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
