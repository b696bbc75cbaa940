"""Do the tests see small faults? A seeded sample of them, planted one by one in a copy of the tree.

    python benchmarks/mutants.py --sample 40 --seed 7
    python benchmarks/mutants.py --planted

Each fault changes one comparison, one operator, one constant or one ``not`` of a module of engine or model. The tests
of the mirrored folder are run with ``pytest -x``; a fault with which they pass has survived and is printed. Hours for
hundreds: not a part of CI. A survivor may be equivalent (it changes nothing that anybody could see): say why, or write
the test.
"""

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

PACKAGES = ("engine", "model")

COPIED = ("engine", "model", "tui", "tests", "docs", "benchmarks", "trimtab.py", "pyproject.toml", "README.md")

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
}

SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}

OPERATORS: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "/"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault.

    Attributes:
        file: Where, from the root.
        start: Character at which the right text begins.
        right: The text as it is.
        wrong: The text with the fault.
        line: Line number, for people.
    """

    file: Path
    start: int
    right: str
    wrong: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.right} → {self.wrong}"

    def apply(self, root: Path) -> str:
        """Plant it; returns the text to put back."""
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        path.write_text(text[: self.start] + self.wrong + text[self.start + len(self.right) :], encoding="utf-8")
        return text


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every fault of a module that the sample draws from."""
    text = path.read_text(encoding="utf-8")
    offsets = [0]
    for line in text.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    lines = text.splitlines()

    def at(line: int, column: int) -> int:
        return offsets[line - 1] + len(lines[line - 1].encode()[:column].decode())

    def between(left: ast.expr, right: ast.expr, sign: str) -> int:
        start = at(left.end_lineno or left.lineno, left.end_col_offset or 0)
        return text.find(sign, start, at(right.lineno, right.col_offset))

    file = path.relative_to(ROOT)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
            sign = SIGNS[type(node.ops[0])]
            if (start := between(node.left, node.comparators[0], sign)) >= 0:
                yield Mutant(file, start, sign, COMPARISONS[type(node.ops[0])], node.lineno)
        elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS and not isinstance(node.left, ast.JoinedStr):
            sign, other = OPERATORS[type(node.op)]
            if (start := between(node.left, node.right, sign)) >= 0:
                yield Mutant(file, start, sign, other, node.lineno)
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value not in (0, 1):
            start, end = at(node.lineno, node.col_offset), at(node.end_lineno or 0, node.end_col_offset or 0)
            yield Mutant(file, start, text[start:end], f"({text[start:end]} * 2)", node.lineno)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield Mutant(file, at(node.lineno, node.col_offset), "not ", "", node.lineno)
        elif isinstance(node, ast.BoolOp) and len(node.values) == 2:
            sign, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            if (start := between(node.values[0], node.values[1], f" {sign} ")) >= 0:
                yield Mutant(file, start, f" {sign} ", f" {other} ", node.lineno)


def drawn(n: int, seed: int) -> list[Mutant]:
    """A sample over all modules, each fault as likely as any other."""
    paths = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return random.Random(seed).sample([mutant for path in paths for mutant in mutants_of(path)], n)


def tests_of(file: Path) -> list[str]:
    """The mirrored tests of a module: those named after it, else those of its room."""
    folder = Path("tests") / file.parent
    if (ROOT / folder / f"test_{file.stem}.py").is_file():
        return [str(folder / f"test_{file.stem}.py")]
    while not (ROOT / folder).is_dir():
        folder = folder.parent
    if file.parts[:2] in (("engine", "store"), ("engine", "worker"), ("engine", "launchers")):
        return ["tests/engine/runtime", "tests/engine/store"]
    if file.parts[:2] == ("model", "boundary"):
        return ["tests/architecture/test_twins.py"]  # it is the engine's, to the letter
    if file.parts[:2] == ("engine", "statistics"):
        return ["tests/engine/statistics", "tests/engine/diagnostics"]
    return [str(folder)]


def passes(root: Path, tests: Sequence[str], timeout: float) -> bool | None:
    """Whether the tests pass in the copy; None where they ran out of time."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not slow", *tests]
    environ = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=root, env=environ, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return None
    return done.returncode == 0


def copied(folder: Path) -> Path:
    """A copy of the tree to plant faults in."""
    root = folder / "tree"
    root.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__", "__snapshots__"))
        elif source.exists():
            shutil.copy2(source, root / name)
    return root


def run_sample(n: int, seed: int, timeout: float) -> int:
    """Plant a sample; prints survivors and the share."""
    survivors, n_late = [], 0
    with tempfile.TemporaryDirectory() as folder:
        root = copied(Path(folder))
        for place, mutant in enumerate(drawn(n, seed), start=1):
            before = mutant.apply(root)
            outcome = passes(root, tests_of(mutant.file), timeout)
            (root / mutant.file).write_text(before, encoding="utf-8")
            word = {True: "SURVIVED", False: "killed", None: "out of time"}[outcome]
            print(f"{place:>4}/{n}  {word:<12} {mutant}", flush=True)
            survivors += [mutant] if outcome else []
            n_late += outcome is None
    print(f"{len(survivors)} of {n - n_late} survived; {n_late} ran out of time and say nothing")
    for mutant in survivors:
        print(f"  {mutant}")
    return 0


def run_planted(timeout: float) -> int:
    """Plant every known fault; fails when its test passes with it, or fails without."""
    from benchmarks.planted_faults import FAULTS

    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        root = copied(Path(folder))
        for fault in FAULTS:
            path, tests = root / fault.file, [fault.test, "-k", fault.named]
            text = path.read_text(encoding="utf-8")
            assert fault.right in text, f"{fault.name}: {fault.right!r} is not in {fault.file}"
            path.write_text(text.replace(fault.right, fault.wrong), encoding="utf-8")
            killed = passes(root, tests, timeout) is False
            path.write_text(text, encoding="utf-8")
            sound = passes(root, tests, timeout) is True
            wrong += not (killed and sound)
            word = "killed" if killed and sound else "SURVIVED" if sound else "its test fails without it"
            print(f"{word:<26} {fault.name} → {fault.test}", flush=True)
    print(f"{len(FAULTS) - wrong} of {len(FAULTS)} are killed")
    return 1 if wrong else 0


def main() -> int:
    """Run the script."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=40, help="How many faults are drawn.")
    parser.add_argument("--seed", type=int, default=7, help="Of the draw.")
    parser.add_argument("--timeout", type=float, default=600.0, help="Seconds for the tests of one fault.")
    parser.add_argument("--planted", action="store_true", help="The known faults in place of a sample.")
    given = parser.parse_args()
    return run_planted(given.timeout) if given.planted else run_sample(given.sample, given.seed, given.timeout)


if __name__ == "__main__":
    raise SystemExit(main())
