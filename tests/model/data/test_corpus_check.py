from model.data.corpus_check import check_corpus, corpus_facts
from model.data.document import Document, Entity, Mention, Relation

WORDS = tuple("abcdefghijklm")


def _mention(start: int, end: int, sentence: int = 0) -> Mention:
    return Mention(start=start, end=end, sentence=sentence)


DOCUMENT = Document(
    title="one",
    sentences=(WORDS, ("x", " ")),
    entities=(
        Entity(mentions=(_mention(0, 12), _mention(1, 3)), type="PER"),
        Entity(mentions=(_mention(2, 4), _mention(1, 3)), type="LOC"),
        Entity(mentions=(_mention(13, 14, 1),), type="LOC"),
    ),
    relations=(
        Relation(head=0, tail=1, type="P17"),
        Relation(head=0, tail=1, type="P17"),
        Relation(head=0, tail=2, type="P27"),
    ),
)
BARE = Document(title="two", sentences=(("y",),))


def test_facts_are_counted() -> None:
    facts = corpus_facts("train", [DOCUMENT, BARE])
    assert (facts.n_documents, facts.n_entities, facts.n_mentions, facts.n_relations) == (2, 3, 5, 3)
    assert (facts.words.least, facts.words.mean, facts.words.most) == (1, 8.0, 15)
    assert facts.entity_types == {"LOC": 2, "PER": 1}
    assert facts.relation_types == {"P17": 2, "P27": 1}
    assert facts.relation_documents == {"P17": 1, "P27": 1}
    assert facts.cross_sentence == 1 / 3
    assert (facts.unlabelled, facts.without_entities, facts.empty_words) == (1, 1, 1)
    assert (facts.long_mentions, facts.repeated_mentions, facts.repeated_relations) == (1, 1, 1)
    assert facts.mixed_overlaps == 1  # 1–3 and 2–4; the long one holds both


def test_findings_name_the_set_and_what_stands_out() -> None:
    report = check_corpus([("train", [DOCUMENT, BARE, BARE]), ("validation", [])])
    kinds = {(finding.severity, finding.kind) for finding in report.findings}
    assert kinds >= {
        ("warning", "unlabelled"),
        ("warning", "duplicates"),
        ("warning", "empty"),
        ("info", "rare_classes"),
        ("info", "long_mentions"),
    }
    assert all(finding.text.startswith(("train: ", "validation: ")) for finding in report.findings)


def test_leaks_and_unseen_classes_are_warnings() -> None:
    entity = Entity(mentions=(_mention(0, 1),), type="PER")
    copy = Document(
        title="one", sentences=(("z",),), entities=(entity,), relations=(Relation(head=0, tail=0, type="P50"),)
    )
    report = check_corpus([("train", [DOCUMENT]), ("validation", [copy])])
    texts = {finding.kind: finding.text for finding in report.findings if finding.severity == "warning"}
    assert texts["leakage"] == "leakage: documents of validation also in train: 1"
    assert texts["unseen_classes"] == "validation: relation classes that never occur in train (1): P50"
    plain = report.to_dict()
    assert plain["leaks"][0]["sets"] == ["train", "validation"]
    assert plain["sets"][0]["words"] == {"least": 15, "mean": 15.0, "most": 15}
