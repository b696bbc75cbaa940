"""Subsets of a corpus, stratified so that rare relation classes spread over them."""

import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.data.document import Document
from model.errors import ModelError


def partition(documents: Sequence[Document], k: int, seed: int) -> list[npt.NDArray[np.int64]]:
    """Cuts documents into ``k`` subsets by iterative stratification (Sechidis et al. 2011, algorithm 1).

    The rarest relation class is dealt out first, each of its documents to the subset that has the least of it; sizes
    differ by one at most. The result follows from documents, k and seed alone.

    Args:
        documents: Which relation classes each holds is all that counts.
        k: Number of subsets, from 1 to the number of documents.
        seed: Breaks ties.

    Returns:
        k arrays of indexes into ``documents``, each ascending; together every index once.
    """
    n = len(documents)
    if not 1 <= k <= n:
        raise ModelError(f"the number of subsets must lie in 1..{n}, the number of documents; given: {k}")
    rng = random.Random(f"subsets/{seed}")
    order = rng.sample(range(n), n)
    classes = [sorted({relation.type for relation in document.relations}) for document in documents]
    holders: dict[str, list[int]] = {}
    for index in order:
        for name in classes[index]:
            holders.setdefault(name, []).append(index)
    deal = _Deal(classes, [n // k + (i < n % k) for i in rng.sample(range(k), k)], rng)
    open_classes = {name: len(members) for name, members in holders.items()}
    while open_classes:
        rarest = min(open_classes, key=lambda name: (open_classes[name], name))
        for index in holders[rarest]:
            if deal.give(index, rarest):
                for name in classes[index]:
                    open_classes[name] -= 1
        open_classes = {name: count for name, count in open_classes.items() if count}
    for index in order:
        deal.give(index, None)
    return [np.array(sorted(subset), dtype=np.int64) for subset in deal.subsets]


class _Deal:
    """Subsets being filled."""

    def __init__(self, classes: list[list[str]], rooms: list[int], rng: random.Random) -> None:
        self.classes = classes
        self.rooms = rooms
        self.rng = rng
        self.subsets: list[list[int]] = [[] for _ in rooms]
        self._held: list[dict[str, int]] = [{} for _ in rooms]
        self._given: set[int] = set()

    def give(self, index: int, name: str | None) -> bool:
        """Puts a document where least of class ``name`` is, then where most room is; False if it was given before."""
        if index in self._given:
            return False
        rooms = [i for i, room in enumerate(self.rooms) if room]
        held = self._held
        best = min(rooms, key=lambda i: (held[i].get(name, 0) if name else 0, -self.rooms[i], self.rng.random()))
        self.subsets[best].append(index)
        self.rooms[best] -= 1
        self._given.add(index)
        for own in self.classes[index]:
            held[best][own] = held[best].get(own, 0) + 1
        return True
