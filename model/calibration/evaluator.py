"""The evaluator of a trained network: documents are read once, then any thresholds cost only what they change.

Encoder and span scores once a document; pairs of mentions once a set of mentions kept; relations once a set of
clusters; relation thresholds filter the same scores. A threshold that moves a little leaves most documents
with the same mentions and clusters: these are remembered and not computed again, nor are pairs of clusters seen
before. Every number comes from :mod:`model.inference.inference`, so predictions are those of the model at the same
thresholds (a score may differ in its last bit, as a matrix product rounds by its shape).

Legend: D documents, M mentions kept, P ordered entity pairs.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.cluster.hierarchy import linkage
from torch import Tensor

from model.calibration.byte_budget_cache import Memo
from model.calibration.cached_scores import Base, Linked
from model.calibration.gold_matching import Truth, read_truth
from model.calibration.record import DocumentRecord, record
from model.data.prediction import Prediction
from model.inference.clustering import merge_limit
from model.inference.inference import Inference
from model.inference.inference_records import Scan
from model.network.joint import JointModel
from model.thresholds.candidates import MentionScores, RelationCandidates
from model.thresholds.evaluator import CachedEvaluator
from model.thresholds.thresholds import LOWEST, Bounds, ThresholdSet

FLOOR = 0.02
"""Relation scores below are not kept: no threshold of use lies there, and early on nearly all scores do not."""

MEMORY = 1024
"""MiB for word states and what is remembered."""

MOST_CANDIDATES = 4_000_000
"""Relation scores kept for one combination, all documents together; about 20 bytes each."""

MOST_MENTIONS = 3
"""Mentions kept at the lowest mention threshold, for each gold one: below, two of three are wrong, and work grows with
the square (the low bound of paper §2.3, which gives no value)."""

_FLOORS = (FLOOR, 0.05, 0.1, 0.2, 0.4)
_PROBE = 24
"""Documents looked at to choose the floor."""

_MIB = 1 << 20


class ModelEvaluator:
    """A :class:`~model.thresholds.evaluator.Evaluator` over a network and documents with gold annotation.

    Every document is added in order, then :meth:`settle` is called once;
    :func:`model.calibration.documents.evaluator_over` does both.

    Args:
        model: In evaluation mode; its weights must not change while this is used.
        encode: Word states of a document by its number, to read again what does not fit; None keeps all.
        memory: MiB: half for word states, the rest for pairs of mentions, scores of relations, what is kept of them.
        most_candidates: Relation scores kept for one combination.

    Attributes:
        n_reencoded: Documents read again for lack of memory.
        n_mentions_left_out: Mentions above a threshold that the model's cap on pairs left out, last combination.
        n_relations_left_out: Relation scores that the cap left out, last combination.
    """

    def __init__(
        self,
        model: JointModel,
        *,
        encode: Callable[[int], Tensor] | None = None,
        memory: int = MEMORY,
        most_candidates: int = MOST_CANDIDATES,
    ) -> None:
        self.model = model
        self.inference = Inference(model)
        self.schema = model.schema
        self.encode = encode
        self.n_reencoded = self.n_mentions_left_out = self.n_relations_left_out = 0
        budget = memory * _MIB
        self._linked: Memo[Linked] = Memo(budget // 8)
        self._records: Memo[DocumentRecord] = Memo(budget // 4)
        self._bases: Memo[Base] = Memo(budget // 8)
        self._scans: list[Scan] = []
        self._truths: list[Truth] = []
        self._ranked: list[npt.NDArray[np.float32]] = []
        self._most: list[int] = []
        self._state_bytes = 0
        self._largest = 0
        self._state_budget = budget // 2
        self._counts: list[float] = []
        self.most_candidates = most_candidates
        self.most_a_document = most_candidates
        self.bounds = Bounds()

    def add(self, scan: Scan) -> None:
        """Takes in the next document."""
        if "mention" in self.model.counts:
            with torch.inference_mode():
                self._counts.append(float(self.model.count_mentions(scan.words, (0, len(scan.words)))[0]))
        self._truths.append(read_truth(scan.document, scan.spans, self.schema))
        self._ranked.append(np.sort(scan.scores))
        limited = self.model.mention is not None
        self._most.append(self.inference.most_mentions(scan) if limited else len(scan.scores))
        n_bytes = scan.words.numel() * scan.words.element_size()
        if self.encode is not None and self._state_bytes + n_bytes > self._state_budget:
            self._scans.append(replace(scan, words=scan.words[:0].clone()))
            return
        # A slice would keep the states of its whole batch, and outlive them.
        self._scans.append(replace(scan, words=scan.words.clone()))
        self._state_bytes += n_bytes

    def settle(self, around: ThresholdSet) -> "ModelEvaluator":
        """Sets the bounds: the floor of relation scores by what a few documents hold at ``around``; returns itself.

        As many mentions are taken as gold has: thresholds may be far off before they were ever tuned.
        """
        self.most_a_document = max(1000, self.most_candidates // max(1, len(self._scans)))
        self.bounds = Bounds(mention=(self._lowest_mention(), 1.0), relation=(self._choose_floor(around), 1.0))
        return self

    def cached(self) -> CachedEvaluator:
        """Itself behind a cache of combinations that fits a quarter of the memory."""
        room = self._records.budget // max(1, 24 * self._largest)
        return CachedEvaluator(self, capacity=int(min(32, max(2, room))))

    @property
    def predicted_mentions(self) -> npt.NDArray[np.float64]:
        """The count head's number of mentions of each document; empty without the head."""
        return np.array(self._counts)

    @property
    def n_documents(self) -> int:
        """D."""
        return len(self._scans)

    def mention_scores(self) -> MentionScores:
        """Every candidate span that some threshold lets through; those that the cap on pairs shuts out are not."""
        scores, gold = [], []
        for scan, truth, most in zip(self._scans, self._truths, self._most, strict=True):
            inside = np.argsort(-scan.scores, kind="stable")[:most]
            scores.append(scan.scores[inside])
            gold.append(truth.is_mention[inside])
        return MentionScores(
            score=_joined(scores, np.float32),
            gold=_joined(gold, np.bool_),
            document=np.repeat(np.arange(self.n_documents, dtype=np.int32), [len(part) for part in scores]),
            gold_counts=np.array([truth.n_mentions for truth in self._truths], dtype=np.int64),
        )

    def coref_scores(self, mention: float) -> npt.NDArray[np.float32]:
        """Scores at which clusters merge when mentions are kept at ``mention``."""
        parts = [1 - self._link(d, self._kept(d, mention)).heights for d in range(self.n_documents)]
        merges: npt.NDArray[np.float32] = np.clip(_joined(parts, np.float32), 0, 1)
        return merges

    def relation_candidates(self, mention: float, coref: float) -> RelationCandidates:
        """Every relation scored at or above the floor for these two thresholds."""
        return self.candidates([self._kept(d, mention) for d in range(self.n_documents)], coref)

    def candidates(self, n_mentions: list[int], coref: float) -> RelationCandidates:
        """The same where each document keeps its own number of mentions, those of highest score."""
        records = [self._record(d, n, coref) for d, n in enumerate(n_mentions)]
        self.n_relations_left_out = sum(r.n_left_out for r in records)
        self.n_mentions_left_out = sum(
            max(0, n - most) for n, most in zip(n_mentions, self._most, strict=True) if self.model.mention is not None
        )
        first_pair = np.cumsum([0] + [r.n_pairs for r in records])
        n_types = len(self.schema.relation_types)
        gold_counts = [np.bincount(truth.relations[:, 4], minlength=n_types) for truth in self._truths]
        return RelationCandidates(
            score=_joined([r.score for r in records], np.float32),
            relation_type=_joined([r.relation_type for r in records], np.int16),
            gold=_joined([r.gold for r in records], np.bool_),
            gold_ignoring_types=_joined([r.gold_ignoring_types for r in records], np.bool_),
            document=np.repeat(np.arange(len(records), dtype=np.int32), [len(r.score) for r in records]),
            pair=_joined([r.pair + o for r, o in zip(records, first_pair, strict=False)], np.int64),
            gold_counts=np.array(gold_counts, dtype=np.int64).reshape(len(records), n_types),
            unknown_gold=np.array([truth.n_unknown for truth in self._truths], dtype=np.int64),
            floor=self.bounds.relation[0],
            tasks={task: np.array([getattr(r, task) for r in records]).reshape(-1, 3) for task in ("coref", "entity")},
        )

    def predicted_relations(self, n_mentions: list[int], coref: float) -> npt.NDArray[np.float64]:
        """The count head's number of relations of each entity pair, numbered as the candidates' ``pair``."""
        records = [self._record(d, n, coref) for d, n in enumerate(n_mentions)]
        return _joined([r.counts for r in records if r.counts is not None], np.float64)

    def prediction(self, d: int, thresholds: ThresholdSet) -> Prediction:
        """What the model says of document ``d``, from what is held."""
        linked = self._link(d, self._kept(d, thresholds.mention))
        known = self._base(d, linked, thresholds.coref).relations
        relations = self.inference.relations(linked.coreference, thresholds.coref, known)
        return self.inference.prediction(relations, thresholds)

    def kept(self, mention: float) -> list[int]:
        """How many mentions each document keeps at a threshold, before the cap on pairs."""
        return [self._kept(d, mention) for d in range(self.n_documents)]

    def facts(self) -> dict[str, float | int]:
        """Memory in MiB by part, the floor, and what was left out or computed again; for people and benchmarks."""
        return {
            "documents": self.n_documents,
            "states_mib": self._state_bytes / _MIB,
            "mention_pairs_mib": self._linked.n_bytes / _MIB,
            "relations_mib": (self._records.n_bytes + self._bases.n_bytes) / _MIB,
            "relation_floor": self.bounds.relation[0],
            "coreferences_computed": self._linked.n_made,
            "relations_asked": self._records.n_asked,
            "relations_computed": self._records.n_made,
            "documents_read_again": self.n_reencoded,
            "mentions_left_out": self.n_mentions_left_out,
            "relations_left_out": self.n_relations_left_out,
            "unknown_gold_relations": sum(truth.n_unknown for truth in self._truths),
        }

    def _scan(self, d: int) -> Scan:
        scan = self._scans[d]
        if len(scan.words) or self.encode is None:
            return scan
        self.n_reencoded += 1
        return replace(scan, words=self.encode(d))

    def _kept(self, d: int, mention: float) -> int:
        ranked = self._ranked[d]
        return len(ranked) - int(np.searchsorted(ranked, np.float32(mention), side="left"))

    def _link(self, d: int, n: int) -> Linked:
        """The mentions of document ``d`` where ``n`` pass; sets of mentions are nested, so their number tells them."""
        n = min(n, self._most[d])

        def make() -> Linked:
            threshold = float(self._ranked[d][len(self._ranked[d]) - n]) if n else math.inf
            found = self.inference.coreference(self._scan(d), threshold, n)
            heights = np.zeros(0)
            if found.scan.given_entities is None and len(found.rows) > 1:
                heights = linkage(1.0 - found.scores.astype(np.float64), "complete")[:, 2]
            return Linked(coreference=found, heights=heights, holds_words=found.scan is not self._scans[d])

        return self._linked.get((d, n), make)

    def _record(self, d: int, n: int, coref: float) -> DocumentRecord:
        linked = self._link(d, n)
        n_merges = int((linked.heights < merge_limit(coref)).sum())

        def make() -> DocumentRecord:
            base = self._bases.peek(d)
            relations = self.inference.relations(linked.coreference, coref, base.relations if base else None)
            if base is None or base.is_far(relations):
                self._bases.put(d, Base.of(relations, self._scans[d]))
            counts = None
            if "relation" in self.model.counts:
                with torch.inference_mode():
                    scores = torch.from_numpy(relations.scores).to(linked.coreference.states.device)
                    counts = self.model.count_relations(scores).cpu().numpy()
            low = self.bounds.relation[0]
            return record(relations, self._truths[d], floor=low, most=self.most_a_document, counts=counts)

        return self._records.get((d, min(n, self._most[d]), n_merges), make)

    def _base(self, d: int, linked: Linked, coref: float) -> Base:
        """All scores of a document at thresholds asked before, the nearest that are held."""
        return self._bases.get(d, lambda: Base.of(self.inference.relations(linked.coreference, coref), self._scans[d]))

    def _lowest_mention(self) -> float:
        """The mention threshold at which :data:`MOST_MENTIONS` spans are kept for each gold mention."""
        most = MOST_MENTIONS * sum(truth.n_mentions for truth in self._truths)
        scores = np.concatenate([*self._ranked, np.zeros(0, dtype=np.float32)])
        if not 0 < most < len(scores):
            return LOWEST
        return float(np.partition(scores, len(scores) - most)[len(scores) - most])

    def _choose_floor(self, around: ThresholdSet) -> float:
        """The lowest floor that keeps the candidates of a few documents, scaled up, below the most allowed."""
        probe = range(0, self.n_documents, max(1, self.n_documents // _PROBE))
        kept = np.zeros(len(_FLOORS))
        for d in probe:
            linked = self._link(d, min(self._truths[d].n_mentions, len(self._ranked[d])))
            found = self._base(d, linked, around.coref).relations.scores
            kept += [(found >= np.float32(floor)).sum() for floor in _FLOORS]
        expected = kept * (self.n_documents / max(1, len(probe)))
        fits = (i for i, n in enumerate(expected) if n <= self.most_candidates)
        chosen = next(fits, len(_FLOORS) - 1)
        self._largest = int(min(expected[chosen], self.most_candidates))
        return _FLOORS[chosen]


def _joined(parts: Sequence[npt.NDArray[Any]], kind: type[np.generic]) -> npt.NDArray[Any]:
    return np.concatenate(parts).astype(kind, copy=False) if parts else np.zeros(0, dtype=kind)
