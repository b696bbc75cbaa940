"""A small generative model of a validation pass, in which mentions, clusters and relations depend on each other."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from model.thresholds.candidates import MentionScores, RelationCandidates
from model.thresholds.thresholds import Bounds


@dataclass
class SyntheticDocument:
    mention_score: np.ndarray  # [M] float32; the first mentions are gold, the rest distractors
    entity: np.ndarray  # [M], latent entity; distractors have one each
    n_entities: int  # gold entities
    similarity: np.ndarray  # [M, M] float32, symmetric
    type_right: np.ndarray  # [M], whether a cluster led by this mention gets its entity type right
    relations: set  # gold (head, tail, type)
    relation_score: np.ndarray  # [M, M, R] float32
    n_unreachable: int  # gold mentions too long to be candidates


class SyntheticEvaluator:
    """Complete-linkage clusters of the mentions kept, relations scored between clusters; truth by exact clusters."""

    def __init__(self, seed: int, n_documents: int = 12, n_types: int = 4, floor: float = 0.02, skill: float = 1.0):
        rng = np.random.default_rng(seed)
        self.n_types = n_types
        self.bounds = Bounds(mention=(0.02, 1.0), coref=(0.02, 1.0), relation=(floor, 1.0))
        self.documents = [_document(rng, n_types, skill) for _ in range(n_documents)]
        self.n_calls = 0

    @property
    def n_documents(self) -> int:
        return len(self.documents)

    def mention_scores(self) -> MentionScores:
        docs = self.documents
        return MentionScores(
            score=np.concatenate([d.mention_score for d in docs]),
            gold=np.concatenate([d.entity < d.n_entities for d in docs]),
            document=np.repeat(np.arange(len(docs)), [len(d.entity) for d in docs]),
            gold_counts=np.array([(d.entity < d.n_entities).sum() + d.n_unreachable for d in docs]),
        )

    def coref_scores(self, mention: float) -> np.ndarray:
        heights = [np.empty(0)]
        for d in self.documents:
            kept = np.flatnonzero(d.mention_score >= np.float32(mention))
            if len(kept) > 1:
                heights.append(1 - _linkage(d.similarity[np.ix_(kept, kept)])[:, 2])
        return np.concatenate(heights).astype(np.float32)

    def relation_candidates(self, mention: float, coref: float) -> RelationCandidates:
        self.n_calls += 1
        rows, gold_counts = [], np.zeros((self.n_documents, self.n_types), dtype=np.int64)
        tasks = {"coref": np.zeros((self.n_documents, 3), dtype=np.int64)}
        n_pairs = 0
        for number, d in enumerate(self.documents):
            for _, _, kind in d.relations:
                gold_counts[number, kind] += 1
            clusters = _clusters(d, mention, coref)
            found = [_gold_entity(d, c) for c in clusters]
            tasks["coref"][number] = (sum(e is not None for e in found), len(clusters), d.n_entities)
            for h, head in enumerate(clusters):
                for t, tail in enumerate(clusters):
                    if h == t:
                        continue
                    scores = d.relation_score[np.ix_(head, tail)].max(axis=(0, 1))
                    typed = d.type_right[head[0]] and d.type_right[tail[0]]
                    for kind in np.flatnonzero(scores >= np.float32(self.bounds.relation[0])):
                        lenient = (found[h], found[t], int(kind)) in d.relations
                        rows.append((scores[kind], kind, lenient and typed, lenient, number, n_pairs))
                    n_pairs += 1
        columns = list(zip(*rows, strict=True)) if rows else [()] * 6
        return RelationCandidates(
            score=np.array(columns[0], dtype=np.float32),
            relation_type=np.array(columns[1], dtype=np.int64),
            gold=np.array(columns[2], dtype=bool),
            gold_ignoring_types=np.array(columns[3], dtype=bool),
            document=np.array(columns[4], dtype=np.int64),
            pair=np.array(columns[5], dtype=np.int64),
            gold_counts=gold_counts,
            floor=self.bounds.relation[0],
            tasks=tasks,
        )


def _document(rng: np.random.Generator, n_types: int, skill: float) -> SyntheticDocument:
    n_entities = int(rng.integers(2, 5))
    gold = np.repeat(np.arange(n_entities), rng.integers(1, 4, n_entities))
    n_wrong = int(rng.integers(2, 8))
    entity = np.concatenate([gold, n_entities + np.arange(n_wrong)])
    true = entity < n_entities
    same = entity[:, None] == entity[None, :]
    pair_logit = skill * np.where(same, 1.6, -1.8) + rng.normal(0, 1.2, same.shape)
    pair_logit = (pair_logit + pair_logit.T) / 2
    relations = {
        (h, t, k)
        for h in range(n_entities)
        for t in range(n_entities)
        for k in range(n_types)
        if h != t and rng.random() < 0.25 / (k + 1)  # later types are rarer
    }
    logit = rng.normal(-2.2, 1.2, (len(entity), len(entity), n_types))
    for h, t, k in relations:
        logit[np.ix_(entity == h, entity == t, [k])] += skill * (2.6 - 0.4 * k)
    return SyntheticDocument(
        mention_score=_sigmoid(skill * np.where(true, 1.8, -1.8) + rng.normal(0, 1.4, len(entity))),
        entity=entity,
        n_entities=n_entities,
        similarity=_sigmoid(pair_logit),
        type_right=rng.random(len(entity)) < 0.9,
        relations=relations,
        relation_score=_sigmoid(logit),
        n_unreachable=int(rng.random() < 0.1),
    )


def _clusters(d: SyntheticDocument, mention: float, coref: float) -> list[np.ndarray]:
    kept = np.flatnonzero(d.mention_score >= np.float32(mention))
    if len(kept) < 2:
        return [kept] if len(kept) else []
    labels = fcluster(_linkage(d.similarity[np.ix_(kept, kept)]), 1 - float(np.float32(coref)), criterion="distance")
    return [kept[labels == label] for label in np.unique(labels)]


def _linkage(similarity: np.ndarray) -> np.ndarray:
    distance = 1 - similarity.astype(np.float64)
    np.fill_diagonal(distance, 0)
    return linkage(squareform(distance, checks=False), method="complete")


def _gold_entity(d: SyntheticDocument, cluster: np.ndarray) -> int | None:
    entity = int(d.entity[cluster[0]])
    whole = np.flatnonzero(d.entity == entity)
    return entity if entity < d.n_entities and np.array_equal(np.sort(cluster), whole) else None


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return (1 / (1 + np.exp(-x))).astype(np.float32)


@pytest.fixture(scope="session")
def synthetic() -> Callable[..., SyntheticEvaluator]:
    """Makes a synthetic evaluator of a seed."""
    return SyntheticEvaluator
