"""Artifacts that objectives leave: read as documented, put side by side, refused with their place."""

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from engine.artifacts.example_text import entity_rows, item_text, marked_sentences
from engine.artifacts.examples import (
    ExampleDocument,
    ExampleEntity,
    ExampleMistake,
    ExampleRelation,
    ExampleSide,
    read_examples,
)
from engine.artifacts.gold_vs_predicted import example_rows, task_counts
from engine.artifacts.reader import MOST_BYTES
from engine.artifacts.threshold_history import read_threshold_trace
from engine.errors import EngineError


def content() -> dict[str, Any]:
    """Anna Holm was found, but not that she is 'She'; Lund is taken for an organisation; Vara begins a word early."""
    return {
        "schema": 1,
        "epoch": 3,
        "n_documents": 12,
        "errors": [{"task": "entity", "error": "split", "count": 2, "meaning": "in pieces"}],
        "classes": [
            {"task": "relation", "name": "wrote", "gold": 3, "right": 1, "missed": 2, "spurious": 4, "wrong_type": 0}
        ],
        "documents": [
            {
                "title": "one",
                "why": "worst",
                "sentences": [["Anna", "Holm", "lives", "in", "Lund", "."], ["She", "wrote", "Vara", "."]],
                "gold": {
                    "mentions": [[0, 2], [4, 5], [6, 7], [8, 9]],
                    "entities": [
                        {"mentions": [0, 2], "type": "PER"},
                        {"mentions": [1], "type": "LOC"},
                        {"mentions": [3], "type": "WORK"},
                    ],
                    "relations": [{"head": 0, "tail": 1, "type": "lives_in"}, {"head": 0, "tail": 2, "type": "wrote"}],
                },
                "predicted": {
                    "mentions": [[0, 2], [4, 5], [6, 7], [7, 9]],
                    "entities": [
                        {"mentions": [0], "type": "PER"},
                        {"mentions": [1], "type": "ORG"},
                        {"mentions": [2], "type": "PER"},
                    ],
                    "relations": [{"head": 0, "tail": 1, "type": "lives_in", "score": 0.8}],
                },
                "mistakes": [
                    {"task": "mention", "error": "boundary", "gold": [3], "predicted": 3},
                    {"task": "entity", "error": "split", "gold": [0], "predicted": 0},
                    {"task": "entity", "error": "split", "gold": [0], "predicted": 2},
                    {"task": "entity", "error": "type", "gold": [1], "predicted": 1},
                    {"task": "entity", "error": "missed", "gold": [2], "predicted": None},
                    {"task": "relation", "error": "cluster", "gold": [], "predicted": 0},
                    {"task": "relation", "error": "missed_cluster", "gold": [0], "predicted": None},
                ],
            }
        ],
    }


def written(tmp_path: Path, plain: Any, name: str = "examples.json") -> Path:
    file = tmp_path / name
    file.write_text(plain if isinstance(plain, str) else json.dumps(plain), encoding="utf-8")
    return file


@pytest.fixture
def document(tmp_path: Path) -> ExampleDocument:
    examples = read_examples(written(tmp_path, content()))
    assert examples is not None
    assert (examples.epoch, examples.n_documents, examples.classes[0].missed) == (3, 12, 2)
    return examples.documents[0]


def rows(document: ExampleDocument, task: str) -> list[tuple[str, str, int | None, int | None]]:
    return [(row.verdict, row.error, row.gold, row.predicted) for row in example_rows(document, task)]


def test_gold_and_predicted_items_meet_in_rows(document: ExampleDocument) -> None:
    assert rows(document, "mention") == [
        ("right", "", 0, 0),
        ("right", "", 1, 1),
        ("right", "", 2, 2),
        ("wrong", "boundary", 3, 3),
    ]
    assert rows(document, "entity") == [
        ("wrong", "split", 0, 0),
        ("wrong", "type", 1, 1),
        ("spurious", "split", None, 2),
        ("missed", "missed", 2, None),
    ]
    assert rows(document, "relation") == [
        ("missed", "missed_cluster", 0, None),
        ("spurious", "cluster", None, 0),
        ("missed", "", 1, None),
    ]
    assert [task_counts(document, task) for task in ("mention", "entity", "relation")] == [
        (3, 1, 1),
        (0, 3, 3),
        (0, 2, 1),
    ]


def test_the_text_is_marked_and_mentions_of_several_name_their_entity(document: ExampleDocument) -> None:
    text = ["".join(piece for piece, _ in sentence) for sentence in marked_sentences(document)]
    assert text == ["<Anna Holm|1> lives in <Lund> .", "<She|1/3> {wrote [Vara]} ."]
    assert entity_rows(document) == {(0, 2): "|1", (6, 7): "|1/3"}
    marks = {piece: mark for sentence in marked_sentences(document) for piece, mark in sentence}
    assert (marks["Holm"], marks["lives"], marks["Vara"], marks["wrote"]) == ("right", "", "missed", "spurious")


def test_items_are_said_in_words(document: ExampleDocument) -> None:
    assert item_text(document, document.gold, "entity", 0) == "Anna Holm ×2 PER"
    assert item_text(document, document.predicted, "relation", 0) == "Anna Holm → Lund lives_in 0.80"
    assert item_text(document, document.gold, "relation", 1) == "Anna Holm → Vara wrote"
    assert item_text(document, document.predicted, "mention", 3) == "wrote Vara"


def test_mistakes_need_not_be_classified(tmp_path: Path) -> None:
    plain = content()
    del plain["documents"][0]["mistakes"], plain["errors"], plain["classes"]
    examples = read_examples(written(tmp_path, plain))
    assert examples is not None
    verdicts = [row.verdict for row in example_rows(examples.documents[0], "entity")]
    assert sorted(verdicts) == ["missed"] * 3 + ["spurious"] * 3


ITEMS = (("mention", "mentions"), ("entity", "entities"), ("relation", "relations"))


def drawn_side(rng: random.Random) -> ExampleSide:
    """Anything an objective may write: overlapping, repeated and empty things included."""
    starts = [rng.randrange(9) for _ in range(rng.randrange(6))]
    mentions = tuple((start, rng.randrange(start + 1, 10)) for start in starts)
    entities = tuple(
        ExampleEntity(mentions=tuple(rng.choices(range(len(mentions)), k=rng.randint(1, 3))), type=rng.choice("AB"))
        for _ in range(rng.randrange(4) if mentions else 0)
    )
    n = len(entities)
    relations = tuple(
        ExampleRelation(head=rng.randrange(n), tail=rng.randrange(n), type=rng.choice("xy"))
        for _ in range(rng.randrange(4) if n else 0)
    )
    return ExampleSide(mentions=mentions, entities=entities, relations=relations)


def drawn_document(rng: random.Random) -> ExampleDocument:
    gold, predicted = drawn_side(rng), drawn_side(rng)
    mistakes = []
    for task, name in ITEMS:
        there, found = range(len(getattr(gold, name))), range(len(getattr(predicted, name)))
        for _ in range(rng.randrange(4)):
            some = tuple(rng.choices(there, k=rng.randrange(3))) if there else ()
            one = rng.choice([None, *found])
            mistakes.append(ExampleMistake(task=task, error="e", gold=some, predicted=one))
    return ExampleDocument(
        title="t", why="", sentences=(tuple("abcd"), tuple("efghi")), gold=gold, predicted=predicted,
        mistakes=tuple(mistakes), n_left_out=0,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_every_item_is_in_exactly_one_row_whatever_an_objective_writes(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(100):
        document = drawn_document(rng)
        for task, name in ITEMS:
            found = example_rows(document, task)
            for side in ("gold", "predicted"):
                numbers = sorted(getattr(row, side) for row in found if getattr(row, side) is not None)
                assert numbers == list(range(len(getattr(getattr(document, side), name))))
            assert all((row.gold is None) == (row.verdict == "spurious") for row in found)
        text = "".join(piece for sentence in marked_sentences(document) for piece, _ in sentence)
        for opening, closing in ("<>", "[]", "{}"):
            assert text.count(opening) == text.count(closing)
        bare = (piece for sentence in marked_sentences(document, numbers=False) for piece, _ in sentence)
        assert "".join(bare).translate(str.maketrans("", "", "<>[]{} ")) == "abcdefghi"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda d: d["gold"]["mentions"].append([3, 99]),
            "documents[0].gold.mentions must be spans of words between 0 and 10",
        ),
        (lambda d: d["gold"]["mentions"].append([3]), "documents[0].gold.mentions[4] must be 2 numbers"),
        (
            lambda d: d["predicted"]["entities"][0].update(mentions=[7]),
            "documents[0].predicted.entities[0].mentions must be",
        ),
        (lambda d: d["predicted"]["relations"][0].update(head=None), "head and tail must be numbers of entities"),
        (
            lambda d: d["mistakes"][0].update(task="cluster"),
            "documents[0].mistakes[0].task must be one of mention, entity",
        ),
        (
            lambda d: d["mistakes"][0].update(predicted=44),
            "documents[0].mistakes[0].predicted must be a number below 4",
        ),
        (lambda d: d.update(sentences="Anna"), "documents[0].sentences must be a list"),
        (lambda d: d.pop("gold"), "documents[0].gold must be an object, got None"),
        (lambda d: d.update(title=3), "documents[0].title must be text, got 3"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(tmp_path: Path, change: Any, said: str) -> None:
    plain = content()
    change(plain["documents"][0])
    file = written(tmp_path, plain)
    with pytest.raises(EngineError) as raised:
        read_examples(file)
    assert said in raised.value.message
    assert str(file) in raised.value.message
    assert "docs/examples.md" in raised.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "must be JSON"),
        ("[]", "must be an object"),
        ("{}", "schema must be 1 … 1, got 0"),
        ('{"schema": 7}', "schema must be 1 … 1, got 7"),
        ('{"schema": 1, "pad": "' + "x" * MOST_BYTES + '"}', "must not be larger than 2 MiB"),
        ("[" * 100_000, "JSON must be nested at most 64 deep"),
    ],
)
@pytest.mark.parametrize("read", [read_examples, read_threshold_trace])
def test_files_that_are_none_are_refused(tmp_path: Path, text: str, said: str, read: Any) -> None:
    with pytest.raises(EngineError, match=said):
        read(written(tmp_path, text))


def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert read_examples(tmp_path / "examples.json") is None
    assert read_threshold_trace(tmp_path / "no" / "thresholds.json") is None


def test_a_threshold_trace_is_read_and_checked(tmp_path: Path) -> None:
    rounds = [
        {"phase": "train", "step": 2, "what": "coref ± 0.05", "before": [0.8, 0.7, 0.6], "after": [0.8, 0.75, 0.6],
         "f1_before": 30.0, "f1_after": 31.5, "tried": [[0.8, 0.7, 0.6, 30.0], [0.8, 0.75, 0.6, None]], "scut": 0.8}
    ]  # fmt: skip
    trace = read_threshold_trace(written(tmp_path, {"schema": 1, "rounds": rounds}, "thresholds.json"))
    assert trace is not None
    assert (trace.scut, trace.n_rounds, trace.classes) == (None, 1, ())
    assert trace.rounds[0].after == (0.8, 0.75, 0.6)
    assert trace.rounds[0].tried[1][3] != trace.rounds[0].tried[1][3]
    rounds[0]["tried"] = [[1, 2, 3]]
    with pytest.raises(EngineError, match=r"rounds\[0\].tried\[0\] must be 4 numbers"):
        read_threshold_trace(written(tmp_path, {"schema": 1, "rounds": rounds}, "thresholds.json"))


def test_the_example_of_the_docs_is_one(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "examples.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", page, flags=re.DOTALL)
    examples = read_examples(written(tmp_path, block))
    assert examples is not None
    assert rows(examples.documents[0], "mention") == [("right", "", 0, 0), ("missed", "missed", 1, None)]
