"""Every function, class and method of the product is used by the product, a benchmark or a page, not by tests alone."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PACKAGES = ("engine", "model", "tui")

CALLED_BY_LIBRARIES = {
    # SQLAlchemy, SQLModel
    "process_bind_param", "process_result_value", "SchemaVersionRow",
    # Lightning
    "configure_optimizers", "configure_gradient_clipping", "transfer_batch_to_device", "training_step",
    "validation_step",
    # Textual
    "discover", "check_consume_key", "get_default_screen",
    # click
    "get_metavar",
}  # fmt: skip
"""Names that a library looks up."""

HOOKS = ("_", "on_", "action_", "watch_", "validate_", "render", "compose")
"""Beginnings of names that Textual, click or Python call."""


def product() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def users() -> Iterator[Path]:
    """What may use the product: itself, the module beside it, benchmarks, pages and their examples."""
    yield from product()
    yield from (ROOT / "trimtab.py", ROOT / "pyproject.toml")
    for folder in ("benchmarks", "docs"):
        yield from (path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in (".py", ".md", ".yaml"))


def defined(path: Path) -> Iterator[str]:
    """Names of functions, classes and methods that a module offers."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list:
            yield node.name
        if isinstance(node, ast.ClassDef):
            yield node.name
            yield from (part.name for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef))


def test_nothing_is_there_for_tests_alone() -> None:
    words = Counter(word for path in users() for word in re.findall(r"\w+", path.read_text(encoding="utf-8")))
    unused = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in product()
        for name in defined(path)
        if words[name] <= 1 and not name.startswith(HOOKS) and name not in CALLED_BY_LIBRARIES
    ]
    assert not unused, "\n".join(unused)


def test_what_libraries_call_is_still_there() -> None:
    there = {name for path in product() for name in defined(path)}
    assert there >= CALLED_BY_LIBRARIES
