"""Parts of speech by spaCy, on the documents' own words: nothing is tokenized again, so nothing drifts (paper §2.1).

Tags are kept on disk under the hash of the words and of the pipeline.
"""

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.data.cache import words_hash
from model.data.document import Document
from model.data.prediction_input import load_pipeline

Pos = npt.NDArray[np.uint8]

TAGS = (
    *("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM"),
    *("PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X"),
)
"""The universal tags (universaldependencies.org); a word's class is its tag's place here."""

OTHER = len(TAGS)
"""Class of a word without one of these tags."""

NOUNS = frozenset((TAGS.index("NOUN"), TAGS.index("PROPN")))
"""Classes that carry global attention in Longformer."""

_NEEDED = ("tok2vec", "transformer", "tagger", "morphologizer", "attribute_ruler")
"""Pipeline components that lead to a part of speech; the others stay out of the way."""


def tag_documents(documents: Sequence[Document], pipeline: str, folder: Path | None) -> list[Pos]:
    """The class of each word, document by document.

    Args:
        documents: Any number of them.
        pipeline: spaCy pipeline by name or folder.
        folder: Cache; made if missing, None for none.

    Raises:
        ModelError: If the pipeline is not installed.
    """
    nlp = load_pipeline(pipeline)
    lengths = [document.n_words for document in documents]
    path = None
    if folder is not None and documents:
        meta = nlp.meta
        key = f"{words_hash(documents)}{meta['lang']}_{meta['name']}-{meta['version']}"
        path = folder / f"pos-{hashlib.sha256(key.encode()).hexdigest()[:24]}.npz"
        known = _read(path, sum(lengths))
        if known is not None:
            return np.split(known, np.cumsum(lengths)[:-1])
    classes = [_tag(nlp, document) for document in documents]
    if path is not None:
        _write(path, np.concatenate(classes))
    return classes


def _tag(nlp: Any, document: Document) -> Pos:
    from spacy.tokens import Doc

    if not document.n_words:
        return np.zeros(0, dtype=np.uint8)
    starts = set(document.sentence_starts)
    # spaCy knows no empty word; any blank stands for it.
    words = [word or " " for word in document.words]
    parsed = Doc(nlp.vocab, words=words, sent_starts=[i in starts for i in range(len(words))])
    for name, component in nlp.pipeline:
        if name in _NEEDED:
            parsed = component(parsed)
    index = {tag: i for i, tag in enumerate(TAGS)}
    return np.fromiter((index.get(token.pos_, OTHER) for token in parsed), dtype=np.uint8, count=len(words))


def _read(path: Path, n_words: int) -> Pos | None:
    """A damaged or foreign entry counts as none."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            classes: Pos = stored["classes"]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    fits = classes.dtype == np.uint8 and classes.shape == (n_words,) and bool((classes <= OTHER).all())
    return classes if fits else None


def _write(path: Path, classes: Pos) -> None:
    """Whole or not at all, so that several processes may share the folder."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".npz")
    except OSError:
        return  # a cache that cannot be written is no cache
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, classes=classes)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
