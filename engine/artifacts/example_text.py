"""Example documents in words: their text with mentions marked, and their items."""

from typing import Literal

from engine.artifacts.examples import ExampleDocument, ExampleSide
from engine.artifacts.gold_vs_predicted import example_rows

Mark = Literal["", "right", "missed", "spurious"]
"""What a piece of text is: nothing, inside a mention that was found, only annotated, only predicted."""

Piece = tuple[str, Mark]
"""Text and what it is."""

BRACKETS: dict[str, tuple[str, str]] = {"right": ("<", ">"), "missed": ("[", "]"), "spurious": ("{", "}")}
"""Mentions are told apart without colour; they may overlap and nest."""


def marked_sentences(document: ExampleDocument, *, numbers: bool = True) -> list[list[Piece]]:
    """Every sentence as pieces; brackets stand around mentions.

    Args:
        document: The document.
        numbers: After each mention of an entity with several: ``|N``, the row of its entity; see `entity_rows`.
    """
    spans = _spans(document)
    rows = entity_rows(document) if numbers else {}
    opening: dict[int, list[tuple[int, int, Mark]]] = {}
    closing: dict[int, list[tuple[int, int, Mark]]] = {}
    for (start, end), mark in spans.items():
        opening.setdefault(start, []).append((start, end, mark))
        closing.setdefault(end, []).append((start, end, mark))
    sentences, at = [], 0
    open_now: list[Mark] = []
    for sentence in document.sentences:
        pieces: list[Piece] = []
        for i, word in enumerate(sentence):
            # Outer mentions open first and close last, as far as they nest.
            starts = sorted(opening.get(at, []), key=lambda span: -span[1])
            ends = sorted(closing.get(at + 1, []), key=lambda span: -span[0])
            if i:
                pieces.append((" ", _strongest(open_now)))
            for _, _, mark in starts:
                pieces.append((BRACKETS[mark][0], mark))
                open_now.append(mark)
            pieces.append((word, _strongest(open_now)))
            for start, end, mark in ends:
                label = rows.get((start, end), "")
                pieces.append((f"{label}{BRACKETS[mark][1]}", mark))
                open_now.remove(mark)
            at += 1
        sentences.append(pieces)
    return sentences


def entity_rows(document: ExampleDocument) -> dict[tuple[int, int], str]:
    """The label of each mention whose entity has several: which row of `example_rows` it belongs to, from 1.

    ``|2``, or ``|2/5`` where gold and prediction put it into entities of different rows; mentions that stand alone on
    both sides have none.
    """
    gold: dict[tuple[int, int], int] = {}
    predicted: dict[tuple[int, int], int] = {}
    several = set()
    for number, row in enumerate(example_rows(document, "entity"), start=1):
        for side, item, into in ((document.gold, row.gold, gold), (document.predicted, row.predicted, predicted)):
            if item is not None:
                mentions = side.entities[item].mentions
                into |= {side.mentions[mention]: number for mention in mentions}
                several |= {number} if len(mentions) > 1 else set()
    labels = {}
    for span in {*gold, *predicted}:
        numbers = list(dict.fromkeys(n for n in (gold.get(span), predicted.get(span)) if n is not None))
        if several & set(numbers):
            labels[span] = "|" + "/".join(map(str, numbers))
    return labels


def item_text(document: ExampleDocument, side: ExampleSide, task: str, item: int) -> str:
    """A mention's words; an entity's first words, how many mentions it has, its type; a relation with its score."""
    if task == "mention":
        return _words(document, side.mentions[item])
    if task == "entity":
        entity = side.entities[item]
        times = f" ×{len(entity.mentions)}" if len(entity.mentions) > 1 else ""
        return f"{entity_name(document, side, item)}{times} {entity.type}".rstrip()
    relation = side.relations[item]
    score = "" if relation.score is None else f" {relation.score:.2f}"
    return f"{ends_text(document, side, item)} {relation.type}{score}"


def ends_text(document: ExampleDocument, side: ExampleSide, item: int) -> str:
    """Both ends of a relation: ``Anna Holm → Lund``."""
    relation = side.relations[item]
    return f"{entity_name(document, side, relation.head)} → {entity_name(document, side, relation.tail)}"


def entity_name(document: ExampleDocument, side: ExampleSide, item: int) -> str:
    """The longest of an entity's mentions, the first of equals: rather ``Anna Holm`` than ``She``."""
    spans = sorted(side.mentions[mention] for mention in side.entities[item].mentions)
    return max((_words(document, span) for span in spans), key=len, default="")


def _spans(document: ExampleDocument) -> dict[tuple[int, int], Mark]:
    gold, predicted = set(document.gold.mentions), set(document.predicted.mentions)
    marks: dict[tuple[int, int], Mark] = {}
    for span in sorted(gold | predicted):
        marks[span] = "right" if span in gold & predicted else "missed" if span in gold else "spurious"
    return marks


def _strongest(marks: list[Mark]) -> Mark:
    """Of overlapping mentions the mistake is the one to see."""
    return next((mark for mark in ("missed", "spurious", "right") if mark in marks), "")


def _words(document: ExampleDocument, span: tuple[int, int]) -> str:
    return " ".join(document.words[span[0] : span[1]])
