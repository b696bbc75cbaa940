"""How fast documents are ready (parsed, aligned with sub-words, candidate spans listed); longer ones by joining."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from model.data.alignment import encode_documents
from model.data.cache import encode_cached
from model.data.docred import read_docred, write_docred
from model.data.document import Document, Entity, Mention, Relation
from model.data.spans import candidate_spans

GOALS = {"cold": 200.0, "cached": 2000.0}
"""Documents a second."""


def data_ready(documents: Sequence[Document], tokenizer: Any, repeats: int) -> dict[str, Any]:
    """Documents a second from a file to candidate spans, with and without the cache of pieces; medians, CPU time."""
    seconds: dict[str, list[float]] = {name: [] for name in ("parse", "align", "align, cached", "spans")}
    with tempfile.TemporaryDirectory() as folder:
        file, cache = Path(folder) / "data.json", Path(folder) / "cache"
        write_docred(list(documents), file)
        encode_cached(read_docred(file), tokenizer, cache)
        for _ in range(repeats):
            start = time.process_time()
            read = read_docred(file)
            seconds["parse"].append(time.process_time() - start)
            start = time.process_time()
            for document in read:
                candidate_spans(document)
            seconds["spans"].append(time.process_time() - start)
            start = time.process_time()
            encode_documents(read, tokenizer)
            seconds["align"].append(time.process_time() - start)
            start = time.process_time()
            encode_cached(read, tokenizer, cache)
            seconds["align, cached"].append(time.process_time() - start)
    part = {name: median(values) for name, values in seconds.items()}
    n = len(documents)
    return {
        "documents": n,
        "ms_a_document": {name: 1000 * value / n for name, value in part.items()},
        "docs_per_s": {
            "cold": n / (part["parse"] + part["align"] + part["spans"]),
            "cached": n / (part["parse"] + part["align, cached"] + part["spans"]),
        },
        "goals": GOALS,
    }


def join_documents(documents: Sequence[Document]) -> Document:
    """One document of several, one after the other, with all their annotation."""
    words = sentences = n_entities = 0
    entities: list[Entity] = []
    relations: list[Relation] = []
    for d in documents:
        for entity in d.entities:
            mentions = tuple(
                Mention(start=m.start + words, end=m.end + words, sentence=m.sentence + sentences)
                for m in entity.mentions
            )
            entities.append(Entity(mentions=mentions, type=entity.type))
        relations += [Relation(head=r.head + n_entities, tail=r.tail + n_entities, type=r.type) for r in d.relations]
        words, sentences, n_entities = words + d.n_words, sentences + len(d.sentences), len(entities)
    return Document(
        title=" + ".join(d.title for d in documents),
        sentences=tuple(s for d in documents for s in d.sentences),
        entities=tuple(entities),
        relations=tuple(relations),
    )
