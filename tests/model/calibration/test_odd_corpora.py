"""What `data check` passes, training, evaluation and prediction survive, and what cannot be scored is said."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model.cli import main
from model.data.atlas import generate
from model.data.docred import MOST_WORDS, documents_to_docred, read_docred, write_docred
from model.data.document import Relation
from model.data.prediction_input import documents_of_text, pieces_of
from model.errors import ModelError
from model.training.training_session import Session

Read = pytest.CaptureFixture[str]


@pytest.fixture
def world(tmp_path: Path) -> list[dict[str, Any]]:
    """Documents as JSON, to be damaged as public corpora are."""
    return documents_to_docred(generate(12, seed=5))


def write(path: Path, documents: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps(documents))
    return path


def checked(path: Path, capsys: Read) -> str:
    assert main(["data", "check", str(path), "--share", "0", "--json"]) == 0
    return "\n".join(finding["text"] for finding in json.loads(capsys.readouterr().out)["findings"])


def odd(world: list[dict[str, Any]]) -> None:
    """Relations of an entity with itself, mentions of several types, evidence nowhere, a document without entities."""
    for document in world:
        first = document["labels"][0]["r"]
        document["labels"].append({"h": 0, "t": 0, "r": first, "evidence": [0]})
        document["labels"][0]["evidence"] = [99]
        for vertex in document["vertexSet"]:
            if len(vertex) > 1:
                vertex[-1]["type"] = "ODD"
    world[0] |= {"vertexSet": [], "labels": []}
    world[1]["labels"] = None


def test_a_check_counts_what_cannot_be_predicted_and_what_is_not_used(
    tmp_path: Path, world: list[dict[str, Any]], capsys: Read
) -> None:
    odd(world)
    path = write(tmp_path / "train.json", world)
    text = checked(path, capsys)
    assert "relations of an entity to itself: 10, left out of training and scores" in text
    assert "entities with mentions of several types: " in text
    assert "relations with evidence outside their document: 10" in text


def test_mentions_of_several_types_are_written_as_they_were_read(tmp_path: Path, world: list[dict[str, Any]]) -> None:
    odd(world)
    read = read_docred(write(tmp_path / "odd.json", world))
    assert any(entity.other_types == ("ODD",) for document in read for entity in document.entities)
    write_docred(read, tmp_path / "again.json")
    assert read_docred(tmp_path / "again.json") == read


def test_offsets_that_count_the_document_are_refused_with_document_and_field(
    tmp_path: Path, world: list[dict[str, Any]], capsys: Read
) -> None:
    document = world[3]
    start = 0
    for number, sentence in enumerate(document["sents"]):
        for vertex in document["vertexSet"]:
            for mention in vertex:
                if mention["sent_id"] == number:
                    mention["pos"] = [position + start for position in mention["pos"]]
        start += len(sentence)
    assert main(["data", "check", str(write(tmp_path / "train.json", world))]) == 2
    err = capsys.readouterr().err
    assert "document 3" in err
    assert ".pos must be [start, end) with 0 <= start < end" in err


def test_odd_documents_are_trained_on_evaluated_and_predicted(
    tmp_path: Path, trained: Any, world: list[dict[str, Any]], capsys: Read
) -> None:
    odd(world)
    path = write(tmp_path / "odd.json", world)
    few = {"negative_mentions": 20, "negative_corefs": 20, "negative_relations": 20}
    thread = {"thread": "odd", "model": {"encoder": "tiny", **few}, "data": {"train": path.name}}
    (tmp_path / "thread.yaml").write_text(json.dumps(thread))
    assert main(["train", str(tmp_path / "thread.yaml"), "--epochs", "1", "--device", "cpu", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["score"] >= 0
    assert main(["evaluate", str(trained.folder), str(path), "--json", "--device", "cpu"]) == 0
    report = json.loads(capsys.readouterr().out)
    n_scored = sum(len(document.scored_relations) for document in read_docred(path))
    assert report["n_self_relations"] == 10
    assert report["tasks"]["rel"]["per_class"]
    assert sum(entry["gold"] for entry in report["tasks"]["rel"]["per_class"].values()) == n_scored
    assert main(["predict", str(trained.folder), str(path), "--device", "cpu"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(world)


def test_documents_without_labels_are_said_to_be_unscorable_not_scored_as_zero(
    tmp_path: Path, trained: Any, world: list[dict[str, Any]], capsys: Read
) -> None:
    for document in world:
        del document["labels"]
    path = write(tmp_path / "test.json", world)
    assert main(["evaluate", str(trained.folder), str(path), "--device", "cpu"]) == 0
    text = capsys.readouterr().out
    assert "No document states a relation: relations cannot be scored." in text
    assert "rel_nec" not in text
    assert "entity" in text
    assert main(["evaluate", str(trained.folder), str(path), "--json", "--device", "cpu"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["relations_scored"], report["given_gold_entities"]) == (False, None)
    assert not {"rel", "rel_nec"} & set(report["tasks"])


def test_a_training_is_refused_whose_validation_states_no_relation(tmp_path: Path) -> None:
    documents = [replace(document, relations=()) for document in generate(4, seed=2)]
    write_docred(generate(4, seed=1), tmp_path / "train.json")
    write_docred(documents, tmp_path / "val.json")
    with pytest.raises(ModelError, match="validation documents must state relations for the score rel_nec_f1_micro"):
        Session(
            model={"encoder": "tiny"},
            data={"train": "train.json", "validation": "val.json"},
            base_dir=tmp_path,
            device="cpu",
        )


def test_a_document_beyond_the_limit_is_refused_before_it_fills_the_memory(tmp_path: Path, capsys: Read) -> None:
    long = {"title": "long", "sents": [["word"] * 1000] * (MOST_WORDS // 1000 + 1), "vertexSet": [], "labels": []}
    assert main(["data", "check", str(write(tmp_path / "long.json", [long]))]) == 2
    assert f"sents must hold at most {MOST_WORDS:,} words, split the document" in capsys.readouterr().err


def test_a_text_over_the_limit_of_spacy_is_parsed_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("spacy")
    monkeypatch.setattr("model.data.prediction_input.MOST_CHARACTERS", 400)
    monkeypatch.setattr("model.data.prediction_input.MOST_WORDS", 60)
    sentence = "Nora Vance was born in Stonehaven on 27 December 1868 . "
    try:
        documents = list(documents_of_text(sentence * 20, "en_core_web_sm", "big"))
    except ModelError as error:
        pytest.skip(str(error))
    assert [document.title for document in documents][:2] == ["big-part-1", "big-part-2"]
    assert max(document.n_words for document in documents) <= 60
    assert sum(document.n_words for document in documents) == 20 * 11


def test_pieces_of_a_text_are_the_text_and_end_between_words() -> None:
    text = "one two three. four five six\nseven eight\n\nnine ten " * 30
    pieces = list(pieces_of(text, 64))
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= 64
    assert all(piece[-1].isspace() for piece in pieces)
    assert list(pieces_of("x" * 100, 64)) == ["x" * 64, "x" * 36]


def test_a_relation_of_an_entity_with_itself_is_no_gold() -> None:
    document = generate(1, seed=1)[0]
    doubled = replace(document, relations=(*document.relations, Relation(head=0, tail=0, type="x")))
    assert doubled.scored_relations == document.relations
