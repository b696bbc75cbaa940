"""What a model is handed instead of finding it: the gold mentions of a document, and its gold clusters and types.

Legend: W words, H width.
"""

import numpy as np
from jaxtyping import Float
from torch import Tensor

from model.data.document import Document
from model.data.schema import LabelSchema
from model.inference.inference_records import Scan


def given_scan(
    document: Document, words: Float[Tensor, "W H"], schema: LabelSchema, *, clusters: bool, types: bool
) -> Scan:
    """Gold mentions with score 1, a repeated span once.

    Args:
        document: With gold annotation.
        words: States.
        schema: Numbers the entity types.
        clusters: Whether the gold clusters are given too, in the order of the document's entities.
        types: Whether their gold types are given too.
    """
    rows: dict[tuple[int, int], int] = {}
    sentences: list[int] = []
    found = []
    for entity in document.entities:
        cluster = []
        for mention in entity.mentions:
            key = (mention.start, mention.end)
            if key not in rows:
                rows[key] = len(rows)
                sentences.append(mention.sentence)
            cluster.append(rows[key])
        found.append(tuple(sorted(set(cluster))))
    spans = np.array([(*key, s) for key, s in zip(rows, sentences, strict=True)], dtype=np.int32).reshape(-1, 3)
    return Scan(
        document=document,
        words=words,
        spans=spans,
        scores=np.ones(len(spans), dtype=np.float32),
        given_entities=tuple(found) if clusters else None,
        given_types=tuple(schema.entity_index.get(e.type, -1) for e in document.entities) if types else None,
    )
