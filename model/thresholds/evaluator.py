"""How searches ask for validation results so that the encoder runs once: protocol, cache, recording, subset."""

from collections import OrderedDict
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32

from model.thresholds.candidates import MentionScores, RelationCandidates
from model.thresholds.thresholds import Bounds


@runtime_checkable
class Evaluator(Protocol):
    """Validation results at any mention and coreference threshold; see the package docstring for each member."""

    @property
    def n_documents(self) -> int:
        """D."""
        ...

    @property
    def bounds(self) -> Bounds:
        """Thresholds that can be asked."""
        ...

    def mention_scores(self) -> MentionScores:
        """Every candidate span."""
        ...

    def coref_scores(self, mention: float) -> Float32[np.ndarray, " C"]:
        """Scores at which clusters can change when mentions are kept at ``mention``."""
        ...

    def relation_candidates(self, mention: float, coref: float) -> RelationCandidates:
        """Every scored relation for these two thresholds."""
        ...


class CachedEvaluator:
    """Remembers the last relation candidates, because searches return to the same thresholds.

    Args:
        inner: What computes.
        capacity: Combinations remembered; the memory is this times the size of one :class:`RelationCandidates` (about
            11 bytes a candidate with int16 types and int32 documents; any integer type will do).

    Attributes:
        n_computed: Combinations computed so far.
        n_asked: Combinations asked so far.
    """

    def __init__(self, inner: Evaluator, capacity: int = 32) -> None:
        self.inner = inner
        self.capacity = capacity
        self.n_computed = 0
        self.n_asked = 0
        self._memory: OrderedDict[tuple[np.float32, np.float32], RelationCandidates] = OrderedDict()
        self._mentions: MentionScores | None = None

    @property
    def n_documents(self) -> int:
        """D."""
        return self.inner.n_documents

    @property
    def bounds(self) -> Bounds:
        """Thresholds that can be asked."""
        return self.inner.bounds

    def mention_scores(self) -> MentionScores:
        """Every candidate span; computed once."""
        if self._mentions is None:
            self._mentions = self.inner.mention_scores()
        return self._mentions

    def coref_scores(self, mention: float) -> Float32[np.ndarray, " C"]:
        """Passed on."""
        return self.inner.coref_scores(mention)

    def relation_candidates(self, mention: float, coref: float) -> RelationCandidates:
        """Remembered, or computed and remembered."""
        key = _key(mention, coref)
        self.n_asked += 1
        if key not in self._memory:
            self._memory[key] = self.inner.relation_candidates(mention, coref)
            self.n_computed += 1
            if len(self._memory) > self.capacity:
                self._memory.popitem(last=False)
        self._memory.move_to_end(key)
        return self._memory[key]


class SubsetEvaluator:
    """The results of some of the documents; documents keep their numbers.

    Args:
        inner: Results of all documents.
        documents: ``[D]``, True for those to count.
    """

    def __init__(self, inner: Evaluator, documents: Bool[np.ndarray, " D"]) -> None:
        self.inner = inner
        self.documents = documents

    @property
    def n_documents(self) -> int:
        """D, those not counted included."""
        return self.inner.n_documents

    @property
    def bounds(self) -> Bounds:
        """Thresholds that can be asked."""
        return self.inner.bounds

    def mention_scores(self) -> MentionScores:
        """Candidate spans of the counted documents."""
        return self.inner.mention_scores().subset(self.documents)

    def coref_scores(self, mention: float) -> Float32[np.ndarray, " C"]:
        """Passed on: they place grids only, and hold no truth."""
        return self.inner.coref_scores(mention)

    def relation_candidates(self, mention: float, coref: float) -> RelationCandidates:
        """Relations of the counted documents."""
        return self.inner.relation_candidates(mention, coref).subset(self.documents)


def _key(mention: float, coref: float) -> tuple[np.float32, np.float32]:
    return np.float32(mention), np.float32(coref)
