"""What a validation pass records: scored candidates with their truth, and F1 at any threshold.

Legend: N candidates, D documents, R relation types, K thresholds tried.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from model.errors import ModelError
from model.evaluation.scores import ClassScore
from model.thresholds.thresholds import LOWEST, ThresholdSet, keep


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MentionScores:
    """Every candidate span of the validation documents.

    Attributes:
        score: float32 ``[N]``, 0..1.
        gold: ``[N]``, True where the span is a gold mention.
        document: ``[N]``, index of the document, 0..D-1.
        gold_counts: ``[D]``, distinct gold mentions of each document, those too long to be candidates included.
    """

    score: Float32[np.ndarray, " N"]
    gold: Bool[np.ndarray, " N"]
    document: Int[np.ndarray, " N"]
    gold_counts: Int[np.ndarray, " D"]

    def __post_init__(self) -> None:
        _check_scores("mention scores", self.score, gold=self.gold, document=self.document)
        _check_documents("mention scores", self.document, len(self.gold_counts))
        reached = np.bincount(self.document[self.gold], minlength=len(self.gold_counts))
        if np.any(reached > self.gold_counts):
            raise ModelError("mention scores must mark no more gold spans than a document has gold mentions")

    @property
    def n_gold(self) -> int:
        """Gold mentions in all, unreachable ones included."""
        return int(self.gold_counts.sum())

    def counts_at(self, threshold: float) -> ClassScore:
        """Hits, predictions and gold at a threshold."""
        kept = keep(self.score, threshold)
        return ClassScore(hits=int((kept & self.gold).sum()), predicted=int(kept.sum()), gold=self.n_gold)

    def subset(self, documents: Bool[np.ndarray, " D"]) -> "MentionScores":
        """The candidates and the gold of the documents marked True; documents keep their numbers."""
        inside = documents[self.document]
        return MentionScores(
            score=self.score[inside],
            gold=self.gold[inside],
            document=self.document[inside],
            gold_counts=np.where(documents, self.gold_counts, 0),
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RelationCandidates:
    """Every scored (entity pair, relation type) for one mention and one coreference threshold.

    An (entity pair, relation type) occurs at most once: see :func:`collapse_duplicates`.

    Attributes:
        score: float32 ``[N]``, 0..1.
        relation_type: ``[N]``, 0..R-1.
        gold: ``[N]``, True where pair, both entity types and relation are gold (``rel_nec``).
        document: ``[N]``, index of the document, 0..D-1.
        gold_counts: ``[D, R]``, gold relations, those that these clusters cannot reach included.
        floor: Candidates below this score were left out; no threshold below it can be asked.
        gold_ignoring_types: ``[N]`` as ``gold`` without regard to entity types (``rel``); None if not recorded.
        pair: ``[N]``, number of the entity pair, unique over all documents; needed by :mod:`model.thresholds.nha` only.
        unknown_gold: ``[D]``, gold relations of types beyond the R: a miss at any threshold; None for none.
        tasks: Other tasks at the same two thresholds (``mention``, ``coref``, ``entity``): counts ``[D, 3]`` of hits,
            predictions and gold; for reports.
    """

    score: Float32[np.ndarray, " N"]
    relation_type: Int[np.ndarray, " N"]
    gold: Bool[np.ndarray, " N"]
    document: Int[np.ndarray, " N"]
    gold_counts: Int[np.ndarray, "D R"]
    floor: float = LOWEST
    gold_ignoring_types: Any = None
    pair: Any = None
    unknown_gold: Any = None
    tasks: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        what = "relation candidates"
        fields = {"relation_type": self.relation_type, "gold": self.gold, "document": self.document}
        for name in ("gold_ignoring_types", "pair"):
            if getattr(self, name) is not None:
                fields[name] = getattr(self, name)
        _check_scores(what, self.score, **fields)
        _check_documents(what, self.document, len(self.gold_counts))
        if self.score.size and not 0 <= self.relation_type.min() <= self.relation_type.max() < self.n_types:
            raise ModelError(f"{what}: relation_type must lie in 0..{self.n_types - 1}")
        reached = np.zeros(self.gold_counts.shape, dtype=np.int64)
        np.add.at(reached, (self.document[self.gold], self.relation_type[self.gold]), 1)
        if np.any(reached > self.gold_counts):
            raise ModelError(
                f"{what} must mark no more gold than a document has gold relations of a type",
                "collapse candidates that name the same entity pair and relation (collapse_duplicates)",
            )

    @property
    def n_types(self) -> int:
        """R."""
        return int(self.gold_counts.shape[1])

    @property
    def n_gold(self) -> int:
        """Gold relations in all, unreachable ones and those of unknown types included."""
        return int(self.gold_counts.sum()) + (0 if self.unknown_gold is None else int(self.unknown_gold.sum()))

    @property
    def n_gold_per_class(self) -> Int[np.ndarray, " R"]:
        """Gold relations of each type, unreachable ones included."""
        return np.asarray(self.gold_counts.sum(axis=0))

    def kept(self, relation: Any) -> Bool[np.ndarray, " N"]:
        """Which candidates pass.

        Args:
            relation: One number, or an array ``[R]``.

        Raises:
            ModelError: If a threshold lies below the floor.
        """
        lowest = np.min(relation)
        if np.float32(lowest) < np.float32(self.floor):
            raise ModelError(
                f"relation thresholds must not lie below the recorded floor {self.floor:g}; given: {lowest:g}",
                "record candidates with a lower floor, or keep to the evaluator's bounds",
            )
        return keep(self.score, relation if np.ndim(relation) == 0 else np.asarray(relation)[self.relation_type])

    def hits_and_predictions(self, relation: Any) -> tuple[Int[np.ndarray, " R"], Int[np.ndarray, " R"]]:
        """Hits and predictions of each type at a threshold (one number or ``[R]``)."""
        kept = self.kept(relation)
        predicted = np.bincount(self.relation_type[kept], minlength=self.n_types)
        hits = np.bincount(self.relation_type[kept & self.gold], minlength=self.n_types)
        return hits, predicted

    def counts_at(self, relation: Any) -> ClassScore:
        """Hits, predictions and gold over all types."""
        hits, predicted = self.hits_and_predictions(relation)
        return ClassScore(hits=int(hits.sum()), predicted=int(predicted.sum()), gold=self.n_gold)

    def class_counts_at(self, relation: Any) -> tuple[ClassScore, ...]:
        """Hits, predictions and gold of each of the R types."""
        columns = zip(*self.hits_and_predictions(relation), self.n_gold_per_class, strict=True)
        return tuple(ClassScore(hits=int(h), predicted=int(p), gold=int(g)) for h, p, g in columns)

    def f1_at(self, relation: Any) -> float:
        """Micro F1 in percent at one number or at ``[R]`` thresholds."""
        return float(self.counts_at(relation).f1)

    def f1_at_each(self, relations: Float[np.ndarray, " K"]) -> Float[np.ndarray, " K"]:
        """Micro F1 in percent at each of K global thresholds, in one look at the scores (O(N log K))."""
        self.kept(float(np.min(relations)))
        order = np.argsort(relations, kind="stable")
        # A score passes as many of the sorted thresholds as lie at or below it.
        passed = np.searchsorted(np.asarray(relations, dtype=np.float32)[order], self.score, side="right")
        result = np.empty(len(relations))
        result[order] = f_score(
            _at_least(passed[self.gold], len(relations)), _at_least(passed, len(relations)), self.n_gold
        )
        return result

    def subset(self, documents: Bool[np.ndarray, " D"]) -> "RelationCandidates":
        """The candidates and the gold of the documents marked True; documents keep their numbers."""
        inside = documents[self.document]
        return replace(
            self,
            score=self.score[inside],
            relation_type=self.relation_type[inside],
            gold=self.gold[inside],
            document=self.document[inside],
            gold_counts=np.where(documents[:, None], self.gold_counts, 0),
            gold_ignoring_types=None if self.gold_ignoring_types is None else self.gold_ignoring_types[inside],
            pair=None if self.pair is None else self.pair[inside],
            unknown_gold=None if self.unknown_gold is None else np.where(documents, self.unknown_gold, 0),
            tasks={task: np.where(documents[:, None], counts, 0) for task, counts in self.tasks.items()},
        )

    def at(self, thresholds: ThresholdSet) -> ClassScore:
        """Hits, predictions and gold at the relation threshold of a set."""
        return self.counts_at(thresholds.relation)


def f_score(hits: Any, predicted: Any, gold: Any, beta: float = 1.0) -> Any:
    """F-beta in percent (eq. 9): ``100 (1+b²) TP / (b² gold + predicted)``; 0 where nothing is found. Broadcasts."""
    below = np.asarray(beta**2 * np.asarray(gold) + predicted, dtype=np.float64)
    above = np.asarray(100 * (1 + beta**2) * np.asarray(hits), dtype=np.float64)
    return np.divide(above, below, out=np.zeros(np.broadcast(above, below).shape), where=below > 0)


def collapse_duplicates(
    score: Float32[np.ndarray, " N"], pair: Int[np.ndarray, " N"], relation_type: Int[np.ndarray, " N"]
) -> Int[np.ndarray, " M"]:
    """Which candidates to keep so that each (pair, relation type) occurs once, with its highest score.

    A relation counts once however often it is predicted, and it is predicted as soon as one of its candidates passes.

    Returns:
        Indexes into the candidates, ascending.
    """
    order = np.lexsort((-score, relation_type, pair))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(pair[order]) != 0) | (np.diff(relation_type[order]) != 0)
    return np.sort(order[first])


def _at_least(passed: np.ndarray, n: int) -> np.ndarray:
    """For each k of n sorted thresholds, how many candidates passed more than k of them."""
    counts = np.bincount(passed, minlength=n + 1)
    return np.asarray(counts[::-1].cumsum()[::-1][1:])


def _check_scores(what: str, score: np.ndarray, **columns: np.ndarray) -> None:
    if score.dtype != np.float32:
        raise ModelError(f"{what} must be float32, so that comparisons mean the same everywhere; given: {score.dtype}")
    for name, column in columns.items():
        if column.shape != score.shape:
            raise ModelError(f"{what}: {name} must have the shape {score.shape} of score; given: {column.shape}")
    if score.size and not (score.min() >= 0 and score.max() <= 1):
        raise ModelError(
            f"{what} must lie in 0..1 and not be NaN; given: {score.min()}..{score.max()}", "apply the sigmoid first"
        )


def _check_documents(what: str, document: np.ndarray, n_documents: int) -> None:
    if document.size and not 0 <= document.min() <= document.max() < n_documents:
        raise ModelError(f"{what}: document must lie in 0..{n_documents - 1}; given up to {document.max()}")
