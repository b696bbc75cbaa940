"""What the evaluator holds between two thresholds, with its size.

Legend: M mentions kept, H width.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from model.inference.inference_records import Coreference, Relations, Scan


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Linked:
    """Mentions kept, with the distances at which clusters merge.

    Attributes:
        coreference: The mentions, their states and pair scores.
        heights: ``[M-1]`` ascending; empty where clusters are given.
        holds_words: True if the word states are held for this alone.
    """

    coreference: Coreference
    heights: npt.NDArray[np.float64]
    holds_words: bool

    @property
    def n_bytes(self) -> int:
        """Memory, word states included where they are held for this alone."""
        found = self.coreference
        tensors = [found.states, found.scan.words] if self.holds_words else [found.states]
        arrays = (found.rows, found.scores, self.heights)
        return sum(t.numel() * t.element_size() for t in tensors) + sum(a.nbytes for a in arrays)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Base:
    """All relation scores of a document at some thresholds; near ones copy from them.

    Attributes:
        relations: Without the states they were made from.
    """

    relations: Relations

    @classmethod
    def of(cls, relations: Relations, scan: Scan) -> "Base":
        """Keeps the scores and lets go of what made them; ``scan`` is the one that is held anyway."""
        found = relations.coreference
        light = replace(found, scan=scan, states=found.states[:0].clone(), scores=found.scores[:0])
        return cls(relations=replace(relations, coreference=light))

    def is_far(self, relations: Relations) -> bool:
        """Whether fewer than half of the pairs found elsewhere could be copied from here."""
        own = {rows.tobytes() for rows in self.relations.clusters}
        shared = sum(rows.tobytes() in own for rows in relations.clusters)
        return 2 * shared**2 < len(relations.clusters) ** 2

    @property
    def n_bytes(self) -> int:
        """Memory of the scores."""
        return self.relations.scores.nbytes + self.relations.pairs.nbytes
