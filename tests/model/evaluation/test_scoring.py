"""The scores against scikit-learn on flat label lists, built by plain loops as JEREX builds them (scoring.py)."""

import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from sklearn.metrics import precision_recall_fscore_support

from model.data.document import Document
from model.data.prediction import Prediction
from model.errors import ModelError
from model.evaluation.scores import TASKS
from model.evaluation.scoring import Scorer, score_documents
from tests.model.evaluation.strategies import BEARTYPE_DRAWS, CORPORA, SCHEMA, TYPES

pytestmark = BEARTYPE_DRAWS

Facts = list[tuple[Any, str]]


def _gold(document: Document, task: str) -> Facts:
    clusters = [frozenset((m.start, m.end) for m in e.mentions) for e in document.entities]
    typed = [(clusters[i], e.type) for i, e in enumerate(document.entities)]
    return _facts([s for c in clusters for s in c], clusters, typed, _triples(document), task)


def _triples(document: Document) -> list[tuple[int, int, str]]:
    return [(r.head, r.tail, r.type) for r in document.relations]


def _predicted(prediction: Prediction, task: str) -> Facts:
    clusters = [spans for spans, _ in prediction.entities]
    triples = [(h, t, kind) for h, t, kind, _ in prediction.relations]
    return _facts(list(prediction.mentions), clusters, list(prediction.entities), triples, task)


def _facts(mentions: Any, clusters: Any, typed: Any, triples: Any, task: str) -> Facts:
    if task == "mention":
        return [(span, "mention") for span in mentions]
    if task == "coref":
        return [(cluster, "cluster") for cluster in clusters]
    if task == "entity":
        return [((cluster, kind), kind) for cluster, kind in typed]
    owners = clusters if task == "rel" else typed
    return [((owners[h], owners[t], kind), kind) for h, t, kind in triples]


def _reference(pairs: list[tuple[Document, Prediction]], task: str) -> dict[str, float]:
    gold_labels, predicted_labels = [], []
    for document, prediction in pairs:
        gold, predicted = _gold(document, task), _predicted(prediction, task)
        union: Facts = []
        for fact in [*gold, *predicted]:
            if fact not in union:
                union.append(fact)
        for fact in union:
            gold_labels.append(fact[1] if fact in gold else "none")
            predicted_labels.append(fact[1] if fact in predicted else "none")
    labels = sorted({*gold_labels, *predicted_labels} - {"none"})
    result = {}
    for average in ("micro", "macro"):
        if not labels:
            p = r = f = 0.0
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                p, r, f, _ = precision_recall_fscore_support(
                    gold_labels, predicted_labels, labels=labels, average=average, zero_division=0
                )
        result |= {f"precision_{average}": 100 * p, f"recall_{average}": 100 * r, f"f1_{average}": 100 * f}
    return result


@settings(max_examples=60, deadline=None)
@given(CORPORA)
def test_scores_equal_the_flat_label_reference(pairs: list[tuple[Document, Prediction]]) -> None:
    scores = score_documents([gold for gold, _ in pairs], [predicted for _, predicted in pairs], SCHEMA)
    for task in TASKS:
        assert scores.tasks[task].metrics() == pytest.approx(_reference(pairs, task)), task
    assert scores.n_documents == len(pairs)
    assert set(scores.metrics()) == {
        f"{task}_{name}_{average}"
        for task in ("mention", "coref", "entity", "rel", "rel_nec")
        for name in ("precision", "recall", "f1")
        for average in ("micro", "macro")
    }


@given(CORPORA)
def test_gold_against_itself_is_perfect_wherever_there_is_gold(pairs: list[tuple[Document, Prediction]]) -> None:
    gold = [document for document, _ in pairs]
    scores = score_documents(gold, [Prediction.from_document(document) for document in gold], SCHEMA)
    for task in TASKS:
        total = scores.tasks[task].total
        assert total.hits == total.predicted == total.gold
        assert all(value == (100.0 if total.gold else 0.0) for value in scores.tasks[task].metrics().values())


def test_a_scorer_used_twice_gives_what_two_scorers_give() -> None:
    gold = [Document(title="", sentences=(("a",),))]
    scorer = Scorer(gold, SCHEMA)
    wrong = Prediction(mentions=frozenset({(0, 1)}), entities=((frozenset({(0, 1)}), TYPES[0]),))
    first = scorer.score([wrong])
    assert scorer.score([Prediction()]) == score_documents(gold, [Prediction()], SCHEMA)
    assert scorer.score([wrong]) == first
    assert first.tasks["mention"].total.predicted == 1


def test_one_missing_span_costs_the_cluster_and_every_relation_on_it() -> None:
    a, b, c = (0, 1), (1, 2), (2, 3)
    truth = Prediction(
        mentions=frozenset({a, b, c}),
        entities=((frozenset({a, b}), "PER"), (frozenset({c}), "LOC")),
        relations=((0, 1, "P1", 1.0),),
    )
    found = Prediction(
        mentions=frozenset({a, c}),
        entities=((frozenset({a}), "PER"), (frozenset({c}), "PER")),
        relations=((0, 1, "P1", 0.7),),
    )
    scores = score_documents([_document(truth)], [found], SCHEMA)
    hits = {task: (s.total.hits, s.total.predicted, s.total.gold) for task, s in scores.tasks.items()}
    assert hits == {
        "mention": (2, 2, 3),
        "coref": (1, 2, 2),
        "entity": (0, 2, 2),
        "rel": (0, 1, 1),
        "rel_nec": (0, 1, 1),
    }
    assert list(scores.tasks["entity"].per_class) == ["LOC", "PER"]
    plain = scores.to_dict()["tasks"]["entity"]["per_class"]["PER"]
    assert (plain["hits"], plain["predicted"], plain["gold"], plain["f1"]) == (0, 2, 1, 0.0)


def test_types_count_only_in_rel_nec() -> None:
    truth = Prediction(
        mentions=frozenset({(0, 1), (1, 2)}),
        entities=((frozenset({(0, 1)}), "PER"), (frozenset({(1, 2)}), "LOC")),
        relations=((0, 1, "P1", 1.0),),
    )
    found = Prediction(
        mentions=truth.mentions,
        entities=(truth.entities[0], (frozenset({(1, 2)}), "PER")),
        relations=truth.relations,
    )
    scores = score_documents([_document(truth)], [found], SCHEMA).metrics()
    assert (scores["rel_f1_micro"], scores["rel_nec_f1_micro"]) == (100.0, 0.0)


def test_a_prediction_too_few_is_refused() -> None:
    with pytest.raises(ModelError, match="each of 1 documents needs one prediction; given: 0"):
        score_documents([Document(title="", sentences=())], [], SCHEMA)


def _document(truth: Prediction) -> Document:
    from model.data.document import Entity, Mention, Relation

    return Document(
        title="",
        sentences=(tuple("abcdef"),),
        entities=tuple(
            Entity(mentions=tuple(Mention(start=s, end=e, sentence=0) for s, e in sorted(spans)), type=kind)
            for spans, kind in truth.entities
        ),
        relations=tuple(Relation(head=h, tail=t, type=kind) for h, t, kind, _ in truth.relations),
    )
