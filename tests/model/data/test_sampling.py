from dataclasses import fields, replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.data.atlas import generate
from model.data.document import Document, Entity, Mention, Relation
from model.data.gold import read_gold
from model.data.sampling import DocumentSample, DocumentSampler, SamplingOptions
from model.data.schema import LabelSchema
from model.data.spans import candidate_spans
from model.errors import ModelError
from tests.model.data.strategies import BEARTYPE_DRAWS, CLASSES, TYPES, documents
from tests.model.data.test_edit_distance import levenshtein

pytestmark = BEARTYPE_DRAWS

SCHEMA = LabelSchema(entity_types=TYPES, relation_types=CLASSES)
NUMBERS = st.integers(0, 30)


@st.composite
def options(draw: st.DrawFn) -> SamplingOptions:
    return SamplingOptions(
        negative_mentions=draw(NUMBERS),
        overlap_share=draw(st.sampled_from((0.0, 0.3, 0.5, 1.0))),
        negative_corefs=draw(NUMBERS),
        negative_relations=draw(NUMBERS),
        max_words=draw(st.integers(1, 10)),
    )


def _same(a: DocumentSample, b: DocumentSample) -> bool:
    return all(np.array_equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))


@given(documents(), options())
def test_mention_samples_are_gold_first_and_negatives_as_plain_loops_allow(
    document: Document, given_options: SamplingOptions
) -> None:
    sample = DocumentSampler([document], SCHEMA, given_options).sample(0, 0)
    gold = [(m.start, m.end) for e in document.entities for m in e.mentions]
    spans = [tuple(span) for span in sample.mention_spans.tolist()]
    assert sample.n_gold == len(gold)
    assert spans[: len(gold)] == gold
    assert sample.mention_labels.tolist() == [1] * len(gold) + [0] * (len(spans) - len(gold))
    sentence_of = [i for i, words in enumerate(document.sentences) for _ in words]
    assert sample.mention_sentences.tolist() == [sentence_of[start] for start, _ in spans]

    candidates = [(s, e) for s, e, _ in candidate_spans(document, given_options.max_words).tolist()]
    allowed = [span for span in candidates if span not in gold]
    inside = {span for span in allowed if any(a <= span[0] and span[1] <= b for a, b in gold)}
    negatives = spans[len(gold) :]
    assert len(set(negatives)) == len(negatives)
    assert set(negatives) <= set(allowed)
    n_inside = min(int(given_options.negative_mentions * given_options.overlap_share), len(inside))
    assert len(inside & set(negatives)) == n_inside
    n_others = min(given_options.negative_mentions - n_inside, len(allowed) - len(inside))
    assert len(negatives) == n_inside + n_others


@given(documents(), options())
def test_coref_samples_are_all_ordered_pairs_within_and_some_between_entities(
    document: Document, given_options: SamplingOptions
) -> None:
    sample = DocumentSampler([document], SCHEMA, given_options).sample(0, 0)
    entity_of = [i for i, e in enumerate(document.entities) for _ in e.mentions]
    every = [(a, b) for a, b in product(range(len(entity_of)), repeat=2) if a != b]
    within = {(a, b) for a, b in every if entity_of[a] == entity_of[b]}
    pairs = [tuple(pair) for pair in sample.coref_pairs.tolist()]
    positive = [pair for pair, label in zip(pairs, sample.coref_labels, strict=True) if label]
    negative = [pair for pair, label in zip(pairs, sample.coref_labels, strict=True) if not label]
    assert sorted(positive) == sorted(within)
    assert len(set(negative)) == len(negative) == min(given_options.negative_corefs, len(every) - len(within))
    assert not set(negative) & within
    texts = [" ".join(document.words[m.start : m.end]) for e in document.entities for m in e.mentions]
    assert sample.coref_edit_distances.tolist() == [levenshtein(texts[a], texts[b]) for a, b in pairs]


@given(documents(), options())
def test_relation_samples_are_all_related_and_some_unrelated_pairs(
    document: Document, given_options: SamplingOptions
) -> None:
    sample = DocumentSampler([document], SCHEMA, given_options).sample(0, 0)
    n = len(document.entities)
    assert sample.entity_starts.tolist() == [sum(len(e.mentions) for e in document.entities[:i]) for i in range(n + 1)]
    assert [TYPES[i] for i in sample.entity_types] == [e.type for e in document.entities]
    # Relations of an entity with itself are left out of training.
    facts = {(r.head, r.tail, r.type) for r in document.relations if r.head != r.tail}
    related = {(h, t) for h, t, _ in facts}
    pairs = [tuple(pair) for pair in sample.relation_pairs.tolist()]
    assert len(set(pairs)) == len(pairs)
    assert set(pairs[: len(related)]) == related
    unrelated = n * (n - 1) - len({(h, t) for h, t in related if h != t})
    assert len(pairs) - len(related) == min(given_options.negative_relations, unrelated)
    assert all(h != t for h, t in pairs[len(related) :])
    assert sample.relation_labels.shape == (len(pairs), len(CLASSES))
    told = {(*pairs[row], CLASSES[column]) for row, column in np.argwhere(sample.relation_labels)}
    assert told == facts


@settings(max_examples=20)
@given(st.integers(0, 2**40), st.integers(0, 100))
def test_a_draw_follows_from_seed_epoch_and_document_alone(seed: int, epoch: int) -> None:
    corpus = generate(3)
    schema = LabelSchema.from_documents(corpus)
    small = SamplingOptions(negative_mentions=20, negative_corefs=10, negative_relations=10)
    sampler = DocumentSampler(corpus, schema, small, seed=seed)
    sampler.sample(1, epoch)
    again = DocumentSampler(corpus, schema, small, seed=seed)
    assert _same(sampler.sample(2, epoch), again.sample(2, epoch))
    assert not _same(sampler.sample(2, epoch), sampler.sample(2, epoch + 1))
    assert not _same(sampler.sample(2, epoch), DocumentSampler(corpus, schema, small, seed=seed + 1).sample(2, epoch))


def test_over_epochs_every_negative_is_drawn_about_equally_often() -> None:
    mentions = (Mention(start=0, end=4, sentence=0),)
    document = Document(title="", sentences=(tuple("abcdefgh"),), entities=(Entity(mentions=mentions, type="PER"),))
    sampler = DocumentSampler([document], SCHEMA, SamplingOptions(negative_mentions=8))
    counts: dict[tuple[int, int], int] = {}
    for epoch in range(1000):
        sample = sampler.sample(0, epoch)
        for start, end in sample.mention_spans[1:].tolist():
            counts[start, end] = counts.get((start, end), 0) + 1
    inside = [count for (_, end), count in counts.items() if end <= 4]
    others = [count for (_, end), count in counts.items() if end > 4]
    assert len(inside) == 9  # all spans of four words but the mention itself
    assert len(others) == 26  # all 36 spans of eight words but those ten
    # Binomial: mean 1000·4/9 = 444 (sd 15.7) and 1000·4/26 = 154 (sd 11.4); six sd are never passed by chance.
    assert all(abs(count - 444) < 95 for count in inside)
    assert all(abs(count - 154) < 69 for count in others)


def test_types_outside_the_schema_are_marked_and_never_counted_as_unrelated() -> None:
    entities = tuple(Entity(mentions=(Mention(start=i, end=i + 1, sentence=0),), type=t) for i, t in enumerate("XY"))
    document = Document(
        title="", sentences=(("a", "b"),), entities=entities, relations=(Relation(head=0, tail=1, type="new"),)
    )
    gold = read_gold(document, replace(SCHEMA, entity_types=("X",)))
    assert gold.entity_types.tolist() == [0, -1]
    assert gold.unrelated_pairs.tolist() == [2]
    sample = DocumentSampler([document], SCHEMA).sample(0, 0)
    assert sample.relation_pairs.tolist() == [[0, 1], [1, 0]]
    assert not sample.relation_labels.any()


def test_defaults_are_those_of_jerex() -> None:
    assert SamplingOptions() == SamplingOptions(
        negative_mentions=200, overlap_share=0.5, negative_corefs=200, negative_relations=200, max_words=10
    )


@pytest.mark.parametrize(
    ("name", "value"), [("negative_mentions", -1), ("max_words", 0), ("overlap_share", 1.5), ("overlap_share", -0.1)]
)
def test_impossible_options_are_refused(name: str, value: float) -> None:
    with pytest.raises(ModelError, match=rf"{name} must .*given: {value}"):
        SamplingOptions(**{name: value})  # type: ignore[arg-type]
