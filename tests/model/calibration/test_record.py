import numpy as np
import pytest
import torch

from model.calibration.gold_matching import read_truth
from model.calibration.record import record
from model.data.document import Document, Entity, Mention, Relation
from model.data.pairs import ordered_pairs
from model.data.prediction import Prediction
from model.data.schema import LabelSchema
from model.evaluation.scoring import items
from model.inference.inference_records import Coreference, Relations, Scan

SCHEMA = LabelSchema(entity_types=("LOC", "PER"), relation_types=("a", "b", "c"))
N_WORDS = 9


@pytest.mark.parametrize("seed", range(30))
def test_counts_equal_those_of_sets_of_items(seed: int) -> None:
    rng = np.random.default_rng(seed)
    document = random_document(rng)
    relations = random_relations(rng, document)
    truth = read_truth(document, relations.coreference.scan.spans, SCHEMA)
    found = record(relations, truth, floor=0.2, most=10_000)
    for threshold in (0.2, 0.5, 0.8):
        kept = found.score >= np.float32(threshold)
        ours, gold = items(in_words(relations, threshold)), items(Prediction.from_document(document))
        assert (found.coref[0], found.coref[1]) == (len(ours["coref"] & gold["coref"]), len(ours["coref"]))
        assert found.entity == (len(ours["entity"] & gold["entity"]), len(ours["entity"]), len(gold["entity"]))
        assert int((kept & found.gold).sum()) == len(ours["rel_nec"] & gold["rel_nec"])
        assert int(kept.sum()) == len(ours["rel_nec"])
    assert found.coref[2] == len(gold["coref"])
    known = {item for item in gold["rel_nec"] if item[1] in SCHEMA.relation_index}
    assert len(truth.relations) == len(known)
    assert truth.n_unknown == len(gold["rel_nec"]) - len(known)
    assert truth.n_mentions == len(gold["mention"])


def random_document(rng: np.random.Generator) -> Document:
    """Entities that may share spans or be equal, of known and unknown types, relations likewise."""
    spans = [(s, s + n) for s in range(N_WORDS - 2) for n in (1, 2, 3)]
    entities = []
    for _ in range(rng.integers(1, 6)):
        chosen = rng.choice(len(spans), size=rng.integers(1, 4), replace=False)
        kind = ("LOC", "PER", "XXX")[rng.integers(3)]
        entities.append(
            Entity(mentions=tuple(Mention(start=spans[i][0], end=spans[i][1], sentence=0) for i in chosen), type=kind)
        )
    entities += [e for e in entities if rng.random() < 0.2]
    pairs = [(h, t) for h in range(len(entities)) for t in range(len(entities)) if h != t and rng.random() < 0.4]
    relations = tuple(Relation(head=h, tail=t, type="abcx"[rng.integers(4)]) for h, t in pairs)
    return Document(
        title="t",
        sentences=(tuple("w" * N_WORDS),),
        entities=tuple(entities),
        relations=tuple(dict.fromkeys(relations)),
    )


def random_relations(rng: np.random.Generator, document: Document) -> Relations:
    """Clusters of which many are gold ones, some twice (as given clusters may be), scores often equal."""
    spans = np.array([(s, s + n, 0) for s in range(N_WORDS - 2) for n in (1, 2)], dtype=np.int32)
    row = {(int(s), int(e)): i for i, (s, e, _) in enumerate(spans.tolist())}
    clusters = [np.array(sorted(rng.choice(len(spans), size=2, replace=False)), dtype=np.int64)]
    for entity in document.entities:
        rows = {row.get((m.start, m.end)) for m in entity.mentions}
        if None not in rows and rng.random() < 0.8:
            clusters.append(np.array(sorted(i for i in rows if i is not None), dtype=np.int64))
    n = len(clusters)
    scan = Scan(document=document, words=torch.zeros(N_WORDS, 2), spans=spans, scores=np.ones(len(spans), np.float32))
    coreference = Coreference(
        scan=scan, rows=np.arange(len(spans)), states=torch.zeros(len(spans), 2), scores=np.zeros(0, np.float32)
    )
    pairs = ordered_pairs(n)
    scores = (rng.integers(0, 11, size=(len(pairs), 3)) / 10).astype(np.float32)
    types = rng.integers(0, 2, size=n)
    return Relations(
        coreference=coreference,
        clusters=tuple(clusters),
        types=types,
        type_scores=np.ones(n, np.float32),
        pairs=pairs,
        scores=scores,
    )


def in_words(relations: Relations, threshold: float) -> Prediction:
    spans = relations.coreference.scan.spans
    entities = tuple(
        (frozenset((int(s), int(e)) for s, e, _ in spans[rows].tolist()), SCHEMA.entity_types[kind])
        for rows, kind in zip(relations.clusters, relations.types.tolist(), strict=True)
    )
    found = [
        (int(h), int(t), SCHEMA.relation_types[k], float(scores[k]))
        for (h, t), scores in zip(relations.pairs, relations.scores, strict=True)
        for k in range(3)
        if scores[k] >= np.float32(threshold)
    ]
    return Prediction(entities=entities, relations=tuple(found))
