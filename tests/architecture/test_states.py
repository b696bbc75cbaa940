"""States and directions are asked, not compared with lists of words or turned into signs by hand."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.trials.states import Direction, SprintState, TrialState

ROOT = Path(__file__).resolve().parents[2]
HOME = "engine/trials/states.py"
"""Where the questions are answered."""

WORDS = {*TrialState, *SprintState}
FOREIGN = {"engine/exchange/conventions.py"}
"""Lists of words that other tools have for the states of their trials."""


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the packages, parsed, by path from the root."""
    for package in ("engine", "model", "tui"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name != HOME:
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def lists_of_states(tree: ast.AST) -> list[int]:
    """Lines with a tuple, list or set of two states or more by their words."""

    def is_word(node: ast.expr) -> bool:
        return isinstance(node, ast.Constant) and node.value in WORDS

    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Tuple | ast.List | ast.Set) and len(node.elts) > 1 and all(map(is_word, node.elts))
    ]


def memberships(tree: ast.AST) -> list[int]:
    """Lines that ask whether a state is one of several members."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.In | ast.NotIn)
        and isinstance(node.comparators[0], ast.Tuple | ast.List | ast.Set)
        and ast.unparse(node.left).endswith(".state")
    ]


def compared_words(tree: ast.AST) -> list[int]:
    """Lines that compare a sprint's or a trial's ``state`` with a word; runs and workers have words of their own."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and ast.unparse(node.left).endswith(".state")
        and isinstance(node.comparators[0], ast.Constant)
        and node.comparators[0].value in WORDS
        and not ast.unparse(node.left).startswith(("RunRow.", "WorkerRow."))
    ]


def signs_of_directions(tree: ast.AST) -> list[int]:
    """Lines whose sign, order or choice depends on a direction compared by hand."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.IfExp)
        and isinstance(node.test, ast.Compare)
        and any(
            word in ast.unparse(node.test)
            for word in (*map(repr, map(str, Direction)), "Direction.MAXIMIZE", "Direction.MINIMIZE")
        )
    ]


@pytest.mark.parametrize("find", [lists_of_states, memberships, compared_words])
def test_no_module_lists_states_or_compares_them_with_words(find: object) -> None:
    assert callable(find)
    found = [f"{name}:{line}" for name, tree in trees() if name not in FOREIGN for line in find(tree)]
    assert not found, f"ask the state instead, see {HOME}: {found}"


def test_no_module_works_a_sign_out_of_a_direction() -> None:
    found = [f"{name}:{line}" for name, tree in trees() for line in signs_of_directions(tree)]
    assert not found, f"ask the direction instead, see {HOME}: {found}"


def test_the_search_finds_what_it_looks_for() -> None:
    assert lists_of_states(ast.parse('a = ("running", "failed")')) == [1]
    assert memberships(ast.parse("trial.state in (QUEUED, RUNNING)")) == [1]
    assert compared_words(ast.parse('trial.state == "running"')) == [1]
    assert signs_of_directions(ast.parse('sign = -1.0 if direction == "maximize" else 1.0')) == [1]
