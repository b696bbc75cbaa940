"""Run the benchmarks one after the other and write the tables of docs/measured.md from what they measured.

    python benchmarks/run.py [--quick] [--only engine interface …]
    python benchmarks/run.py --write

Every benchmark keeps its figures in ``benchmarks/results`` with command, date, commit, machine and versions. The page's
tables stand between two comments with the benchmark's name and are only written here; a figure that misses its goal is
named above its table. A benchmark that fails keeps its last result. With ``--write`` nothing is measured.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
# This file's folder comes first on the path, and in it other benchmarks would be the modules "engine" and "model".
if Path(sys.path[0] or ".").resolve() == HERE:
    sys.path[0] = str(HERE.parent)

from benchmarks.figures import markdown  # noqa: E402

RESULTS, PAGE = HERE / "results", HERE.parent / "docs" / "measured.md"

BENCHMARKS: dict[str, tuple[str, ...]] = {
    "engine": ("engine.py",),
    "interface": ("interface.py",),
    "model": ("model.py",),
    "scale": ("scale.py",),
    "soak": ("soak.py",),
    "failures": ("failures.py",),
    "findings": ("findings.py",),
    "search": ("search.py", "--quick"),
}
"""Script and arguments of each; cheap ones first."""

QUICK: dict[str, tuple[str, ...]] = {
    "engine": ("--quick",),
    "interface": ("--quick",),
    "model": ("--quick",),
    "scale": ("--slots", "4", "--workers", "20", "--trials", "300", "--sizes", "100"),
    "soak": ("--trials", "2000"),
    "failures": ("--seeds", "1"),
    "findings": ("--runs", "5"),
    "search": ("--seeds", "1"),
}
"""What shortens each."""

SECTION = "(<!-- {name}: written by benchmarks/run.py -->\n)(.*?)(<!-- end of {name} -->\n)"


def section(name: str) -> re.Pattern[str]:
    """Matches a benchmark's part of the page: opening comment, tables, closing comment."""
    return re.compile(SECTION.format(name=re.escape(name)), re.DOTALL)


def written(page: str, results: Path = RESULTS) -> str:
    """The page with every section that has a result written again.

    Raises:
        ValueError: When a result has no section.
    """
    for path in sorted(results.glob("*.json")):
        pattern = section(path.stem)
        if not pattern.search(page):
            raise ValueError(f"docs/measured.md must have a section <!-- {path.stem}: written by benchmarks/run.py -->")
        told = markdown(json.loads(path.read_text(encoding="utf-8")))
        page = pattern.sub(lambda found, told=told: f"{found[1]}\n{told}\n{found[3]}", page)
    return page


def run(names: Sequence[str], *, quick: bool) -> list[str]:
    """Run benchmarks; names of those that failed. One that only missed a goal has not failed."""
    failed = []
    for name in names:
        result = RESULTS / f"{name}.json"
        before = result.stat().st_mtime_ns if result.exists() else 0
        script, *arguments = BENCHMARKS[name]
        command = [
            sys.executable,
            str(HERE / script),
            *arguments,
            *(QUICK[name] if quick else ()),
            "--json",
            str(result),
        ]
        print(f"── {name} ── {time.strftime('%T')}", flush=True)
        subprocess.run(command, cwd=HERE.parent, check=False)
        if not result.exists() or result.stat().st_mtime_ns == before:
            failed.append(name)
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repeats, smaller sizes")
    parser.add_argument("--only", nargs="+", choices=list(BENCHMARKS), default=list(BENCHMARKS), metavar="NAME")
    parser.add_argument("--write", action="store_true", help="measure nothing, write the page from the results")
    asked = parser.parse_args()
    failed = [] if asked.write else run(asked.only, quick=asked.quick)
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    if failed:
        print(f"without a result: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
