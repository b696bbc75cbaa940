import subprocess
import sys
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.data.atlas import generate
from model.data.atlas_text import DISTRACTORS, ENTAILED, RELATIONS, TEMPLATES
from model.data.atlas_world import ENTITY_TYPES
from model.data.cache import documents_hash
from model.data.corpus_check import check_corpus
from model.data.docred import documents_from_docred, documents_to_docred
from model.data.document import Document
from model.data.schema import LabelSchema
from model.errors import ModelError

CORPUS = generate(150, seed=1)


def test_the_world_has_at_least_six_entity_types_and_ten_relation_types() -> None:
    schema = LabelSchema.from_documents(CORPUS)
    assert schema.entity_types == ENTITY_TYPES
    named = {kind for relations in RELATIONS.values() for kind, _, _ in relations} | {third for _, _, third in ENTAILED}
    assert set(schema.relation_types) == named
    assert len(schema.entity_types) >= 6
    assert len(schema.relation_types) >= 10


def test_documents_are_short() -> None:
    lengths = [document.n_words for document in CORPUS]
    assert min(lengths) >= 60
    assert 80 <= sum(lengths) / len(lengths) <= 150
    assert max(lengths) <= 170


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 6))
def test_a_longer_corpus_begins_with_the_shorter(seed: int, n: int) -> None:
    assert generate(7, seed)[:n] == generate(n, seed)


def test_the_corpus_is_the_same_in_another_process() -> None:
    code = (
        "from model.data.atlas import generate; from model.data.cache import documents_hash;"
        "print(documents_hash([generate(20, 5)]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "77"}
    )
    assert run.stdout.strip() == documents_hash([generate(20, 5)])
    assert documents_hash([generate(20, 5)]) != documents_hash([generate(20, 6)])


def test_the_corpus_passes_through_the_docred_parser_unchanged() -> None:
    assert documents_from_docred(documents_to_docred(CORPUS)) == CORPUS


def test_the_corpus_is_clean() -> None:
    report = check_corpus([("train", CORPUS[:120]), ("validation", CORPUS[120:])])
    assert report.findings == []
    assert len({document.title for document in CORPUS}) == len(CORPUS)


def _texts(document: Document, entity: int) -> set[str]:
    return {" ".join(document.words[m.start : m.end]) for m in document.entities[entity].mentions}


def test_no_two_entities_of_a_document_share_a_name() -> None:
    for document in CORPUS:
        owner: dict[str, int] = {}
        for entity in range(len(document.entities)):
            for text in _texts(document, entity):
                assert owner.setdefault(text.lower(), entity) == entity


def test_every_name_in_the_text_is_a_mention() -> None:
    for document in CORPUS:
        spans = {(m.start, m.end) for e in document.entities for m in e.mentions}
        for entity in document.entities:
            for mention in entity.mentions:
                name = document.words[mention.start : mention.end]
                if name[0] in ("the", "The") and entity.type != "WORK":
                    continue
                for start in range(document.n_words - len(name) + 1):
                    if document.words[start : start + len(name)] == name:
                        assert any(a <= start and start + len(name) <= b for a, b in spans)


def test_entities_are_named_in_several_ways() -> None:
    forms = defaultdict(set)
    for document in CORPUS:
        for i, entity in enumerate(document.entities):
            forms[entity.type].update(
                "description" if text.startswith(("the ", "The ")) else str(len(text.split()))
                for text in _texts(document, i)
            )
    assert forms["PER"] == {"1", "2", "description"}
    assert forms["ORG"] == {"1", "3", "description"}


def test_gold_holds_every_fact_that_two_sentences_entail() -> None:
    crossing = 0
    for document in CORPUS:
        facts = {(r.head, r.type, r.tail): r for r in document.relations}
        assert len(facts) == len(document.relations)
        for first, second, third in ENTAILED:
            expected = {
                (a, c) for a, kind, b in facts for b2, kind2, c in facts if (kind, kind2) == (first, second) and b == b2
            }
            assert {(a, c) for a, kind, c in facts if kind == third} == expected
            for a, c in expected:
                crossing += len(facts[a, third, c].evidence) > 1
        for a, kind, b in facts:
            if kind == "spouse_of":
                assert (b, kind, a) in facts
            elif kind == "parent_of":
                assert (b, "child_of", a) in facts
            elif kind == "capital_of":
                assert (a, "located_in", b) in facts
    assert crossing > len(CORPUS)


def test_the_evidence_of_a_stated_relation_names_both_entities() -> None:
    for document in CORPUS:
        for relation in document.relations:
            if len(relation.evidence) == 1:
                for entity in (relation.head, relation.tail):
                    lines = {m.sentence for m in document.entities[entity].mentions}
                    assert relation.evidence[0] in lines


def test_every_kind_of_fact_has_several_wordings_and_every_slot_is_worded() -> None:
    assert set(TEMPLATES) == set(RELATIONS)
    for kind, wordings in TEMPLATES.items():
        assert len(wordings) >= 3
        slots = {slot for relation in RELATIONS[kind] for slot in relation[1:]} or {0}
        for wording in wordings:
            assert {int(c) for c in wording if c.isdigit()} == slots
    for types, wordings in DISTRACTORS.items():
        assert all({int(c) for c in wording if c.isdigit()} == set(range(len(types))) for wording in wordings)


def test_a_negative_size_is_refused() -> None:
    assert generate(0) == []
    with pytest.raises(ModelError, match="must not be negative; given: -1"):
        generate(-1)
