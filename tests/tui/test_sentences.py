"""Toasts, questions and prompts start with a capital, as every sentence does."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TUI = Path(__file__).resolve().parents[2] / "tui"
SPEAKERS = {"toast": 1, "Confirm": 3, "Prompt": 2}
"""Calls by name, and how many of their first arguments a person reads."""


def beginnings(text: ast.expr) -> Iterator[str]:
    """What the text may begin with; nothing for one that begins with a value."""
    if isinstance(text, ast.Constant) and isinstance(text.value, str):
        yield text.value
    elif isinstance(text, ast.JoinedStr) and text.values:
        yield from beginnings(text.values[0])
    elif isinstance(text, ast.IfExp):
        yield from beginnings(text.body)
        yield from beginnings(text.orelse)
    elif isinstance(text, ast.BinOp):
        yield from beginnings(text.left)


def said() -> Iterator[tuple[str, str]]:
    """Place and text of everything that is said."""
    for file in sorted(TUI.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                for text in node.args[: SPEAKERS.get(name, 0)]:
                    for beginning in beginnings(text):
                        yield f"{file.relative_to(TUI)}:{node.lineno}", beginning


def test_what_the_interface_says_starts_with_a_capital() -> None:
    told = list(said())
    assert len(told) > 40
    wrong = [f"{place}: {text}" for place, text in told if text[:1].islower() and not is_key(text)]
    assert not wrong, "\n".join(wrong)


def is_key(text: str) -> bool:
    """Whether a text begins with a key, as hints do: ``u undo``."""
    return len(text.partition(" ")[0]) == 1


@pytest.mark.parametrize(("text", "expected"), [("f'{x} is'", []), ("'a b' if x else f'C {y}'", ["a b", "C "])])
def test_beginnings_are_found_in_every_shape_of_a_text(text: str, expected: list[str]) -> None:
    assert list(beginnings(ast.parse(text, mode="eval").body)) == expected
