"""Gold and prediction of an example document put beside each other, item by item."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

from engine.artifacts.examples import ExampleDocument, ExampleSide

Verdict = Literal["right", "missed", "spurious", "wrong"]
"""``wrong``: a predicted item stands in the place of a gold one and differs from it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExampleRow:
    """One row: a gold item, a predicted item, or both.

    Attributes:
        verdict: What it is.
        error: Class of the mistake; empty where it is right or was not classified.
        gold: Index of the gold item; None for none.
        predicted: Index of the predicted item; None for none.
    """

    verdict: Verdict
    error: str = ""
    gold: int | None = None
    predicted: int | None = None


def example_rows(document: ExampleDocument, task: str) -> tuple[ExampleRow, ...]:
    """All items of a task in the order of the text; every gold and every predicted item is in exactly one row.

    Args:
        document: The document.
        task: ``mention``, ``entity`` or ``relation``.
    """
    gold, predicted = _keys(document.gold, task), _keys(document.predicted, task)
    place = {key: i for i, key in reversed(list(enumerate(gold)))}
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for j, key in enumerate(predicted):
        if key in place and place[key] not in taken:
            partner[j] = place[key]
            taken.add(place[key])
    right = set(partner)
    errors: dict[int, str] = {}
    missing: dict[int, str] = {}
    for mistake in document.mistakes:
        if mistake.task != task:
            continue
        for i in mistake.gold:
            missing.setdefault(i, mistake.error)
        found = mistake.predicted
        if found is None or found in right:
            continue
        errors.setdefault(found, mistake.error)
        free = [i for i in mistake.gold if i not in taken]
        if free and found not in partner:
            partner[found] = free[0]
            taken.add(free[0])
    rows = [_row(j, partner.get(j), j in right, errors.get(j, "")) for j in range(len(predicted))]
    alone = sorted(set(range(len(gold))) - taken)
    rows += [ExampleRow(verdict="missed", error=missing.get(i, ""), gold=i) for i in alone]
    first = {id(side): _first_spans(side) for side in (document.gold, document.predicted)}
    return tuple(sorted(rows, key=lambda row: _position(document, task, row, first)))


def task_counts(document: ExampleDocument, task: str) -> tuple[int, int, int]:
    """How many items are right, how many gold ones were missed, how many predicted ones are spurious or wrong."""
    gold, predicted = set(_keys(document.gold, task)), set(_keys(document.predicted, task))
    n_right = len(gold & predicted)
    return n_right, len(gold) - n_right, len(predicted) - n_right


def _row(j: int, i: int | None, right: bool, error: str) -> ExampleRow:
    if right:
        return ExampleRow(verdict="right", gold=i, predicted=j)
    return ExampleRow(verdict="spurious" if i is None else "wrong", error=error, gold=i, predicted=j)


def _keys(side: ExampleSide, task: str) -> list[Hashable]:
    """What makes items equal: spans; sets of spans with a type; both ends with a type."""
    if task == "mention":
        return list(side.mentions)
    entities = [(frozenset(side.mentions[m] for m in entity.mentions), entity.type) for entity in side.entities]
    if task == "entity":
        return list(entities)
    return [(entities[one.head], entities[one.tail], one.type) for one in side.relations]


def _first_spans(side: ExampleSide) -> list[tuple[int, int]]:
    """The first mention of each entity."""
    return [min((side.mentions[m] for m in entity.mentions), default=(0, 0)) for entity in side.entities]


def _position(
    document: ExampleDocument, task: str, row: ExampleRow, first_spans: dict[int, list[tuple[int, int]]]
) -> tuple[object, ...]:
    side, item = (document.predicted, row.predicted) if row.gold is None else (document.gold, row.gold)
    assert item is not None
    if task == "mention":
        return (*side.mentions[item], row.gold is None)
    first = first_spans[id(side)]
    if task == "entity":
        return (*first[item], row.gold is None)
    relation = side.relations[item]
    return (*first[relation.head], *first[relation.tail], relation.type, row.gold is None)
