"""A random sample of the sentences that people read: errors, help, tooltips, findings, notices.

    python benchmarks/sentences.py --sample 10 --seed 3

Read them by docs and house rules: would an engineer who reads papers and dashboards notice the wording? Then reword the
sentence and its siblings.
"""

import argparse
import ast
import random
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

CALLS = {
    "EngineError",
    "ModelError",
    "UsageError",
    "echo",
    "_say",
    "_told",
    "notify",
    "toast",
    "Finding",
    "CheckView",
    "Binding",
}
"""Calls whose texts are read by people."""

KEYWORDS = {
    "help",
    "tooltip",
    "text",
    "meaning",
    "advice",
    "reason",
    "hint",
    "summary",
    "title",
    "description",
    "empty",
}
"""Arguments of any call that are."""

FEWEST_WORDS = 4


def texts_of(node: ast.AST) -> Iterator[str]:
    """Constant texts and f-strings of an expression, values as ‹name›."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts = [
            part.value if isinstance(part, ast.Constant) else f"‹{ast.unparse(part)[2:-2]}›" for part in node.values
        ]
        yield "".join(map(str, parts))
    elif isinstance(node, ast.IfExp):
        yield from texts_of(node.body)
        yield from texts_of(node.orelse)


def sentences() -> Iterator[tuple[str, str]]:
    """Place and text of every sentence."""
    for package in ("engine", "model", "tui"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                found: list[ast.AST] = []
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                    found += node.args if name in CALLS else []
                    found += [keyword.value for keyword in node.keywords if name in CALLS or keyword.arg in KEYWORDS]
                elif isinstance(node, ast.FunctionDef) and path.parent.name in ("cli", "commands"):
                    is_command = any("command" in ast.unparse(decorator) for decorator in node.decorator_list)
                    found += [ast.Constant(ast.get_docstring(node) or "")] if is_command else []
                for text in (text for expression in found for text in texts_of(expression)):
                    if len(text.split()) >= FEWEST_WORDS:
                        yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", " ".join(text.split())


def main() -> None:
    """Print a sample."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    known = sorted(set(sentences()))
    print(f"{given.sample} of {len(known)} sentences, seed {given.seed}")
    for place, text in random.Random(given.seed).sample(known, given.sample):
        print(f"{place}\n    {text}")


if __name__ == "__main__":
    main()
