"""DocRED's relation scores given gold entities, with and without the facts the training documents already state.

Yao et al. 2019, https://github.com/thunlp/DocRED, evaluation.py: ``ign`` leaves out of its precision a correct fact if
training states the same relation between any two names of the two entities; recall stays that of all facts. Names are
the words of a mention joined by blanks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from model.data.document import Document
from model.errors import ModelError

Fact = tuple[int, int, str]
"""Head entity, tail entity, relation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IgnScore:
    """Counts of facts.

    Attributes:
        hits: Predicted and in gold.
        known_hits: Of these, those training states too.
        predicted: Predicted.
        gold: In gold.
    """

    hits: int
    known_hits: int
    predicted: int
    gold: int

    @property
    def f1(self) -> float:
        """F1 over all facts, percent."""
        return _f1(_share(self.hits, self.predicted), _share(self.hits, self.gold))

    @property
    def ign_f1(self) -> float:
        """F1 whose precision ignores what training states, percent."""
        precision = _share(self.hits - self.known_hits, self.predicted - self.known_hits)
        return _f1(precision, _share(self.hits, self.gold))

    def metrics(self) -> dict[str, float]:
        """``rel_gold_f1`` and ``rel_gold_ign_f1``, percent."""
        return {"rel_gold_f1": self.f1, "rel_gold_ign_f1": self.ign_f1}


def score_ign(gold: Sequence[Document], predicted: Sequence[Iterable[Fact]], train: Iterable[Document]) -> IgnScore:
    """Scores relations predicted between gold entities.

    Args:
        gold: Documents with their annotation.
        predicted: For each, the facts predicted, by the indexes of its gold entities; repeats count once.
        train: The documents the model learned from.

    Raises:
        ModelError: If the counts differ.
    """
    if len(predicted) != len(gold):
        raise ModelError(f"each of {len(gold)} documents needs one prediction; given: {len(predicted)}")
    stated = _stated_names(train)
    hits = known_hits = n_predicted = n_gold = 0
    for document, facts in zip(gold, predicted, strict=True):
        claimed, true = set(facts), {(r.head, r.tail, r.type) for r in document.scored_relations}
        names = _names(document)
        found = claimed & true
        hits += len(found)
        known_hits += sum(
            any((a, b, kind) in stated for a in names[head] for b in names[tail]) for head, tail, kind in found
        )
        n_predicted += len(claimed)
        n_gold += len(true)
    return IgnScore(hits=hits, known_hits=known_hits, predicted=n_predicted, gold=n_gold)


def _stated_names(train: Iterable[Document]) -> set[tuple[str, str, str]]:
    stated: set[tuple[str, str, str]] = set()
    for document in train:
        names = _names(document)
        for relation in document.relations:
            stated.update((a, b, relation.type) for a in names[relation.head] for b in names[relation.tail])
    return stated


def _names(document: Document) -> list[set[str]]:
    words = document.words
    return [{" ".join(words[m.start : m.end]) for m in entity.mentions} for entity in document.entities]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _f1(precision: float, recall: float) -> float:
    return 200 * precision * recall / (precision + recall) if precision + recall else 0.0
