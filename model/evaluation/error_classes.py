"""What kind of mistake a prediction makes: counts of error classes, with examples to look at."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from model.data.document import Document
from model.data.prediction import Prediction, Span
from model.errors import ModelError
from model.evaluation.mistakes import Fact, Mistake, find_mistakes

ERROR_CLASSES: dict[str, dict[str, str]] = {
    "mention": {
        "boundary": "overlaps a gold mention that was not found, with other borders",
        "spurious": "overlaps no gold mention that was not found",
        "missed": "gold mention that nothing predicted overlaps",
    },
    "cluster": {
        "mention": "holds a span that is no gold mention, or lacks one that was not found as a mention",
        "merged": "all spans are gold mentions, of several entities",
        "split": "all spans are gold mentions of one entity, of which found mentions stand elsewhere",
        "spurious": "holds no gold mention at all",
        "missed": "gold entity none of whose mentions is in a predicted cluster",
    },
    "type": {"type": "the cluster is exact, its type is not"},
    "relation": {
        "cluster": "predicted between clusters of which one is not exact",
        "pair": "predicted between exact clusters without any relation in gold",
        "relation": "predicted between exact clusters that gold relates otherwise",
        "type": "clusters and relation are right, an entity type is not (rel_nec only)",
        "missed_cluster": "gold relation of which an entity was not found exactly",
        "missed": "gold relation between exact clusters that was not predicted",
    },
}
"""Task to error class to what it means; every mistake falls into one class."""

ERRORS_OF = {"mention": "mention", "coref": "cluster", "entity": "type", "relation": "relation"}
"""A task of a model to the errors it makes."""

EXAMPLES = 3
"""Examples kept of each class."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorExample:
    """One mistake.

    Attributes:
        title: Of the document.
        text: What was predicted or missed, in words.
        gold: What gold says instead; empty for nothing.
    """

    title: str
    text: str
    gold: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorReport:
    """Mistakes of a set of predictions.

    Attributes:
        counts: (task, class) to count; every class of a task of :data:`ERROR_CLASSES` is there, or none.
        examples: (task, class) to the first few mistakes.
    """

    counts: dict[tuple[str, str], int]
    examples: dict[tuple[str, str], list[ErrorExample]]

    def to_dict(self) -> dict[str, Any]:
        """Nested plain values for JSON: task, then class, then count, meaning and examples."""
        return {
            task: {
                name: {
                    "count": self.counts[task, name],
                    "meaning": meaning,
                    "examples": [
                        {"title": e.title, "text": e.text, "gold": e.gold} for e in self.examples.get((task, name), [])
                    ],
                }
                for name, meaning in classes.items()
            }
            for task, classes in ERROR_CLASSES.items()
            if any(counted == task for counted, _ in self.counts)
        }

    def of(self, tasks: Collection[str]) -> "ErrorReport":
        """The part that a model with these tasks is to blame for."""
        kinds = {ERRORS_OF[task] for task in tasks}
        return ErrorReport(
            counts={key: count for key, count in self.counts.items() if key[0] in kinds},
            examples={key: found for key, found in self.examples.items() if key[0] in kinds},
        )


def classify_errors(
    gold: Sequence[Document], predicted: Sequence[Prediction], n_examples: int = EXAMPLES
) -> ErrorReport:
    """Sorts every mistake into one class.

    Args:
        gold: Documents with their annotation.
        predicted: One prediction a document, in the same order.
        n_examples: How many examples to keep of each class.
    """
    if len(predicted) != len(gold):
        raise ModelError(f"each of {len(gold)} documents needs one prediction; given: {len(predicted)}")
    counts = {(task, name): 0 for task, classes in ERROR_CLASSES.items() for name in classes}
    examples: dict[tuple[str, str], list[ErrorExample]] = {}
    for document, prediction in zip(gold, predicted, strict=True):
        for mistake in find_mistakes(Prediction.from_document(document), prediction):
            key = (mistake.task, mistake.name)
            counts[key] += 1
            kept = examples.setdefault(key, [])
            if len(kept) < n_examples:
                kept.append(_example(document, mistake))
    return ErrorReport(counts=counts, examples=examples)


def _example(document: Document, mistake: Mistake) -> ErrorExample:
    say = _SAY[mistake.task]
    text = "" if mistake.predicted is None else say(document, mistake.predicted)
    if (mistake.task, mistake.name) == ("relation", "type"):
        (_, head_type), (_, tail_type), _ = mistake.predicted
        text += f" ({head_type}, {tail_type})"
    return ErrorExample(title=document.title, text=text, gold=_gold_text(document, mistake))


def _gold_text(document: Document, mistake: Mistake) -> str:
    match mistake.task, mistake.name:
        case "type", _:
            return str(mistake.gold[0][1])
        case "cluster", _:
            return "; ".join(_say_all(document, spans) for spans, _ in mistake.gold)
        case "relation", "type":
            return ""
        case "relation", "relation":
            return ", ".join(kind for *_, kind in mistake.gold)
        case task, _:
            return _SAY[task](document, mistake.gold[0]) if mistake.gold else ""


def _say(document: Document, span: Span) -> str:
    return " ".join(document.words[span[0] : span[1]])


def _say_all(document: Document, spans: frozenset[Span]) -> str:
    return " | ".join(_say(document, span) for span in sorted(spans))


def _say_fact(document: Document, fact: Fact) -> str:
    (head, _), (tail, _), kind = fact
    return f"{_say(document, min(head))} –{kind}→ {_say(document, min(tail))}"


_SAY: dict[str, Callable[[Document, Any], str]] = {
    "mention": _say,
    "cluster": lambda document, cluster: _say_all(document, cluster[0]),
    "type": lambda document, cluster: f"{_say_all(document, cluster[0])}: {cluster[1]}",
    "relation": _say_fact,
}
