"""The ign score against DocRED's own loops (evaluation.py)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.data.document import Document
from model.errors import ModelError
from model.evaluation.ign_f1 import IgnScore, score_ign
from tests.model.evaluation.strategies import BEARTYPE_DRAWS, CLASSES, gold_documents

pytestmark = BEARTYPE_DRAWS

Corpus = list[Document]


def _reference(gold: Corpus, predicted: list[list[tuple[int, int, str]]], train: Corpus) -> tuple[float, float]:
    def names(document: Document, entity: int) -> list[str]:
        return [" ".join(document.words[m.start : m.end]) for m in document.entities[entity].mentions]

    fact_in_train = set()
    for document in train:
        for relation in document.relations:
            for n1 in names(document, relation.head):
                for n2 in names(document, relation.tail):
                    fact_in_train.add((n1, n2, relation.type))
    std = {(i, r.head, r.tail, r.type) for i, d in enumerate(gold) for r in d.relations}
    submission = sorted({(i, *fact) for i, facts in enumerate(predicted) for fact in facts})
    correct = correct_in_train = 0
    for i, head, tail, kind in submission:
        if (i, head, tail, kind) in std:
            correct += 1
            in_train = False
            for n1 in names(gold[i], head):
                for n2 in names(gold[i], tail):
                    if (n1, n2, kind) in fact_in_train:
                        in_train = True
            if in_train:
                correct_in_train += 1
    precision = correct / len(submission) if submission else 0
    recall = correct / len(std) if std else 0
    f1 = 0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)
    left = len(submission) - correct_in_train
    precision = (correct - correct_in_train) / left if left else 0
    ign = 0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)
    return 100 * f1, 100 * ign


@settings(max_examples=60)
@given(data=st.data())
def test_both_scores_equal_the_original_loops(data: st.DataObject) -> None:
    gold = data.draw(st.lists(gold_documents(), max_size=3))
    train = data.draw(st.lists(gold_documents(), max_size=3))
    predicted = []
    for document in gold:
        n = len(document.entities)
        index = st.integers(0, max(n - 1, 0))
        own = st.sampled_from([(r.head, r.tail, r.type) for r in document.relations] or [(0, 0, "P1")])
        facts = st.lists(own | st.tuples(index, index, st.sampled_from(CLASSES)), max_size=6)
        predicted.append(data.draw(facts) if n else [])
    score = score_ign(gold, predicted, train)
    assert (score.f1, score.ign_f1) == pytest.approx(_reference(gold, predicted, train))
    assert score.metrics() == {"rel_gold_f1": score.f1, "rel_gold_ign_f1": score.ign_f1}


def test_a_known_fact_lowers_only_the_precision_of_ign() -> None:
    score = IgnScore(hits=4, known_hits=2, predicted=6, gold=8)
    assert score.f1 == pytest.approx(200 * (4 / 6) * (4 / 8) / (4 / 6 + 4 / 8))
    assert score.ign_f1 == pytest.approx(200 * (2 / 4) * (4 / 8) / (2 / 4 + 4 / 8))


def test_a_prediction_too_many_is_refused() -> None:
    with pytest.raises(ModelError, match="each of 0 documents needs one prediction; given: 1"):
        score_ign([], [[]], [])
