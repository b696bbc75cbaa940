"""Hypothesis strategies: gold documents and predictions that share much with them."""

import pytest
from hypothesis import strategies as st

from model.data.document import Document, Entity, Mention, Relation
from model.data.prediction import Prediction
from model.data.schema import LabelSchema

BEARTYPE_DRAWS = pytest.mark.filterwarnings(
    "ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"
)
"""For tests whose strategies build records of model/: beartype draws the element it checks from ``random``."""

TYPES = ("LOC", "PER")
CLASSES = ("P1", "P2", "P3")
SCHEMA = LabelSchema(entity_types=TYPES, relation_types=CLASSES)

# Few distinct spans, so that hits, duplicates and near misses are all frequent.
SPANS = st.tuples(st.integers(0, 3), st.integers(1, 2)).map(lambda pair: (pair[0], pair[0] + pair[1]))
ENTITIES = st.lists(st.tuples(st.frozensets(SPANS, min_size=1, max_size=2), st.sampled_from(TYPES)), max_size=4)


@st.composite
def gold_documents(draw: st.DrawFn) -> Document:
    entities = tuple(
        Entity(mentions=tuple(Mention(start=a, end=b, sentence=0) for a, b in sorted(spans)), type=kind)
        for spans, kind in draw(ENTITIES)
    )
    relations = tuple(Relation(head=h, tail=t, type=kind) for h, t, kind in draw(_facts(len(entities))))
    return Document(title="t", sentences=(tuple("abcdef"),), entities=entities, relations=relations)


@st.composite
def predictions(draw: st.DrawFn) -> Prediction:
    entities = tuple(draw(ENTITIES))
    mentions = draw(st.frozensets(SPANS, max_size=4)).union(*(spans for spans, _ in entities))
    relations = tuple((h, t, kind, 0.9) for h, t, kind in draw(_facts(len(entities))))
    return Prediction(mentions=frozenset(mentions), entities=entities, relations=relations)


def _facts(n: int) -> st.SearchStrategy[list[tuple[int, int, str]]]:
    if n < 2:
        return st.just([])
    index = st.integers(0, n - 1)
    # Relations of an entity with itself are left out of every score (tests/model/calibration/test_odd_corpora.py).
    pairs = st.tuples(index, index, st.sampled_from(CLASSES)).filter(lambda fact: fact[0] != fact[1])
    return st.lists(pairs, max_size=6)


CORPORA = st.lists(
    st.tuples(gold_documents(), predictions() | gold_documents().map(Prediction.from_document)), max_size=4
)
