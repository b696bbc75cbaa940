import pytest
from hypothesis import given, settings

from model.data.document import Document
from model.data.prediction import Prediction, Span
from model.errors import ModelError
from model.evaluation.error_classes import ERROR_CLASSES, classify_errors
from model.evaluation.scoring import score_documents
from tests.model.evaluation.strategies import BEARTYPE_DRAWS, CORPORA, SCHEMA
from tests.model.evaluation.test_scoring import _document

pytestmark = BEARTYPE_DRAWS

A, B, C, D = (0, 1), (1, 2), (2, 4), (4, 5)
TRUTH = Prediction(
    mentions=frozenset({A, B, C, D}),
    entities=((frozenset({A, B}), "PER"), (frozenset({C}), "LOC"), (frozenset({D}), "LOC")),
    relations=((0, 1, "P1", 1.0), (1, 2, "P2", 1.0)),
)
GOLD = _document(TRUTH)


def _prediction(
    *entities: tuple[set[Span], str], relations: tuple[tuple[int, int, str, float], ...] = ()
) -> Prediction:
    clusters = tuple((frozenset(spans), kind) for spans, kind in entities)
    return Prediction(
        mentions=frozenset(span for spans, _ in clusters for span in spans), entities=clusters, relations=relations
    )


PER, LOC, LOC2 = ({A, B}, "PER"), ({C}, "LOC"), ({D}, "LOC")


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        (TRUTH, {}),
        (
            Prediction(),
            {("mention", "missed"): 4, ("cluster", "missed"): 3, ("relation", "missed_cluster"): 2},
        ),
        (
            _prediction(PER, ({(2, 3)}, "LOC"), LOC2),
            {
                ("mention", "boundary"): 1,
                ("cluster", "spurious"): 1,
                ("cluster", "missed"): 1,
                ("relation", "missed_cluster"): 2,
            },
        ),
        (
            _prediction(PER, LOC, LOC2, ({(5, 6)}, "LOC"), relations=TRUTH.relations),
            {("mention", "spurious"): 1, ("cluster", "spurious"): 1},
        ),
        (
            _prediction(({A}, "PER"), ({B}, "PER"), LOC, LOC2, relations=((2, 3, "P2", 1.0),)),
            {("cluster", "split"): 2, ("relation", "missed_cluster"): 1},
        ),
        (
            _prediction(({A}, "PER"), LOC, LOC2, relations=((1, 2, "P2", 1.0), (0, 1, "P1", 1.0))),
            {
                ("mention", "missed"): 1,
                ("cluster", "mention"): 1,
                ("relation", "cluster"): 1,
                ("relation", "missed_cluster"): 1,
            },
        ),
        (
            _prediction(PER, ({C, D}, "LOC")),
            {("cluster", "merged"): 1, ("relation", "missed_cluster"): 2},
        ),
        (
            _prediction(PER, ({C}, "PER"), LOC2, relations=TRUTH.relations),
            {("type", "type"): 1, ("relation", "type"): 2},
        ),
        (
            _prediction(PER, LOC, LOC2, relations=((0, 1, "P3", 1.0), (2, 0, "P1", 1.0), (1, 2, "P2", 1.0))),
            {("relation", "relation"): 1, ("relation", "pair"): 1, ("relation", "missed"): 1},
        ),
    ],
)
def test_every_mistake_falls_into_its_class(prediction: Prediction, expected: dict[tuple[str, str], int]) -> None:
    report = classify_errors([GOLD], [prediction])
    assert {key: count for key, count in report.counts.items() if count} == expected


@settings(max_examples=60)
@given(CORPORA)
def test_counts_add_up_to_what_the_scores_count_as_wrong(pairs: list[tuple[Document, Prediction]]) -> None:
    gold, predicted = [g for g, _ in pairs], [p for _, p in pairs]
    counts = classify_errors(gold, predicted).counts
    assert set(counts) == {(task, name) for task, classes in ERROR_CLASSES.items() for name in classes}
    total = {task: score.total for task, score in score_documents(gold, predicted, SCHEMA).tasks.items()}
    wrong_mentions = counts["mention", "boundary"] + counts["mention", "spurious"]
    assert wrong_mentions == total["mention"].predicted - total["mention"].hits
    claimed = [counts["relation", name] for name in ("cluster", "pair", "relation", "type")]
    assert sum(claimed) == total["rel_nec"].predicted - total["rel_nec"].hits
    missed = counts["relation", "missed"] + counts["relation", "missed_cluster"]
    assert missed == total["rel"].gold - total["rel"].hits


def test_examples_show_the_words_and_are_limited() -> None:
    report = classify_errors([GOLD] * 3, [_prediction(PER, ({(2, 3)}, "LOC"), LOC2)] * 3, n_examples=2)
    examples = report.examples["mention", "boundary"]
    assert [(e.text, e.gold) for e in examples] == [("c", "c d")] * 2
    plain = report.to_dict()["mention"]["boundary"]
    assert plain["count"] == 3
    assert plain["examples"][0] == {"title": "", "text": "c", "gold": "c d"}


def test_a_prediction_too_few_is_refused() -> None:
    with pytest.raises(ModelError, match="each of 1 documents needs one prediction; given: 0"):
        classify_errors([GOLD], [])
