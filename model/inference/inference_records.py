"""What the stages of inference hand on: scored spans, mentions with their likeness, entities with their relations.

Legend: W words, S candidate spans, M mentions kept, E entities, P ordered entity pairs, H width, R relation types.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Float
from torch import Tensor

from model.data.document import Document

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scan:
    """A document and the score of each of its candidate spans.

    Attributes:
        document: The document.
        words: ``[W, H]`` states, on the model's device.
        spans: ``[S, 3]`` first word, one past the last, sentence.
        scores: ``[S]`` 0..1.
        given_entities: Gold clusters as rows of ``spans`` for a model type that is given them, else None.
        given_types: Gold class of each of them, for the relation type.
    """

    document: Document
    words: Float[Tensor, "W H"]
    spans: npt.NDArray[np.int32]
    scores: Float32
    given_entities: tuple[tuple[int, ...], ...] | None = None
    given_types: tuple[int, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Coreference:
    """The mentions of a document at one mention threshold, and how alike they are.

    Attributes:
        scan: The stage before.
        rows: ``[M]`` rows of the scan's spans, ascending.
        states: ``[M, H]`` pooled.
        scores: ``[M(M-1)/2]`` of the pairs i < j, 0..1.
        n_left_out: Spans above the threshold that the cap on pairs left out.
    """

    scan: Scan
    rows: Int64
    states: Float[Tensor, "M H"]
    scores: Float32
    n_left_out: int = 0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Relations:
    """Entities at one coreference threshold, with every score between them.

    Attributes:
        coreference: The stage before.
        clusters: Rows of the scan's spans, one array an entity.
        types: ``[E]`` class of each entity.
        type_scores: ``[E]`` probability of that class, 0..1; 1 where it was given.
        pairs: ``[P, 2]`` ordered pairs of different entities.
        scores: ``[P, R]`` 0..1.
    """

    coreference: Coreference
    clusters: tuple[Int64, ...]
    types: Int64
    type_scores: Float32
    pairs: Int64
    scores: Float32

    def mention_scores(self) -> dict[tuple[int, int], float]:
        """Score of each mention kept, 0..1, by its first word and one past its last."""
        scan, rows = self.coreference.scan, self.coreference.rows
        return {
            (s, e): score
            for (s, e), score in zip(scan.spans[rows, :2].tolist(), scan.scores[rows].tolist(), strict=True)
        }

    def cluster_scores(self) -> list[float]:
        """How alike the two least alike mentions of each entity are, 0..1; 1 for a single one and given entities."""
        found, n = self.coreference, len(self.coreference.rows)
        least = []
        for rows in self.clusters:
            position = np.sort(np.searchsorted(found.rows, rows))
            first, second = (position[side] for side in np.triu_indices(len(position), 1))
            pairs = found.scores[first * (2 * n - first - 1) // 2 + second - first - 1]
            least.append(1.0 if found.scan.given_entities is not None else float(pairs.min(initial=1.0)))
        return least


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Known:
    """Which pairs of entities were scored before: their clusters and classes are the same, hence their scores.

    Attributes:
        todo: ``[E(E-1)/2]`` True for the pairs i < j that are new.
        rows: Ordered pairs now that were scored before.
        scores: Their scores.
    """

    todo: npt.NDArray[np.bool_]
    rows: Int64
    scores: Float32

    @classmethod
    def of(cls, found: Relations, known: Relations) -> "Known":
        """Compares clusters found now, with types and pairs but not yet scores, with those of other thresholds."""
        before: dict[Any, int] = {
            (rows.tobytes(), kind): e
            for e, (rows, kind) in enumerate(zip(known.clusters, known.types.tolist(), strict=True))
        }
        names = zip(found.clusters, found.types.tolist(), strict=True)
        old = np.array([before.get((rows.tobytes(), kind), -1) for rows, kind in names], dtype=np.int64)
        first, second = np.triu_indices(len(old), 1)
        both = (old[found.pairs] >= 0).all(axis=1) if len(known.pairs) else np.zeros(len(found.pairs), dtype=bool)
        rows = np.flatnonzero(both)
        head, tail = old[found.pairs[rows]].T
        # Ordered pairs leave out (e, e): those with a tail behind the head have moved up by one.
        scores = known.scores[head * (len(known.clusters) - 1) + tail - (tail > head)]
        pair_is_old = (old[first] >= 0) & (old[second] >= 0) & bool(len(known.pairs))
        return cls(todo=~pair_is_old, rows=rows, scores=scores)

    def fill(self, scores: Float32) -> Float32:
        """Puts what was known among the scores ``[P, R]`` of the new pairs."""
        scores[self.rows] = self.scores
        return scores
