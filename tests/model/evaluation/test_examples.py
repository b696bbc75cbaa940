"""What examples.json says of a constructed document, item by item, and how documents are chosen."""

import json

import pytest

from model.data.document import Document, Entity, Mention, Relation
from model.data.prediction import Prediction
from model.data.schema import LabelSchema
from model.errors import ModelError
from model.evaluation.examples import EACH, MOST_WRONG_RELATIONS, example_set

SENTENCES = (("Anna", "Holm", "lives", "in", "Lund", "."), ("She", "wrote", "Vara", "."))


def gold_document(title: str = "one") -> Document:
    def mention(start: int, end: int, sentence: int) -> Mention:
        return Mention(start=start, end=end, sentence=sentence)

    return Document(
        title=title,
        sentences=SENTENCES,
        entities=(
            Entity(mentions=(mention(0, 2, 0), mention(6, 7, 1)), type="PER"),
            Entity(mentions=(mention(4, 5, 0),), type="LOC"),
            Entity(mentions=(mention(8, 9, 1),), type="WORK"),
        ),
        relations=(
            Relation(head=0, tail=1, type="lives_in"),
            Relation(head=0, tail=2, type="wrote"),
        ),
    )


ANNA, SHE, LUND, VARA = (0, 2), (6, 7), (4, 5), (8, 9)
PERSON = (frozenset({ANNA, SHE}), "PER")
SCHEMA = LabelSchema.from_documents([gold_document()])


def examples(prediction: Prediction, **options):
    return example_set([gold_document()], [prediction], SCHEMA, epoch=3, **options)


def test_gold_and_prediction_stand_side_by_side_with_every_mistake_in_its_class():
    prediction = Prediction(
        mentions=frozenset({ANNA, SHE, LUND, (7, 9)}),
        entities=(PERSON, (frozenset({LUND}), "ORG"), (frozenset({(7, 9)}), "WORK")),
        relations=((0, 1, "lives_in", 0.8), (0, 2, "wrote", 0.7), (1, 0, "wrote", 0.61)),
    )
    content = examples(prediction)
    assert (content["schema"], content["epoch"], content["n_documents"]) == (1, 3, 1)
    (document,) = content["documents"]
    assert (document["title"], document["sentences"]) == ("one", [list(s) for s in SENTENCES])
    assert document["gold"] == {
        "mentions": [[0, 2], [4, 5], [6, 7], [8, 9]],
        "entities": [
            {"mentions": [0, 2], "type": "PER"},
            {"mentions": [1], "type": "LOC"},
            {"mentions": [3], "type": "WORK"},
        ],
        "relations": [{"head": 0, "tail": 1, "type": "lives_in"}, {"head": 0, "tail": 2, "type": "wrote"}],
    }
    assert document["predicted"]["mentions"] == [[0, 2], [4, 5], [6, 7], [7, 9]]
    assert document["predicted"]["relations"] == [
        {"head": 0, "tail": 1, "type": "lives_in", "score": 0.8},
        {"head": 0, "tail": 2, "type": "wrote", "score": 0.7},
        {"head": 1, "tail": 0, "type": "wrote", "score": 0.61},
    ]
    assert [(m["task"], m["error"], m["gold"], m["predicted"]) for m in document["mistakes"]] == [
        ("mention", "boundary", [3], 3),
        ("entity", "type", [1], 1),
        ("entity", "spurious", [], 2),
        ("entity", "missed", [2], None),
        ("relation", "type", [0], 0),
        ("relation", "cluster", [], 1),
        ("relation", "pair", [], 2),
        ("relation", "missed_cluster", [1], None),
    ]
    counted = {(row["task"], row["error"]): row["count"] for row in content["errors"] if row["count"]}
    assert counted["relation", "cluster"] == 1
    assert sum(counted.values()) == 8


def test_classes_count_right_missed_spurious_and_wrong_type():
    prediction = Prediction(
        mentions=frozenset({ANNA, SHE, LUND, VARA}),
        entities=(PERSON, (frozenset({LUND}), "ORG"), (frozenset({VARA}), "WORK")),
        relations=((0, 1, "lives_in", 0.8), (0, 2, "lives_in", 0.7), (2, 0, "wrote", 0.6)),
    )
    rows = {(row["task"], row["name"]): row for row in examples(prediction)["classes"]}

    def counts(task: str, name: str):
        return tuple(rows[task, name][column] for column in ("gold", "right", "missed", "spurious", "wrong_type"))

    # Anna lives in Lund, but Lund is taken for an organisation; Vara is lived in where it was written.
    assert counts("relation", "lives_in") == (1, 0, 1, 0, 2)
    assert counts("relation", "wrote") == (1, 0, 1, 1, 0)
    assert counts("entity", "LOC") == (1, 0, 1, 0, 0)
    assert counts("entity", "ORG") == (0, 0, 0, 0, 1)
    assert counts("entity", "PER") == (1, 1, 0, 0, 0)


def test_a_perfect_prediction_has_no_mistake():
    content = examples(Prediction.from_document(gold_document()))
    assert content["documents"][0]["mistakes"] == []
    assert all(row["count"] == 0 for row in content["errors"])
    assert all(row["right"] == row["gold"] for row in content["classes"])


def test_tasks_a_model_was_given_are_nobodys_mistakes():
    content = examples(Prediction(mentions=frozenset({ANNA})), tasks=("mention",))
    assert {row["task"] for row in content["errors"]} == {"mention"}
    assert {m["task"] for m in content["documents"][0]["mistakes"]} == {"mention"}
    assert content["classes"] == []


def test_worst_typical_and_best_documents_are_chosen_once_each():
    gold = [gold_document(f"d{i}") for i in range(20)]
    truth = Prediction.from_document(gold[0])
    # Document i keeps its relations from the i-th on: 0 is perfect, the others lack everything or much.
    predicted = [truth] * 5 + [Prediction(mentions=truth.mentions, entities=truth.entities)] * 10 + [Prediction()] * 5
    chosen = example_set(gold, predicted, SCHEMA)["documents"]
    titles = [one["title"] for one in chosen]
    assert len(set(titles)) == len(titles) == 3 * EACH
    by_kind = {
        why: [int(one["title"][1:]) for one in chosen if one["why"] == why] for why in ("worst", "typical", "best")
    }
    assert all(number >= 15 for number in by_kind["worst"])
    assert all(5 <= number < 15 for number in by_kind["typical"])
    assert all(number < 5 for number in by_kind["best"])


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 9])
def test_few_documents_are_all_shown(n):
    gold = [gold_document(f"d{i}") for i in range(n)]
    chosen = example_set(gold, [Prediction()] * n, SCHEMA)["documents"]
    assert [one["title"] for one in chosen] == [one.title for one in gold]


def test_the_file_stays_small_and_says_what_it_leaves_out():
    gold = [gold_document(f"d{i}") for i in range(9)]
    content = example_set(gold, [Prediction()] * 9, SCHEMA, most_bytes=5000)
    assert len(json.dumps(content, ensure_ascii=False).encode()) <= 5000
    assert 0 < len(content["documents"]) < 9
    assert "left out" in content["note"]


def test_wrong_relations_of_low_score_are_left_out_and_counted():
    spans = [(i, i + 1) for i in range(10)]
    entities = tuple((frozenset({span}), "X") for span in spans)
    relations = tuple((i, j, "wrote", (10 * i + j) / 100) for i in range(10) for j in range(10) if i != j)
    document = example_set(
        [gold_document()],
        [Prediction(mentions=frozenset(spans), entities=entities, relations=relations)],
        SCHEMA,
    )["documents"][0]
    assert len(document["predicted"]["relations"]) == MOST_WRONG_RELATIONS
    assert document["n_left_out"] == 90 - MOST_WRONG_RELATIONS
    assert min(r["score"] for r in document["predicted"]["relations"]) == sorted(r[3] for r in relations)[-60]
    assert sum(m["predicted"] is not None for m in document["mistakes"] if m["task"] == "relation") == 60


def test_each_document_needs_its_prediction():
    with pytest.raises(ModelError, match="needs one prediction"):
        example_set([gold_document()], [], SCHEMA)
