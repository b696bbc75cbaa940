"""Predictions in the formats of the public evaluation scripts, so that they can be scored and submitted.

- ``docred``: what DocRED's and Re-DocRED's ``evaluation.py`` and the leaderboards read: one list of facts between the
  entities of the file, ``{title, h_idx, t_idx, r}``. Indexes are those of the document's ``vertexSet``. Evidence
  sentences, an optional key, are not predicted. https://github.com/thunlp/DocRED, https://github.com/tonytan48/Re-DocRED
- ``jerex``: what JEREX stores and scores: one object a document with ``mentions`` as [start, end) in words,
  ``clusters`` of mention indexes, ``entities`` {cluster, type} and ``relations`` {head, tail, type} between entities.
  https://github.com/lavis-nlp/jerex, ``jerex/evaluation/joint_evaluator.py``
"""

from collections.abc import Iterable, Sequence
from typing import Any

from model.data.document import Document
from model.data.prediction import Prediction
from model.evaluation.ign_f1 import Fact

FORMATS = ("lines", "docred", "jerex")
"""``lines`` is trimtab's own: a JSON line a document, with scores."""


def docred_facts(document: Document, facts: Iterable[Fact]) -> list[dict[str, Any]]:
    """The relations predicted between a document's gold entities, each once, in the order of their indexes."""
    return [
        {"title": document.title, "h_idx": head, "t_idx": tail, "r": kind} for head, tail, kind in sorted(set(facts))
    ]


def jerex_record(prediction: Prediction) -> dict[str, Any]:
    """A document's mentions, clusters, entities and relations, named by index."""
    spans = sorted(prediction.mentions)
    index = {span: i for i, span in enumerate(spans)}
    return {
        "mentions": [list(span) for span in spans],
        "clusters": [sorted(index[span] for span in cluster) for cluster, _ in prediction.entities],
        "entities": [{"cluster": i, "type": kind} for i, (_, kind) in enumerate(prediction.entities)],
        "relations": [{"head": head, "tail": tail, "type": kind} for head, tail, kind, _ in prediction.relations],
    }


def repeated_titles(documents: Sequence[Document]) -> list[str]:
    """Titles that several documents have: ``docred`` tells documents apart by their titles alone."""
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for document in documents:
        if document.title in seen:
            twice[document.title] = None
        seen.add(document.title)
    return list(twice)
