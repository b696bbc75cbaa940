"""Hypothesis strategies for documents."""

import pytest
from hypothesis import strategies as st

from model.data.document import Document, Entity, Mention, Relation

BEARTYPE_DRAWS = pytest.mark.filterwarnings(
    "ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"
)
"""For tests whose strategies build records of model/: beartype draws the element it checks from ``random``."""

WORDS = st.one_of(
    st.sampled_from(["Anna", "the", "Institute", "of", ",", ".", "1931", "Mediaș", "don't", "\xa0", ""]),
    st.text(max_size=8).filter(lambda word: not any("\ud800" <= c <= "\udfff" for c in word)),
)
TYPES = ("LOC", "ORG", "PER")
CLASSES = ("P17", "P27", "P50", "P577")


@st.composite
def documents(draw: st.DrawFn, max_sentences: int = 4, max_entities: int = 5) -> Document:
    sentences = draw(
        st.lists(st.lists(WORDS, min_size=1, max_size=14).map(tuple), min_size=1, max_size=max_sentences).map(tuple)
    )
    starts = [sum(map(len, sentences[:i])) for i in range(len(sentences))]

    @st.composite
    def mentions(draw: st.DrawFn) -> Mention:
        sentence = draw(st.integers(0, len(sentences) - 1))
        start = draw(st.integers(0, len(sentences[sentence]) - 1))
        end = draw(st.integers(start + 1, len(sentences[sentence])))
        return Mention(start=starts[sentence] + start, end=starts[sentence] + end, sentence=sentence)

    entity = st.builds(
        Entity, mentions=st.lists(mentions(), min_size=1, max_size=4).map(tuple), type=st.sampled_from(TYPES)
    )
    entities = draw(st.lists(entity, max_size=max_entities).map(tuple))
    relations: tuple[Relation, ...] = ()
    if entities:
        index = st.integers(0, len(entities) - 1)
        evidence = st.lists(st.integers(0, len(sentences) - 1), max_size=2).map(tuple)
        relation = st.builds(Relation, head=index, tail=index, type=st.sampled_from(CLASSES), evidence=evidence)
        relations = draw(st.lists(relation, max_size=8).map(tuple))
    return Document(title=draw(st.text(max_size=10)), sentences=sentences, entities=entities, relations=relations)
