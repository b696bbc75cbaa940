"""Documents of one split that are found again in another: same title, or nearly the same text."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from model.data.document import Document

SHINGLE_WORDS = 5
"""Runs of five words are rare enough to tell texts apart and short enough to survive an edit."""

NEAR_DUPLICATE = 0.5
"""Jaccard similarity of the shingles from which two texts count as nearly the same."""

COMMON = 50
"""A shingle in more documents than this is a phrase, not a trace of copying; it names no candidates."""

Shingles = frozenset[tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Leak:
    """Two documents that should not stand on two sides.

    Attributes:
        first: Index in the first list.
        second: Index in the second list.
        titles: Their titles.
        kind: ``title`` (same title) or ``text`` (nearly the same text).
        similarity: Jaccard similarity of the texts' shingles, 0..1.
    """

    first: int
    second: int
    titles: tuple[str, str]
    kind: str
    similarity: float


def find_leaks(first: Sequence[Document], second: Sequence[Document]) -> list[Leak]:
    """Pairs of documents, one of each list, with the same title or a nearly equal text; most similar first."""
    shingles, others = [_shingles(d) for d in first], [_shingles(d) for d in second]
    texts = _near_pairs(shingles, others)
    titles: dict[str, list[int]] = {}
    for i, document in enumerate(first):
        titles.setdefault(document.title, []).append(i)
    same_title = {(i, j) for j, document in enumerate(second) for i in titles.get(document.title, ())}
    leaks = [
        Leak(
            first=i,
            second=j,
            titles=(first[i].title, second[j].title),
            kind="text" if (i, j) in texts else "title",
            similarity=_jaccard(shingles[i], others[j]),
        )
        for i, j in same_title | texts
    ]
    return sorted(leaks, key=lambda leak: (-leak.similarity, leak.first, leak.second))


def find_duplicates(documents: Sequence[Document]) -> list[Leak]:
    """Pairs of documents inside one list, as :func:`find_leaks` finds them between two."""
    return [leak for leak in find_leaks(documents, documents) if leak.first < leak.second]


def _near_pairs(shingles: list[Shingles], others: list[Shingles]) -> set[tuple[int, int]]:
    holders: dict[tuple[str, ...], list[int]] = {}
    for i, own in enumerate(shingles):
        for shingle in own:
            holders.setdefault(shingle, []).append(i)
    pairs: set[tuple[int, int]] = set()
    for j, own in enumerate(others):
        shared = Counter(i for shingle in own if len(held := holders.get(shingle, ())) <= COMMON for i in held)
        pairs.update((i, j) for i in shared if _jaccard(shingles[i], own) >= NEAR_DUPLICATE)
    return pairs


def _shingles(document: Document) -> Shingles:
    words = document.words
    if len(words) < SHINGLE_WORDS:
        return frozenset([words])
    return frozenset(zip(*(words[i:] for i in range(SHINGLE_WORDS)), strict=False))


def _jaccard(a: Shingles, b: Shingles) -> float:
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared)
