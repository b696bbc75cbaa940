"""``atlas``: a built-in corpus of any size, written from a small seeded world in the format of DocRED.

People, places, organisations, works, dates and numbers, and 18 relation types between them. Names recur as surnames,
acronyms and definite descriptions; two relation types follow only from two sentences; distractors name entities without
relating them.
"""

import random
from collections import Counter
from dataclasses import replace

from model.data.atlas_text import write_document
from model.data.atlas_world import make_circle, make_cities
from model.data.document import Document
from model.errors import ModelError


def generate(n_documents: int, seed: int = 0) -> list[Document]:
    """The first ``n_documents`` of the corpus with this seed; the same on every machine.

    Raises:
        ModelError: If the count is negative.
    """
    if n_documents < 0:
        raise ModelError(f"the number of atlas documents must not be negative; given: {n_documents}")
    cities = make_cities(seed)
    titles: Counter[str] = Counter()
    documents = []
    for number in range(n_documents):
        circle = make_circle(cities, seed, number)
        document = write_document(circle, random.Random(f"atlas/{seed}/{number}/text"))
        titles[document.title] += 1
        if titles[document.title] > 1:
            document = replace(document, title=f"{document.title} ({titles[document.title]})")
        documents.append(document)
    return documents
