import copy
import gc
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from model.data.docred import documents_from_docred, documents_to_docred, read_docred, write_docred
from model.data.document import Document, Entity, Mention, Relation
from model.errors import ModelError
from tests.model.data.strategies import BEARTYPE_DRAWS, documents

pytestmark = BEARTYPE_DRAWS

GOOD: dict[str, Any] = {
    "title": "Anna",
    "sents": [["Anna", "Berg", "was", "born", "in", "Ulm", "."], ["Berg", "died", "."]],
    "vertexSet": [
        [
            {"name": "Anna Berg", "pos": [0, 2], "sent_id": 0, "type": "PER"},
            {"name": "Berg", "pos": [0, 1], "sent_id": 1, "type": "ORG"},
        ],
        [{"name": "Ulm", "pos": [5, 6], "sent_id": 0, "type": "LOC"}],
    ],
    "labels": [{"h": 0, "t": 1, "r": "P19", "evidence": [0]}],
}


def test_a_document_is_read_with_offsets_in_words_of_the_document() -> None:
    assert documents_from_docred([GOOD]) == [
        Document(
            title="Anna",
            sentences=(("Anna", "Berg", "was", "born", "in", "Ulm", "."), ("Berg", "died", ".")),
            entities=(
                Entity(
                    mentions=(Mention(start=0, end=2, sentence=0), Mention(start=7, end=8, sentence=1)),
                    type="PER",
                    other_types=("ORG",),
                ),
                Entity(mentions=(Mention(start=5, end=6, sentence=0),), type="LOC"),
            ),
            relations=(Relation(head=0, tail=1, type="P19", evidence=(0,)),),
        )
    ]


def test_labels_may_be_absent_as_in_test_files() -> None:
    (document,) = documents_from_docred([{key: value for key, value in GOOD.items() if key != "labels"}])
    assert document.relations == ()
    assert len(document.entities) == 2


@given(documents())
def test_writing_and_reading_json_gives_the_same_document(document: Document) -> None:
    assert documents_from_docred(json.loads(json.dumps(documents_to_docred([document])))) == [document]


def test_a_written_file_is_read_back(tmp_path: Path) -> None:
    given = documents_from_docred([GOOD, {**GOOD, "title": "Mediaș \N{SNOWMAN}"}])
    write_docred(given, tmp_path / "corpus.json")
    assert read_docred(tmp_path / "corpus.json") == given


def _broken(path: tuple[Any, ...], value: Any) -> Any:
    document = copy.deepcopy(GOOD)
    inner: Any = document
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("title",), ..., "title must be text; given: nothing"),
        (("sents",), "Anna was", 'sents must be a list of sentences; given: "Anna was"'),
        (("sents", 1), "Berg died", 'sents[1] must be a list of words; given: "Berg died"'),
        (("sents", 0, 3), 7, "sents[0][3] must be a word; given: 7"),
        (("vertexSet",), ..., "vertexSet must be a list of entities; given: nothing"),
        (("vertexSet", 1), [], "vertexSet[1] must be a list of at least one mention; given: []"),
        (("vertexSet", 0, 1), 5, "vertexSet[0][1] must be an object; given: 5"),
        (("vertexSet", 0, 1, "sent_id"), 2, "vertexSet[0][1].sent_id must be a sentence of 0..1; given: 2"),
        (("vertexSet", 0, 1, "sent_id"), -1, "vertexSet[0][1].sent_id must be a sentence of 0..1; given: -1"),
        (("vertexSet", 0, 1, "sent_id"), True, "vertexSet[0][1].sent_id must be a sentence of 0..1; given: true"),
        (("vertexSet", 0, 1, "pos"), [1, 4], "vertexSet[0][1].pos must be [start, end) with 0 <= start < end <= 3"),
        (("vertexSet", 0, 1, "pos"), [1, 1], "words of sentence 1; given: [1, 1]"),
        (("vertexSet", 0, 1, "pos"), [-1, 1], "given: [-1, 1]"),
        (("vertexSet", 0, 1, "pos"), [0.0, 1], "given: [0.0, 1]"),
        (("vertexSet", 0, 1, "pos"), ..., "given: nothing"),
        (("vertexSet", 0, 0, "type"), ..., "vertexSet[0][0].type must be the entity's type; given: nothing"),
        (("labels",), {}, "labels must be a list of relations; given: {}"),
        (("labels", 0), "P19", 'labels[0] must be an object; given: "P19"'),
        (("labels", 0, "h"), 2, "labels[0].h must be an entity of 0..1; given: 2"),
        (("labels", 0, "t"), "1", 'labels[0].t must be an entity of 0..1; given: "1"'),
        (("labels", 0, "r"), 19, "labels[0].r must be the relation's name; given: 19"),
        (("labels", 0, "evidence"), "0", 'labels[0].evidence must be a list of sentences; given: "0"'),
    ],
)
def test_an_error_names_document_field_requirement_and_value(path: Any, value: Any, expected: str) -> None:
    with pytest.raises(ModelError) as caught:
        documents_from_docred([GOOD, _broken(path, value)], "dev.json")
    assert caught.value.message.startswith("dev.json: document 1")
    assert expected in caught.value.message
    if path != ("title",):
        assert "('Anna')" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{}", "must hold a list of documents; given: {}"),
        (b"[1]", "document 0: must be an object; given: 1"),
        (b'[{"title": ]', "line 1, column 12: text must be JSON"),
        (b"\xff\xfe\xff", "must be UTF-8"),
    ],
)
def test_a_file_that_is_no_corpus_is_refused_by_name(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "corpus.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"corpus\.json") as caught:
        read_docred(path)
    assert expected in caught.value.message
    assert gc.isenabled()


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere\.json must exist"):
        read_docred(tmp_path / "nowhere.json")
    with pytest.raises(ModelError, match="must be a file, got a folder"):
        read_docred(tmp_path)


def test_re_docred_is_read_whole(re_docred_dev: Path) -> None:
    raw = json.loads(re_docred_dev.read_text())
    read = read_docred(re_docred_dev)
    assert len(read) == 500
    assert sum(len(d.relations) for d in read) == sum(len(item["labels"]) for item in raw)
    written = documents_to_docred(read)
    for item, again in zip(raw[:50], written[:50], strict=True):
        assert again["sents"] == item["sents"]
        assert [[m["pos"] for m in v] for v in again["vertexSet"]] == [[m["pos"] for m in v] for v in item["vertexSet"]]
        assert [v[0]["type"] for v in again["vertexSet"]] == [v[0]["type"] for v in item["vertexSet"]]


SURROGATE = r'[{"title": "No\ud83dra", "sents": [["Born", "\ud83d", "\ud83d\ude00"]], "vertexSet": [], "labels": []}]'


def test_half_a_character_is_read_as_the_replacement_character(tmp_path: Path) -> None:
    path = tmp_path / "corpus.json"
    path.write_text(SURROGATE, encoding="utf-8")
    (document,) = read_docred(path)
    assert (document.title, document.words) == ("No\ufffdra", ("Born", "\ufffd", "😀"))
    write_docred([document], tmp_path / "copy.json")
    assert read_docred(tmp_path / "copy.json") == [document]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'[{"title": "A",\n"sents": ' + b"9" * 5000 + b"}]", "line 2: a number must have at most 4300 digits"),
        (b"[" * 200_000, "JSON must be nested at most"),
        (b'[{"title": ' + b"[" * 900 + b"]" * 900 + b"}]", "title must be text"),
        (b'[{"title": "A", "sents": [["x"]], "vertexSet": [[{"pos": [0, 1e999], "sent_id": 0}]]}]', "pos must be"),
        (b'[{"title": "A", "sents": [["x"]], "vertexSet": [[{"pos": {"0": 1}, "sent_id": true}]]}]', "sent_id must be"),
        (b'[{"title": "\\u001b[2J", "sents": 3}]', "('\u241b[2J'): sents must be a list"),
    ],
    ids=["long number", "deep", "deep value", "infinite", "odd kinds", "control characters"],
)
def test_a_hostile_file_is_refused_in_a_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "corpus.json"
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        read_docred(path)
    assert message in str(caught.value)
    assert "corpus.json" in str(caught.value)
