"""The three stages of inference against the training network and against plain loops."""

import itertools

import numpy as np
import pytest
import torch

from model.data.document import Document
from model.inference.inference import Inference
from model.inference.inference_records import Coreference, Scan
from model.inference.predict import to_json
from model.network.joint import JointModel
from model.network.pooling import range_max
from model.thresholds.thresholds import ThresholdSet
from tests.model.worlds import make_documents, make_network, prepare

DOCUMENTS = make_documents(2)


def scan_of(network: JointModel, pretrained: object, document: Document) -> Scan:
    with torch.inference_mode():
        words = network.word_states(prepare([document], network, pretrained).text([0]))
    return Inference(network).scan(document, words)


def test_span_scores_equal_loops() -> None:
    network, pretrained = make_network(DOCUMENTS)
    scan = scan_of(network, pretrained, DOCUMENTS[0])
    for row in range(0, len(scan.spans), 37):
        start, end, _ = scan.spans[row].tolist()
        pooled = scan.words[start:end].max(0).values[None]
        expected = torch.sigmoid(network.mention(pooled, torch.tensor([end - start])))
        np.testing.assert_allclose(scan.scores[row], expected.item(), rtol=1e-4)


@torch.inference_mode()
def test_pair_scores_are_those_of_the_earlier_mention_first() -> None:
    network, pretrained = make_network(DOCUMENTS)
    scan = scan_of(network, pretrained, DOCUMENTS[0])
    found = Inference(network).coreference(scan, float(np.sort(scan.scores)[-12]))
    assert len(found.rows) == 12
    assert (np.diff(found.rows) > 0).all()
    k = 0
    for i in range(12):
        for j in range(i + 1, 12):
            phrases = [" ".join(DOCUMENTS[0].words[s:e]) for s, e, _ in scan.spans[found.rows[[i, j]]]]
            edit = torch.tensor([float(levenshtein(*phrases))])
            logit = network.coref(found.states, torch.tensor([i]), torch.tensor([j]), edit)
            np.testing.assert_allclose(found.scores[k], torch.sigmoid(logit).item(), rtol=1e-4)
            k += 1


def levenshtein(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(row[-1] + 1, previous[j] + 1, previous[j - 1] + (x != y)))
    return row[-1]


def given_gold(network: JointModel, scan: Scan, document: Document) -> Coreference:
    """The gold mentions as if they had been found."""
    spans = np.array(sorted({(m.start, m.end, m.sentence) for e in document.entities for m in e.mentions}))
    states = range_max(scan.words, torch.from_numpy(spans[:, 0]), torch.from_numpy(spans[:, 1]), 30)
    gold_scan = Scan(
        document=document,
        words=scan.words,
        spans=spans.astype(np.int32),
        scores=np.ones(len(spans), dtype=np.float32),
        given_entities=tuple(
            tuple(
                sorted({next(i for i, s in enumerate(spans) if (s[0], s[1]) == (m.start, m.end)) for m in e.mentions})
            )
            for e in document.entities
        ),
    )
    n = len(spans)
    return Coreference(
        scan=gold_scan, rows=np.arange(n), states=states, scores=np.zeros(n * (n - 1) // 2, dtype=np.float32)
    )


def test_relation_scores_equal_loops_whatever_the_memory_budget() -> None:
    for kind in ("JointMRC", "JointGRC"):
        network, pretrained = make_network(DOCUMENTS, type=kind)
        document = DOCUMENTS[0]
        scan = scan_of(network, pretrained, document)
        inference = Inference(network)
        with torch.inference_mode():
            gold = given_gold(network, scan, document)
            found = inference.relations(gold, 0.85)
            inference.budget = 10_000  # a few pairs a chunk
            np.testing.assert_allclose(inference.relations(gold, 0.85).scores, found.scores, rtol=1e-4, atol=1e-6)
            for p in range(0, len(found.pairs), 11):
                expected = loop_relation(network, gold, found.types, *found.pairs[p].tolist())
                np.testing.assert_allclose(found.scores[p], expected, rtol=1e-3, atol=1e-5)


def loop_relation(network: JointModel, gold: Coreference, types: np.ndarray, head: int, tail: int) -> np.ndarray:
    clusters, spans, words = gold.scan.given_entities, gold.scan.spans, gold.scan.words
    entities = torch.stack([gold.states[list(rows)].max(0).values for rows in clusters])
    pair, kinds = torch.tensor([[head, tail]]), torch.from_numpy(types)
    if network.config.type == "JointGRC":
        logits = network.relation(network.relation.entities.project(entities), pair[:, 0], pair[:, 1], kinds)
        return torch.sigmoid(logits)[0].numpy()
    contexts, distances, m1, m2 = [], [], [], []
    for i in clusters[head]:
        for j in clusters[tail]:
            (s1, e1, n1), (s2, e2, n2) = sorted((spans[i].tolist(), spans[j].tolist()))
            between = words[e1:s2]
            contexts.append(between.max(0).values if len(between) else torch.zeros(words.shape[1]))
            distances.append([max(0, max(s1, s2) - min(e1, e2) + 1), abs(n1 - n2)])
            m1.append(i)
            m2.append(j)
    logits = network.relation(
        network.relation.evidence(torch.stack(contexts), torch.tensor(distances).float()),
        gold.states,
        entities,
        (torch.tensor(m1), torch.tensor(m2)),
        pair,
        torch.zeros(len(m1), dtype=torch.long),
        torch.tensor([len(m1)]),
        kinds,
    )
    return torch.sigmoid(logits)[0].numpy()


def test_the_best_mentions_are_kept_where_a_low_threshold_lets_too_many_through() -> None:
    network, pretrained = make_network(DOCUMENTS, max_pairs_per_word=2)
    scan = scan_of(network, pretrained, DOCUMENTS[0])
    found = Inference(network).coreference(scan, 0.0)
    most = int(np.sqrt(2 * len(scan.words)))
    assert len(found.rows) == most
    assert found.n_left_out == len(scan.spans) - most
    assert scan.scores[found.rows].min() >= np.sort(scan.scores)[-most]


def test_a_prediction_speaks_in_words_and_names() -> None:
    network, pretrained = make_network(DOCUMENTS)
    scan = scan_of(network, pretrained, DOCUMENTS[0])
    mention = float(np.sort(scan.scores)[-9])
    thresholds = ThresholdSet(mention=mention, coref=0.5, relation=0.5)
    prediction = Inference(network).predict(scan, thresholds)
    assert len(prediction.mentions) == 9
    assert frozenset().union(*(spans for spans, _ in prediction.entities)) == prediction.mentions
    assert {kind for _, kind in prediction.entities} <= set(network.schema.entity_types)
    for head, tail, kind, score in prediction.relations:
        assert head != tail
        assert kind in network.schema.relation_types
        assert score >= 0.5


@torch.inference_mode()
def test_a_prediction_as_json_says_how_sure_it_is_of_each_item() -> None:
    network, pretrained = make_network(DOCUMENTS)
    scan = scan_of(network, pretrained, DOCUMENTS[0])
    inference = Inference(network)
    floor = float(np.sort(scan.scores)[-12])
    found = inference.coreference(scan, floor)
    least = float(np.median(found.scores))
    relations = inference.relations(found, least)
    told = to_json(relations, inference.prediction(relations, ThresholdSet(mention=floor, coref=least, relation=0.5)))
    score_of = {(s, e): score for (s, e, _), score in zip(scan.spans.tolist(), scan.scores.tolist(), strict=True)}
    assert len(told["mentions"]) == 12
    for mention in told["mentions"]:
        assert mention["score"] == pytest.approx(score_of[mention["start"], mention["end"]], abs=1e-6)
    row_of = {(s, e): row for row, (s, e, _) in enumerate(scan.spans[found.rows].tolist())}
    square = np.zeros((12, 12))
    square[np.triu_indices(12, 1)] = found.scores
    assert any(len(entity["mentions"]) > 2 for entity in told["entities"])
    for entity, rows in zip(told["entities"], relations.clusters, strict=True):
        at = sorted(row_of[told["mentions"][i]["start"], told["mentions"][i]["end"]] for i in entity["mentions"])
        pairs = [square[i, j] for i, j in itertools.combinations(at, 2)]
        assert entity["score"] == pytest.approx(min(pairs, default=1.0), abs=1e-6)
        assert entity["score"] >= least - 1e-6
        states = scan.words.new_tensor(np.stack([found.states[np.searchsorted(found.rows, row)] for row in rows]))
        likely = torch.softmax(network.entity(states.max(0).values[None]), dim=1)[0]
        assert entity["type_score"] == pytest.approx(likely.max().item(), rel=1e-4)
        assert network.schema.entity_types[int(likely.argmax())] == entity["type"]


def test_nothing_found_is_a_prediction_too() -> None:
    network, pretrained = make_network(DOCUMENTS)
    scan = scan_of(network, pretrained, DOCUMENTS[0])
    empty = Inference(network).predict(scan, ThresholdSet(mention=1.0))
    assert not empty.mentions
    assert not empty.entities
    assert not empty.relations
    blank = Document(title="blank", sentences=(("word",),))
    assert len(Inference(network).predict(scan_of(network, pretrained, blank), ThresholdSet(mention=0.0)).mentions) == 1


def test_single_task_types_are_given_what_comes_before_them() -> None:
    gold = DOCUMENTS[0]
    clusters = {frozenset((m.start, m.end) for m in e.mentions) for e in gold.entities}
    network, pretrained = make_network(DOCUMENTS, type="Relation")
    prediction = Inference(network).predict(scan_of(network, pretrained, gold), ThresholdSet())
    assert {spans for spans, _ in prediction.entities} == clusters
    assert [kind for _, kind in prediction.entities] == [entity.type for entity in gold.entities]
    network, pretrained = make_network(DOCUMENTS, type="Coref")
    prediction = Inference(network).predict(scan_of(network, pretrained, gold), ThresholdSet())
    assert prediction.mentions == frozenset().union(*clusters)
